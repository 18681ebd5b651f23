"""Decisions, experiments and what they are worth, on fits whose answers are known."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import norm

import bayes_roi as br
from bayes_roi.decisions.horizon.outlook import outlook
from bayes_roi.decisions.information.expected_value import evpi, evppi
from bayes_roi.decisions.information.information import own_names
from bayes_roi.decisions.information.planned_test import treated, usual_tests
from bayes_roi.decisions.information.simulated_test import simulated_tests
from bayes_roi.errors import QueryError
from bayes_roi.inference.fit import Fit, fit_of
from bayes_roi.model.language.model import Model
from bayes_roi.panel import Panel
from tests.model.made import series, units

SHOP = Model(
    name="shop",
    equations="""
        tv_clicks    ~ tv
        radio_clicks ~ radio
        sales        ~ demand + 2*tv_clicks + 2*radio_clicks
    """,
    outcome="sales",
    time="t",
    channels={"tv": "tv", "radio": "radio"},
    currency="USD",
    margin=0.5,
    priors={"tv_clicks.tv.effect": "HalfNormal(sigma=1)", "radio_clicks.radio.effect": "HalfNormal(sigma=1)"},
)


def shop_data(tv: float = 1.1, radio: float = 0.95, *, noise: float = 300.0, weeks: int = 40, seed: int = 1) -> Panel:
    rng = np.random.default_rng(seed)
    spend = {"tv": rng.gamma(20, 50, weeks), "radio": rng.gamma(20, 25, weeks)}
    clicks = {
        f"{c}_clicks": 2000 + e * spend[c] + rng.normal(0, noise, weeks) for c, e in (("tv", tv), ("radio", radio))
    }
    demand = rng.normal(100, 10, weeks)
    sales = 1000 + 20 * demand + 2 * sum(clicks.values()) + rng.normal(0, noise, weeks)
    return series({**spend, **clicks, "demand": demand, "sales": sales})


@pytest.fixture(scope="module")
def shop() -> Fit:
    return br.fit(SHOP, shop_data(), seed=3, draws=500, progress=False)


@pytest.fixture(scope="module")
def choice(shop: Fit) -> br.Decision:
    return br.decision(shop, periods=10, budget=15_000, extrapolate=True)


def stores(fit_draws: int = 400) -> Fit:
    """Return a fit of six stores, of which one is twice as large, whose effect of the spend x is uncertain."""
    rng = np.random.default_rng(2)
    present = {f"s{i}": list(range(30)) for i in range(6)}
    size = np.repeat([2.0, 1, 1, 1, 1, 1], 30)
    x = 100 * size + rng.normal(0, 5, 180)
    data = units(present, {"x": x, "y": 500 * size + 2 * x + rng.normal(0, 10, 180)})
    model = Model(name="stores", equations="y ~ x", outcome="y", time="t", panel="geo", channels={"x": "x"})
    draws = {
        "y.intercept": np.full(fit_draws, 600.0),
        "y.intercept.spread": np.full(fit_draws, 200.0),
        "y.intercept.by_unit": np.tile(500 * size[::30], (fit_draws, 1)),
        "y.x.effect": rng.normal(2.0, 0.5, fit_draws),
        "y.sigma": np.full(fit_draws, 10.0),
    }
    return fit_of(model, data, draws)


# Decisions


def test_reallocations_spend_the_budget_or_save_what_they_leave_out(choice):
    total = choice.spends.sum(axis=(1, 2))
    saving = np.array([name.split("; ")[-1].startswith("no ") or name.startswith("no ") for name in choice.names])
    np.testing.assert_allclose(total[~saving], 15_000)
    assert (total[saving] < 15_000 - 1).all()
    assert len({s.tobytes() for s in choice.spends.round(6)}) == len(choice.names)
    assert choice.names[0] == "as last year"
    today = choice.outlook.reference.sum(axis=1)
    np.testing.assert_allclose(choice.spends[0].sum(axis=1), 15_000 * today / today.sum())


def test_profits_are_those_of_the_outlook_and_the_best_plan_has_the_highest(choice):
    for i in (0, 5, len(choice.names) - 1):
        np.testing.assert_allclose(choice.earned[:, i], choice.outlook.profit(choice.spends[i]))
    assert choice.best == choice.names[choice.earned.mean(axis=0).argmax()]
    frame = choice.to_frame()
    assert frame.index[0] == choice.best
    assert frame["probability_best"].sum() == pytest.approx(1.0)
    assert frame["expected_regret"].iloc[0] == pytest.approx(evpi(choice.earned).value)
    assert str(choice).startswith(f"<Decision between {len(choice.names)} plans for 10 periods; best: {choice.best}")
    assert choice.profit.values.dims == ("chain", "draw", "plan")


def test_a_plan_beyond_what_was_ever_spent_is_extrapolated(shop):
    spends = {"usual": np.full((2, 4), 600.0), "bold": np.array([[600.0] * 4, [5000.0] * 4])}
    chosen = br.decision(shop, periods=4, plans=spends)
    labels = dict(zip(spends, chosen.profit.labels().values, strict=True))
    assert labels == {"usual": "identified, extrapolated", "bold": "assumed"}  # of no spend at all: never seen
    assert chosen.profit.why_assumed.startswith("bold: ")
    alone = {name: br.decision(shop, periods=4, plans={name: spend}) for name, spend in spends.items()}
    assert (alone["usual"].note, alone["usual"].words) == ("", "identified")
    assert alone["bold"].words == "identified, extrapolated"
    assert alone["bold"].note == "'bold' is extrapolated to amounts, or a mix of spends, hardly ever seen: radio"


def test_a_decision_between_given_plans_and_between_scenarios_is_the_same(shop):
    spends = {"half": np.full((2, 4), 300.0), "radio": np.array([[0.0] * 4, [600.0] * 4])}
    given = br.decision(shop, periods=4, plans=spends)
    named = [br.scenario(shop, n, periods=4, spend={"tv": s[0], "radio": s[1]}) for n, s in spends.items()]
    assert br.decision(shop, plans=named).names == ("half", "radio")
    np.testing.assert_allclose(br.decision(shop, plans=named).earned, given.earned)


# Everything, and one channel


def test_a_channels_own_parameters_are_those_that_its_money_alone_reaches(funnel_fit):
    assert own_names(funnel_fit, "tv") == tuple(
        f"organic_clicks.tv_spend.{role}" for role in ("retention", "half", "slope", "effect")
    )
    assert own_names(funnel_fit, "search")[-1] == "revenue.search_clicks.effect"
    reached = {n for c in funnel_fit.model.channels for n in own_names(funnel_fit, c)}
    assert "revenue.organic_clicks.effect" not in reached  # tv and social share it
    assert not any("demand" in n for n in reached)


def test_knowing_one_channel_agrees_with_nested_draws(shop):
    """The channel's block is independent of the rest: its draws may be paired with all draws of the rest."""
    chosen = br.decision(shop, periods=10, budget=15_000, moves=(0.5,), steps=1, extrapolate=True)
    own, spends, draws = own_names(shop, "radio"), list(chosen.spends), shop.parameters
    assert own == ("radio_clicks.radio.effect",)
    block = [n for n in draws if n.startswith("radio_clicks.")]
    count = len(draws[own[0]])
    rest = slice(0, count, 20)
    inner = {n: x[rest] for n, x in draws.items()}
    expected = []
    for i in np.random.default_rng(0).integers(count, size=100):
        fixed = inner | {n: np.full_like(inner[n], draws[n][i]) for n in block}
        ahead = outlook(fit_of(shop.model, shop.data, fixed), periods=10)
        expected.append(ahead.profits(spends).mean(axis=0))
    nested = np.array(expected)
    known = nested.max(axis=1) - nested[:, chosen.names.index(chosen.best)]
    found = evppi(chosen.earned, draws[own[0]][:, None])
    error = math.hypot(known.std() / math.sqrt(len(known)), found.error)
    assert found.value > 100  # there is something to know
    assert abs(found.value - known.mean()) < 4 * error


