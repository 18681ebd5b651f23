"""Plans: made by hand, kept, and asked for what cannot be."""

from __future__ import annotations

import numpy as np
import pytest

import bayes_roi as br
from bayes_roi.errors import QueryError
from bayes_roi.inference.fit import Fit
from bayes_roi.labelled import Labelled, along


def test_a_plan_is_last_years_spend_but_for_what_is_said(funnel_known: Fit) -> None:
    spent = {c: funnel_known.data.columns[n][-52:] for c, n in funnel_known.model.channels.items()}
    plan = br.scenario(funnel_known, "plan", spend={"social": 300_000}, change={"tv": 0.2})
    rows = dict(zip(plan.channels, plan.money.array, strict=True))
    np.testing.assert_allclose(rows["tv"], 1.2 * spent["tv"], rtol=1e-12)
    np.testing.assert_allclose(rows["social"], 300_000 * spent["social"] / spent["social"].sum(), rtol=1e-12)
    np.testing.assert_array_equal(rows["search"], spent["search"])
    assert plan.labels[[0, -1]].tolist() == ["2025-02-24", "2026-02-16"]


def test_totals_are_spread_evenly_where_that_is_asked_for(funnel_known: Fit) -> None:
    plan = br.scenario(funnel_known, "flat", periods=4, spend={"tv": 400}, spread="evenly")
    assert plan.money.array[0].tolist() == [100.0] * 4
    assert plan.total["tv"] == 400


def test_one_change_moves_all_channels_that_have_no_spend_of_their_own(funnel_known: Fit) -> None:
    today = br.scenario(funnel_known, "today", periods=3)
    plan = br.scenario(funnel_known, "half", spend={"tv": [1, 2, 3]}, change=-0.5)
    assert plan.periods == 3
    np.testing.assert_allclose(plan.money.array, [[1, 2, 3], *(0.5 * today.money.array[1:])], rtol=1e-12)


def test_a_table_says_the_same_as_a_mapping(funnel_known: Fit) -> None:
    series = {"tv": [1.0, 2.0], "social": [3.0, 4.0], "search": [0.0, 9.0]}
    plain = br.scenario(funnel_known, "p", spend=series)
    for table in (
        plain.spend,
        plain.spend.transpose(),
        plain.money,
        plain.to_frame(),
        plain.to_frame().reset_index(drop=True),
    ):
        again = br.scenario(funnel_known, "p", spend=table)
        np.testing.assert_array_equal(again.money.array, plain.money.array)
    assert plain.to_frame().loc["2025-03-03", "search"] == 9.0


def test_each_wrong_plan_has_one_clear_answer(funnel_known: Fit, acquisition_fit: Fit) -> None:
    def refused(words: str, fit: Fit = funnel_known, **options: object) -> None:
        with pytest.raises(QueryError, match=words):
            br.scenario(fit, **({"name": "p", "periods": 4} | options))  # type: ignore[arg-type]

    refused("no time:", acquisition_fit)
    refused("no time:", acquisition_fit, periods=None)
    refused("needs a name", name=" ")
    refused("1 or more, got 0", periods=0)
    refused("no channel 'serach', did you mean 'search'", spend={"serach": 1})
    refused("no channel 'radio'; there are tv, social, search", change={"radio": 1})
    refused("a spend and a change", spend={"tv": 1}, change={"tv": 0.1})
    refused("-1 .nothing. or more, e.g. 0.2; got -1.5", change={"tv": -1.5})
    refused("got 'more'", change={"tv": "more"})
    refused("it is -5 for tv in 2025-03-03", spend={"tv": [1, -5, 1, 1]})
    refused("it is nan for tv", spend={"tv": [1, np.nan, 1, 1]})
    refused("no number", spend={"tv": "much"})
    refused("3 values; give one total, or 4", spend={"tv": [1, 2, 3]})
    refused("'last_year' or 'evenly'", spread="odd")
    refused("demand' has 2 values", nodes={"demand": [1.0, 2.0]})
    early = Labelled(np.ones((1, 2)), ("channel", "time"), along(channel=["tv"], time=["2025-02-17", "2025-02-24"]))
    refused("follows the data: 2025-02-24 to 2025-03-03; the table has 2025-02-17", spend=early, periods=None)
    refused("takes channel -> total", spend=[1, 2])


def test_a_scenario_is_a_table_of_channels_and_periods_without_negative_spend() -> None:
    with pytest.raises(QueryError, match="dims channel and time, got channel"):
        br.Scenario("p", Labelled(np.ones(2), ("channel",)))
    with pytest.raises(QueryError, match="0 or more"):
        br.Scenario("p", Labelled(-np.ones((1, 2)), ("channel", "time")))
