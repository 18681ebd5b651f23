"""Credit beside cause: every column is the query of its name, and the ratio is that of its columns."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

import bayes_roi as br
from bayes_roi.errors import QueryError
from bayes_roi.inference.fit import Fit, fit_of
from bayes_roi.value.attribution.channel_table import ChannelTable
from bayes_roi.value.attribution.columns import QUESTIONS


@pytest.fixture(scope="module")
def table(acquisition_fit: Fit) -> ChannelTable:
    return br.channel_table(acquisition_fit)


def mean(table: ChannelTable, column: str, row: str) -> float:
    return float(table[column].sel(row=row).mean())


def test_every_column_says_what_its_query_says(acquisition_fit, table):
    assert [c.name for c in table.columns] == list(QUESTIONS)
    for column, query, dim in (
        ("last_click", br.last_click(acquisition_fit), "channel"),
        ("removal_effect", br.removal_effect(acquisition_fit), "channel"),
        ("roi", br.roi(acquisition_fit), "channel"),
    ):
        for label in query.values[dim].values:
            assert mean(table, column, label) == pytest.approx(float(query.sel(**{dim: label}).mean()), rel=1e-12)
    influence = br.influence(acquisition_fit).mean()
    assert mean(table, "influence", "tv") == pytest.approx(float(influence.sel(node="tv_spend")), rel=1e-12)
    assert mean(table, "influence", "demand") == pytest.approx(float(influence.sel(node="demand")), rel=1e-12)


def test_shares_sum_to_one_over_the_rows(table):
    for column in ("last_click", "influence", "attribution"):
        np.testing.assert_allclose(np.nansum(table[column].values.values, axis=-1), 1.0, rtol=1e-9)


def test_an_arrow_is_the_channel_s_whose_click_it_comes_from(acquisition_fit, table):
    strength = br.arrow_strength(acquisition_fit, unit="share").mean()
    assert mean(table, "arrow_strength", "social") == pytest.approx(
        float(strength.sel(node="social_clicks")), rel=1e-12
    )
    assert np.isnan(mean(table, "arrow_strength", "tv"))  # it has no arrow into revenue


def test_the_case_study_s_numbers(table):
    """Last click pays television nothing; it causes a quarter of revenue (CASES: 25.00 and 23.75 % in money)."""
    tv, social = table.credit_to_cause
    assert (tv.kind, tv.median, tv.lower, tv.upper) == ("ratio", 0.0, 0.0, 0.0)
    assert social.median == pytest.approx(0.625 / 0.2375, rel=0.03)
    assert social.lower < 0.625 / 0.2375 < social.upper
    assert mean(table, "attribution", "tv") == pytest.approx(0.25, abs=0.01)


def test_where_the_cause_may_be_nothing_credit_is_compared_by_difference(acquisition_fit):
    """Effects of either sign, so that no ratio has a meaning."""
    some = {n: v[:400].copy() for n, v in acquisition_fit.parameters.items()}
    for child in ("organic_clicks", "social_clicks"):
        some[f"{child}.social_spend.effect"] *= np.where(np.arange(400) % 2, 1.0, -1.0)
    table = br.channel_table(fit_of(acquisition_fit.model, acquisition_fit.data, some))
    tv, social = table.credit_to_cause
    assert (tv.kind, social.kind) == ("ratio", "difference")
    credit, cause = (table[c].sel(row="social").values.values for c in ("last_click", "attribution"))
    assert social.median == pytest.approx(float(np.median(credit - cause)), rel=1e-9)


def test_what_cannot_be_answered_is_left_out_and_told(acquisition_fit):
    model = replace(
        acquisition_fit.model, equations="revenue ~ tv_spend + social_spend + demand", families={}, priors={}
    )
    table = br.channel_table(br.fit(model, acquisition_fit.data, seed=1, draws=250))
    assert "last_click" in table.left_out
    assert table.credit_to_cause == ()
    assert "last click left out" in repr(table)
    with pytest.raises(QueryError, match=r"no column .last_click.: .* has no click node"):
        table["last_click"]
    with pytest.raises(QueryError, match=r"no column .roy.: there are"):
        table["roy"]


def test_it_shows_each_question_and_its_evidence(table):
    for shown in (repr(table), table._repr_html_()):
        assert all(question in shown for question in QUESTIONS.values())
        assert "descriptive" in shown
        assert "identified" in shown
    frame = table.to_frame()
    assert frame.loc["tv", ("attribution", "mean")] == pytest.approx(mean(table, "attribution", "tv"), rel=1e-12)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"prob": 90}, "prob must be in"),
        ({"clicks": {"tv": "social_click"}}, "'social_click' is not a node of the model, did you mean 'social_clicks'"),
        ({"clicks": {"television": "social_clicks"}}, "'television' is not a channel"),
        ({"during": "2024"}, "no periods"),
    ],
)
def test_mistakes_are_told(acquisition_fit, options, message):
    with pytest.raises(QueryError, match=message):
        br.channel_table(acquisition_fit, **options)


def test_a_rule_has_no_credible_interval_and_a_cause_has(funnel_fit: Fit) -> None:
    """Last click splits by effects that have draws: what a rule hands out is no posterior of anything."""
    table = br.channel_table(funnel_fit)
    heads, _, _, *lines = table.texts()
    at = heads.index("last click")
    said = [line[at] for line in lines if line[at]]
    assert said
    assert all("[" not in cell for cell in said)
    assert all("[" in line[heads.index("attribution")] for line in lines[:3])
