"""How strong a hidden cause must be: published figures, least squares with the cause beside, and true strengths."""

from __future__ import annotations

import math

import numpy as np
import pytest

import bayes_roi as br
from bayes_roi.checks.sensitivity.benchmarks import benchmarks
from bayes_roi.checks.sensitivity.hidden_cause import HiddenCause
from bayes_roi.checks.sensitivity.measures import (
    e_value,
    equal_r2,
    partial_r2,
    strength,
    times_as_strong,
)
from bayes_roi.inference.fit import Fit
from bayes_roi.panel import Panel
from bayes_roi.report.plots import plot_sensitivity
from tests.recovery.hidden_study import one

WIDE = {"sales.tv.effect": "Normal(mu=0, sigma=1e3)", "sales.demand.effect": "Normal(mu=0, sigma=1e3)"}


def test_measures_are_those_that_were_published() -> None:
    """Darfur (Cinelli and Hazlett 2020, table 1); the E-values of VanderWeele and Ding 2017."""
    t, free = 4.18, 783.0
    f = t / math.sqrt(free)
    assert round(partial_r2(t, free), 3) == 0.022
    assert round(equal_r2(f), 3) == 0.139
    critical = 1.963 / math.sqrt(free - 1)
    assert round(equal_r2(f - critical), 3) == 0.076
    assert (round(e_value(3.9), 2), round(e_value(1.8), 2), e_value(1.0)) == (7.26, 3.0, 1.0)
    assert equal_r2(strength(0.3, 0.3)) == pytest.approx(0.3)


def test_a_cause_as_strong_as_an_orthogonal_one_has_its_shares() -> None:
    """Where an observed cause hardly moves the spend the bounds are its R2 / (1 - R2)."""
    of_spend, of_node = times_as_strong(1e-6, 0.2, 1.0) or (0, 0)
    assert of_spend == pytest.approx(1e-6, rel=1e-5)
    assert of_node == pytest.approx(0.25, rel=1e-5)
    assert times_as_strong(0.6, 0.2, 1.0) is None


def table(rows: int = 300, seed: int = 4) -> tuple[Panel, np.ndarray]:
    """Return a table without, and the values of, a hidden cause of tv and sales."""
    rng = np.random.default_rng(seed)
    demand, u, a, b = rng.standard_normal((4, rows))
    tv = 20 + demand + u + 2 * a
    sales = 100 + tv + 2 * demand + 1.5 * u + 2 * b
    return Panel({"demand": demand, "tv": tv, "sales": sales}, None, None, None, "made"), u


@pytest.fixture(scope="module")
def linear() -> Fit:
    shop = br.Model(
        name="m", equations="sales ~ tv + demand", outcome="sales", channels={"tv": "tv"}, margin=0.9, priors=WIDE
    )
    return br.fit(shop, table()[0], seed=1, draws=1000)


def left(y: np.ndarray, *columns: np.ndarray) -> np.ndarray:
    x = np.stack([np.ones(len(y)), *columns], axis=1)
    return y - x @ np.linalg.lstsq(x, y)[0]


def test_a_linear_equation_moves_by_the_bias_of_an_omitted_variable(linear: Fit) -> None:
    """By its partial R2 in the table the coefficient beside the hidden cause is met: an identity of least squares."""
    data, u = table()
    tv, demand, sales = (data.columns[n] for n in ("tv", "demand", "sales"))
    beside = left(sales, tv, demand)
    r2_node = 1 - np.var(left(sales, tv, demand, u)) / np.var(beside)
    r2_spend = 1 - np.var(left(tv, demand, u)) / np.var(left(tv, demand))
    whole = np.stack([np.ones(300), tv, demand, u], axis=1)
    coefficient = np.linalg.lstsq(whole, sales)[0][1]
    held = br.sensitivity(linear, "tv", sign="both up").at(r2_spend, r2_node)
    assert br.sensitivity(linear, "tv", sign="both up").without.median > 0.9 * coefficient - 1 + 0.1
    # of a thousand draws the median is known to 1.25 sd / sqrt(1000), four times that is allowed
    sd = 0.9 * np.std(beside) / np.std(left(tv, demand)) / math.sqrt(300)
    assert held.median == pytest.approx(0.9 * coefficient - 1, abs=4 * 1.25 * sd / math.sqrt(1000) + 0.02 * sd * 12)


