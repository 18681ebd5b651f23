"""Direct, indirect and path effects against products of coefficients, brute force and their own definitions."""

from __future__ import annotations

import math
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import bayes_roi as br
from bayes_roi.draws import Evidence
from bayes_roi.errors import QueryError
from bayes_roi.graph import Dag
from bayes_roi.inference.fit import Fit, fit_of
from bayes_roi.model.language.model import Model
from bayes_roi.model.law.prior_draws import prior_draws
from bayes_roi.model.rows.design import design
from bayes_roi.model.simulation.truth import read_truth
from bayes_roi.panel import Panel
from bayes_roi.queries.paths.recanting import Identified
from bayes_roi.queries.paths.routes import MOST_ROUTES, count_routes, routes
from tests.conftest import known
from tests.model.made import regions, series, units


def number(draws: br.Draws) -> float:
    """Return the mean over draws of a quantity without dims."""
    return float(draws.mean())


def by_path(found: br.EffectPaths) -> dict[str, float]:
    means = found.paths.mean()
    return {str(p): float(means.sel(path=p)) for p in means.path.values}


def rows_of(columns: dict[str, np.ndarray]) -> Panel:
    return Panel(columns, None, None, None, "made")


def linear_fit(parents: dict[str, tuple[str, ...]], weight: dict[tuple[str, str], float], **options: object) -> Fit:
    """Return a fit whose one draw is a linear model with these weights, over three rows."""
    lines = [f"{n} ~ {' + '.join(ps) or '1'}" for n, ps in parents.items() if ps]
    outcome = list(parents)[-1]
    model = Model(name="linear", equations="\n".join(lines), outcome=outcome, **options)  # type: ignore[arg-type]
    rng = np.random.default_rng(3)
    data = rows_of({n: 5 + rng.random(3) for n in model.nodes})
    given = {f"{n}.{p}.effect": np.array([weight[p, n]]) for n, ps in parents.items() for p in ps}
    given |= {f"{n}.{role}": np.ones(1) for n, ps in parents.items() if ps for role in ("intercept", "sigma")}
    return fit_of(model, data, given)


# --- numbers that are known ---------------------------------------------------------------------------------------


def test_the_mediation_formula():
    """E[y | x, m] is .2 + .2 x + .1 m + .3 x m and E[m | x] is .4 + .35 x: NDE .32, NIE .035, TE .46 (CASES.md)."""
    x, m = np.array([0.0, 1.0, 1.0, 0.0]), np.array([0.0, 1.0, 0.0, 1.0])
    model = Model(name="m", equations="m ~ x\ny ~ x + m + interact(x, m)", outcome="y")
    centre_x, centre_m = x.mean(), m.mean()
    truth = {
        "m.intercept": 0.4 + 0.35 * centre_x,
        "m.x.effect": 0.35,
        "m.sigma": 0.1,
        "y.intercept": 0.2 + 0.2 * centre_x + 0.1 * centre_m + 0.3 * centre_x * centre_m,
        "y.x.effect": 0.2 + 0.3 * centre_m,
        "y.m.effect": 0.1 + 0.3 * centre_x,
        "y.x:m.effect": 0.3,
        "y.sigma": 0.1,
    }
    fit = fit_of(model, rows_of({"x": x, "m": m, "y": x}), {n: np.array([v]) for n, v in truth.items()})
    found = br.effect_paths(fit, "x", between=(0.0, 1.0))
    assert number(found.direct) == pytest.approx(0.32)
    assert number(found.indirect) == pytest.approx(0.035)
    assert number(found.total) == pytest.approx(0.46)
    assert number(found.interaction) == pytest.approx(0.46 - 0.32 - 0.035)
    assert by_path(found) == pytest.approx({"x -> y": 0.32, "x -> m -> y": 0.035})
    back = br.effect_paths(fit, "x", between=(1.0, 0.0))  # the reference is now x = 1
    assert number(back.direct) == pytest.approx(-(0.2 + 0.3 * 0.75))
    assert number(back.indirect) == pytest.approx(-0.35 * (0.1 + 0.3))


