"""What a planner must read of a plan before acting on it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

import bayes_roi as br
from bayes_roi.decisions.optimise import plan_words
from bayes_roi.decisions.optimise.kkt import loosened
from bayes_roi.errors import QueryError
from bayes_roi.inference.fit import Fit, fit_of
from bayes_roi.model.language.model import Model
from bayes_roi.numbers import amount, percent
from tests.model.made import series

PERIODS, MARGIN = 10, 0.5
TOPS = np.array([[300.0, 100.0], [200.0, 150.0], [250.0, 260.0], [100.0, 220.0]])


def roots(spend: dict[str, np.ndarray] | None = None) -> Fit:
    """Return two channels with square-root response and no carry-over, as draws around their effects."""
    rng = np.random.default_rng(3)
    table = spend or {"a": rng.gamma(4, 30, 80), "b": rng.gamma(4, 15, 80)}
    model = Model("roots", "y ~ root(a) + root(b)", "y", time="t", channels={"A": "a", "B": "b"}, margin=MARGIN)
    ones = np.ones(len(TOPS))
    own = {"y.intercept": 1500 * ones, "y.sigma": 50 * ones}
    own |= {f"y.{n}.effect": TOPS[:, i] for i, n in enumerate("ab")}
    own |= {f"y.{n}.exponent": 0.5 * ones for n in "ab"}
    return fit_of(model, series(table | {"y": np.full(80, 2000.0)}), own)


def steepness(fit: Fit) -> np.ndarray:
    r"""Return k (2,) with which an even plan of totals X is expected to earn $\text{margin} \sum_c k_c \sqrt{X_c}$."""
    means = np.array([fit.design.scales[n].positive_mean for n in "ab"])
    return np.asarray((TOPS * np.sqrt(PERIODS / means)).mean(axis=0))


def as_lift_test(fit: Fit, **options: Any) -> br.Plan:
    return br.optimise(fit, **({"periods": PERIODS, "flighting": "even", "extrapolate": True} | options))


def test_a_budget_that_loses_says_so_first_and_what_spending_less_earns() -> None:
    fit = roots()
    k = steepness(fit)
    best = MARGIN**2 * k**2 / 4  # where the slope is one
    plan = as_lift_test(fit, budget=4 * best.sum())
    less = plan.rest_kept
    assert less is not None
    np.testing.assert_allclose(list(less.totals.values()), best, rtol=1e-4)
    gain = (MARGIN * k @ np.sqrt(best) - best.sum()) - (MARGIN * np.sqrt(plan.budget * (k**2).sum()) - plan.budget)
    assert float((less.profit - plan.profit).mean()) == pytest.approx(gain, rel=1e-4)
    first = f"one more unit of budget loses 0.50: spending {best.sum():,.0f} instead of {plan.budget:,.0f} would earn"
    low, high = (less.profit - plan.profit).arrays.interval(0.9)
    said = f"{gain:,.0f} money (90 % interval {float(low.array):,.0f} to {float(high.array):,.0f}) more"
    assert repr(plan).splitlines()[0] == f"<Plan: {first} {said}"
    assert first in plan._repr_html_()


def test_a_budget_that_earns_to_its_last_unit_says_nothing_of_the_kind() -> None:
    fit = roots()
    plan = as_lift_test(fit, budget=0.5 * float((MARGIN**2 * steepness(fit) ** 2 / 4).sum()))
    assert plan.marginal > 0
    assert plan.rest_kept is None
    assert repr(plan).startswith("<Plan: expected incremental profit, 10 periods")
    assert as_lift_test(fit, budget=1e5, spend_all=False).rest_kept is None


def test_a_copied_timing_says_so_and_what_free_timing_adds() -> None:
    """Of square roots the even timing is best (Jensen): what the copy of the same totals loses is known."""
    fit = roots()
    plan = as_lift_test(fit, budget=3000.0, flighting="pattern")
    free = plan.freely_timed
    assert free is not None
    best = MARGIN * float((steepness(fit) * np.sqrt(list(plan.totals.values()))).sum())
    copied = float(plan.profit.mean()) + 3000.0
    added = float((free.profit - plan.profit).mean())
    assert added == pytest.approx(best - copied, rel=0.02)
    assert free.totals == pytest.approx(plan.totals, rel=1e-6)
    said = f"free timing of the same totals would add about {amount(added)} money, {percent(added / copied)} of"
    assert said in repr(plan)
    for other in ("even", "free"):
        assert as_lift_test(fit, budget=3000.0, flighting=other).freely_timed is None


def test_the_marginal_of_a_probability_is_per_unit_of_money() -> None:
    """By central differences of the smoothed probability: at the optimum one more unit adds the same in any channel."""
    fit = roots()
    target = float(as_lift_test(fit, budget=3000.0).profit.values.min()) + 40.0
    plan = as_lift_test(fit, budget=3000.0, objective="probability", target=target)
    objective, ahead, step = plan.question.objective, plan.outlook, 3.0

    def chance(channel: int, more: float) -> float:
        spend = plan.money.array.copy()
        spend[channel] += more / PERIODS
        return objective.smoothed(ahead.profit(spend))[0]

    slopes = [(chance(c, step) - chance(c, -step)) / (2 * step) for c in (0, 1)]
    assert slopes == pytest.approx([plan.marginal] * 2, rel=0.02)
    assert 0 < abs(plan.marginal) < 0.01


def test_a_slope_at_zero_spend_is_told_only_where_there_is_one() -> None:
    fit = roots()
    plan = as_lift_test(fit, budget=500.0, bounds={"B": (0, 0)})
    assert np.isnan(plan.kkt.slopes["B"])
    assert np.isnan(plan.kkt.multipliers["B: 0 to 0"])
    assert plan.kkt
    assert "B: 0 to 0; what it costs is not defined at zero spend" in repr(plan.kkt)
    nothing = as_lift_test(fit, objective="least_spend", target=1500.0 * PERIODS, budget=500.0)
    assert nothing.budget == pytest.approx(0, abs=1e-6)
    assert np.isnan(nothing.marginal)
    assert nothing.rest_kept is None
    line = Model("line", "y ~ a + b", "y", time="t", channels={"A": "a", "B": "b"}, margin=MARGIN)
    own = {"y.intercept": [1.0], "y.sigma": [1.0], "y.a.effect": [3.0], "y.b.effect": [2.5]}
    straight = fit_of(line, fit.data, {n: np.array(x) for n, x in own.items()})
    held = as_lift_test(straight, budget=500.0, bounds={"B": (0, 0)})
    assert held.kkt.slopes["B"] == pytest.approx(MARGIN * 2.5 - 1)


def test_a_decision_keeps_to_what_was_observed_as_a_plan_does() -> None:
    fit = roots()
    limits = {
        k.text.split(":")[0]: k.high for k in br.optimise(fit, budget=500, periods=PERIODS).question.observed_limits
    }
    kept = br.decision(fit, periods=PERIODS)
    totals = dict(zip(kept.outlook.channels, kept.spends.sum(axis=2).max(axis=0), strict=True))
    assert all(totals[c] <= limits[c] * (1 + 1e-9) for c in limits)
    assert "beyond what was observed left out; extrapolate=True keeps them" in kept.note
    wide = br.decision(fit, periods=PERIODS, extrapolate=True)
    assert set(kept.names) < set(wide.names) or len(wide.names) > len(kept.names)
    assert any(spend > limits[c] for c, spend in zip(limits, wide.spends.sum(axis=2).max(axis=0), strict=True))
    assert "left out" not in wide.note
    with pytest.raises(QueryError, match=r"no split of .* lies inside what was observed .* extrapolate=True"):
        br.decision(fit, periods=PERIODS, budget=1e6)


def test_plan_and_decision_have_one_label_for_one_plan() -> None:
    fit = roots()
    plan = br.optimise(fit, budget=800, periods=PERIODS)
    alone = br.decision(fit, periods=PERIODS, plans={"it": plan.money.array})
    assert str(alone.profit.words().array[0]) == str(plan.profit.words().array)
    assert alone.words == str(plan.gain.words().array)
    np.testing.assert_allclose(alone.earned[:, 0], plan.profit.arrays.values.array.ravel(), rtol=1e-9)


def test_the_rows_of_the_value_of_information_add_up() -> None:
    fit = roots()
    tests = [br.PlannedTest(c, how, 4, cost=x) for c in "AB" for how in ("off", "double") for x in (0.0, 50.0)]
    found = br.value_of_information(fit, br.decision(fit, periods=PERIODS), tests=tests)
    for test in found.tests:
        assert test.net == pytest.approx(test.evsi.value - test.cost)
        assert min(test.cost - test.planned.cost, test.earned) == 0
        assert test.cost - test.earned == pytest.approx(test.simulated.cost)
    rows = [r for r in found.rows() if r["cost"] is not None]
    assert all(r["net"] == pytest.approx(r["value"] - r["cost"]) for r in rows)


def test_what_other_nodes_will_be_is_said_beside_the_outcome(funnel_known: Fit) -> None:
    plan = br.optimise(funnel_known, budget=400_000, periods=13, draws=1)
    said = "demand is taken as a year before: what may come instead is not in the interval of the outcome"
    assert said in plan.outcome.note
    assert said not in plan.profit.note
    assert f"note: {plan.outcome.note}" in repr(plan)
    known = br.scenario(funnel_known, "known", periods=13, nodes={"demand": 100.0})
    assert said not in br.compare(funnel_known, [known]).outcome.note


def test_what_compare_and_plans_take_is_said(funnel_known: Fit, acquisition_fit: Fit) -> None:
    with pytest.raises(
        QueryError, match=r"compare takes scenarios of one fit, got Fit; write compare\(fit, \[scenario"
    ):
        br.compare(funnel_known, funnel_known)  # type: ignore[arg-type]
    for ask in (
        lambda: br.optimise(acquisition_fit, budget=1.0, periods=1),
        lambda: br.scenario(acquisition_fit, "s"),
        lambda: br.decision(acquisition_fit, periods=1),
    ):
        with pytest.raises(QueryError, match="a plan needs periods, and the rows of this model are exchangeable"):
            ask()


def test_a_plan_that_is_last_years_gains_nothing_and_says_so(funnel_known: Fit) -> None:
    ahead = br.outlook(funnel_known, periods=8)
    plan = br.optimise(funnel_known, budget=float(ahead.reference.sum()), periods=8)
    same = replace(plan, shares=plan.question.flighting.shares(ahead.reference.sum(axis=1)))
    assert not same.gain.arrays.values.array.any()
    assert "the plan does what the reference, last year's spend, does" in plan_words.head(same)


def test_what_a_limit_costs_is_said_as_what_moving_it_does() -> None:
    assert loosened("budget", 0.25) == "; one more unit adds 0.250"
    assert loosened("tv: at most 100", 0.25) == "; loosened by one unit it adds 0.250, at the same budget"
    assert loosened("tv: spend is not negative", 0.25) == "; one unit on it instead of elsewhere loses 0.250"


def test_the_gain_of_a_scenario_has_evidence_of_its_own(funnel_known: Fit) -> None:
    bold = br.scenario(funnel_known, "bold", periods=8, change={"tv": 4.0})
    numbers = br.compare(funnel_known, [br.scenario(funnel_known, "as last year", periods=8), bold]).summary()
    assert numbers["as last year"]["gain_evidence"] is None
    assert "extrapolated" in numbers["bold"]["gain_evidence"]
