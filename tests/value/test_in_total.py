"""The return of a channel that makes others spend: other spends held and in total, each by its definition."""

from __future__ import annotations

import doctest
from pathlib import Path

import numpy as np
import pytest

import bayes_roi as br
from bayes_roi.inference.fit import Fit, fit_of
from bayes_roi.model.law.intervention import scale_by, turn_off
from bayes_roi.model.simulation.made_up_truth import made_up_truth
from bayes_roi.model.simulation.simulate import simulate
from bayes_roi.queries.paths.responding import evidence_of_money, mediations, mediators, responding, warnings
from bayes_roi.value.money.money import Money
from tests.conftest import known
from tests.recovery.mediator_study import paid_mediator, truth_of

CHANNELS = {"tv": "tv_spend", "search": "search_spend"}
VERBS = (br.contribution, br.roas, br.roi, br.marginal_roas, br.cost_per)


def model_of(equations: str, **options: object) -> br.Model:
    return br.Model(**{"name": "m", "equations": equations, "outcome": "revenue", "channels": CHANNELS} | options)  # type: ignore[arg-type]


def drawn(model: br.Model, seed: int = 0, draws: int = 40) -> Fit:
    """Return a fit whose draws scatter around a made-up truth."""
    truth, rng = made_up_truth(model, seed=seed, periods=80), np.random.default_rng(seed)
    data = simulate(model, truth, periods=80, seed=seed)
    parameters = {
        n: np.asarray(v, float) * rng.uniform(0.9, 1.1, (draws, *np.shape(v))) for n, v in truth.parameters.items()
    }
    return fit_of(model, data, parameters)


@pytest.fixture(scope="module")
def linear() -> Fit:
    return drawn(paid_mediator("linear"))


@pytest.fixture(scope="module")
def curved() -> Fit:
    return drawn(paid_mediator("hill"), draws=8)


def of_tv(draws: br.Draws) -> np.ndarray:
    return draws.sel(channel="tv").values.values.ravel()


# --- laws ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("verb", VERBS)
def test_where_no_spend_responds_the_two_estimands_are_the_same_numbers(verb, funnel_fit, acquisition_fit):
    for fit in (funnel_fit, acquisition_fit):
        held, total = verb(fit), verb(fit, hold_spend=False)
        np.testing.assert_array_equal(held.values, total.values)
        np.testing.assert_array_equal(held.evidence, total.evidence)
        np.testing.assert_array_equal(held.support, total.support)
        assert held.note == total.note
        assert held.has_mean == total.has_mean


@pytest.mark.parametrize("verb", VERBS)
def test_a_channel_that_moves_no_other_has_one_return(verb, linear):
    held, total = (verb(linear, hold_spend=h).sel(channel="search").values for h in (True, False))
    np.testing.assert_array_equal(held, total)


@pytest.mark.parametrize("hold", [True, False])
@pytest.mark.parametrize("which", ["linear", "curved"])
def test_contribution_is_what_do_says_with_and_without(which, hold, request):
    """do(x_c as it was) less do(x_c = 0), all else as the question has it: in total the others respond."""
    fit = request.getfixturevalue(which)
    as_it_was, nothing = (
        br.do(fit, change, hold_spend=hold) for change in (scale_by("tv_spend", 1.0), turn_off("tv_spend"))
    )
    lost = (as_it_was["revenue"].values - nothing["revenue"].values).sum("time").values.ravel()
    np.testing.assert_allclose(of_tv(br.contribution(fit, hold_spend=hold, horizon=0)), lost, rtol=1e-6)
    if not hold:
        saved = (as_it_was["search_spend"].values - nothing["search_spend"].values).sum("time").values.ravel()
        np.testing.assert_allclose(of_tv(Money(fit, hold_spend=False, horizon=0).induced_spend), saved, rtol=1e-6)


