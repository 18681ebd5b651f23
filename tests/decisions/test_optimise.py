"""Plans against closed forms, their own conditions, and worlds whose curves are known."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import bayes_roi as br
from bayes_roi.decisions.horizon.plan_support import plan_supports
from bayes_roi.decisions.optimise.ascent import ascend
from bayes_roi.decisions.optimise.objective import Chance, Mean, TailMean
from bayes_roi.decisions.optimise.region import Region
from bayes_roi.decisions.optimise.response import Response
from bayes_roi.errors import QueryError
from bayes_roi.inference.fit import Fit, fit_of
from bayes_roi.mechanisms.adstock import KINDS
from bayes_roi.mechanisms.saturation import SATURATIONS
from bayes_roi.model.language.model import Model
from bayes_roi.model.law.prior_draws import prior_draws
from bayes_roi.model.rows.design import design
from tests.model.made import series
from tests.recovery import plan_study
from tests.surface.conftest import Command, _shop, bayes_roi, here  # noqa: F401

PERIODS, MARGIN = 10, 0.5
TOPS = np.array([[300.0, 100.0], [200.0, 150.0], [250.0, 260.0], [100.0, 220.0]])
"""Effects of the two roots, by draw."""


def roots(cents: float = 1.0, draws: slice = slice(None), tops: np.ndarray = TOPS) -> Fit:
    """Return two channels with square-root response and no carry-over; `cents` a unit of money."""
    rng = np.random.default_rng(3)
    table = {
        "a": cents * rng.gamma(4, 30, 80),
        "b": cents * rng.gamma(4, 15, 80),
        "y": cents * rng.normal(2000, 50, 80),
    }
    model = Model("roots", "y ~ root(a) + root(b)", "y", time="t", channels={"A": "a", "B": "b"}, margin=MARGIN)
    ones = np.ones(len(tops[draws]))
    own = {"y.intercept": 1500 * cents * ones, "y.sigma": 50 * cents * ones}
    own |= {f"y.{n}.effect": cents * tops[draws, i] for i, n in enumerate("ab")}
    return fit_of(model, series(table), own | {f"y.{n}.exponent": 0.5 * ones for n in "ab"})


def steepness(fit: Fit) -> np.ndarray:
    r"""Return k (draws, 2) with which an even plan of totals X earns $\text{margin} \sum_c k_c \sqrt{X_c}$."""
    means = np.array([fit.design.scales[n].positive_mean for n in "ab"])
    tops = np.stack([fit.parameters[f"y.{n}.effect"] for n in "ab"], axis=1)
    return tops * np.sqrt(PERIODS / means)


def planned(fit: Fit, **options: Any) -> br.Plan:
    return br.optimise(fit, **({"periods": PERIODS, "flighting": "even", "extrapolate": True} | options))


def test_two_square_roots_have_the_optimum_of_their_closed_form() -> None:
    fit = roots()
    k, budget = steepness(fit).mean(axis=0), 3000.0
    plan = planned(fit, budget=budget)
    # the largest sum k sqrt(X) on sum X = B is at X = B k^2 / sum k^2; shares are found to the tolerance of 1e-7
    np.testing.assert_allclose(list(plan.totals.values()), budget * k**2 / (k**2).sum(), atol=1e-6 * budget)
    slope = MARGIN * 0.5 * np.sqrt((k**2).sum() / budget) - 1
    assert plan.kkt
    assert plan.kkt.multipliers == {"budget": pytest.approx(slope, rel=1e-6)}
    gain = MARGIN * np.sqrt(budget * (k**2).sum()) - budget
    assert float(plan.roi.mean()) * budget == pytest.approx(gain, rel=1e-9)
    assert plan.scenario.total == pytest.approx(plan.totals)


def test_the_plan_is_the_best_of_all_draws_however_few_of_them_carry_the_mean() -> None:
    """Effects with a standard deviation of three means: the mean of 400 of 4,000 draws is off by a sixth."""
    tops = 100 * np.random.default_rng(1).lognormal(0, 1.5, (4000, 2))
    fit = roots(tops=tops)
    k, budget = steepness(fit).mean(axis=0), 3000.0
    best = budget * k**2 / (k**2).sum()
    np.testing.assert_allclose(list(planned(fit, budget=budget).totals.values()), best, atol=1e-6 * budget)
    few = steepness(fit)[np.linspace(0, 3999, 400).round().astype(int)].mean(axis=0)
    assert abs(few[0] ** 2 / (few**2).sum() - best[0] / budget) > 0.1  # what a search on a tenth of them would say


def test_free_flighting_of_concave_curves_is_even() -> None:
    even, free = planned(roots(), budget=3000.0), planned(roots(), budget=3000.0, flighting="free")
    # Jensen: the even plan is the best; of a flat top, a share of 1e-6 is what a slope of 1e-7 leaves open
    np.testing.assert_allclose(free.money.array, even.money.array, atol=2e-6 * 3000)


def test_the_rest_of_a_budget_is_kept_where_its_return_is_below_one() -> None:
    fit = roots()
    k = steepness(fit).mean(axis=0)
    least = MARGIN**2 * k**2 / 4  # where the slope margin k / (2 sqrt(X)) is one
    plan = planned(fit, budget=10 * least.sum(), spend_all=False)
    np.testing.assert_allclose(list(plan.totals.values()), least, rtol=1e-5)
    assert plan.kkt.multipliers == {}


def test_targets_are_met_by_the_budgets_of_their_closed_forms() -> None:
    fit = roots()
    k = steepness(fit).mean(axis=0)
    outcome = 1500.0 * PERIODS + 4000.0
    plan = planned(fit, objective="least_spend", target=outcome, budget=1e6)
    assert plan.budget == pytest.approx(4000.0**2 / (k**2).sum(), rel=1e-4)
    assert float(plan.outcome.mean()) == pytest.approx(outcome, rel=1e-6)
    most = planned(fit, objective="roi", target=0.25, budget=1e6)
    assert most.budget == pytest.approx(MARGIN**2 * (k**2).sum() / 1.25**2, rel=1e-4)


def test_the_best_plan_of_each_draw_and_its_regret_have_their_closed_forms() -> None:
    fit, budget = roots(), 3000.0
    plan, k = planned(fit, budget=budget), steepness(fit)
    best = br.best_plans(plan)
    np.testing.assert_allclose(best.money, budget * k**2 / (k**2).sum(axis=1, keepdims=True), atol=1e-3 * budget)
    perfect = np.sqrt(budget * (k**2).sum(axis=1)) - k @ np.sqrt(list(plan.totals.values()))
    np.testing.assert_allclose(best.gain, MARGIN * perfect, rtol=1e-3, atol=1e-6 * budget)
    assert best.gain.min() >= 0
    certain = br.best_plans(planned(roots(draws=slice(1)), budget=budget))
    assert certain.gain.max() <= 1e-9 * budget


def test_the_curve_of_the_budget_is_the_closed_form_and_its_slope_the_multiplier() -> None:
    fit = roots()
    k, plan = steepness(fit).mean(axis=0), planned(fit, budget=2000.0)
    curve = br.budget_curve(plan, multiples=(0.5, 1.0, 2.0))
    want = MARGIN * np.sqrt(curve.budgets * (k**2).sum()) - curve.budgets
    np.testing.assert_allclose(curve.profit.mean(), want, rtol=1e-9)
    np.testing.assert_allclose(curve.marginal, MARGIN * 0.5 * np.sqrt((k**2).sum() / curve.budgets) - 1, rtol=1e-5)


def test_cents_make_the_same_plan_and_it_is_not_the_equal_split() -> None:
    dollars, cents = planned(roots(), budget=3000.0), planned(roots(100.0), budget=300_000.0)
    # both searches end within 1e-7 of a share of the same place, by roads that rounding sets apart
    np.testing.assert_allclose(cents.money.array, 100 * dollars.money.array, atol=1e-6 * 300_000)
    assert abs(dollars.totals["A"] / 3000 - 0.5) > 0.05


def test_a_limit_binds_at_its_worth() -> None:
    fit = roots()
    k, budget = steepness(fit).mean(axis=0), 3000.0
    plan = planned(fit, budget=budget, bounds={"A": (0, 600)})
    np.testing.assert_allclose(list(plan.totals.values()), [600, 2400], rtol=1e-9)
    slopes = MARGIN * k / (2 * np.sqrt([600, 2400]))
    assert plan.kkt.multipliers["A: 0 to 600"] == pytest.approx(slopes[0] - slopes[1], rel=1e-6)
    tied = planned(fit, budget=budget, constraints=[({"A": 3, "B": -1}, 0)])
    np.testing.assert_allclose(list(tied.totals.values()), [750, 2250], rtol=1e-5)
    assert tied.kkt


def test_a_minimum_flight_is_kept_or_the_channel_is_off() -> None:
    fit, budget = roots(), 3000.0
    k = steepness(fit).mean(axis=0)
    off = MARGIN * k[1] * np.sqrt(budget)
    for least in (2000.0, 2900.0):
        on = MARGIN * (k @ np.sqrt([least, budget - least]))
        total = planned(fit, budget=budget, minimum_flight={"A": least}).totals["A"]
        assert total == pytest.approx(least if on > off else 0.0, abs=1e-3)


def test_objectives_agree_where_they_must() -> None:
    fit, budget = roots(), 3000.0
    mean, all_ = planned(fit, budget=budget), planned(fit, budget=budget, objective="cvar", level=1.0)
    np.testing.assert_allclose(all_.money.array, mean.money.array, rtol=1e-6)
    tail = planned(fit, budget=budget, objective="cvar", level=0.25)
    worst = TailMean(0.25, 0.0)
    profits = [p.question.response(p.money.array).profit for p in (mean, tail)]
    assert worst.value(profits[1]) >= worst.value(profits[0])
    assert Mean().value(profits[1]) <= Mean().value(profits[0])
    sure = planned(fit, budget=budget, objective="probability", target=-2 * budget)
    np.testing.assert_allclose(sure.money.array, mean.money.array, rtol=1e-4)  # all plans are sure: the mean decides


@pytest.mark.parametrize("objective", [Mean(), TailMean(0.1, 0.2), Chance(0.3, 0.5)])
def test_smoothed_objectives_have_the_slope_they_say_and_keep_their_order(objective: Any) -> None:
    rng = np.random.default_rng(1)
    profit, way = rng.normal(size=200), rng.normal(size=200)
    step = 1e-5
    rise = objective.smoothed(profit + step * way)[0] - objective.smoothed(profit - step * way)[0]
    assert objective.smoothed(profit)[1] @ way == pytest.approx(rise / (2 * step), rel=1e-5)
    if isinstance(objective, TailMean):  # a smooth tail mean is below the sharp one, by at most log(2) h / level
        gap = objective.value(profit) - objective.smoothed(profit)[0]
        assert 0 <= gap <= np.log(2) * objective.width / objective.level
        assert objective.value(profit) <= profit.mean()


CHAINS = {
    "families": (
        "m ~ x + z \n n ~ hill(adstock(x, max_lag=2)) \n k ~ m \n s ~ lag(n, 1) \ny ~ k + hill(m) + s + interact(x, w)",
        {"n": "lognormal", "k": "poisson", "s": "student_t"},
    ),
    "identity": ("m := 2 * x / z \n n ~ x \n c ~ n \n y ~ hill(m) + w + c", {"c": "binomial(r)", "y": "gamma"}),
    **{f"adstock {k}": (f'y ~ adstock(x, kind="{k}", max_lag=3) + w', {}) for k in KINDS},
    **{f"curve {k}": (f"y ~ {k}(adstock(x, max_lag=2)) + {k}(w)", {}) for k in SATURATIONS},
}


@pytest.mark.parametrize("case", CHAINS)
def test_the_gradient_is_the_central_difference(case: str) -> None:
    text, families = CHAINS[case]
    model = Model("m", text, "y", time="t", channels={"X": "x", "W": "w"}, families=families)
    rng = np.random.default_rng(5)
    table = {n: np.rint(rng.gamma(4, 1, 40)) + 1 + 30 * (n == "r") for n in model.measured}
    fit = fit_of(model, series(table), prior_draws(model, design(model, series(table)), 5, 2))
    ahead = br.outlook(fit, periods=4)
    response, spend = Response(ahead, np.arange(5)), rng.gamma(4, 1, (2, 4))
    slopes = response(np.repeat(spend[None], 5, axis=0)).pull(np.ones(5))
    for at in np.ndindex(2, 4):
        step = np.zeros((2, 4))
        step[at] = 1e-5
        rise = (response(spend + step).profit - response(spend - step).profit) / 2e-5
        scale = np.abs(slopes).max(axis=(1, 2))
        assert np.all(np.abs(slopes[:, *at] - rise) <= 1e-5 * scale + 1e-8 * np.abs(response(spend).profit))
    together = response(spend).pull(np.arange(5.0))
    np.testing.assert_allclose(together, np.tensordot(np.arange(5.0), slopes, 1), rtol=1e-9, atol=1e-12)


def test_profit_of_the_search_is_that_of_the_outlook(funnel_fit: Fit) -> None:
    ahead = br.outlook(funnel_fit, periods=13)
    at = np.arange(0, 4000, 400)
    np.testing.assert_allclose(
        Response(ahead, at)(ahead.reference).profit, ahead.profit(ahead.reference)[at], rtol=1e-12
    )


def test_climbing_agrees_with_slsqp_under_bounds_and_limits() -> None:
    from scipy.optimize import minimize

    rng = np.random.default_rng(1)
    for trial in range(6):
        tops, powers, size = rng.uniform(0.5, 2, 6), rng.uniform(0.2, 0.8, 6), trial % 3
        low, high = np.zeros(6), rng.uniform(0.2, 0.6, 6)
        inner = Region(low, high).project(rng.uniform(0, 0.4, (1, 6)))[0]
        rows = rng.normal(size=(size, 6))
        most = rows @ inner + 0.01
        region = Region(low, high, rows=rows, most=most)

        def climb(x: np.ndarray, _: np.ndarray, tops: np.ndarray = tops, powers: np.ndarray = powers) -> Any:
            x = np.maximum(x, 1e-12)
            return (tops * x**powers).sum(axis=1), tops * powers * x ** (powers - 1)

        (found,), _ = ascend(climb, np.full((1, 6), 1 / 6), region)
        limits = [{"type": "eq", "fun": lambda v: v.sum() - 1}]
        limits += [{"type": "ineq", "fun": lambda v, a=a, b=b: b - a @ v} for a, b in zip(rows, most, strict=True)]
        other = minimize(
            lambda v, climb=climb: -climb(v[None], np.zeros(1))[0][0],
            inner,
            bounds=list(zip(low, high, strict=True)),
            constraints=limits,
            method="SLSQP",
            options={"ftol": 1e-14, "maxiter": 500},
        )
        np.testing.assert_allclose(found, other.x, atol=2e-5)


@pytest.mark.parametrize("exactly", [True, False])
def test_the_nearest_plan_is_nearer_than_any_other_and_keeps_to_the_totals_of_channels(exactly: bool) -> None:
    rng = np.random.default_rng(7)
    low, high = np.zeros(12), rng.uniform(0.1, 0.3, 12)
    least, greatest = np.array([0.3, 0.0, 0.1]), np.array([0.6, 0.25, 0.4])
    region = Region(low, high, exactly=exactly, least=least, greatest=greatest)
    x, d = rng.normal(0.1, 0.3, (40, 12)), rng.uniform(0.1, 1, (40, 12))
    found, others = region.project(x, d), region.project(rng.normal(0.1, 0.3, (40, 12)))
    for plans in (found, others):
        totals = plans.reshape(40, 3, 4).sum(axis=2)
        assert np.all((totals >= least - 1e-9) & (totals <= greatest + 1e-9))
        assert np.all((plans >= low) & (plans <= high))
        assert np.all(np.abs(totals.sum(axis=1) - 1) < 1e-9) if exactly else totals.sum(axis=1).max() < 1 + 1e-9
    # of a projection onto a convex set: (x - y) . (z - y) <= 0 for every z in it, in the metric
    for z in others:
        assert np.all(((x - found) / d * (z - found)).sum(axis=1) <= 1e-9)


def test_plans_stay_inside_the_observed_range_unless_told(funnel_fit: Fit) -> None:
    plan = br.optimise(funnel_fit, budget=400_000, periods=13)
    ahead = plan.outlook
    assert min(s.range for s in plan_supports(ahead, ahead.reference, plan.money.array)) > 0.95  # the rest lies below
    assert float(plan.gain.support) > 0.9  # type: ignore[arg-type]  # by its mix
    assert 0.02 < float(plan.profit.support) < float(plan.gain.support)  # type: ignore[arg-type]  # search never paused
    assert plan.kkt
    assert float(plan.mix.probability(above=0)) > 0.5
    with pytest.raises(QueryError, match=r"lies beyond what was observed: at most .* can be spent inside") as told:
        br.optimise(funnel_fit, budget=2_000_000, periods=13)
    assert "extrapolate=True" in str(told.value)
    wide = br.optimise(funnel_fit, budget=2_000_000, periods=13, extrapolate=True)
    assert wide.budget == pytest.approx(2_000_000)
    assert "extrapolated" in str(wide.profit.labels().item())
    for text in (repr(plan), plan._repr_html_()):
        assert "P(better than the reference)" in text


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"budget": -5}, "budget must be a number above 0, the total spend over the plan, got -5"),
        ({"budget": None}, "the objective 'mean' needs a budget"),
        ({"periods": 0}, "periods must be a whole number of periods, 1 or more, got 0"),
        (
            {"objective": "meen"},
            "objective must be one of mean, cvar, probability, least_spend, roi, got 'meen', did you",
        ),
        ({"objective": "probability"}, "the objective 'probability' needs target=, an incremental profit"),
        ({"target": 5.0}, "the objective 'mean' takes no target; probability, least_spend, roi do"),
        ({"objective": "cvar", "level": 10}, "level must be in (0, 1], the share of draws in the tail, got 10"),
        ({"flighting": "freee"}, "flighting must be one of pattern, even, free, got 'freee', did you mean 'free'?"),
        ({"bounds": {"AA": (0, 1)}}, "bounds name 'AA', which is not a channel"),
        ({"bounds": {"A": (9, 1)}}, "the bound of 'A' has its low end above its high one: 9 and 1"),
        ({"bounds": {"A": (-9, 1)}}, "the bound of 'A' cannot be negative, got -9"),
        ({"bounds": {"A": 9}}, "the bound of 'A' is a pair (low, high) of totals over the plan, got 9"),
        ({"groups": {"both": ["A", "C"]}}, "the group 'both' holds 'C', which is not a channel"),
        ({"most_change": -0.1}, "most_change of 'A' cannot be negative, got -0.1"),
        ({"bounds": {"A": (0, 500), "B": (0, 700)}}, "a budget of 3,000 cannot be spent in full within the limits"),
        ({"bounds": {"A": (4000, None)}}, "a budget of 3,000 is too small for the limits of the plan: they need 4,000"),
        ({"minimum_flight": {"A": 0}}, "the minimum flight of 'A' must be a number above 0, got 0"),
        ({"constraints": [({"A": 1}, "x")]}, "constraint 1 must be a number, got 'x'"),
        ({"objective": "least_spend", "target": 1e9}, "an outcome of 1,000,000,000 cannot be reached"),
        ({"objective": "roi", "target": 900.0}, "no plan has an expected ROI of 900; the best found has"),
    ],
)
def test_a_plan_that_cannot_be_says_why(options: dict[str, Any], message: str) -> None:
    with pytest.raises(QueryError) as error:
        planned(roots(), **({"budget": 3000.0} | options))
    assert str(error.value).startswith(message)


def test_limits_that_cannot_hold_together_are_named_and_no_others() -> None:
    with pytest.raises(QueryError) as error:
        planned(
            roots(),
            budget=3000.0,
            bounds={"A": (1000, None), "B": (0, 2500)},
            constraints=[({"A": 1, "B": -1}, 5000), ({"A": 1, "B": 1}, 900)],
        )
    assert str(error.value) == (
        "no plan can keep to all limits, these cannot hold together: B: spend is not negative; A: at least 1,000; "
        "1 A + 1 B at most 900. Loosen one of them"
    )


def test_the_command_line_divides_a_budget(bayes_roi: Command, here: Path) -> None:  # noqa: F811
    said = bayes_roi(
        "optimise", "runs/shop", "--budget", 20000, "--periods", 10, "--bound", "tv=5000:", "--json", "-o", "p.csv"
    )
    found = json.loads(said.out)
    assert sum(found["spend"].values()) == pytest.approx(20000)
    assert set(found) >= {
        *("schema", "spend", "outcome", "incremental_outcome", "profit", "gain", "interval", "diagnosis")
    }
    assert found["spend"]["tv"] >= 5000 * (1 - 1e-9)
    assert br.read_plan("p.csv", br.read_run("runs/shop")).total == pytest.approx(found["spend"])
    told = bayes_roi("optimise", "runs/shop", "--budget", 20000, "--periods", 10, "--prob", 0.8)
    assert told.code == 0
    assert "P(better than the reference)" in told.out
    wrong = bayes_roi("optimise", "runs/shop", "--budget", 20000, "--periods", 10, "--bound", "tvv=0:5")
    assert (wrong.code, wrong.out) == (2, "")
    assert wrong.err.startswith("error: bounds name 'tvv', which is not a channel, did you mean 'tv'?")
    alone = bayes_roi("optimise", "runs/shop", "--periods", 10, "--bound", "tv=0:5", "-o", "q.csv")
    assert alone.err == "error: the objective 'mean' needs a budget, the total to spend over the plan\n"
    assert not Path("q.csv").exists()


def test_plans_in_a_world_with_known_curves_reach_nearly_the_best() -> None:
    worlds = [plan_study.run(seed) for seed in (400,)]
    assert min(w.plan for w in worlds) > 0.95
    assert all(w.plan > max(w.rivals.values()) for w in worlds)


def test_today_s_mix_is_compared_only_where_it_keeps_to_the_limits(funnel_known: Fit) -> None:
    today = br.outlook(funnel_known, periods=13).reference.sum(axis=1)
    inside = br.optimise(funnel_known, budget=0.9 * today.sum(), periods=13, draws=1)
    assert inside.mix_keeps
    bound = br.optimise(funnel_known, budget=0.8 * today.sum(), periods=13, draws=1, bounds={"tv": (0, 0.5 * today[0])})
    assert not bound.mix_keeps
    assert "no comparison, it does not keep to the limits" in repr(bound)
    far = br.optimise(funnel_known, budget=3 * today.sum(), periods=13, draws=1, flighting="free", extrapolate=True)
    assert far.mix_keeps
