"""The table by quarter: what a channel's quarters added, what they lack of the whole, and the whole."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import bayes_roi as br
from bayes_roi.inference.fit import Fit, fit_of
from bayes_roi.report.by_period import REMAINDER, WHOLE, period_table
from bayes_roi.report.findings import Findings
from bayes_roi.report.rounding import MINUS
from bayes_roi.report.tables import Table

DRAWS = 300


def market(*, curved: bool, weeks: int = 70, dated: bool = True) -> Fit:
    rng = np.random.default_rng(3)
    week = pd.date_range("2023-01-02", periods=weeks, freq="7D").strftime("%Y-%m-%d") if dated else np.arange(weeks)
    table = pd.DataFrame({"week": week, **{n: rng.gamma(2.0, 500.0, weeks) for n in ("tv", "radio", "sales")}})
    media = "hill(adstock(tv, max_lag=4))" if curved else "adstock(tv, max_lag=4)"
    model = br.Model(
        name="m",
        equations=f"sales ~ {media} + radio",
        outcome="sales",
        time="week",
        channels={"tv": "tv", "radio": "radio"},
        currency="USD",
    )
    given = {
        "sales.intercept": np.full(DRAWS, 3000.0),
        "sales.tv.retention": rng.uniform(0.4, 0.6, DRAWS),
        "sales.tv.effect": rng.normal(4000.0 if curved else 2.0, 0.1, DRAWS),
        "sales.radio.effect": rng.normal(1.5, 0.1, DRAWS),
        "sales.sigma": np.full(DRAWS, 100.0),
    }
    given |= {"sales.tv.half": rng.normal(900.0, 50.0, DRAWS), "sales.tv.slope": np.full(DRAWS, 1.5)} if curved else {}
    return fit_of(model, br.read_data(table, model), given)


def told(table: Table, channel: str) -> dict[str, float]:
    """Return part -> the mean contribution of a channel, as it is shown."""
    return {row[1]: float(row[3].replace(MINUS, "-").replace(",", "")) for row in table.rows if row[0] == channel}


def test_quarters_of_a_line_add_up_and_have_no_remainder() -> None:
    table = period_table(Findings(market(curved=False)))
    assert table is not None
    for channel in ("tv", "radio"):
        found = told(table, channel)
        whole = found.pop(WHOLE)
        assert list(found) == ["2023-Q1", "2023-Q2", "2023-Q3", "2023-Q4", "2024-Q1", "2024-Q2"]
        assert sum(found.values()) == pytest.approx(whole, abs=7 * half_a_unit(table))
    assert "remainder" not in table.note


def test_quarters_of_a_curve_add_up_with_their_remainder() -> None:
    fit = market(curved=True)
    table = period_table(Findings(fit))
    assert table is not None
    found = told(table, "tv")
    whole = found.pop(WHOLE)
    assert found[REMAINDER] != 0
    assert sum(found.values()) == pytest.approx(whole, abs=8 * half_a_unit(table))
    assert "the remainder is what they lack of the whole" in table.note
    assert whole == pytest.approx(float(br.contribution(fit).mean()[0]) / 1000, abs=half_a_unit(table))
    roas = br.roas(fit, by="quarter").median().values[0]
    shown = [float(row[5]) for row in table.rows if row[0] == "tv" and row[1] not in (REMAINDER, WHOLE)]
    assert shown == pytest.approx(roas, abs=0.005)


def half_a_unit(table: Table) -> float:
    """Return how far a contribution that is shown, in thousands, may be off by rounding."""
    assert table.heads[3] == ("contribution, thousand USD", ("mean", "interval"))
    return float(0.5 * 10.0 ** -len(table.rows[0][3].partition(".")[2]))


def test_a_short_table_is_told_by_month_and_one_without_dates_not_at_all() -> None:
    table = period_table(Findings(market(curved=False, weeks=20)))
    assert table is not None
    assert table.heads[1] == "month"
    assert [row[1] for row in table.rows if row[0] == "tv"][:2] == ["2023-01", "2023-02"]
    assert period_table(Findings(market(curved=False, dated=False))) is None
    assert all(len(row) == 8 for row in table.rows)
