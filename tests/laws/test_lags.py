"""Whatever walks over a model's edges finds every kind of them: held to what a moved value does, row by row."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np
import pytest

import bayes_roi as br
from bayes_roi.decisions.horizon.outcomes import outcomes
from bayes_roi.inference.fit import Fit, fit_of
from bayes_roi.model.language.edges import carry_over, edges, lags_to, longest_lag
from bayes_roi.model.law.additive import additive_blocks
from bayes_roi.model.law.summands import OwnSources, summands
from bayes_roi.model.rows.layout import carry_in_rows
from bayes_roi.model.simulation.made_up_truth import made_up_truth
from bayes_roi.model.simulation.simulate import simulate
from bayes_roi.queries.change.matching import Grid, matched
from bayes_roi.queries.evidence import supported
from bayes_roi.queries.influence.noise_sources import sources_of
from bayes_roi.queries.paths.responding import responding
from bayes_roi.queries.paths.routes import shortest_route
from bayes_roi.value.money.window import window
from tests.conftest import known

PERIODS, AT = 60, 30

EQUATIONS = {
    "term": ("sales ~ hill(adstock(tv, max_lag=3)) + price", {}),
    "term of a term": ("visits ~ adstock(tv, max_lag=3) \n sales ~ adstock(visits, max_lag=2) + price", {}),
    "identity": ("reached := 20 * tv \n sales ~ adstock(reached, max_lag=3) + price", {}),
    "identity above": ("visits ~ adstock(tv, max_lag=3) \n orders ~ price \n sales := orders + visits", {}),
    "trials": (
        "shows ~ adstock(tv, max_lag=3) \n clicks ~ price \n sales ~ clicks",
        {"shows": "poisson", "clicks": "binomial(shows)"},
    ),
    "trials of an identity": (
        "shows := 2 * tv \n clicks ~ price \n sales ~ lag(clicks, 3)",
        {"clicks": "binomial(shows)"},
    ),
    "latent": ("visits ~ adstock(tv, max_lag=3) \n sales ~ visits + price \n visits ~~ sales", {}),
    "lag": ("visits ~ tv \n sales ~ lag(visits, 3) + price", {}),
    "interaction": ("heard ~ adstock(tv, max_lag=3) \n sales ~ price + heard + interact(heard, price)", {}),
    "two ways": ("visits ~ adstock(tv, max_lag=3) \n sales ~ lag(visits, 2) + lag(tv, 4) + price", {}),
    "spend that responds": ("radio ~ lag(tv, 2) \n sales ~ adstock(radio, max_lag=3) + tv + price", {}),
}
KINDS = list(EQUATIONS)


@cache
def world(kind: str) -> Fit:
    """Return a small model with that kind of edge between spend and outcome, its one draw the truth that made it."""
    text, families = EQUATIONS[kind]
    channels = {"tv": "tv"} | ({"radio": "radio"} if "radio" in text else {})
    model = br.Model(
        name=kind, equations=text, outcome="sales", time="week", channels=channels, families=families, currency="EUR"
    )
    truth = made_up_truth(model, seed=3, periods=PERIODS)
    fit = known(model, simulate(model, truth), truth)
    latents = {n: np.random.default_rng(1).standard_normal((1, fit.design.length)) for n in model.hidden}
    return fit_of(model, fit.data, {**fit.parameters, **latents})


def moved(fit: Fit, node: str, target: str) -> np.ndarray:
    """Return after how many periods (periods,) the target moves where a node moves in one period alone."""
    values = fit.forward.run(fit.parameters, {}).values
    base = np.broadcast_to(values[node], (1, fit.design.length))
    bumped = base + np.where(np.arange(fit.design.length) == AT, 0.1 * np.abs(base) + 1, 0)
    far = fit.forward.run(fit.parameters, {node: base}).values[target]
    near = fit.forward.run(fit.parameters, {node: bumped}).values[target]
    return np.flatnonzero((far != near)[0]) - AT


@pytest.mark.parametrize("kind", KINDS)
def test_lags_to_is_how_far_a_moved_value_is_felt(kind: str) -> None:
    fit = world(kind)
    for target in fit.model.computation.order:
        found = lags_to(fit.model, target)
        for node in fit.model.computation.order:
            felt = moved(fit, node, target)
            assert (node in found) == bool(len(felt)), (node, target)
            if node in found:
                assert felt.max() == found[node], (node, target)


@pytest.mark.parametrize("kind", KINDS)
def test_edges_are_the_graph(kind: str) -> None:
    model = world(kind).model
    pairs = {(e.parent, e.child) for e in edges(model)}
    assert pairs == {(p, n) for n, ps in model.computation.parents.items() for p in ps}
    assert {p for p in pairs if not {*p} & {str(c) for c in model.confounding}} == {
        (p, n) for n, ps in model.graph.parents.items() for p in ps
    }


@pytest.mark.parametrize("kind", KINDS)
def test_the_horizon_holds_all_that_a_period_of_spend_brings(kind: str) -> None:
    """The default horizon is the longest lag; what it counts is what any longer one does, and not a period less."""
    fit = world(kind)
    length = lags_to(fit.model, "sales")["tv"]
    assert carry_over(fit.model) == length
    week = str(fit.design.periods[AT])
    asked = window(fit, week)
    assert (np.flatnonzero(asked.counted).tolist(), asked.note) == ([*range(AT, AT + length + 1)], "")
    assert br.outlook(fit, periods=2).horizon == length
    found = [br.contribution(fit, during=week, horizon=h, hold_spend=False) for h in (None, 20, length - 1)]
    sums = [draws.sel(channel="tv").mean().item() for draws in found]
    assert sums[0] == pytest.approx(sums[1], rel=1e-9)
    assert sums[0] != pytest.approx(sums[2], rel=1e-6)


@pytest.mark.parametrize("kind", KINDS)
def test_rows_need_the_history_that_edges_reach_back_to(kind: str) -> None:
    model = world(kind).model
    assert model.max_lag == longest_lag(model) == max(e.lag for e in edges(model))
    assert carry_in_rows(model) == model.max_lag
    launch = replace(model, carry_in="zero")
    assert carry_in_rows(launch) == max((e.lag for e in edges(model) if e.parent not in model.spends), default=0)


@pytest.mark.parametrize("kind", KINDS)
def test_what_matches_windows_and_what_gathers_noise_go_as_far(kind: str) -> None:
    fit = world(kind)
    grid = Grid(fit, "sales", matched(np.array([AT]), np.array([AT + 10])))
    assert grid.lead == lags_to(fit.model, "sales")
    assert {s.node for s in sources_of(fit.model, "sales").sources} <= set(grid.lead)


@pytest.mark.parametrize("kind", KINDS)
def test_support_sees_a_spend_that_leaves_what_was_observed(kind: str) -> None:
    """A hundred times the spend lies outside, whatever the spend acts through; a half lies inside of what pauses."""
    fit = world(kind)
    spend = fit.design.rows["tv"]
    assert supported(fit, {"tv": spend}, {"tv": 100 * spend}, "tv").share < 0.1
    assert supported(fit, {"tv": spend}, {"tv": 0.9 * spend}, "tv").share > 0.5


@pytest.mark.parametrize("kind", KINDS)
def test_paths_and_responding_spends_follow_every_edge(kind: str) -> None:
    model = world(kind).model
    route = shortest_route(model.graph, "tv", "sales")
    assert route[0] == "tv"
    assert route[-1] == "sales"
    assert responding(model, "tv") == (("radio",) if "radio" in model.spends else ())


@pytest.mark.parametrize("kind", KINDS)
def test_plans_run_off_as_long_as_a_period_of_spend_brings_something(kind: str) -> None:
    """What a planned period of tv brings is felt for as many periods as `lags_to` says, and in an outlook no longer."""
    fit = world(kind)
    length = lags_to(fit.model, "sales")["tv"]
    ahead = br.outlook(fit, periods=1, horizon=length + 2)
    plan = np.where(np.array(ahead.channels)[:, None] == "tv", 1000.0, 0.0)
    felt = np.flatnonzero(outcomes([ahead], [plan], noise="mean", seed=0).added[0, 0])
    blocked = "radio" in fit.model.spends  # a plan says what is spent on radio, so that tv does not move it
    assert felt.max() == (0 if blocked else length)


@pytest.mark.parametrize("kind", KINDS)
def test_paths_and_attribution_find_what_the_contribution_does(kind: str) -> None:
    fit = world(kind)
    asked = {"during": str(fit.design.periods[AT])}
    whole = br.contribution(fit, **asked).sel(channel="tv").values.item()  # type: ignore[arg-type]
    assert whole != 0
    assert br.effect_paths(fit, "tv", **asked).total.values.item() == pytest.approx(whole, rel=1e-6)  # type: ignore[arg-type]
    shared = br.attribution(fit, **asked).sel(channel="tv").values.item()  # type: ignore[arg-type]
    assert shared == pytest.approx(whole, rel=1e-6)


@pytest.mark.parametrize("kind", KINDS)
def test_what_adds_up_is_told_of_every_node_that_acts(kind: str) -> None:
    """The blocks of an outcome hold the sources that move it, and no other."""
    model = world(kind).model
    sources = {n: [n] for n in model.computation.order}
    acts = set(lags_to(model, "sales"))
    assert {n for block in additive_blocks(model, "sales", sources) for n in block} == acts
    varying = {
        n: OwnSources(values=n) if n in model.exogenous else OwnSources(noise=n) for n in model.computation.order
    }
    assert {n for block in summands(model, "sales", varying) for n in block} == acts - set(model.identity)
