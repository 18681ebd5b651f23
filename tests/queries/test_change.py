"""Why the outcome changed: sums that hold in every draw, shares found by hand, and the truth inside the intervals."""

from __future__ import annotations

import hypothesis.strategies as st
import numpy as np
import pytest
from hypothesis import given, settings

import bayes_roi as br
from bayes_roi.draws import Evidence
from bayes_roi.errors import QueryError
from bayes_roi.inference.fit import Fit, fit_of
from bayes_roi.model.language.model import Model
from bayes_roi.model.law.prior_draws import prior_draws
from bayes_roi.model.rows.design import design
from bayes_roi.panel import Panel
from bayes_roi.queries.change import splitting
from bayes_roi.queries.change.change import Change
from bayes_roi.queries.change.matching import Grid, matched
from bayes_roi.queries.change.mixtures import Mixture, States
from bayes_roi.queries.shapley import coalition_weights
from tests.recovery.change_study import CHAIN, between, chain_data, covered, panel, shares, true_change, truth


def sums_exactly(change: Change, scale: float) -> bool:
    """Whether the shares of every draw sum to the difference, to 1e-9 of it (1e-12 of the level if that is more)."""
    gap = np.abs(sum(shares(change).values()) - change.difference)
    return bool((gap <= max(1e-9 * abs(change.difference), 1e-12 * scale)).all())


# ---- laws ----


def table(rng: np.random.Generator, rows: int) -> dict[str, np.ndarray]:
    """Return columns that suit every model below, counts and amounts above zero among them."""
    spend = np.where(rng.random(rows) < 0.3, 0.0, rng.gamma(4.0, 25.0, rows))
    return {
        "a": rng.normal(3.0, 1.0, rows),
        "tv": spend,
        "budget": rng.gamma(4.0, 20.0, rows),
        "clicks": rng.poisson(20.0, rows).astype(float),
        "y": rng.gamma(9.0, 30.0, rows),
        "z": rng.normal(0.0, 2.0, rows),
    }


WORLDS = {
    "carry-over along a path": {
        "equations": "budget ~ a\nclicks ~ hill(adstock(budget, max_lag=3)) + lag(a, 2)\ny ~ clicks + a + trend()",
        "channels": {"search": "budget"},
    },
    "counts and logs": {
        "equations": "clicks ~ a + hill(adstock(tv, max_lag=2))\ny ~ clicks + a",
        "channels": {"tv": "tv"},
        "families": {"clicks": "poisson", "y": "lognormal"},
        # Two draws of the default priors differ by powers of ten, and what is left of their mixtures is rounding.
        "priors": {
            "clicks.a.effect": "Normal(mu=0, sigma=0.1)",
            "clicks.tv.effect": "HalfNormal(sigma=0.2)",
            "clicks.intercept": "Normal(mu=3, sigma=0.2)",
            "y.clicks.effect": "Normal(mu=0, sigma=0.01)",
            "y.a.effect": "Normal(mu=0, sigma=0.1)",
            "y.intercept": "Normal(mu=5, sigma=0.2)",
        },
    },
    "an identity and an interaction": {
        "equations": "clicks ~ a + season(period=6, order=1)\nz ~ a + interact(a, tv)\ny := clicks * z - z",
        "channels": {"tv": "tv"},
    },
    "noise that hangs together": {
        "equations": "z ~ a\ny ~ z + tv",
        "channels": {"tv": "tv"},
        "noise": {"y": "ar(1)"},
        "families": {"z": "student_t"},
    },
    "spend before the table was zero": {
        "equations": "y ~ hill(adstock(tv, max_lag=4)) + a",
        "channels": {"tv": "tv"},
        "carry_in": "zero",
    },
    "an unobserved cause": {"equations": "z ~ u\ny ~ u + a\nclicks ~ u", "unobserved": ("u",)},
    "a pair": {"equations": "z ~ a\ny ~ z\nz ~~ y"},
}


def world(name: str, rows: int, seed: int) -> tuple[Fit, Fit]:
    """Return two fits of one world: draws from its prior with different seeds."""
    model = Model(name="world", outcome="y", time="t", **WORLDS[name])  # type: ignore[arg-type]
    columns = table(np.random.default_rng(seed), rows)
    data = panel({n: columns[n] for n in model.measured})
    rows_of = design(model, data)
    one, other = (fit_of(model, data, prior_draws(model, rows_of, 3, seed + i)) for i in (1, 2))
    return one, other