def test_perfect_information_is_the_expected_regret_over_worlds_drawn_from_the_prior():
    """What EVPI says before is what knowing the truth would have gained after, on average over 80 worlds."""
    said, was = [], []
    for seed in range(80):
        tv, radio = np.abs(np.random.default_rng([seed, 1]).normal(0, 1, 2))
        data = shop_data(tv, radio, noise=600.0, weeks=25, seed=seed)
        found = br.fit(SHOP, data, seed=seed, draws=500, chains=1, progress=False)
        chosen = br.decision(found, periods=5, budget=10_000, steps=1, extrapolate=True)
        means = {n: x.mean(axis=0)[None] for n, x in found.parameters.items()}
        truth = means | {"tv_clicks.tv.effect": np.array([tv]), "radio_clicks.radio.effect": np.array([radio])}
        earned = outlook(fit_of(SHOP, data, truth), periods=5).profits(list(chosen.spends))[0]
        said.append(evpi(chosen.earned).value)
        was.append(earned.max() - earned[chosen.names.index(chosen.best)])
    difference = np.array(was) - said
    assert np.mean(said) > 100
    assert abs(difference.mean()) < 3 * difference.std() / math.sqrt(len(difference))


# Experiments


def test_a_test_of_one_series_shows_the_lift_with_the_noise_of_its_periods(shop):
    ahead = outlook(shop, periods=6)
    off, half = simulated_tests(ahead, [br.PlannedTest("tv", "off", 3), br.PlannedTest("tv", 0.5, 2)], seed=1)
    effect = shop.parameters["tv_clicks.tv.effect"]
    assert off.nodes == ("tv_clicks", "sales")
    clicks = -effect[:, None] * ahead.reference[0, :3]
    np.testing.assert_allclose(off.signal, np.stack([clicks, 2 * clicks], axis=2).reshape(-1, 6), rtol=1e-9)
    np.testing.assert_allclose(half.signal, 0.5 * off.signal[:, :4], rtol=1e-9)
    tv, radio, sales = ((shop.parameters[f"{n}.sigma"] ** 2).mean() for n in ("tv_clicks", "radio_clicks", "sales"))
    noise = np.kron(np.eye(3), [[tv, 2 * tv], [2 * tv, 4 * tv + 4 * radio + sales]])
    intercept = shop.parameters["tv_clicks.intercept"][:, None] + effect[:, None] * ahead.reference[0, :3]
    usual = np.stack([intercept, ahead.outcome([ahead.reference])[:, 0, :3]], axis=2).reshape(-1, 6)
    expected = noise + np.cov(usual, rowvar=False)
    scale = np.sqrt(np.diag(expected))
    error = np.sqrt(2 / len(effect))  # of a covariance in units of both sds
    np.testing.assert_allclose(off.noise / np.outer(scale, scale), expected / np.outer(scale, scale), atol=4 * error)
    lost = effect * ahead.reference[0, :3].sum() - ahead.reference[0, :3].sum()
    np.testing.assert_allclose(off.lost, lost, rtol=1e-6, atol=1e-4)


