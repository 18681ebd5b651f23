"""The period column: its labels, how far apart they are, and where the rhythm breaks."""

from __future__ import annotations

import calendar
import datetime
from dataclasses import dataclass
from typing import Literal

import numpy as np

from bayes_roi.panel.cells import Flaw
from bayes_roi.panel.labels import EPOCH, Form, Label, read_period, written
from bayes_roi.plain_text import shown

Unit = Literal["day", "month", "number"]

NAMES: dict[Unit, dict[int, str]] = {
    "day": {1: "day", 7: "week"},
    "month": {1: "month", 3: "quarter", 12: "year"},
    "number": {},
}
OF_ONE_ROW: dict[Form, str] = {
    "date": "day",
    "month": "month",
    "ISO week": "week",
    "quarter": "quarter",
    "integer": "period",
}


@dataclass(frozen=True, eq=False)
class Periods:
    """A column of period labels; `flaws` are those that could not be read, by position."""

    form: Form
    ordinals: np.ndarray  # (rows,) int64, as in Label
    flaws: tuple[tuple[int, Flaw], ...] = ()


@dataclass(frozen=True)
class Rhythm:
    """How far apart the periods are, and the flaws that break it, by position among the sorted distinct labels."""

    frequency: str | None
    flaws: tuple[tuple[int, Flaw], ...] = ()


@dataclass(frozen=True, eq=False)
class Clock:
    """Sorted distinct periods on an even scale: counts of days, of months or of the table's own numbers."""

    unit: Unit
    counts: np.ndarray
    form: Form
    day: int = 1  # day of the month that labels fall on, where the unit is a month; 31 for its last

    def label(self, count: int) -> str:
        """Return a count in the form that the table's labels have."""
        return written(self.ordinal(count), self.form)

    def ordinal(self, count: int) -> int:
        """Return a count as the ordinal of a label."""
        if self.unit != "month":
            return count
        year, month = 1970 + count // 12, count % 12 + 1
        date = datetime.date(year, month, min(self.day, calendar.monthrange(year, month)[1]))
        return date.toordinal() - EPOCH


def read_periods(cells: np.ndarray) -> Periods:
    """Return a column of labels; all have to be written in the form of the first that can be read.

    >>> read_periods(np.array(["2025-01", "2025-02"], dtype=object)).form
    'month'
    """
    if cells.dtype.kind == "M":
        whole_days = cells.astype("datetime64[D]")
        if not np.isnat(whole_days).any() and (whole_days == cells).all():
            return Periods("date", whole_days.astype(np.int64))
        cells = cells.astype("datetime64[us]")
    read = [read_period(cell) for cell in cells.tolist()]
    flaws = [(i, found) for i, found in enumerate(read) if isinstance(found, Flaw)]
    form: Form = next((found.form for found in read if isinstance(found, Label)), "date")
    for i, found in enumerate(read):
        if isinstance(found, Label) and found.form != form:
            what = f"{shown(cells[i])} is written as {_a(found.form)}, the rows above as {_a(form)}"
            flaws.append((i, Flaw("form", what, "write all periods in one way")))
    ordinals = np.array([found.ordinal if isinstance(found, Label) else 0 for found in read], dtype=np.int64)
    return Periods(form, ordinals, tuple(flaws))


def rhythm_of(ordinals: np.ndarray, form: Form) -> Rhythm:
    """Return the frequency of sorted, distinct periods, and where it breaks: gaps, changes, stray dates.

    >>> rhythm_of(np.array([1, 2, 4]), "integer").flaws[0][1].what
    '3 is missing before this row'
    """
    if ordinals.size == 1:
        return Rhythm(OF_ONE_ROW[form])
    clock, stray = _clock(ordinals, form)
    if stray:
        return Rhythm(None, stray)
    steps = np.diff(clock.counts)
    sizes, times = np.unique(steps, return_counts=True)
    main = int(sizes[times.argmax()])
    names = NAMES[clock.unit]
    change = _change(steps, main, names)
    if change is not None:
        return Rhythm(None, (_changed(clock, steps, change),))
    if clock.unit != "number" and main not in names:
        what = f"the rows are {_distance(main, clock.unit)} apart, which is no day, week, month, quarter or year"
        return Rhythm(None, ((0, Flaw("rhythm", what, "sum the rows to one of these, or number the periods 1, 2, 3")),))
    gaps = tuple(_gap(clock, int(i), main) for i in np.flatnonzero(steps != main))
    return Rhythm(names.get(main, "period"), gaps)