@settings(max_examples=25)
@given(
    name=st.sampled_from(sorted(WORLDS)),
    lengths=st.tuples(st.integers(1, 9), st.integers(1, 9)),
    gap=st.integers(0, 4),
    turned=st.booleans(),
    drift=st.booleans(),
    seed=st.integers(0, 10**6),
)
def test_shares_sum_to_the_observed_difference_in_every_draw(name, lengths, gap, turned, drift, seed):
    one, other = world(name, 26, seed)
    start = int(one.design.index[0])
    first = range(start, start + lengths[0])
    second = range(first.stop + gap, first.stop + gap + lengths[1])
    windows = (second, first) if turned else (first, second)
    sides = (one, other) if drift and not one.model.hidden else None
    change = between(one, *windows, sides=sides)
    y = dict(zip(one.design.index.tolist(), one.forward.observed("y", {}), strict=True))
    means = [np.mean([y[t] for t in w]) for w in windows]
    np.testing.assert_allclose([change.before, change.after], means, rtol=1e-10, atol=1e-10)
    assert sums_exactly(change, np.abs(means).max())


@settings(max_examples=25)
@given(name=st.sampled_from(["carry-over along a path", "counts and logs", "an identity and an interaction"]))
def test_the_split_by_summands_is_the_shapley_value_over_all_coalitions(name):
    one, other = world(name, 20, 5)
    change = between(one, range(3, 9), range(11, 18), sides=(one, other))
    clocks = np.arange(3, 9), np.arange(11, 18)
    states = States(one, Grid(one, "y", matched(*clocks)), (one, other), one.seed)
    game = splitting.DifferenceGame(states, splitting.sources_of(states, drift=True))
    (mixture,) = game._mixtures()
    worth = np.array([game._mean(mixture, s) for s in range(2 ** len(game.causes))])
    want = coalition_weights(len(game.causes)) @ worth
    got = np.array(list(shares(change).values()))
    np.testing.assert_allclose(got, want, atol=1e-10 * np.abs(worth).max())


def test_orders_agree_with_all_coalitions_within_their_own_error(monkeypatch):
    one, other = world("counts and logs", 20, 5)
    exact = between(one, range(3, 9), range(11, 18), sides=(one, other))
    monkeypatch.setattr(splitting, "EXACT_PLAYERS", 2)
    drawn = between(one, range(3, 9), range(11, 18), sides=(one, other))
    assert "Monte-Carlo" in drawn.share.note
    assert not exact.error.any()
    gap = np.array([np.mean(shares(drawn)[c.name] - shares(exact)[c.name]) for c in exact.causes])
    # The largest of eight standard normal errors is above four in less than one case in a thousand.
    assert (np.abs(gap) <= 4 * drawn.error + 1e-9 * abs(exact.difference)).all()
    assert sums_exactly(drawn, exact.before)


def test_windows_with_the_same_data_give_zeros():
    rng = np.random.default_rng(3)
    half = {n: rng.normal(5.0, 1.0, 12) for n in ("a", "tv", "budget")}
    model = Model(
        name="twice",
        equations="budget ~ a\ny ~ hill(adstock(tv, max_lag=3)) + budget + season(period=12, order=1)",
        outcome="y",
        time="t",
        channels={"tv": "tv"},
    )
    columns = {n: np.tile(x, 3) for n, x in half.items()}
    columns |= {"y": np.tile(rng.normal(50.0, 5.0, 12), 3), "tv": np.abs(columns["tv"])}
    data = panel(columns)
    fit = fit_of(model, data, prior_draws(model, design(model, data), 5, 1))
    change = between(fit, range(12, 24), range(24, 36))
    assert {c.kind for c in change.causes} == {"noise", "time"}  # no input moved
    for share in shares(change).values():
        np.testing.assert_allclose(share, 0.0, atol=1e-9)


# ---- oracles ----