def test_the_mediation_formula_of_zeros_and_ones():
    """The same numbers where both are drawn: the mean over rows errs by less than four errors of independent draws."""
    logit = lambda p: math.log(p / (1 - p))  # noqa: E731
    rows, rng = 40_000, np.random.default_rng(5)
    x, m = (rng.integers(0, 2, rows).astype(float) for _ in range(2))
    model = Model(
        name="m",
        equations="m ~ x\ny ~ x + m + interact(x, m)",
        outcome="y",
        families={"m": "bernoulli", "y": "bernoulli"},
    )
    a, b, c, d = logit(0.2), logit(0.4) - logit(0.2), logit(0.3) - logit(0.2), 0.0
    d = logit(0.8) - a - b - c
    rise = logit(0.75) - logit(0.4)
    truth = {
        "m.intercept": logit(0.4) + rise * x.mean(),
        "m.x.effect": rise,
        "y.intercept": a + b * x.mean() + c * m.mean() + d * x.mean() * m.mean(),
        "y.x.effect": b + d * m.mean(),
        "y.m.effect": c + d * x.mean(),
        "y.x:m.effect": d,
    }
    fit = fit_of(model, rows_of({"x": x, "m": m, "y": m}), {n: np.array([v]) for n, v in truth.items()})
    found = br.effect_paths(fit, "x", between=(0.0, 1.0))
    error = 4 / math.sqrt(2 * rows)  # a difference of zeros and ones has a variance below one; two pairs of noise
    assert abs(number(found.total) - 0.46) < error
    assert abs(number(found.direct) - 0.32) < error
    assert abs(number(found.indirect) - 0.035) < error


def test_the_acquisition_funnel_by_hand(acquisition, acquisition_data):
    right = known(acquisition, acquisition_data, read_truth(br.shipped("data/acquisition.truth.json")))
    found = br.effect_paths(right, "tv_spend")
    organic, social = "tv_spend -> organic_clicks -> revenue", "tv_spend -> social_clicks -> revenue"
    roas = found.roas.paths.mean()
    assert {p: float(roas.sel(path=p)) for p in (organic, social)} == pytest.approx({organic: 0.5, social: 0.5})
    assert number(found.roas.total) == pytest.approx(1.0)
    assert number(found.direct) == 0.0
    assert by_path(br.effect_paths(right, "demand", shift=2.0)) == pytest.approx(
        {"demand -> organic_clicks -> revenue": 1.5, "demand -> social_clicks -> revenue": 0.6}
    )


# --- laws ---------------------------------------------------------------------------------------------------------


@st.composite
def linear_worlds(draw: st.DrawFn) -> tuple[dict[str, tuple[str, ...]], dict[tuple[str, str], float]]:
    size = draw(st.integers(2, 6))
    names = [f"n{i}" for i in range(size)]
    parents = {n: tuple(p for p in names[:i] if draw(st.booleans())) for i, n in enumerate(names)}
    parents["n1"], last = ("n0",), names[-1]
    parents[last] = tuple(dict.fromkeys((*parents[last], names[-2])))
    weight = {(p, n): float(draw(st.integers(-20, 20))) / 4 for n, ps in parents.items() for p in ps}
    return parents, weight


@settings(max_examples=25)
@given(linear_worlds())
def test_path_effects_of_a_linear_model_are_products_that_sum_to_the_total(world):
    parents, weight = world
    names = list(parents)
    b = np.array([[weight.get((p, n), 0.0) for p in names] for n in names])
    total = np.linalg.inv(np.eye(len(names)) - b)[-1, 0]
    fit = linear_fit(parents, weight)
    if names[-1] not in fit.model.graph.descendants(["n0"]):
        with pytest.raises(QueryError, match="no path leads from n0"):
            br.effect_paths(fit, "n0", shift=1.0)
        return
    found = br.effect_paths(fit, "n0", shift=1.0)
    scale = 1e-9 * (1 + np.abs(np.linalg.inv(np.eye(len(names)) - np.abs(b))[-1, 0]))
    for name, value in by_path(found).items():
        nodes = name.split(" -> ")
        product = math.prod(weight[edge] for edge in pairwise(nodes))
        assert value == pytest.approx(product, abs=scale)
    assert number(found.total) == pytest.approx(total, abs=scale)
    assert number(found.total) == pytest.approx(number(br.ate(fit, "n0", shift=1.0)), abs=scale)
    assert number(found.direct) == pytest.approx(weight.get(("n0", names[-1]), 0.0), abs=scale)
    assert number(found.direct + found.indirect) == pytest.approx(total, abs=scale)
    assert number(found.interaction) == pytest.approx(0.0, abs=scale)
    assert number(found.remainder) == pytest.approx(0.0, abs=scale)


