"""`signed=True`: a spend that may do harm, or nothing."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy import stats

import bayes_roi as br
from bayes_roi.inference.engines.hmc.terms import middle
from bayes_roi.mechanisms.prior import Normal
from bayes_roi.model.law.parameters import node_parameters
from bayes_roi.model.law.prior_draws import prior_draws
from bayes_roi.model.rows.design import design
from bayes_roi.model.rows.view import View
from bayes_roi.value.priors.never_harms import never_harms
from tests.recovery.noise_markets import NoiseMarket, weekly

CURVE = "hill(adstock(tv_spend, max_lag=4), signed=True)"
WORLDS = 20


def market(seed: int, roas: float, equation: str = CURVE) -> NoiseMarket:
    """Return a clean market whose television has another return, and a model with a term of it."""
    found = weekly(seed, lambda rng, tv: rng.standard_normal(len(tv)))
    tv = found.data.columns["tv_spend"]
    columns = {**found.data.columns, "revenue": found.data.columns["revenue"] + (roas - found.roas) * tv}
    model = replace(found.model, equations=f"revenue ~ demand + {equation}")
    return replace(found, model=model, data=found.data.with_columns(columns), roas=roas)


def interval(world: NoiseMarket, seed: int) -> tuple[float, float]:
    ends = br.roas(br.fit(world.model, world.data, seed=seed, draws=250, progress=False)).interval(0.9)
    return float(ends.lower[0]), float(ends.upper[0])


def test_a_spend_that_does_nothing_is_covered_as_often_as_intervals_say() -> None:
    ends = [interval(market(seed, 0.0), seed) for seed in range(WORLDS)]
    covered = sum(low <= 0.0 <= high for low, high in ends)
    assert covered >= stats.binom.ppf(1e-3, WORLDS, 0.9)


def test_one_that_does_harm_is_found_to_do_so() -> None:
    low, high = interval(market(1, -2.0), 1)
    assert low < -2.0 < high < 0.0


@pytest.mark.parametrize("curve", [CURVE, "adstock(tv_spend, max_lag=0, signed=True)"])
def test_its_prior_is_around_zero_and_as_wide_in_money_as_that_of_a_positive_spend(curve: str) -> None:
    """Of both priors nineteen returns of twenty lie below 21, whatever their sign: mean spend times 1.96 x 10.7."""
    world = market(1, 0.0, curve)
    rows = design(world.model, world.data)
    (term,) = (t for t in node_parameters(world.model, rows, "revenue").terms if t.media)
    assert isinstance(term.effect, Normal)
    assert term.effect.mu == 0.0
    size = np.abs(term.curve(View(np, rows, rows.rows), middle(term))).mean()
    spend = rows.rows["tv_spend"].mean()
    assert term.effect.sigma * size / spend == pytest.approx(2 * np.exp(np.hypot(1.0, 0.8)) / stats.norm.ppf(0.75))
    positive = replace(world.model, equations=f"revenue ~ demand + {curve.replace(', signed=True', '')}")
    assert never_harms(positive, design(positive, world.data)) == ("tv",)
    assert never_harms(world.model, rows) == ()


def test_it_stands_outside_the_joint_prior_and_takes_no_room() -> None:
    world = market(1, 0.0)
    columns = {**world.data.columns, "radio": world.data.columns["tv_spend"][::-1]}
    model = replace(
        world.model,
        equations=f"revenue ~ {CURVE} + hill(radio)",
        channels={"tv": "tv_spend", "radio": "radio"},
    )
    rows = design(model, world.data.with_columns(columns))
    media = node_parameters(model, rows, "revenue").media
    assert media is not None
    assert (media.effects, media.others) == (("revenue.radio.effect",), ())
    drawn = prior_draws(model, rows, 2000, 1)
    assert abs((drawn["revenue.tv_spend.effect"] > 0).mean() - 0.5) < 4 * 0.5 / np.sqrt(2000)
    assert (drawn["revenue.radio.effect"] > 0).all()


def test_a_pooled_effect_has_units_of_either_sign() -> None:
    model = br.Model(
        name="m",
        equations="y ~ (tanh(x, signed=True) | geo)",
        outcome="y",
        time="week",
        panel="geo",
        channels={"x": "x"},
    )
    rows = design(model, br.simulate(model, periods=20, seed=1))
    pooled = node_parameters(model, rows, "y").terms[0].pooled
    assert pooled is not None
    assert pooled.law == "normal"


@pytest.mark.parametrize(
    ("equations", "message"),
    [
        ("y ~ hill(z, signed=True)", "it holds no spend, so that its effect has either sign as it is"),
        ("y ~ hill(adstock(x, signed=True))", "signed= belongs to the whole term; write hill"),
        ("y ~ hill(x, signed=1)", "signed must be True or False, got 1"),
    ],
)
def test_says_what_is_wrong(equations: str, message: str) -> None:
    with pytest.raises(br.ModelError, match=message):
        br.Model(name="m", equations=equations, outcome="y", time="t", channels={"x": "x"} if "x" in equations else {})