def test_every_ratio_is_of_its_own_cost(linear):
    money = Money(linear, hold_spend=False)
    own = linear.design.rows["tv_spend"].sum()
    cost = own + of_tv(money.induced_spend)
    np.testing.assert_allclose(of_tv(money.roas), of_tv(money.contribution) / cost)
    np.testing.assert_allclose(of_tv(br.roi(linear, hold_spend=False, margin=0.25)), 0.25 * of_tv(money.roas) - 1)
    np.testing.assert_allclose(of_tv(money.cost_per), cost / of_tv(money.contribution))
    held = Money(linear)
    assert not np.any(of_tv(held.induced_spend))
    np.testing.assert_allclose(of_tv(held.roas), of_tv(held.contribution) / own)


def test_units_of_a_panel_add_up_in_total_too():
    model = model_of("search_spend ~ tv_spend\nrevenue ~ tv_spend + search_spend", time="week", panel="geo")
    fit = fit_of(model, simulate(model, seed=3, periods=30), _one_draw(model, periods=30))
    whole, parts = Money(fit, hold_spend=False), Money(fit, by="geo", hold_spend=False)
    for name in ("contribution", "induced_spend"):
        np.testing.assert_allclose(getattr(parts, name).values.sum("geo"), getattr(whole, name).values)
    cost = parts.increments.spend + parts.increments.induced
    np.testing.assert_allclose(parts.increments.cost, cost)


def _one_draw(model: br.Model, periods: int) -> dict[str, np.ndarray]:
    truth = made_up_truth(model, seed=3, periods=periods)
    return {n: np.asarray(v, float)[None] for n, v in truth.parameters.items()}


@pytest.mark.parametrize("hold", [True, False])
def test_paths_and_ate_agree_with_the_estimand_that_they_name(linear, hold):
    paths, ate = (
        br.effect_paths(linear, "tv_spend", hold_spend=hold),
        br.ate(linear, "tv_spend", shift=1.0, hold_spend=hold),
    )
    contribution, roas = (v(linear, hold_spend=hold).sel(channel="tv") for v in (br.contribution, br.roas))
    np.testing.assert_allclose(paths.total.values, contribution.values, rtol=1e-9)
    np.testing.assert_allclose(paths.roas.total.values, roas.values, rtol=1e-9)
    roi = br.roi(linear, hold_spend=hold).sel(channel="tv")
    np.testing.assert_allclose(paths.roi_parts().total.values, roi.values + 1)
    own = linear.design.rows["tv_spend"].sum()
    np.testing.assert_allclose(ate.values * own, contribution.values, rtol=1e-8)  # what one unit adds, each unit
    name, other = ("other spends held", "in total") if hold else ("in total", "other spends held")
    for said in (ate.estimand, paths.contrast, contribution.estimand, roas.estimand):
        assert name in said
        assert other not in said
    through = "tv_spend -> searches -> search_spend -> search_clicks -> revenue"
    assert (through in paths.paths.values.path) == (not hold)
    np.testing.assert_allclose(paths.direct.values + paths.indirect.values, paths.total.values)


def test_the_default_of_paths_is_that_of_the_question(linear):
    np.testing.assert_array_equal(
        br.effect_paths(linear, "tv_spend").total.values,
        br.effect_paths(linear, "tv_spend", hold_spend=True).total.values,
    )
    shifted = br.effect_paths(linear, "tv_spend", shift=1.0)
    assert not shifted.hold_spend
    np.testing.assert_allclose(shifted.total.values, br.ate(linear, "tv_spend", shift=1.0).values, rtol=1e-9)


def test_marginal_and_average_return_of_a_linear_world_agree(linear):
    for hold in (True, False):
        held = (v(linear, hold_spend=hold).values for v in (br.marginal_roas, br.roas))
        np.testing.assert_allclose(*held, rtol=1e-6)


# --- closed form --------------------------------------------------------------------------------------------------


