"""What a failed claim about noise would do to returns, where their variance is known part by part."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

import bayes_roi as br
from bayes_roi.inference.diagnosis import Claim, Diagnosis, Residuals
from bayes_roi.inference.fit import Fit, fit_of
from bayes_roi.value.uncertainty.as_wide import as_wide, sentence
from tests.model.made import series

ROWS, DRAWS = 60, 1000


def funnel(claims: dict[str, tuple[Claim, ...]], *, first: float, second: float) -> Fit:
    """Return a fit of tv to clicks to revenue whose effects, of sd `first` and `second`, are independent and normal."""
    rng = np.random.default_rng(1)
    tv, radio = rng.gamma(2.0, 5.0, (2, ROWS))
    table = series({"tv": tv, "radio": radio, "clicks": 3 * tv, "revenue": 6 * tv + radio})
    model = br.Model(
        name="m",
        equations="clicks ~ tv\nrevenue ~ clicks + radio",
        outcome="revenue",
        time="t",
        channels={"tv": "tv", "radio": "radio"},
    )
    draws = {n: np.ones(DRAWS) for n in ("clicks.intercept", "revenue.intercept", "clicks.sigma", "revenue.sigma")}
    draws |= {
        "clicks.tv.effect": 3 + first * rng.standard_normal(DRAWS),
        "revenue.clicks.effect": 2 + second * rng.standard_normal(DRAWS),
        "revenue.radio.effect": 1 + 0.1 * rng.standard_normal(DRAWS),
    }
    left = tuple(Residuals(node, 0.0, 0.0, ROWS, claims=own) for node, own in claims.items())
    return replace(fit_of(model, table, draws), diagnosis=Diagnosis((), left))


def claim(narrow: float, of: str, **options: object) -> Claim:
    return Claim("variance", 0.5, 0.0, narrow=narrow, of=of, by="tv", **options)  # type: ignore[arg-type]


@pytest.mark.parametrize(("first", "second"), [(0.1, 0.001), (0.001, 0.1), (0.05, 0.05)])
def test_an_equation_counts_for_what_it_owns_of_the_variance_of_a_return(first: float, second: float) -> None:
    r"""Var(ab) is near b^2 Var(a) + a^2 Var(b), the first part f^2 times as large: within the error of 1,000 draws."""
    found = as_wide(funnel({"clicks": (claim(2.0, "tv"),)}, first=first, second=second))
    own, other = (2 * first) ** 2, (3 * second) ** 2
    assert found["tv"] == pytest.approx(np.sqrt((4 * own + other) / (own + other)), rel=4 * 1.5 / np.sqrt(DRAWS))
    assert found["radio"] == pytest.approx(1.0)


def test_nothing_is_said_where_no_interval_of_an_equation_is_too_narrow() -> None:
    quiet = {"clicks": (claim(1.05, "tv"), Claim("driven", 0.5, 0.0, narrow=3.0, of="tv", by="tv"))}
    assert as_wide(funnel(quiet, first=0.1, second=0.1)) == {}


def test_dispersion_is_of_every_effect_of_its_equation() -> None:
    every = {"revenue": (Claim("dispersion", 2.0, 0.0, narrow=2.0),)}
    found = as_wide(funnel(every, first=1e-6, second=0.1))
    assert found == pytest.approx({"tv": 2.0, "radio": 2.0})


def test_it_is_said_in_words() -> None:
    assert sentence({"tv": 1.4, "radio": 1.0}).endswith("by a factor of tv 1.40; the others would stay as they are")
    assert "no ROAS would be wider" in sentence({"tv": 1.001})