def test_a_linear_chain_is_change_times_total_effect_and_noise_by_noise():
    data = chain_data(1)
    fit = br.fit(CHAIN, data, seed=1, draws=50, progress=False)
    change = br.decompose_change(fit, (0, 29), (30, 59), mechanisms=False)
    p, x, got = fit.parameters, data.columns, shares(change)
    moved = {n: x[n][30:].mean() - x[n][:30].mean() for n in x}
    direct, through = p["y.a.effect"], p["y.m.effect"] * p["m.a.effect"]
    np.testing.assert_allclose(got["a"], moved["a"] * (direct + through), rtol=1e-9)
    np.testing.assert_allclose(got["b"], moved["b"] * p["y.b.effect"], rtol=1e-9)
    of_m = moved["m"] - p["m.a.effect"] * moved["a"]
    np.testing.assert_allclose(got["noise of m"], p["y.m.effect"] * of_m, rtol=1e-9)
    of_y = moved["y"] - p["y.m.effect"] * moved["m"] - direct * moved["a"] - p["y.b.effect"] * moved["b"]
    np.testing.assert_allclose(got["noise of y"], of_y, rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(change.total.values.values, 30 * change.share.values.values)
    both = change.by_node.sel(node="m").values.values.ravel()
    np.testing.assert_allclose(both, got["noise of m"])
    assert change.levels["a"] == pytest.approx((x["a"][:30].mean(), x["a"][30:].mean()))


def test_evidence_is_of_the_joint_question_for_inputs_and_descriptive_for_noise():
    fit = truth(CHAIN, chain_data(1))
    change = between(fit, range(0, 30), range(30, 60), sides=(fit, fit))
    words = {c.name: Evidence(int(change.share.evidence.sel(cause=c.name))) for c in change.causes}
    assert words["a"] == words["b"] == Evidence.IDENTIFIED
    assert words["noise of y"] == Evidence.DESCRIPTIVE
    assert words["mechanism of m"] == Evidence.ASSUMED


def test_two_inputs_that_interact_share_by_hand():
    rng = np.random.default_rng(4)
    x = {"a": rng.normal(2.0, 1.0, 20), "b": rng.normal(-1.0, 1.0, 20), "y": rng.normal(size=20)}
    model = Model(name="product", equations="y ~ a + b + interact(a, b)", outcome="y", time="t")
    given_ = {"y.intercept": 1.0, "y.a.effect": 0.7, "y.b.effect": -0.4, "y.a:b.effect": 1.3, "y.sigma": 1.0}
    fit = fit_of(model, panel(x), {n: np.array([v]) for n, v in given_.items()})
    got = shares(between(fit, range(0, 8), range(12, 20)))
    centre = {n: x[n].mean() for n in "ab"}
    a, b = ([x[n][:8] - centre[n], x[n][12:] - centre[n]] for n in "ab")

    def worth(i: int, j: int) -> float:
        return float(np.mean(0.7 * a[i] - 0.4 * b[j] + 1.3 * a[i] * b[j]))

    for_a = 0.5 * (worth(1, 0) - worth(0, 0) + worth(1, 1) - worth(0, 1))
    np.testing.assert_allclose(got["a"], for_a)
    np.testing.assert_allclose(got["b"], worth(1, 1) - worth(0, 0) - for_a)


def test_carry_over_brings_each_window_its_own_past():
    """By loops: a budget that follows demand, carried over three weeks and bent, reaching back before the windows."""
    rng = np.random.default_rng(5)
    a, z = rng.normal(3.0, 1.0, 30), rng.gamma(9.0, 0.5, 30)
    x = {"a": a, "budget": 2.0 * a + z, "y": rng.normal(100.0, 5.0, 30)}
    model = Model(
        name="rule",
        equations="budget ~ a\ny ~ hill(adstock(budget, max_lag=3))",
        outcome="y",
        time="t",
        channels={"search": "budget"},
    )
    values = {"budget.intercept": 4.0, "budget.a.effect": 2.0, "budget.sigma": 1.5, "y.intercept": 10.0}
    values |= {"y.budget.effect": 80.0, "y.budget.retention": 0.6, "y.budget.half": 9.0, "y.budget.slope": 1.7}
    values |= {"y.sigma": 2.0}
    fit = fit_of(model, panel(x), {n: np.array([v]) for n, v in values.items()})
    got = shares(between(fit, range(8, 14), range(20, 26)))
    noise = x["budget"] - 2.0 * a  # up to a constant, which both windows share

    def worth(demand: int, own: int) -> float:
        weights = 0.6 ** np.arange(4) / (0.6 ** np.arange(4)).sum()
        total = 0.0
        for k in range(6):
            stock = sum(w * (2.0 * a[demand + k - lag] + noise[own + k - lag]) for lag, w in enumerate(weights))
            total += 80.0 * (stock / 9.0) ** 1.7 / (1 + (stock / 9.0) ** 1.7) / 6
        return total

    for_demand = 0.5 * (worth(20, 8) - worth(8, 8) + worth(20, 20) - worth(8, 20))
    np.testing.assert_allclose(got["a"], for_demand, rtol=1e-9)
    np.testing.assert_allclose(got["noise of budget"], worth(20, 20) - worth(8, 8) - for_demand, rtol=1e-9)


def test_a_panel_is_the_sum_of_its_units():
    rng = np.random.default_rng(6)
    x = {n: rng.normal(3.0, 1.0, 24) for n in ("a", "y")}
    units, periods = np.repeat(["north", "south"], 12), np.tile(np.arange(12), 2)
    model = Model(name="regions", equations="y ~ (a | geo)", outcome="y", time="t", panel="geo")
    data = Panel(x, periods, "t", "period", "simulated", unit="geo", units=units)
    fit = fit_of(model, data, prior_draws(model, design(model, data), 4, 1))
    got = shares(between(fit, range(0, 5), range(6, 11)))
    cells = x["a"].reshape(2, 12)
    moved = cells[:, 6:11].mean(axis=1) - cells[:, :5].mean(axis=1)
    np.testing.assert_allclose(got["a"], fit.parameters["y.a.by_unit"] @ moved, rtol=1e-9)


# ---- recovery ----


def test_a_mechanism_that_drifted_is_found_and_the_others_are_not():
    data = chain_data(7, rows=160, changed=3.0)
    fit = br.fit(CHAIN, data, seed=2, draws=250, progress=False)
    change = br.decompose_change(fit, (0, 79), (80, 159))
    assert sums_exactly(change, abs(change.after))
    ends = change.share.interval(0.99)
    inside = {c.name: (float(ends.lower.sel(cause=c.name)), float(ends.upper.sel(cause=c.name))) for c in change.causes}
    want = shares(true_change(data, 1.0, 3.0))
    low, high = inside["mechanism of m"]
    assert 0 < low < float(want["mechanism of m"][0]) < high
    for name in ("mechanism of y", "noise of m", "noise of y"):
        assert inside[name][0] < 0 < inside[name][1]


@pytest.mark.parametrize(("drift", "worlds"), [(False, 120), (True, 60)])
def test_intervals_cover_the_true_shares_at_their_nominal_rate(drift, worlds):
    """Over simulated worlds; the tolerance is 3.3 standard errors, so that a right rate fails once in a thousand.

    `python -m tests.recovery.change_study` is the long form.
    """
    rates = {name: np.mean(h) for name, h in covered(drift, worlds).items()}
    tolerance = 3.3 * np.sqrt(0.9 * 0.1 / worlds)
    assert all(abs(rate - 0.9) <= tolerance for rate in rates.values()), rates


# ---- the funnel, and what is said ----


def test_a_year_of_the_funnel_against_another(funnel_fit, funnel_known):
    why, true = (br.decompose_change(f, "2023", "2024", mechanisms=False) for f in (funnel_fit, funnel_known))
    assert sums_exactly(why, why.after)
    ends = why.share.arrays.interval(0.99)
    want = true.share.values.values[0, 0]
    assert ((ends[0].array <= want) & (want <= ends[1].array)).sum() >= len(want) - 1
    assert [c.name for c in why.causes if c.kind == "input"] == ["social_spend", "tv_spend", "demand"]
    frame = why.to_frame()
    assert frame.index[0] == "demand"
    assert (np.diff(np.abs(frame["mean"])) <= 0).all()
    text = repr(why)
    assert "221,979 in 2023-01-02 to 2023-12-25" in text
    assert "trend and season of revenue" in text
    assert "<table" in why._repr_html_()


def test_the_two_fits_of_a_drift_do_not_share_their_random_numbers():
    """With one seed, draws of the same rank would hang together, and a difference would look too sure."""
    half = chain_data(8, rows=40)
    twice = panel({n: np.tile(x, 2) for n, x in half.columns.items()})
    fit = br.fit(CHAIN, twice, seed=3, draws=500, progress=False)
    change = br.decompose_change(fit, (0, 39), (40, 79))
    drawn = shares(change)["mechanism of y"]
    # Of the same data twice the drift is nothing but the error of two independent fits, each of variance about
    # 0.25 / 40; one seed for both would make it zero.
    assert drawn.std() == pytest.approx(np.sqrt(2 * 0.25 / 40), rel=0.2)


def test_the_same_seed_gives_the_same_shares():
    fit = br.fit(CHAIN, chain_data(9), seed=4, draws=50, progress=False)
    one, two, other = (br.decompose_change(fit, (0, 29), (30, 59), seed=s).share.values.values for s in (1, 1, 2))
    np.testing.assert_array_equal(one, two)
    assert (one != other).any()


def test_a_channel_that_was_dark_in_a_window_is_said_and_its_effect_there_is_the_prior_of_the_fit():
    rng = np.random.default_rng(1)
    tv, a = np.where(np.arange(80) < 40, 0.0, rng.gamma(4.0, 20.0, 80)), rng.normal(size=80)
    data = panel({"tv": tv, "a": a, "y": 50 + 0.3 * tv + a + rng.normal(size=80)})
    model = Model(name="dark", equations="y ~ tv + a", outcome="y", time="t", channels={"tv": "tv"})
    fit = br.fit(model, data, seed=1, draws=250, progress=False)
    change = br.decompose_change(fit, (0, 39), (40, 79))
    assert "tv did not move in 0 to 39" in change.share.note
    # Half of it is the mechanism after, which knows 0.3, half the one before: HalfNormal(mean(y) / mean spend).
    of_prior = np.sqrt(2 / np.pi) * data.columns["y"].mean() / tv[40:].mean()
    want = 0.5 * tv[40:].mean() * (0.3 + of_prior)
    error = 0.5 * tv[40:].mean() * of_prior / np.sqrt(1000)  # the sd of a half normal is below its mean
    assert abs(shares(change)["tv"].mean() - want) < 5 * error
    lower, upper = (e.array[[c.name for c in change.causes].index("tv")] for e in change.share.arrays.interval(0.9))
    assert lower < 0.3 * tv[40:].mean() < upper


@pytest.mark.parametrize(
    ("ask", "says"),
    [
        ({"before": "2023", "after": "2023"}, "before and after are the same window"),
        ({"before": ("2023-01", "2023-06"), "after": ("2023-06", "2023-12")}, "share 4 periods"),
        ({"before": "2019", "after": "2024"}, "no period lies in '2019'"),
        ({"before": None, "after": "2024"}, "before must be a window"),
        ({"before": "2023", "after": "2024", "target": "reveneu"}, "did you mean 'revenue'"),
        ({"before": "2023", "after": "2024", "target": "demand"}, "has no causes in the model"),
        ({"before": "2024-01", "after": "2024-02"}, "too few to fit the"),
    ],
)
def test_what_cannot_be_asked_is_said(funnel_known, ask, says):
    with pytest.raises(QueryError, match=says):
        br.decompose_change(funnel_known, **ask)


def test_what_a_model_does_not_allow_is_said(acquisition_fit):
    with pytest.raises(QueryError, match="these rows have none"):
        br.decompose_change(acquisition_fit, "2023", "2024")
    fit, _ = world("an unobserved cause", 26, 1)
    with pytest.raises(QueryError, match="u: two fits need not mean the same"):
        br.decompose_change(fit, (0, 12), (13, 25))
    with pytest.raises(QueryError, match="'u' is not observed"):
        br.decompose_change(fit, (0, 12), (13, 25), target="u", mechanisms=False)
    change = br.decompose_change(fit, (0, 10), (13, 25), mechanisms=False)
    assert "u (unobserved)" in shares(change)
    with pytest.raises(QueryError, match="11 and 13 periods"):
        _ = change.total


def test_a_region_without_a_period_of_the_window_is_named():
    x = {n: np.random.default_rng(2).normal(size=21) for n in ("a", "y")}
    units = np.array(["north"] * 12 + ["south"] * 9)
    periods = np.concatenate([np.arange(12), np.arange(3, 12)])
    model = Model(name="regions", equations="y ~ a", outcome="y", time="t", panel="geo")
    data = Panel(x, periods, "t", "period", "simulated", unit="geo", units=units)
    fit = fit_of(model, data, prior_draws(model, design(model, data), 4, 1))
    with pytest.raises(QueryError, match="south has no row in some of the 4 periods 0 to 3"):
        br.decompose_change(fit, (0, 3), (6, 9), mechanisms=False)


def test_mixtures_keep_what_they_have_found_and_nothing_else():
    """A value that was kept is the one that would be computed anew."""
    one, other = world("carry-over along a path", 20, 8)
    clocks = np.arange(4, 9), np.arange(11, 16)
    states = States(one, Grid(one, "y", matched(*clocks)), (one, other), one.seed)
    sources = splitting.sources_of(states, drift=True)
    players = tuple(c.name for c in splitting.causes_of(one.model, sources))
    both = one.parameters, other.parameters
    used = Mixture(states, both, {}, sources, players)
    for coalition in np.random.default_rng(1).integers(0, 2 ** len(players), 60).tolist():
        fresh = Mixture(states, both, {}, sources, players)
        np.testing.assert_array_equal(used.value(coalition), fresh.value(coalition))