def test_the_total_is_the_contribution_and_the_parts_are_of_its_roas(funnel_fit):
    window = (funnel_fit.design.periods[20], funnel_fit.design.periods[60])
    found = br.effect_paths(funnel_fit, "social_spend", during=window)
    contribution = br.contribution(funnel_fit, during=window).sel(channel="social")
    roas = br.roas(funnel_fit, during=window).sel(channel="social")
    np.testing.assert_allclose(found.total.values, contribution.values, rtol=1e-9)
    np.testing.assert_allclose(found.roas.total.values, roas.values, rtol=1e-9)
    roi = br.roi(funnel_fit, during=window).sel(channel="social")
    np.testing.assert_allclose(found.roi_parts().total.values, roi.values + 1, rtol=1e-9)
    np.testing.assert_allclose(found.paths.sum("path").values + found.remainder.values, found.total.values)
    np.testing.assert_allclose((found.share * found.total).values, found.paths.values, rtol=1e-9)
    assert str(found.total.labels().item()) == str(contribution.labels().item())


@pytest.mark.parametrize("horizon", [None, 0, 3])
def test_what_the_last_period_brings_after_it_is_counted(funnel_known, horizon):
    last = funnel_known.design.periods[-1]
    found = br.effect_paths(funnel_known, "social_spend", during=last, horizon=horizon)
    wanted = br.contribution(funnel_known, during=last, horizon=horizon).sel(channel="social")
    np.testing.assert_allclose(found.total.values, wanted.values, rtol=1e-9)
    np.testing.assert_allclose(found.paths.sum("path").values, wanted.values, rtol=1e-9)


def test_a_mean_over_rows_has_no_horizon(funnel_known):
    with pytest.raises(QueryError, match="horizon= counts periods after a window without spend"):
        br.effect_paths(funnel_known, "tv_spend", shift=1.0, horizon=3)


def test_the_total_is_the_ate(funnel_known):
    for options in ({"shift": 10.0}, {"shift": 10.0, "hold_spend": True}):
        found = br.effect_paths(funnel_known, "demand", **options)
        wanted = br.ate(funnel_known, "demand", **options)
        np.testing.assert_allclose(found.total.values, wanted.values, rtol=1e-9)
        held = "hold_spend" in options
        assert ("demand -> search_spend -> search_clicks -> revenue" in by_path(found)) != held


def test_a_path_through_clicks_is_what_the_clicks_that_were_added_bring(funnel_fit):
    """Revenue is linear in clicks, so that `do` and one coefficient give the effect along a path."""
    found = br.effect_paths(funnel_fit, "social_spend", horizon=0)
    on, off = (
        br.do(funnel_fit, br.scale_by("social_spend", s), hold_spend=True)["social_clicks"].values for s in (1.0, 0.0)
    )
    worth = funnel_fit.posterior["posterior"]["revenue.social_clicks.effect"]
    wanted = (on - off).sum("time") * worth
    path = "social_spend -> social_clicks -> revenue"
    np.testing.assert_allclose(found.paths.sel(path=path).values, wanted, rtol=1e-7)


def test_one_path_is_the_same_as_among_all(funnel_fit):
    every = br.effect_paths(funnel_fit, "social_spend")
    nodes = ("social_spend", "social_clicks", "revenue")
    for path in (nodes, " -> ".join(nodes), "social_spend->social_clicks  -> revenue"):
        one = br.effect_paths(funnel_fit, "social_spend", path=path)
        np.testing.assert_allclose(one.paths.values[..., 0], every.paths.sel(path=" -> ".join(nodes)).values)
    np.testing.assert_allclose(one.remainder.values, every.total.values - one.paths.values[..., 0], rtol=1e-6)


def test_memory_is_bounded_and_does_not_change_the_answer(funnel_fit, monkeypatch):
    from bayes_roi.queries import expect

    at_once = br.effect_paths(funnel_fit, "social_spend").paths.values.values
    monkeypatch.setattr(expect, "MEMORY", 2**22)
    in_parts = br.effect_paths(funnel_fit, "social_spend").paths.values.values
    np.testing.assert_allclose(at_once, in_parts, rtol=1e-13)  # a matrix product adds up a last part in another order


# --- oracles ------------------------------------------------------------------------------------------------------