def test_a_linear_world_has_the_returns_that_its_coefficients_imply():
    """tv makes b of search spend a unit; search earns c a unit; tv alone a: a, and (a + bc) / (1 + b)."""
    model = paid_mediator("linear")
    truth = truth_of(model, 5)
    fit = known(model, simulate(model, truth, periods=60, seed=5), truth)
    p = {n: np.asarray(v, float) for n, v in truth.parameters.items()}
    a, b = p["revenue.tv_spend.effect"], p["searches.tv_spend.effect"] * p["search_spend.searches.effect"]
    c = p["search_clicks.search_spend.effect"] * p["revenue.search_clicks.effect"]
    np.testing.assert_allclose(of_tv(br.roas(fit)), a)
    np.testing.assert_allclose(of_tv(br.roas(fit, hold_spend=False)), (a + b * c) / (1 + b))
    np.testing.assert_allclose(of_tv(br.marginal_roas(fit, hold_spend=False)), (a + b * c) / (1 + b), rtol=1e-6)
    np.testing.assert_allclose(of_tv(br.roi(fit, hold_spend=False)), 0.4 * (a + b * c) / (1 + b) - 1)


def test_an_experiment_on_television_would_find_the_return_in_total():
    """The same world with and without television, all noise the same: what is lost, and what search then saves."""
    model = paid_mediator("linear")
    truth = truth_of(model, 6)
    data, off = (simulate(model, truth, periods=60, seed=6, do=do) for do in ((), (turn_off("tv_spend"),)))
    lost, saved = ((data.columns[n] - off.columns[n]).sum() for n in ("revenue", "search_spend"))
    fit = known(model, data, truth)
    assert of_tv(br.contribution(fit, hold_spend=False))[0] == pytest.approx(lost)
    spent = data.columns["tv_spend"].sum()
    assert of_tv(br.roas(fit, hold_spend=False))[0] == pytest.approx(lost / (spent + saved))


def test_clicks_that_are_paid_as_they_come_cost_what_they_cost_in_total():
    """search_spend is what clicks that tv moves cost: the same contribution, divided by what was paid for it."""
    model = model_of("search_clicks ~ tv_spend\nsearch_spend ~ search_clicks\nrevenue ~ search_clicks + tv_spend")
    fit = drawn(model, draws=5)
    held, total = Money(fit), Money(fit, hold_spend=False)
    np.testing.assert_allclose(of_tv(held.contribution), of_tv(total.contribution))
    clicks, each = (fit.parameters[f"{n}.effect"] for n in ("search_clicks.tv_spend", "search_spend.search_clicks"))
    paid = clicks * each * fit.design.rows["tv_spend"].sum()
    np.testing.assert_allclose(of_tv(total.induced_spend), paid)
    assert (of_tv(total.roas) < of_tv(held.roas)).all()


def test_spend_in_the_horizon_that_a_window_sets_off_is_counted():
    """Search follows television by a week and works at once: a window of one week pays for the next one's search."""
    model = model_of("search_spend ~ lag(tv_spend, 1)\nrevenue ~ tv_spend + search_spend", time="week")
    fit = drawn(model, draws=3)
    week = fit.design.periods[40]
    money = Money(fit, during=(week, week), hold_spend=False)
    tv = fit.design.rows["tv_spend"][40]
    follows = fit.parameters["search_spend.tv_spend.effect"]
    np.testing.assert_allclose(of_tv(money.induced_spend), follows * tv)
    np.testing.assert_allclose(of_tv(Money(fit, during=(week, week), horizon=0, hold_spend=False).induced_spend), 0.0)


def test_a_budget_that_gives_way_can_leave_no_cost_and_says_so():
    model = model_of("search_spend ~ tv_spend\nrevenue ~ tv_spend + search_spend")
    fit = drawn(model)
    away = {**fit.parameters, "search_spend.tv_spend.effect": np.linspace(-1.2, -0.8, 40)}
    roas = br.roas(fit_of(model, fit.data, away), hold_spend=False)
    assert not roas.has_mean
    assert np.isnan(of_tv(roas)).sum() == 20
    assert "tv: own plus induced spend is not above zero in some draws" in roas.note
    mild = br.roas(
        fit_of(model, fit.data, away | {"search_spend.tv_spend.effect": np.full(40, -0.2)}), hold_spend=False
    )
    assert not np.isnan(of_tv(mild)).any()
    with pytest.raises(br.QueryError, match="need not exist"):
        mild.mean()