def test_benchmarks_are_the_partial_r2_of_least_squares(linear: Fit) -> None:
    data, _ = table()
    tv, demand, sales = (data.columns[n] for n in ("tv", "demand", "sales"))
    (found,) = benchmarks(HiddenCause(linear, "tv", "sales"))
    assert found.name == "demand"
    assert found.r2_spend == pytest.approx(1 - np.var(left(tv, demand)) / np.var(tv))
    expected = 1 - np.var(left(sales, tv, demand)) / np.var(left(sales, tv))
    assert found.r2_node == pytest.approx(expected, abs=0.02)  # noise of a posterior has parameters in it: p / n


def test_the_strength_that_breaks_even_is_on_the_curve(linear: Fit) -> None:
    found = br.sensitivity(linear, "tv", strongest=1.5)
    assert found.adverse
    assert found.breaks_even is not None
    assert found.turns is not None
    nearer = min(found.of_strength(found.breaks_even).lower, found.of_strength(found.breaks_even).upper, key=abs)
    assert abs(nearer) < 1e-6
    assert found.breaks_even < found.turns
    assert found.robustness_value == pytest.approx(equal_r2(found.breaks_even))
    assert f"must explain {100 * found.robustness_value:.0f} %" in found.sentence


def test_the_table_shows_a_hidden_cause_of_what_does_not_read_the_spend(funnel_fit: Fit) -> None:
    found = br.sensitivity(funnel_fit, "tv")
    assert found.node == "revenue"
    assert 0 < (found.bound or 0) < 0.5
    assert "would show" in str(found)
    assert found.to_dict()["benchmarks"][0]["cause"].startswith("as strong as")
    assert len(plot_sensitivity(found).axes) == 2


def test_a_world_is_covered_at_the_true_strength() -> None:
    """The short form of `make hidden`: three worlds that ignoring the cause misses."""
    found = [one("direct", seed) for seed in range(3)]
    assert all(x["held"] for x in found)
    assert not any(x["naive"] for x in found)


def test_e_values_come_with_outcomes_that_are_shares_of_what_they_would_be() -> None:
    shop = br.Model(
        name="m",
        equations="orders ~ tv",
        outcome="orders",
        channels={"tv": "tv"},
        families={"orders": "lognormal"},
        value=10.0,
    )
    rng = np.random.default_rng(3)
    tv = rng.uniform(0, 2, 120)
    data = Panel({"tv": tv, "orders": np.exp(2 + 0.3 * tv + 0.1 * rng.standard_normal(120))}, None, None, None, "made")
    found = br.sensitivity(br.fit(shop, data, seed=1, draws=250), "tv", strongest=0.2)
    point, limit = found.e_values or (0, 0)
    assert point == pytest.approx(e_value(np.exp(0.3 * tv).mean()), rel=0.1)
    assert 1 <= limit < point


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"channel": "tw"}, "'tw' is not a channel; there are tv"),
        ({"channel": "tv", "node": "demand"}, "tv does not act on 'demand'"),
        ({"channel": "tv", "strongest": -1}, "strongest must be a number above zero"),
    ],
)
def test_what_cannot_be_asked_is_told(linear: Fit, options: dict[str, object], said: str) -> None:
    with pytest.raises(br.QueryError, match=said):
        br.sensitivity(linear, **options)  # type: ignore[arg-type]


def test_what_was_not_asked_is_told(linear: Fit) -> None:
    with pytest.raises(br.QueryError, match="ROI is known up to"):
        br.sensitivity(linear, "tv", strongest=0.2).at(0.9, 0.9)
    with pytest.raises(br.QueryError, match="r2_node must be a share"):
        br.sensitivity(linear, "tv", strongest=0.2).at(0.1, 1.5)
