"""Simulated data: reproducible to the byte, the same noise under an intervention, a truth for any model."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

import bayes_roi as br
from bayes_roi.errors import ModelError, QueryError
from bayes_roi.model.simulation.exogenous import ExogenousLaw
from bayes_roi.model.simulation.made_up_truth import made_up_truth
from bayes_roi.model.simulation.truth import read_truth, write_truth
from bayes_roi.model.simulation.write_table import write_table


@pytest.mark.parametrize("name", ["weekly_funnel", "acquisition"])
def test_the_shipped_tables_are_reproduced_byte_for_byte(name, tmp_path):
    model = br.read_model(br.shipped(f"models/{name}.yaml"))
    truth = read_truth(br.shipped(f"data/{name}.truth.json"))
    write_table(br.simulate(model, truth), tmp_path / "table.csv")
    assert (tmp_path / "table.csv").read_bytes() == br.shipped(f"data/{name}.csv").read_bytes()


def test_truth_to_file_to_truth_is_the_identity(funnel_truth, tmp_path):
    write_truth(funnel_truth, tmp_path / "truth.json")
    assert read_truth(tmp_path / "truth.json") == funnel_truth


def test_an_intervention_changes_only_what_lies_downstream(funnel, funnel_truth):
    seen = br.simulate(funnel, funnel_truth)
    done = br.simulate(funnel, funnel_truth, do=br.turn_off("tv_spend"))
    for node in ("demand", "social_spend", "search_spend", "social_clicks", "search_clicks"):
        np.testing.assert_array_equal(seen.columns[node], done.columns[node])
    assert (done.columns["organic_clicks"] <= seen.columns["organic_clicks"]).all()
    assert done.columns["revenue"].sum() < seen.columns["revenue"].sum()


def test_an_intervention_that_changes_nothing_gives_the_same_table(funnel, funnel_truth):
    seen = br.simulate(funnel, funnel_truth)
    same = br.simulate(funnel, funnel_truth, do=[br.scale_by(n, 1.0) for n in funnel.spends])
    for node in funnel.nodes:
        np.testing.assert_allclose(seen.columns[node], same.columns[node], rtol=1e-12)


def test_another_seed_gives_another_table_and_more_rows_can_be_asked_for(funnel, funnel_truth):
    first, second = (br.simulate(funnel, funnel_truth, periods=60, seed=s) for s in (1, 2))
    assert first.rows == second.rows == 60
    assert not np.array_equal(first.columns["revenue"], second.columns["revenue"])


def test_simulated_spend_is_never_negative(funnel, funnel_truth):
    poor = replace(funnel_truth, parameters={**funnel_truth.parameters, "search_spend.intercept": 500.0})
    spend = br.simulate(funnel, poor).columns["search_spend"]
    assert spend.min() == 0.0


@pytest.mark.parametrize("name", ["weekly_funnel", "acquisition", "robyn"])
def test_any_model_can_be_simulated_without_a_truth(name):
    model = br.read_model(br.shipped(f"models/{name}.yaml"))
    panel = br.simulate(model, periods=120, seed=3)
    assert panel.rows == 120
    assert all(np.isfinite(c).all() and c.std() > 0 for c in panel.columns.values())
    read_back = br.read_data(panel.to_frame().rename(columns=dict(model.columns)), model)
    assert read_back.rows == 120


def test_a_column_of_money_per_unit_is_simulated_too(funnel):
    priced = replace(funnel, value="basket")
    panel = br.simulate(priced, seed=1)
    assert panel.columns["basket"].mean() == pytest.approx(10.0, abs=1.0)


def test_a_law_has_the_moments_it_says():
    series = ExogenousLaw(100.0, 10.0, autocorrelation=0.8, dark=0.25, flight=4.0).draw(
        np.arange(200_000), np.random.default_rng(0)
    )
    lit = series[series > 0]
    assert lit.mean() == pytest.approx(100.0, abs=0.5)
    assert lit.std() == pytest.approx(10.0, abs=0.3)
    assert (series == 0).mean() == pytest.approx(0.25, abs=0.01)


@pytest.mark.parametrize(
    ("ask", "error", "message"),
    [
        (
            lambda m, t: br.simulate(m, t, periods=8),
            ModelError,
            "periods must be more than the 8 rows of history, got 8",
        ),
        (
            lambda m, t: br.simulate(m, replace(t, parameters={})),
            ModelError,
            "the truth has no value for 'search_spend.intercept'",
        ),
        (
            lambda m, t: br.simulate(m, replace(t, parameters={**t.parameters, "revenue.sgma": 1.0})),
            ModelError,
            "the truth names 'revenue.sgma', which is not a parameter, did you mean 'revenue.sigma'?",
        ),
        (lambda m, t: br.simulate(m, replace(t, exogenous={})), ModelError, "the truth has no law for 'demand'"),
        (lambda m, t: br.simulate(m, t, do=br.set_to("tv", 0.0)), QueryError, "'tv' is not a node of the model"),
        (
            lambda m, t: br.simulate(m, t, do=br.set_to("tv_spend", -1.0)),
            QueryError,
            "tv_spend = -1: spend would be -1 in some period; spend cannot be negative",
        ),
        (
            lambda m, t: br.simulate(m, replace(t, start="May")),
            ModelError,
            "start must be a date like 2023-01-02, got 'May'",
        ),
        (lambda m, t: ExogenousLaw(1.0, -1.0), ModelError, "sd of an exogenous node's law must be 0 or more, got -1.0"),
    ],
)
def test_what_cannot_be_simulated_says_why(funnel, funnel_truth, ask, error, message):
    with pytest.raises(error) as told:
        ask(funnel, funnel_truth)
    assert str(told.value).startswith(message)


def test_a_made_up_truth_covers_its_model(funnel):
    made_up_truth(funnel, seed=2).check(funnel)