# --- what stands behind it ----------------------------------------------------------------------------------------


def test_each_question_has_its_own_evidence():
    """Intent nobody measured moves search budget and revenue: of the joint do it spoils all, of do(tv) nothing."""
    model = model_of(
        "search_spend ~ tv_spend + intent\nrevenue ~ tv_spend + search_spend + intent", unobserved=("intent",)
    )
    assert str(evidence_of_money(model, "tv_spend", hold_spend=True)) == "assumed"
    assert str(evidence_of_money(model, "tv_spend", hold_spend=False)) == "identified"
    assert str(evidence_of_money(model, "search_spend", hold_spend=False)) == "assumed"


@pytest.mark.parametrize(
    ("equations", "moved"),
    [
        ("search_spend ~ tv_spend\nrevenue ~ tv_spend + search_spend", True),
        ("searches ~ tv_spend\nsearch_spend ~ searches\nrevenue ~ tv_spend + search_spend", True),
        ("clicks ~ tv_spend\nbill := cpc * clicks\nsearch_spend ~ bill\nrevenue ~ clicks", True),
        ("search_spend ~ demand\nrevenue ~ tv_spend + search_spend + demand", False),
        ("search_spend ~ demand\ntv_spend ~ demand\nrevenue ~ tv_spend + search_spend + demand", False),
        ("clicks ~ tv_spend + search_spend\nrevenue ~ clicks", False),
    ],
)
def test_a_spend_responds_where_a_directed_path_leads_to_it(equations, moved):
    model = model_of(equations)
    assert responding(model, "tv_spend") == (("search_spend",) if moved else ())
    assert responding(model, "search_spend") == ()
    assert mediators(model) == ({"tv": ("search",)} if moved else {})
    assert [m.route[0] for m in mediations(model)] == ["tv_spend"] * moved


def test_clicks_that_another_channel_moves_and_nobody_pays_for_are_told():
    (said,) = warnings(model_of("search_clicks ~ tv_spend + search_spend\nrevenue ~ search_clicks"))
    assert said.startswith("tv moves search_clicks of search, but search_spend has no equation")
    assert "write search_spend ~ tv_spend" in said
    budget = "search_spend ~ demand\nsearch_clicks ~ tv_spend + search_spend\nrevenue ~ search_clicks + demand"
    assert "search_spend does not respond to tv_spend" in warnings(model_of(budget))[0]
    assert not warnings(model_of("search_spend ~ tv_spend\nsearch_clicks ~ search_spend\nrevenue ~ search_clicks"))
    assert not warnings(model_of("organic ~ tv_spend + search_spend\nrevenue ~ organic"))


def test_a_spend_that_leads_nowhere_is_told():
    model = model_of("search_clicks ~ tv_spend\nsearch_spend ~ search_clicks\nrevenue ~ search_clicks")
    assert "no path leads from search_spend to revenue" in warnings(model)[0]
    assert "search returns nothing by the graph" in br.roas(drawn(model, draws=3)).note


def test_what_holds_other_spends_says_so_where_they_respond(linear, funnel_fit):
    held = "other spends held, though spend responds (search to tv)"
    asked = (br.roas, br.attribution, br.removal_effect, br.contribution_over_time)
    assert all(held in verb(linear).note for verb in asked)
    assert not any("other spends held" in verb(funnel_fit).note for verb in (br.roas, br.attribution))
    assert held not in br.roas(linear, hold_spend=False).note
    assert held in br.effect_paths(linear, "tv_spend").note
    assert "other spends held" in br.outlook(linear, periods=8).note
    assert "other spends held" in repr(br.effect_paths(linear, "tv_spend"))
    assert "in total (search_spend responds)" in repr(br.effect_paths(linear, "tv_spend", hold_spend=False))


def test_the_page_on_paid_mediators_runs():
    page = Path(__file__).parents[2] / "docs" / "paid_mediators.md"
    assert doctest.testfile(str(page), module_relative=False).failed == 0