def test_carry_over_of_two_steps_adds_up_along_a_path():
    """m answers a period later, y two periods after m and at once: by hand, spend of one period among zeros."""
    model = Model(name="m", equations="m ~ lag(x, 1)\ny ~ lag(m, 2) + x", outcome="y", time="t", channels={"c": "x"})
    x = np.array([3.0, 1.0, 4.0, 1.0, 5.0, 9.0, 2.0, 6.0, 5.0, 3.0])
    data = series({"x": x, "m": x, "y": x})
    given = {"m.intercept": 1.0, "m.x.effect": 2.0, "m.sigma": 1.0}
    given |= {"y.intercept": 1.0, "y.m.effect": 10.0, "y.x.effect": 0.5, "y.sigma": 1.0}
    fit = fit_of(model, data, {n: np.array([v]) for n, v in given.items()})
    first = fit.design.periods[2].item()
    spend = float(fit.design.rows["x"][2])
    found = br.effect_paths(fit, "x", during=first)
    assert by_path(found) == pytest.approx({"x -> y": 0.5 * spend, "x -> m -> y": 20.0 * spend})
    of_m = br.effect_paths(fit, "x", outcome="m", during=first)
    assert by_path(of_m) == pytest.approx({"x -> m": 2.0 * spend})
    assert of_m.money is None
    assert of_m.total.unit == "m"


def test_identities_are_arrows_and_what_they_multiply_remains():
    """revenue := orders * basket, both moved by tv: along each path by hand, the product of the changes is left."""
    model = Model(
        name="m",
        equations="orders ~ tv\nbasket ~ tv\nrevenue := orders * basket",
        outcome="revenue",
        channels={"c": "tv"},
    )
    data = rows_of({"tv": np.full(5, 2.0), "orders": np.ones(5), "basket": np.ones(5)})
    given = {"orders.intercept": 10.0, "orders.tv.effect": 3.0, "basket.intercept": 5.0, "basket.tv.effect": 0.25}
    given |= {"orders.sigma": 1e-9, "basket.sigma": 1e-9}
    fit = fit_of(model, data, {n: np.array([v]) for n, v in given.items()})
    found = br.effect_paths(fit, "tv")
    assert by_path(found) == pytest.approx(
        {"tv -> orders -> revenue": 5 * 6 * 5.0, "tv -> basket -> revenue": 5 * 0.5 * 10.0}
    )
    assert number(found.remainder) == pytest.approx(5 * 6 * 0.5)
    assert number(found.total) == pytest.approx(5 * (16 * 5.5 - 10 * 5))
    assert found.direct.values.item() == 0.0


def test_trials_are_an_arrow():
    """Clicks are a tenth of the impressions that tv buys."""
    model = Model(
        name="m",
        equations="impressions := 100 * tv\nclicks ~ 1\ny ~ clicks",
        outcome="y",
        channels={"c": "tv"},
        families={"clicks": "binomial(impressions)"},
    )
    data = rows_of({"tv": np.full(4, 7.0), "clicks": np.full(4, 70.0), "y": np.ones(4)})
    given = {"clicks.intercept": math.log(1 / 9), "y.intercept": 1.0, "y.clicks.effect": 2.0, "y.sigma": 1.0}
    fit = fit_of(model, data, {n: np.array([v]) for n, v in given.items()})
    assert by_path(br.effect_paths(fit, "tv")) == pytest.approx({"tv -> impressions -> clicks -> y": 4 * 70 * 2.0})


def test_a_curved_mediator_against_brute_force():
    """Counts that saturate and interact with the spend: nested counterfactuals on a million draws of the counts."""
    model = Model(
        name="m",
        equations="m ~ x\ny ~ x + hill(m) + interact(x, m)",
        outcome="y",
        channels={"c": "x"},
        families={"m": "poisson"},
    )
    rows, draws = 60, 60
    data = rows_of({"x": np.full(rows, 2.0), "m": np.full(rows, 3.0), "y": np.full(rows, 5.0)})
    given = {"m.intercept": 0.3, "m.x.effect": 0.6, "y.intercept": 1.0, "y.x.effect": 0.7, "y.m.effect": 6.0}
    given |= {"y.m.half": 4.0, "y.m.slope": 2.0, "y.x:m.effect": 0.2, "y.sigma": 1.0}
    fit = fit_of(model, data, {n: np.full(draws, v) for n, v in given.items()})
    found = br.effect_paths(fit, "x", between=(0.0, 2.0))

    rng, size = np.random.default_rng(9), 1_000_000
    low, extra = rng.poisson(math.exp(0.3), size), rng.poisson(math.exp(0.3 + 1.2), size)

    def y(x: float, m: np.ndarray) -> np.ndarray:
        return 0.7 * x + 6.0 * m**2 / (m**2 + 16.0) + 0.2 * x * m

    base = y(0.0, low).mean()
    wanted = {"total": y(2.0, extra), "direct": y(2.0, low), "indirect": y(0.0, extra)}
    for part, values in wanted.items():
        ours = getattr(found, part)
        error = math.hypot(float(ours.sd()) / math.sqrt(draws), (values.std() + 2.0) / math.sqrt(size))
        assert abs(number(ours) - (values.mean() - base)) < 4.5 * error
    assert number(found.interaction) > 0.1