def following(periods: np.ndarray, count: int) -> np.ndarray:
    """Return the labels of the `count` periods after the last of a panel's (rows,) periods, in their rhythm.

    >>> following(np.array(["2024-11-30", "2024-12-31"]), 2).tolist()
    ['2025-01-31', '2025-02-28']
    >>> following(np.array([3, 5, 7]), 2).tolist()
    [9, 11]
    """
    form: Form = "integer" if periods.dtype.kind == "i" else "date"
    days = periods if form == "integer" else periods.astype("datetime64[D]").astype(np.int64)
    clock, _ = _clock(np.unique(days), form)
    step = int(np.diff(clock.counts).min())
    ahead = clock.counts[-1] + step * np.arange(1, count + 1)
    return ahead if form == "integer" else np.array([clock.label(int(at)) for at in ahead])


def calendar_of(ordinals: np.ndarray, form: Form) -> np.ndarray:
    """Return sorted, distinct periods with those between them that are missing; as they are where they have no rhythm.

    >>> calendar_of(np.array([1, 2, 4]), "integer")
    array([1, 2, 3, 4])
    """
    rhythm = rhythm_of(ordinals, form)
    if ordinals.size < 3 or rhythm.frequency is None:
        return ordinals
    clock, _ = _clock(ordinals, form)
    step = int(np.diff(clock.counts).min())
    counts = np.arange(clock.counts[0], clock.counts[-1] + 1, step)
    return np.array([clock.ordinal(int(count)) for count in counts], dtype=np.int64)


def _clock(ordinals: np.ndarray, form: Form) -> tuple[Clock, tuple[tuple[int, Flaw], ...]]:
    """Return the scale on which the periods are even, and the dates that do not lie on it."""
    if form == "integer":
        return Clock("number", ordinals, form), ()
    days = Clock("day", ordinals, form)
    if form == "ISO week" or (form == "date" and np.median(np.diff(ordinals)) < 28):
        return days, ()
    months = ordinals.astype("datetime64[D]").astype("datetime64[M]").astype(np.int64)
    day, last = ordinals - _first_days(months) + 1, _first_days(months + 1) - _first_days(months)
    anchors = [int(day.max()), int(np.bincount(day).argmax())]  # the latest day (30 is 28 in February), or the usual
    anchor = min(anchors, key=lambda anchor: int((day != np.minimum(anchor, last)).sum()))
    off = day != np.minimum(anchor, last)
    if off.mean() > 0.2:
        return days, ()
    stray = tuple((int(i), _stray(written(int(ordinals[i]), form), anchor)) for i in np.flatnonzero(off))
    return Clock("month", months, form, day=anchor), stray


def _first_days(months: np.ndarray) -> np.ndarray:
    """Return the first day of months, both counted from January 1970."""
    return months.astype("datetime64[M]").astype("datetime64[D]").astype(np.int64)


def _change(steps: np.ndarray, main: int, names: dict[int, str]) -> int | None:
    """Return the first step that is no gap: no multiple of the usual one, or the start of another frequency."""
    other = (steps[:-1] == steps[1:]) & (steps[:-1] != main) & np.isin(steps[:-1], list(names))
    odd = steps % main != 0
    odd[:-1] |= other
    return int(odd.argmax()) if odd.any() else None


def _changed(clock: Clock, steps: np.ndarray, at: int) -> tuple[int, Flaw]:
    if at == 0:  # the odd steps come first: the change is where they end
        at = int(np.argmax(steps != steps[0]))
    before, after = (_distance(int(steps[i]), clock.unit) for i in (at - 1, at))
    what = (
        f"the frequency changes at {clock.label(int(clock.counts[at]))}: rows are {before} apart before, {after} after"
    )
    return at, Flaw("rhythm", what, "use one frequency in the whole table, or mend the date if it is wrong")


def _gap(clock: Clock, before: int, main: int) -> tuple[int, Flaw]:
    first, end = int(clock.counts[before]) + main, int(clock.counts[before + 1])
    what = f"{clock.label(first)} is missing before this row"
    if end - first > main:
        count = (end - first) // main
        what = f"the {count} periods {clock.label(first)} to {clock.label(end - main)} are missing before this row"
    return before + 1, Flaw("gap", what, "add a row for every period, with 0 where nothing was spent")


def _stray(label: str, anchor: int) -> Flaw:
    usual = "the last day" if anchor == 31 else f"day {anchor}"
    what = f"{label} is not on {usual} of the month, as the other rows are"
    return Flaw("stray", what, "use the same day in every month, or write months: 2025-01")


def _distance(count: int, unit: Unit) -> str:
    if count in NAMES[unit]:
        return f"a {NAMES[unit][count]}"
    return str(count) if unit == "number" else f"{count} {unit}s"


def _a(form: Form) -> str:
    return f"an {form}" if form in ("integer", "ISO week") else f"a {form}"
