"""Where a test lies in time: in the table, after its last period, or in the same weeks of an earlier or later year."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from bayes_roi.errors import QueryError
from bayes_roi.experiments.lift_test import LiftTest
from bayes_roi.model.rows.during import LAST, ends, inside, say
from bayes_roi.panel import Panel
from bayes_roi.panel.periods import following
from bayes_roi.queries.horizon.history import A_YEAR

MOST_YEARS = 3
"""Years after the last period, or before the first, within which a test may lie."""


@dataclass(frozen=True, eq=False)
class Times:
    """The periods of a test on the clock of a table.

    Parameters
    ----------
    tested, measured
        Numbers of the periods in which spend was changed, and in which the outcome was measured.
    last
        Number of the table's last period; what lies beyond is forecast.
    note
        What must be said of it; empty where it lies in the table.
    years
        How many years later it is placed than it was.
    """

    tested: np.ndarray
    measured: np.ndarray
    last: int
    note: str = ""
    years: int = 0

    @property
    def in_table(self) -> bool:
        """Whether the table has these very periods."""
        return self.years == 0 and self.ahead <= 0

    @property
    def ahead(self) -> int:
        """Periods after the last of the table."""
        return max(int(self.tested.max()), int(self.measured.max())) - self.last


def times_of(test: LiftTest, panel: Panel, *, need: int = 0) -> Times:
    """Return the periods of a test.

    A test that lies before the first period of the table, or of those that have `need` periods before them in the
    table, is placed in the same weeks of the first year that holds them.

    Raises
    ------
    QueryError
        When the rows have no periods, none lies in a window, or the outcome is measured before the test.
    """
    if panel.clock is None or panel.periods is None:
        raise QueryError(
            f"{test.label}: the rows of the table have no periods (the model has no time:), and a test does"
        )
    clock, first = np.unique(panel.clock, return_index=True)
    labels, last = panel.periods[first], int(clock[-1])
    ahead = (
        following(panel.periods, MOST_YEARS * A_YEAR.get(panel.frequency or "", 52)) if len(labels) > 1 else labels[:0]
    )
    numbers = np.concatenate([clock, last + 1 + np.arange(len(ahead))])
    found, years = _inside(test.during, labels, ahead), 0
    early = found.any() and int(numbers[found].min()) < need
    while (early or not found.any()) and labels.dtype.kind == "U" and years < MOST_YEARS:
        years += 1
        later = np.zeros(len(numbers), bool)
        later[: len(labels)] = inside(_later(test.during, years, panel.frequency), labels.tolist())
        if later.any() and int(numbers[later].min()) >= need:
            found, early = later, False
    years = 0 if early else years
    if not found.any():
        span = f"{labels[0]} to {labels[-1]}"
        raise QueryError(
            f"{test.label}: no period lies in {say(test.during, quoted=True)}; the table runs from {span}, and a test "
            f"may lie up to {MOST_YEARS} years beside it"
        )
    measured = _inside(_later(test.measured_in, years, panel.frequency), labels, ahead)
    if not measured.any():
        raise QueryError(f"{test.label}: no period lies in the window measured, {say(test.measured_in, quoted=True)}")
    times = Times(numbers[found], numbers[measured], last)
    if times.measured.max() < times.tested.min():
        raise QueryError(f"{test.label}: the outcome is measured before the test begins; check measured= and during=")
    note = "in the first periods of the table, before which nothing is taken to have been spent" if early else ""
    if years:
        note = f"taken to have been {years} year{'s' * (years > 1)} later, where the table has these weeks"
    if times.ahead > 0:
        note = "after the last row, where nodes without an equation are as a year before"
    return replace(times, note=note, years=years)


def _inside(during: Any, labels: np.ndarray, ahead: np.ndarray) -> np.ndarray:
    """Return which periods lie in a window; one with an open end, or of the last weeks, ends with the table."""
    ends_with_table = (isinstance(during, str) and LAST.fullmatch(during.strip()) is not None) or (
        during is None or ends(during)[1] is None
    )
    there = np.ones(len(labels), bool) if during is None else inside(during, labels.tolist())
    more = (
        np.zeros(len(ahead), bool) if ends_with_table else inside(during, ahead.tolist()) if len(ahead) else ahead == 0
    )
    return np.concatenate([there, np.asarray(more, bool)])


def _later(during: Any, years: int, frequency: str | None) -> Any:
    """Return a window the same number of years later; periods that are numbers stay as they are.

    Days move by whole weeks in tables of days and weeks, so that they fall on the same days of the week.
    """
    if not years or during is None:
        return during

    def moved(end: Any) -> Any:
        if end is None:
            return None
        text = str(end).strip()
        if frequency in ("day", "week") and re.fullmatch(r"\d{4}-\d\d-\d\d", text):
            return str(np.datetime64(text) + np.timedelta64(364 * years, "D"))
        return re.sub(r"^\d{4}", lambda m: str(int(m[0]) + years), text)

    if isinstance(during, str):
        return ":".join(moved(part) or "" for part in during.split(":"))
    first, last = ends(during)
    return (moved(first), moved(last))
