"""Slips that a table can hold: told in the audit, with row and column, and nothing changed."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import bayes_roi as br
from bayes_roi.errors import DataError
from bayes_roi.panel import Panel, read_panel

WEEKS = pd.date_range("2024-01-01", periods=52, freq="7D").strftime("%Y-%m-%d")


def table(units: tuple[str, ...] = ("north", "south", "west")) -> pd.DataFrame:
    rng = np.random.default_rng(0)
    parts = [
        pd.DataFrame(
            {"week": WEEKS, "geo": u, "tv": rng.lognormal(3, 1, 52), "sales": rng.normal(500, 20, 52).round(2)}
        )
        for u in units
    ]
    return pd.concat(parts, ignore_index=True)


def read(frame: pd.DataFrame) -> Panel:
    return read_panel(frame, columns={"tv": "tv", "sales": "sales"}, time="week", spends=["tv"], unit="geo")


def told(frame: pd.DataFrame) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for entry in read(frame).audit:
        found.setdefault(entry.action, []).append(entry.reason)
    return found


def test_a_table_without_slips_has_no_notes() -> None:
    assert told(table()) == {}


def test_a_cell_ten_thousand_times_the_rest_is_named_and_kept() -> None:
    frame = table()
    frame.loc[60, "sales"] *= 10_000
    (entry,) = read(frame).audit
    assert (entry.action, entry.row, entry.column, entry.period) == ("out of proportion", 62, "sales", WEEKS[8])
    assert entry.reason.endswith("a slip of the decimal point or of the unit?")
    assert entry.before == entry.after == frame.loc[60, "sales"]
    assert read(frame).columns["sales"].max() == frame.loc[60, "sales"]


@pytest.mark.parametrize("sd", [0.5, 1.0, 1.5])
def test_spends_that_vary_by_factors_are_no_slips(sd: float) -> None:
    rng = np.random.default_rng(1)
    for _ in range(50):
        frame = table()
        frame["tv"] = rng.lognormal(3, sd, len(frame)) * (rng.random(len(frame)) > 0.5)
        assert "out of proportion" not in told(frame)


def test_a_unit_whose_outcome_never_changes_is_named() -> None:
    frame = table()
    frame.loc[frame.geo == "south", "sales"] = 0.0
    said = told(frame)
    assert said == {"unit without change": ["geo 'south' has 0 in every row, others do not: is it recorded there?"]}
    frame["tv"] = frame.geo.map({"north": 1.0, "south": 2.0, "west": 3.0})  # as of a population: no unit is odd
    assert set(told(frame)) == {"unit without change"}


def test_units_that_differ_by_case_or_blanks_are_named() -> None:
    said = told(table(("New York", "new york", "Newyork ", "Boston")))
    assert said == {
        "labels alike": [
            "'New York' and 'new york' and 'Newyork' differ by case, blanks or dashes only, and count as different"
        ]
    }


def test_an_outcome_that_never_changes_gets_its_own_advice() -> None:
    frame = table(("north",)).drop(columns="geo").assign(sales=7.0)
    model = br.Model(name="m", equations="sales ~ tv", outcome="sales", time="week", channels={"tv": "tv"})
    with pytest.raises(DataError, match="nothing to be explained") as told:
        br.read_data(frame, model)
    assert "take it out of the model" not in str(told.value)
