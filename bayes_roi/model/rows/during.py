"""Windows of time as they are written: a label, the beginning of one, a pair, a quarter, the last weeks."""

from __future__ import annotations

import datetime
import re

import numpy as np

from bayes_roi.errors import QueryError
from bayes_roi.plain_text import shown

During = str | int | datetime.date | slice | tuple[str | int | datetime.date, str | int | datetime.date] | None
"""A window of time: a year, month or day ("2025", "2025-03", "2025-03-10"), a quarter ("2025-Q1"), an ISO week
("2025-W11"), the last periods ("last 8 weeks"), first and last of these ("2024-10:2024-12", either of which may be left
out), the same as a pair or slice, or None for all rows. Periods that are numbers: 7, "3:7", "last 4 periods"."""

FORMS = "write for example 2024, 2024-10, 2024-Q4, 2024-10:2024-12 or 'last 8 weeks'"
NUMBERED = "write for example 7, 3:7 or 'last 4 periods'"
End = str | int | datetime.date | None
"""The first or last of a window as it is written; None where it is open."""

LAST = re.compile(r"last\s+(\d+)\s+(period|row|day|week|month|quarter|year)s?", re.IGNORECASE)
QUARTER = re.compile(r"(\d{4})-?Q([1-4])", re.IGNORECASE)
WEEK = re.compile(r"(\d{4})-?W(\d\d)", re.IGNORECASE)
BEGINNING = re.compile(r"\d{4}(?:-(?:0[1-9]|1[0-2])(?:-(?:0[1-9]|[12]\d|3[01]))?)?")
"""A date, or as far as one is written."""
DAYS = {"day": 1, "week": 7}
MONTHS = {"month": 1, "quarter": 3, "year": 12}


def inside(during: During, labels: list[str] | list[int]) -> np.ndarray:
    """Return which periods (time,) lie in a window, told by their labels.

    >>> inside("2025-Q1", ["2024-12-30", "2025-01-06", "2025-03-31", "2025-04-07"]).tolist()
    [False, True, True, False]
    >>> inside("2024-12:2025-Q1", ["2024-11-25", "2024-12-30", "2025-03-31", "2025-04-07"]).tolist()
    [False, True, True, False]
    >>> inside("last 2 weeks", ["2024-12-30", "2025-01-06", "2025-01-13"]).tolist()
    [False, True, True]

    Raises
    ------
    QueryError
        When the window cannot be read.
    """
    if isinstance(during, str) and (found := LAST.fullmatch(during.strip())):
        return _last(int(found[1]), found[2].lower(), labels)
    first, last = ends(during)
    if len(labels) and isinstance(labels[0], int):
        return np.array([_between(int(label), _number(first), _number(last)) for label in labels])
    low, high = _written(first, at_end=False), _written(last, at_end=True)
    if low is not None and high is not None and low[: len(high)] > high[: len(low)]:
        raise QueryError(f"the window {say(during)} ends before it begins; write {last}:{first}")
    return np.array([_within(str(label), low, high) for label in labels])


def ends(during: During) -> tuple[End, End]:
    """Return the first and the last label of a window, None where it is open.

    >>> ends("2024-10:2024-12"), ends("2024-10:"), ends("2024")
    (('2024-10', '2024-12'), ('2024-10', None), ('2024', '2024'))

    Raises
    ------
    QueryError
        When it is neither one label nor two.
    """
    if isinstance(during, slice):
        return during.start, during.stop
    if isinstance(during, str):
        parts = [part.strip() or None for part in during.split(":")]
        if len(parts) > 2 or not any(parts):
            raise QueryError(f"a window is a period or FIRST:LAST, got {shown(during)}; {FORMS}")
        return parts[0], parts[-1]
    if isinstance(during, tuple):
        if len(during) != 2:
            raise QueryError(f"during takes one label or a pair (first, last), got {during!r}")
        return during
    return during, during


def say(during: During, *, quoted: bool = False) -> str:
    """Return a window in words.

    >>> [say(w) for w in ("2025-03", slice(None, "2023"), "2024:", (3, 5))]
    ['2025-03', 'the time to 2023', 'the time from 2024', '3 to 5']
    """
    first, last = (end if end is None else repr(end) if quoted else str(end) for end in ends(during))
    if first is None or last is None:
        lines = [f"from {first}"] if first is not None else [f"to {last}"] if last is not None else []
        return " ".join(["the time", *lines])
    return first if first == last else f"{first} to {last}"


def _last(count: int, unit: str, labels: list[str] | list[int]) -> np.ndarray:
    """Return the last periods, or those of the last days, months, ... that end with the last label."""
    known = np.unique(labels)
    if unit in ("period", "row") or known.dtype.kind == "i":
        if unit not in ("period", "row"):
            raise QueryError(f"the periods of these rows are numbers: write 'last {count} periods', not {unit}s")
        return np.asarray(np.isin(labels, known[max(len(known) - count, 0) :]))
    end = datetime.date.fromisoformat(str(known[-1]))
    if unit in DAYS:
        start = end - datetime.timedelta(days=DAYS[unit] * count)
        return np.array([str(label) > start.isoformat() for label in labels])
    months = end.year * 12 + end.month - 1 - MONTHS[unit] * count
    closes = (end + datetime.timedelta(days=1)).day == 1  # the last day of a month answers to that of any other
    start_of = (
        f"{months // 12:04d}-{months % 12 + 1:02d}-{31 if closes else end.day:02d}"  # a text: 02-31 ends February
    )
    return np.array([str(label) > start_of for label in labels])


def _written(end: End, *, at_end: bool) -> str | None:
    """Return an end as far as a date is written: a quarter by its first or last month, a week by its first or last day.

    Raises
    ------
    QueryError
        When it is no date, nor the beginning of one.
    """
    if end is None:
        return None
    text = end.isoformat()[: len("2024-12-30")] if isinstance(end, datetime.date) else str(end).strip()
    if found := QUARTER.fullmatch(text):
        return f"{found[1]}-{3 * int(found[2]) - (0 if at_end else 2):02d}"
    try:
        if found := WEEK.fullmatch(text):
            return datetime.date.fromisocalendar(int(found[1]), int(found[2]), 7 if at_end else 1).isoformat()
    except ValueError:  # as week 54
        found = None
    if BEGINNING.fullmatch(text) is None:
        raise QueryError(f"{shown(text)} is no window of time; {FORMS}")
    return text


def _within(label: str, first: str | None, last: str | None) -> bool:
    """Compare as far as the end of the window is written: "2025-03" holds every label that begins with it."""
    after = first is None or label[: len(first)] >= first
    return after and (last is None or label[: len(last)] <= last)


def _between(label: int, first: int | None, last: int | None) -> bool:
    return (first is None or label >= first) and (last is None or label <= last)


def _number(end: End) -> int | None:
    if end is None:
        return None
    try:
        return int(end)  # type: ignore[arg-type]
    except (ValueError, TypeError):
        raise QueryError(f"the periods of these rows are numbers, got the window {shown(end)}; {NUMBERED}") from None