def test_both_values_of_a_witness_have_the_same_noise():
    """x -> a -> b and y = a + .7 b + .5 a b: along x -> a -> b -> y the product moves by the cause's effect alone.

    With $a = 2 x + e$ and $b = 3 a$, $E[a(0) b(a(1))] = 3 E[e (2 + e)] = 3 E[e^2] = E[a(0) b(a(0))]$ where e is one
    and the same, and zero where it is not.
    """
    model = Model(name="m", equations="a ~ x\nb ~ a\ny ~ a + b + interact(a, b)", outcome="y")
    rows, draws = 50, 20
    around = np.tile([-1.0, 1.0], rows // 2)
    data = rows_of({"x": around, "a": around, "b": around, "y": around})
    given = {"a.intercept": 0.0, "a.x.effect": 2.0, "a.sigma": 1.5, "b.intercept": 0.0, "b.a.effect": 3.0}
    given |= {"b.sigma": 0.5, "y.intercept": 1.0, "y.a.effect": 1.0, "y.b.effect": 0.7, "y.a:b.effect": 0.5}
    fit = fit_of(model, data, {n: np.full(draws, v) for n, v in (given | {"y.sigma": 1.0}).items()})
    found = br.effect_paths(fit, "x", between=(0.0, 1.0))
    wanted = {"x -> a -> y": 2.0, "x -> a -> b -> y": 0.7 * 6.0}
    assert by_path(found) == pytest.approx(wanted)  # antithetic noise leaves nothing of the terms linear in it
    assert number(found.total) == pytest.approx(2.0 + 0.7 * 6.0 + 0.5 * 2 * 6)


def test_in_a_panel_with_weights_the_total_is_the_contribution_and_the_ate():
    rng = np.random.default_rng(8)
    present = {"a": range(9), "b": range(2, 9)}
    n = 16
    columns = {c: rng.gamma(2.0, 5.0, n) for c in ("x", "z", "m", "y")} | {"size": np.repeat([1.0, 3.0], [9, 7])}
    model = regions("m ~ z + hill(adstock(x, max_lag=2))\ny ~ z + (m | geo) + x", weights="size")
    data = units(present, columns)
    fit = fit_of(model, data, prior_draws(model, design(model, data), 20, 1))
    found = br.effect_paths(fit, "x")
    np.testing.assert_allclose(found.total.values, br.contribution(fit).values[..., 0], rtol=1e-9)
    shifted = br.effect_paths(fit, "x", shift=2.0)
    np.testing.assert_allclose(shifted.total.values, br.ate(fit, "x", shift=2.0).values, rtol=1e-9)
    np.testing.assert_allclose(shifted.paths.sum("path").values, shifted.total.values, rtol=1e-9)


@settings(max_examples=60)
@given(linear_worlds())
def test_paths_are_counted_and_listed_as_they_are(world):
    parents, _ = world
    names, last = list(parents), list(parents)[-1]
    a = np.array([[float(p in parents[n]) for p in names] for n in names])
    count = round(np.linalg.inv(np.eye(len(names)) - a)[-1, 0])
    graph = Dag(parents)
    found = routes(graph, "n0", last)
    assert len(found) == len(set(found)) == count == count_routes(graph, "n0", last)
    assert all(p in parents[c] for r in found for p, c in pairwise(r))


# --- calibration --------------------------------------------------------------------------------------------------


def test_intervals_hold_the_truth_as_often_as_they_say():
    """Two hundred linear worlds of x -> m -> y and x -> y; hits of a 90 % interval are binomial (3.5 errors)."""
    model = Model(name="m", equations="m ~ x\ny ~ x + m", outcome="y")
    right = {"x -> y": -0.4, "x -> m -> y": 0.5 * 0.8}
    hits: list[list[bool]] = []
    for seed in range(200):
        rng = np.random.default_rng([31, seed])
        x = rng.normal(10.0, 2.0, 50)
        m = 3 + 0.5 * x + rng.normal(size=50)
        y = 7 - 0.4 * x + 0.8 * m + rng.normal(size=50)
        fit = br.fit(model, rows_of({"x": x, "m": m, "y": y}), seed=seed, draws=250, chains=2, progress=False)
        found = br.effect_paths(fit, "x", shift=1.0)
        wanted = [(found.paths, list(right.values())), (found.direct, [-0.4]), (found.indirect, [0.4])]
        hits.append([bool(inside) for d, v in [*wanted, (found.total, [0.0])] for inside in covers(d, v)])
    rates = np.mean(hits, axis=0)
    assert (np.abs(rates - 0.9) < 3.5 * math.sqrt(0.9 * 0.1 / len(hits))).all(), rates


def covers(draws: br.Draws, values: list[float]) -> np.ndarray:
    lower, upper = draws.arrays.interval(0.9)
    return np.ravel((lower.array <= values) & (values <= upper.array))


# --- what the graph does not give ---------------------------------------------------------------------------------


def identified(equations: str, cause: str = "x", outcome: str = "y", **options: object) -> Identified:
    model = Model(name="m", equations=equations, outcome=outcome, **options)  # type: ignore[arg-type]
    held = frozenset({cause})
    return Identified(model, model.graph.without_causes_of(held), cause, outcome, held)


def test_a_recanting_witness_is_named():
    """x -> a -> b -> y and a -> y: a would have to answer to both values of x; the total and the split do not care."""
    of = identified("a ~ x\nb ~ a\ny ~ a + b")
    assert of.total == of.split == Evidence.IDENTIFIED
    for route in (("x", "a", "b", "y"), ("x", "a", "y")):
        assert of.of_path(route) == Evidence.ASSUMED
        (why,) = of.objections(route)
        assert why.startswith("a is a recanting witness: it moves y by way of ")


def test_without_a_witness_every_path_is_identified():
    of = identified("a ~ x\nb ~ a + x\ny ~ b + x")
    assert {of.of_path(r) for r in routes(of.graph, "x", "y")} == {Evidence.IDENTIFIED}
    assert of.split == Evidence.IDENTIFIED


@settings(max_examples=80)
@given(linear_worlds(), st.data())
def test_an_effect_is_not_identified_where_another_path_begins_in_the_same_district(world, data):
    """Shpitser's (2013) definition over all pairs of paths; without `~~` it is Avin, Shpitser and Pearl's witness."""
    parents, _ = world
    names, last = list(parents), list(parents)[-1]
    pairs = data.draw(
        st.lists(st.sampled_from([(a, b) for a in names for b in names if a < b]), max_size=3, unique=True)
    )
    lines = [f"{n} ~ {' + '.join(ps)}" for n, ps in parents.items() if ps] + [f"{a} ~~ {b}" for a, b in pairs]
    of = identified("\n".join(lines), "n0", last)
    every = routes(of.graph, "n0", last)
    kept = of.model.graph.without_causes_of(["n0"]).ancestors([last]) - {"n0"}
    district = {n: {n} for n in kept}
    for _ in names:
        for a, b in pairs:
            if {a, b} <= kept:
                district[a] |= district[b]
                district[b] |= district[a]
    for route in every:
        same = any(other != route and other[1] in district[route[1]] for other in every)
        assert bool(of.objections(route)) == same
        if not pairs:
            assert same == any(
                w in other and other[other.index(w) :] != route[i:]
                for other in every
                for i, w in enumerate(route[1:-1], start=1)
            )
    direct = ("n0", last)
    assert bool(of.objections_to_split) == (direct in every and bool(of.objections(direct)))


def test_an_unobserved_cause_of_mediator_and_outcome_is_named():
    """The total effect is that of a treatment nobody confounds: only its parts are not told."""
    of = identified("m ~ x\ny ~ m + x\nm ~~ y")
    assert of.total == Evidence.IDENTIFIED
    assert of.split == of.of_path(("x", "m", "y")) == Evidence.ASSUMED
    assert of.confounding == ()
    assert of.objections_to_split[0].startswith("m and y share an unobserved cause")
    assert of.objections(("x", "m", "y"))[0].startswith("m on this path and y off it share an unobserved cause")


def test_an_unobserved_node_behind_mediator_and_outcome_spoils_the_split_and_not_the_total():
    of = identified("m ~ x + u\ny ~ m + x + u\nz ~ u", unobserved=("u",))
    assert of.total == Evidence.IDENTIFIED
    assert of.split == of.of_path(("x", "y")) == Evidence.ASSUMED
    # Where the cause does not act on both, no node has to answer to both of its values.
    chain = identified("a ~ x\nm ~ a + u\ny ~ m + x + u\nz ~ u", unobserved=("u",))
    assert chain.split == chain.of_path(("x", "a", "m", "y")) == Evidence.IDENTIFIED


def test_an_unobserved_cause_of_the_treatment_is_named():
    of = identified("x ~ u\nm ~ x\ny ~ m + x + u\nz ~ u", unobserved=("u",))
    assert of.total == Evidence.ASSUMED
    assert of.confounding[0].startswith("an unobserved cause moves x and y (u) beside x -> y")
    front = identified("x ~ u\nm ~ x\ny ~ m + u\nz ~ u", unobserved=("u",))
    assert front.total == front.of_path(("x", "m", "y")) == Evidence.IDENTIFIED  # m is a front door


def test_a_mediator_that_is_not_observed_is_named():
    of = identified("u ~ x\ny ~ u + x\nz ~ u", unobserved=("u",))
    assert of.objections(("x", "u", "y"))[0].startswith("u on this path is not observed")
    assert of.objections(("x", "y"))[0].startswith("no column separates the paths from x to y")


def test_what_is_computed_from_the_cause_alone_is_no_witness():
    """An impression that money buys at a fixed price has nothing of its own that could answer twice."""
    of = identified("i := 80 * x\nb ~ i\ny ~ i + b")
    assert of.of_path(("x", "i", "b", "y")) == of.of_path(("x", "i", "y")) == Evidence.IDENTIFIED
    hidden = identified("i := 80 * x\nb ~ i\ny ~ i + b\nb ~~ y")
    assert not hidden.objections_to_split  # all of it goes through impressions
    both = identified("i := 80 * x\ny ~ i + x")
    assert both.objections(("x", "i", "y"))[0].startswith("no column separates the paths from x to y")


def test_warnings_stand_beside_the_numbers():
    fit = linear_fit({"x": (), "a": ("x",), "b": ("a",), "y": ("a", "b")}, dict.fromkeys(EDGES, 2.0))
    found = br.effect_paths(fit, "x", shift=1.0)
    assert found.paths.labels().values.tolist() == ["assumed", "assumed"]
    assert found.remainder.labels().item() == "assumed"
    assert found.total.evidence == found.direct.evidence == Evidence.IDENTIFIED
    assert len(found.warnings) == 2
    for text in (found.paths.note, repr(found), found._repr_html_().replace("&gt;", ">")):
        assert "x -> a -> b -> y: a is a recanting witness" in text


EDGES = [("x", "a"), ("a", "b"), ("a", "y"), ("b", "y")]


# --- how it shows itself, and what it refuses ---------------------------------------------------------------------


def test_the_table_has_the_numbers(funnel_fit):
    found = br.effect_paths(funnel_fit, "social_spend")
    table = found.to_frame()
    path = "social_spend -> social_clicks -> revenue"
    assert list(table.index[:4]) == ["total", "direct", "indirect", "interaction"]
    assert table.index[-1] == "remainder"
    assert table.loc["total", "mean"] == pytest.approx(number(found.total))
    assert table.loc[path, "roas"] == pytest.approx(float(found.roas.paths.mean().sel(path=path)))
    assert table.loc[path, "share"] == pytest.approx(float(found.share.median().sel(path=path)))
    with pytest.raises(QueryError, match="need not exist"):
        found.share.mean()


def test_money_follows_the_value_of_each_row(funnel, funnel_data, funnel_known):
    prices = np.linspace(1.0, 3.0, funnel_data.rows)
    data = replace(funnel_data, columns={**funnel_data.columns, "basket": prices})
    priced = fit_of(replace(funnel, value="basket"), data, funnel_known.parameters)
    found = br.effect_paths(priced, "tv_spend")
    np.testing.assert_allclose(found.roas.total.values, br.roas(priced).sel(channel="tv").values)
    np.testing.assert_allclose(found.money.total.values / found.roas.total.values, priced.design.rows["tv_spend"].sum())


def test_no_spend_has_no_roas_and_says_so(funnel_known):
    dark = funnel_known.design.periods[np.flatnonzero(funnel_known.design.rows["tv_spend"] == 0)[0]]
    found = br.effect_paths(funnel_known, "tv_spend", during=dark)
    assert np.isnan(found.roas.total.values.item())
    assert "no tv_spend in the window" in found.roas.total.note
    assert number(found.total) == 0.0
    assert "no effect to share" in found.share.note


def test_too_many_paths_are_not_listed_and_one_of_them_can_be_asked():
    names = [f"n{i}" for i in range(9)]
    parents = {n: tuple(names[:i]) for i, n in enumerate(names)}
    fit = linear_fit(parents, {(p, n): 1.0 for n, ps in parents.items() for p in ps})
    assert MOST_ROUTES < 2**7
    with pytest.raises(QueryError, match=r"128 paths lead from n0 to n8, .*e\.g\. path='n0 -> n8'"):
        br.effect_paths(fit, "n0", shift=1.0)
    found = br.effect_paths(fit, "n0", shift=1.0, path="n0 -> n3 -> n8")
    assert by_path(found) == pytest.approx({"n0 -> n3 -> n8": 1.0})
    assert number(found.total) == pytest.approx(128.0)


@pytest.mark.parametrize(
    ("ask", "message"),
    [
        (
            lambda f: br.effect_paths(f, "tv"),
            "'tv' is not a node of the model; the channel 'tv' is the spend 'tv_spend'",
        ),
        (lambda f: br.effect_paths(f, "tv_spnd"), "'tv_spnd' is not a node of the model, did you mean 'tv_spend'?"),
        (lambda f: br.effect_paths(f, "tv_spend", outcome="sales"), "'sales' is not a node of the model"),
        (lambda f: br.effect_paths(f, "revenue", shift=1.0), "'revenue' cannot be both cause and outcome"),
        (
            lambda f: br.effect_paths(f, "tv_spend", outcome="search_clicks"),
            "no path leads from tv_spend to search_clicks; it leads to organic_clicks, revenue",
        ),
        (
            lambda f: br.effect_paths(f, "demand", outcome="search_spend", shift=1.0, hold_spend=True),
            "no path leads from demand to search_spend, with the spends held as they were observed; it leads to ",
        ),
        (lambda f: br.effect_paths(f, "demand"), "demand is no spend, so there is no 'against nothing' to ask about"),
        (lambda f: br.effect_paths(f, "demand", shift=1.0, between=(0, 1)), "effect_paths takes shift=d or between="),
        (lambda f: br.effect_paths(f, "demand", between=(1,)), "between takes two levels (a, b), got (1,)"),
        (lambda f: br.effect_paths(f, "tv_spend", shift=-9e9), "tv_spend = tv_spend -9000000000: spend would be "),
        (lambda f: br.effect_paths(f, "tv_spend", during="1999"), "no period lies in '1999'; the rows run from "),
        (
            lambda f: br.effect_paths(f, "tv_spend", path="tv_spend -> social_clicks -> revenue"),
            "'tv_spend -> social_clicks -> revenue' is not a path from tv_spend to revenue: there is no arrow from "
            "tv_spend to social_clicks; there is 'tv_spend -> organic_clicks -> revenue'",
        ),
        (
            lambda f: br.effect_paths(f, "demand", shift=1.0, path=("demand", "organic_clicks")),
            "'demand -> organic_clicks' is not a path from demand to revenue: it must begin with demand and end with "
            "revenue; the nearest are 'demand -> organic_clicks -> revenue', ",
        ),
        (
            lambda f: br.effect_paths(f, "tv_spend", path="tv_spend -> organic_click -> revenue"),
            "'organic_click' is not a node of the model, did you mean 'organic_clicks'?",
        ),
        (
            lambda f: br.effect_paths(
                f, "demand", shift=1.0, hold_spend=True, path="demand -> search_spend -> search_clicks -> revenue"
            ),
            "'demand -> search_spend -> search_clicks -> revenue' is not a path from demand to revenue: there is no "
            "arrow from demand to search_spend; search_spend is held as it was observed; ",
        ),
        (lambda f: br.effect_paths(f, "tv_spend", path=3), "path takes 'a -> b -> c' or a tuple of nodes, got 3"),
        (lambda f: br.effect_paths(f, "tv_spend").roi_parts(margin=35), "margin must be in (0, 1], got 35"),
        (
            lambda f: br.effect_paths(f, "tv_spend", shift=1.0).roi_parts(),
            "only the actual spend against none has",
        ),
    ],
)
def test_a_question_that_cannot_be_asked_says_why(funnel_known, ask, message):
    with pytest.raises(QueryError) as error:
        ask(funnel_known)
    assert str(error.value).startswith(message)