def test_a_test_in_some_units_is_measured_against_the_rest():
    """Two of six stores treated: the control is scaled to their size, and its noise with it."""
    fit = stores()
    ahead = outlook(fit, periods=4)
    (simulated,) = simulated_tests(ahead, [br.PlannedTest("x", "double", 2, units=("s0", "s1"))], seed=1)
    spend = ahead.held(ahead.reference)["x"].reshape(6, -1)
    np.testing.assert_allclose(simulated.signal, fit.parameters["y.x.effect"][:, None] * spend[:2, :2].sum(axis=0))
    sizes = np.array([fit.design.rows["y"][fit.design.codes == i].mean() for i in range(6)])
    scale = sizes[:2].sum() / sizes[2:].sum()
    base = fit.parameters["y.x.effect"][:, None] * (spend[:2, :2].sum(axis=0) - scale * spend[2:, :2].sum(axis=0))
    variance = 100 * (2 + 4 * scale**2) + base.var(axis=0)
    np.testing.assert_allclose(np.diag(simulated.noise), variance, rtol=4 * math.sqrt(2 / 400))
    (everywhere,) = simulated_tests(ahead, [br.PlannedTest("x", "double", 2, units=6)], seed=1)
    whole = fit.parameters["y.x.effect"][:, None] * spend[:, :2].sum(axis=0)
    np.testing.assert_allclose(everywhere.signal, whole)
    doubled = ahead.reference * np.where(np.arange(4) < 2, 2, 1)
    earned = ahead.profits([ahead.reference, doubled])
    np.testing.assert_allclose(everywhere.lost, earned[:, 0] - earned[:, 1])


