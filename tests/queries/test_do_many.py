"""Many questions at once are the same questions one by one, in one pass."""

from __future__ import annotations

import time

import numpy as np
import pytest

import bayes_roi as br
from bayes_roi.errors import QueryError
from bayes_roi.inference.fit import Fit, fit_of
from bayes_roi.model.law.prior_draws import prior_draws
from bayes_roi.model.rows.design import design
from tests.model.made import regions, units


@pytest.fixture(scope="module")
def few(funnel_fit: Fit) -> Fit:
    """The funnel with every fortieth draw."""
    return fit_of(funnel_fit.model, funnel_fit.data, {n: v[::40] for n, v in funnel_fit.parameters.items()})


def test_each_answer_is_that_of_the_question_alone(few: Fit) -> None:
    asked = {
        "tv off": br.turn_off("tv_spend"),
        "more demand": br.shift_by("demand", 5.0),
        "both": [br.scale_by("tv_spend", 1.1), br.set_to("social_spend", 3000.0, during="2024")],
        "search": br.set_to("search_spend", 9000.0),
    }
    found = br.do(few, asked, hold_spend=True)
    alone = {name: br.do(few, *(q if isinstance(q, list) else [q]), hold_spend=True) for name, q in asked.items()}
    assert list(found) == [n for n in few.model.nodes if any(n in one for one in alone.values())]
    for name, one in alone.items():
        for node, draws in one.items():
            own = found[node].sel(intervention=name)
            np.testing.assert_allclose(own.values.values, draws.values.values, rtol=1e-9, err_msg=f"{name}: {node}")
            assert own.words().array.item() == draws.words().array.item()
            assert float(own.support) == pytest.approx(float(draws.support))  # type: ignore[arg-type]


def test_a_node_that_a_question_does_not_reach_is_as_it_is_without_it(few: Fit) -> None:
    asked = [br.turn_off("social_spend"), br.turn_off("tv_spend")]
    clicks = br.do(few, asked, nodes=["social_clicks"], hold_spend=True)
    assert list(clicks) == ["social_clicks"]
    assert clicks["social_clicks"].values.dims == ("chain", "draw", "intervention", "time")
    as_it_was = br.do(few, br.scale_by("tv_spend", 1.0), nodes=["social_clicks"], hold_spend=True)["social_clicks"]
    tv = clicks["social_clicks"].sel(intervention="tv_spend = 0")
    np.testing.assert_allclose(tv.values.values, as_it_was.values.values, rtol=1e-12)


def test_where_noise_matters_all_questions_meet_the_same(few: Fit) -> None:
    """Search responds to demand through a curve: two questions that do the same differ by nothing."""
    asked = {
        "once": br.turn_off("tv_spend"),
        "again": [br.scale_by("tv_spend", 0.0)],
        "half": br.scale_by("tv_spend", 0.5),
    }
    for noise in ("mean", "predictive"):
        found = br.do(few, asked, nodes=["revenue"], noise=noise)["revenue"].values  # type: ignore[arg-type]
        np.testing.assert_array_equal(found.sel(intervention="once"), found.sel(intervention="again"))
        assert (found.sel(intervention="half") >= found.sel(intervention="once") - 1e-6).all()


def test_what_is_not_linear_is_averaged_once_for_all_questions_that_share_it(
    few: Fit, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Means of the clicks that saturate carry the rest exactly: the answer is that of averaging every question alone.

    Both draw the same noise, so that what is left between them is its effect on what is linear: antithetic pairs cancel
    it to rounding where clicks are normal.
    """
    from bayes_roi.queries import expect

    off, half = (
        [br.turn_off(s) for s in few.model.channels.values()],
        [br.scale_by("tv_spend", k / 8) for k in range(8)],
    )
    asked = [*off, *half, br.shift_by("demand", 1.0)]
    shared = br.do(few, asked, nodes=["revenue", "organic_clicks"])
    monkeypatch.setattr(expect, "SHARED_BY", len(asked) + 1)
    alone = br.do(few, asked, nodes=["revenue", "organic_clicks"])
    for node in shared:
        spread = alone[node].values.std(("chain", "draw")).max().item()
        difference = np.abs(shared[node].values.mean(("chain", "draw")) - alone[node].values.mean(("chain", "draw")))
        assert difference.max() < 0.1 * spread, node
        exact = shared[node].sel(intervention="search_spend = 0").values.values
        np.testing.assert_allclose(alone[node].sel(intervention="search_spend = 0").values.values, exact, rtol=1e-9)


def test_panels_and_exchangeable_rows_have_the_dim_too(acquisition_fit: Fit) -> None:
    off = [br.turn_off("tv_spend"), br.turn_off("social_spend")]
    mean = br.do(acquisition_fit, off, nodes=["revenue"])["revenue"]
    assert mean.values.dims == ("chain", "draw", "intervention")
    alone = br.do(acquisition_fit, off[1], nodes=["revenue"])["revenue"]
    np.testing.assert_allclose(mean.values.values[..., 1], alone.values.values, rtol=1e-9)
    data, model = units({"north": range(12), "south": range(9)}), regions()
    fit = fit_of(model, data, prior_draws(model, design(model, data), 5, 1))
    found = br.do(fit, {"off": br.turn_off("x"), "twice": br.scale_by("x", 2.0)})["y"]
    assert found.values.dims == ("chain", "draw", "intervention", "geo", "time")
    np.testing.assert_allclose(found.sel(intervention="twice").values, br.do(fit, br.scale_by("x", 2.0))["y"].values)


def test_one_list_of_one_question_keeps_its_dim(few: Fit) -> None:
    found = br.do(few, [br.turn_off("tv_spend", during="2024-03")], nodes=["revenue"], hold_spend=True)["revenue"]
    assert found.values.intervention.values.tolist() == ["tv_spend = 0 during 2024-03"]
    assert found.estimand == "E[revenue | do(intervention)]"


def test_each_wrong_list_has_one_clear_answer(few: Fit) -> None:
    def refused(words: str, *asked: object, **options: object) -> None:
        with pytest.raises(QueryError, match=words):
            br.do(few, *asked, **options)  # type: ignore[arg-type]

    off = br.turn_off("tv_spend")
    refused("name at least one intervention")
    refused("name at least one intervention", [])
    refused("name at least one intervention", {"nothing": []})
    refused("'tv' is not an intervention", ["tv"])
    refused("2 questions are called 'tv_spend = 0'; give them names", [off, off])
    refused("did you mean 'revenue'", [off], nodes=["revenu"])
    refused("nodes= takes a list of nodes, got 'revenue'", [off], nodes="revenue")


def test_fifty_questions_cost_a_fraction_of_fifty_calls(few: Fit) -> None:
    """In CPU time of one process, so that what else the machine does is no matter; measured at half."""
    asked = [br.scale_by(few.model.channels[c], float(f)) for c in few.model.channels for f in np.linspace(0, 2, 17)]
    start = time.process_time()
    many = br.do(few, asked, nodes=["revenue"], hold_spend=True)["revenue"]
    middle = time.process_time()
    alone = [br.do(few, q, hold_spend=True)["revenue"] for q in asked]
    assert middle - start < time.process_time() - middle
    np.testing.assert_allclose(many.values.values[:, :, -1], alone[-1].values.values, rtol=1e-9)
