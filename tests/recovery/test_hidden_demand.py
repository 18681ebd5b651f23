"""A world whose demand nobody measured: left out, search is credited with it; modelled, the truth is covered."""

from __future__ import annotations

import numpy as np
import pytest

import bayes_roi as br
from bayes_roi.draws import Evidence
from bayes_roi.inference.fit import Fit
from bayes_roi.model.language.model import Model
from bayes_roi.model.simulation.truth import read_truth
from bayes_roi.panel import Panel
from tests.conftest import known, trusted

TRUTH = read_truth(br.shipped("data/hidden_demand.truth.json"))


@pytest.fixture(scope="module")
def model() -> Model:
    return br.read_model(br.shipped("models/hidden_demand.yaml"))


@pytest.fixture(scope="module")
def data(model: Model) -> Panel:
    return br.read_data(br.shipped("data/hidden_demand.csv"), model)


@pytest.fixture(scope="module")
def modelled(model: Model, data: Panel) -> Fit:
    return br.fit(model, data, seed=7, progress=False)


@pytest.fixture(scope="module")
def ignored(model: Model) -> Fit:
    without = Model(
        name="without demand",
        time="week",
        outcome="revenue",
        channels=model.channels,
        equations="revenue ~ hill(adstock(tv_spend)) + hill(adstock(search_spend))",
    )
    return br.fit(without, br.read_data(br.shipped("data/hidden_demand.csv"), without), seed=7, progress=False)


def held(fit: Fit, channel: str, right: float) -> bool:
    ends = br.roas(fit).sel(channel=channel).interval(0.9)
    return bool(ends.lower <= right <= ends.upper)


def test_leaving_demand_out_misses_search_and_modelling_it_covers_it(model, data, modelled, ignored):
    assert trusted(modelled), modelled.diagnosis
    right = float(br.roas(known(model, data, TRUTH)).sel(channel="search").mean())
    assert right == pytest.approx(TRUTH.roas["search"], rel=1e-3)
    assert held(modelled, "search", right)
    assert not held(ignored, "search", right)
    assert ignored.diagnosis  # no check of a fit sees a cause that is missing from the graph


def test_what_rests_on_demand_is_assumed(modelled):
    assert set(br.roi(modelled).evidence.values.tolist()) == {int(Evidence.ASSUMED)}


def test_parameters_are_recovered(modelled):
    for name, value in TRUTH.parameters.items():
        draws = modelled.parameters[name]
        assert abs(draws.mean() - value) < 3 * draws.std(), name


def test_demand_is_told_row_by_row(model, modelled):
    """The world was made with a demand of its own, which the truth's seed gives back."""
    from bayes_roi.model.simulation.world import World, true_values

    world = World(model, TRUTH, TRUTH.periods, TRUTH.seed)
    real = world.run(lambda node, view: true_values(TRUTH, node))
    demand = real["demand"][world.shown][8:]
    draws = modelled.parameters["demand"]
    assert np.corrcoef(draws.mean(axis=0), demand)[0, 1] > 0.95
    low, high = np.quantile(draws, [0.05, 0.95], axis=0)
    assert 0.8 < np.mean((low <= demand) & (demand <= high)) < 0.98


def test_do_draws_demand_anew_and_a_counterfactual_holds_it(modelled):
    """The trap is a do over new weeks that reuses the demand of those that were."""
    nothing = br.shift_by("search_spend", 0.0)
    back = br.counterfactual(modelled, nothing, hold_spend=True)["revenue"].values.values
    revenue = modelled.design.rows["revenue"]
    np.testing.assert_allclose(back, np.broadcast_to(revenue, back.shape), rtol=1e-9)
    again = br.do(modelled, nothing, hold_spend=True)["revenue"].values.values
    demand = modelled.parameters["demand"].mean(axis=0)
    assert abs(np.corrcoef(again.mean(axis=(0, 1)), demand)[0, 1]) < 0.4  # demand's own mean, not this market's weeks
    assert np.corrcoef(revenue, demand)[0, 1] > 0.6