def test_units_of_a_number_are_spread_over_sizes():
    ahead = outlook(stores(), periods=4)
    for count in range(1, 7):
        assert treated(ahead, br.PlannedTest("x", "off", 2, units=count)).sum() == count
    half = treated(ahead, br.PlannedTest("x", "off", 2, units=3))
    assert half[0]  # with the large store, half of them are as near to half of the sales as can be
    assert {e.units for e in usual_tests(ahead)} == {3}


def test_a_test_of_a_linear_channel_is_worth_what_the_closed_form_says():
    """A channel on or off: profit (margin beta - 1) S with a normal posterior; a test of k periods of spend x adds the
    precision sum x^2 / noise variance."""
    rng = np.random.default_rng(4)
    mean, sd, sigma, count = 2.1, 0.5, 400.0, 4000
    model = Model(name="m", equations="y ~ x", outcome="y", time="t", channels={"c": "x"}, margin=0.5)
    x = np.full(30, 100.0) + rng.normal(0, 20, 30)
    data = series({"x": x, "y": 5000 + 2 * x + rng.normal(0, sigma, 30)})
    beta = rng.normal(mean, sd, count)
    draws = {"y.x.effect": beta, "y.intercept": 5000 - beta * 100, "y.sigma": np.full(count, sigma)}
    fit = fit_of(model, data, draws)
    today = outlook(fit, periods=20).reference
    chosen = br.decision(fit, periods=20, plans={"on": today, "off": 0 * today})
    found = br.value_of_information(fit, chosen, tests=[br.PlannedTest("c", "off", k) for k in (20, 5)], seed=2)
    mu, s = (0.5 * mean - 1) * today.sum(), 0.5 * sd * today.sum()

    def loss(s: float) -> float:
        return float(s * norm.pdf(mu / s) - abs(mu) * norm.cdf(-abs(mu) / s))

    assert abs(found.total.value - loss(s)) < 4 * found.total.error
    assert abs(found.channels["c"].value - loss(s)) < 4 * found.channels["c"].error
    for test in found.tests:
        spent, noise = today[0, : test.planned.periods], test.simulated.noise
        # Sherman and Morrison: the noise is sigma^2 I and what the usual outcome varies by, which is small here.
        information = spent @ np.linalg.solve(noise, spent)
        right = loss(s * math.sqrt(sd**2 / (sd**2 + 1 / information)))
        assert abs(test.evsi.value - right) < 4 * test.evsi.error + 0.02 * right
        assert test.simulated.lost.mean() == pytest.approx((0.5 * beta.mean() - 1) * spent.sum(), rel=1e-6)


def test_worths_are_ordered_and_ranked(shop, choice):
    asked = [br.PlannedTest(c, how, k) for c in ("tv", "radio") for how in ("off", "double") for k in (4, 8)]
    useless = [br.PlannedTest("tv", 1.0, 8)]
    found = br.value_of_information(shop, choice, tests=[*asked, *useless], seed=5)
    by_name = {str(t.planned): t for t in found.tests}
    for t in found.tests:
        informed = found.channels[t.planned.channel]
        assert 0 <= t.evsi.value <= informed.value + 3 * math.hypot(t.evsi.error, informed.error)
    for c, worth in found.channels.items():
        assert 0 <= worth.value <= found.total.value
        assert by_name[f"{c} off for 4 periods"].evsi.value <= by_name[f"{c} off for 8 periods"].evsi.value + 1e-9
    assert by_name["tv x 1 for 8 periods"].evsi.value == 0
    assert by_name["tv x 1 for 8 periods"].cost == pytest.approx(0, abs=1e-6)
    nets = [t.net for t in found.tests]
    assert nets == sorted(nets, reverse=True)
    assert found.to_frame()["kind"].tolist()[:4] == ["EVPI", "EVPPI", "EVPPI", "EVSI"]


def test_a_longer_test_than_the_plan_and_its_own_cost(shop, choice):
    plain, dear = (
        br.value_of_information(shop, choice, tests=[br.PlannedTest("radio", "off", 12, cost=c)], seed=1)
        for c in (0.0, 500.0)
    )
    assert dear.tests[0].cost == pytest.approx(plain.tests[0].cost + 500)
    assert dear.tests[0].evsi == plain.tests[0].evsi


def test_the_advice_names_the_test_that_is_worth_most_after_its_cost(shop, choice):
    found = br.value_of_information(shop, choice, seed=1)
    assert found.best is not None
    top = found.best
    assert found.advice.startswith(f"Run the test on {top.planned.channel} next ({top.planned}): it is worth ")
    assert found.advice in repr(found)
    dear = [replace(t.planned, cost=1e9) for t in found.tests]
    none = br.value_of_information(shop, choice, tests=dear, seed=1)
    assert none.best is None
    assert none.advice.startswith("No test pays")
    assert br.value_of_information(shop, choice, seed=1).to_frame().equals(found.to_frame())


def test_a_decision_with_one_plan_is_worth_nothing_and_says_so(shop):
    alone = br.decision(shop, periods=4, plans={"only": np.full((2, 4), 100.0)})
    found = br.value_of_information(shop, alone)
    assert found.total.value == 0
    assert {t.evsi.value for t in found.tests} == {0}
    assert found.advice == "There is one plan, so nothing that could be learned would change what is done."


@pytest.mark.parametrize(
    ("ask", "message"),
    [
        (lambda f, d: br.decision(f), "a decision needs periods="),
        (lambda f, d: br.decision(f, periods=0), "periods must be a whole number of periods, 1 or more, got 0"),
        (lambda f, d: br.decision(f, periods=4, budget=0), "budget must be an amount of money above zero, got 0"),
        (lambda f, d: br.decision(f, periods=4, budget=-5), "budget must be an amount of money above zero, got -5"),
        (lambda f, d: br.decision(f, periods=4, shares={"tvv": 1.0}), "shares: 'tvv' is not a channel, did you mean"),
        (lambda f, d: br.decision(f, periods=4, shares={"tv": 0.7}), "shares must be 0 or more and sum to one"),
        (lambda f, d: br.decision(f, periods=4, moves=[25]), "moves must be shares in (0, 1), got 25"),
        (lambda f, d: br.decision(f, periods=4, steps=0), "steps must be a whole number, 1 or more, got 0"),
        (lambda f, d: br.decision(f, periods=4, plans={}), "plans= names no plan"),
        (lambda f, d: br.decision(f, periods=4, budget=5, plans={}), "give either plans= or a budget"),
        (lambda f, d: br.decision(f, periods=4, plans={"p": np.ones((2, 3))}), "a plan has a spend for each channel"),
        (lambda f, d: br.PlannedTest("tv", "of"), "the design of a test must be 'off', 'double' or a factor"),
        (lambda f, d: br.PlannedTest("tv", -1.0), "the design of a test must be 'off', 'double' or a factor"),
        (
            lambda f, d: br.PlannedTest("tv", periods=0),
            "a test takes a whole number of periods, 1 or more, got 0",
        ),
        (lambda f, d: br.PlannedTest("tv", cost=-1.0), "the cost of a test must be money, 0 or more, got -1.0"),
        (
            lambda f, d: br.value_of_information(f, d, tests=[br.PlannedTest("tvv")]),
            "'tvv' is not a channel, did you mean 'tv'?; there are tv, radio",
        ),
        (
            lambda f, d: br.value_of_information(f, d, tests=[br.PlannedTest("tv", units=2)]),
            "tv off in 2 units for 4 periods: this model has no panel:",
        ),
        (lambda f, d: br.value_of_information(f, d, tests=["tv"]), "'tv' is not a test"),
        (lambda f, d: br.value_of_information(stores(), d), "this decision was made from another fit"),
    ],
)
def test_a_question_that_cannot_be_asked_says_why(shop, choice, ask, message):
    with pytest.raises(QueryError) as error:
        ask(shop, choice)
    assert str(error.value).startswith(message)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (7, "a test takes 1 to 6 units of geo, got 7"),
        (0, "a test takes 1 to 6 units of geo, got 0"),
        (("s9",), "'s9' is not a unit of geo"),
    ],
)
def test_units_that_are_not_there_are_told(given, message):
    with pytest.raises(QueryError) as error:
        simulated_tests(outlook(stores(), periods=4), [br.PlannedTest("x", "off", 2, units=given)], seed=1)
    assert str(error.value).startswith(message)
