"""Windows of time as they are written: a label, the beginning of one, a pair, a quarter, the last weeks."""

from __future__ import annotations

import datetime
import re

import numpy as np

from bayes_roi.errors import QueryError

During = str | int | slice | tuple[str | int, str | int] | None
"""A window of time: a label or its beginning ("2025-03"), a quarter ("2025-Q1"), the last periods ("last 8 weeks"), a
pair or slice (first, last), or None for all rows."""

LAST = re.compile(r"last\s+(\d+)\s+(period|row|day|week|month|quarter|year)s?", re.IGNORECASE)
QUARTER = re.compile(r"(\d{4})-?Q([1-4])", re.IGNORECASE)
DAYS = {"day": 1, "week": 7}
MONTHS = {"month": 1, "quarter": 3, "year": 12}


def inside(during: During, labels: list[str] | list[int]) -> np.ndarray:
    """Return which periods (time,) lie in a window, told by their labels.

    >>> inside("2025-Q1", ["2024-12-30", "2025-01-06", "2025-03-31", "2025-04-07"]).tolist()
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
    return np.array([_within(label, _quarter(first, 0), _quarter(last, 2)) for label in labels])


def ends(during: During) -> tuple[str | int | None, str | int | None]:
    """Return the first and the last label of a window, None where it is open."""
    if isinstance(during, slice):
        return during.start, during.stop
    if isinstance(during, tuple):
        if len(during) != 2:
            raise QueryError(f"during takes one label or a pair (first, last), got {during!r}")
        return during
    return during, during


def say(during: During, *, quoted: bool = False) -> str:
    """Return a window in words.

    >>> [say(w) for w in ("2025-03", slice(None, "2023"), ("2024", None), (3, 5))]
    ['2025-03', 'the time to 2023', 'the time from 2024', '3 to 5']
    """
    first, last = (end if end is None else repr(end) if quoted else str(end) for end in ends(during))
    if first is None or last is None:
        told = [f"from {first}"] if first is not None else [f"to {last}"] if last is not None else []
        return " ".join(["the time", *told])
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


def _quarter(end: str | int | None, month: int) -> str | int | None:
    """Return the first (0) or last (2) month of an end that is a quarter; any other end as it is."""
    found = QUARTER.fullmatch(end.strip()) if isinstance(end, str) else None
    return end if found is None else f"{found[1]}-{3 * int(found[2]) - 2 + month:02d}"


def _within(label: str | int, first: str | int | None, last: str | int | None) -> bool:
    """Compare as far as the end of the window is written: "2025-03" holds every label that begins with it."""
    if isinstance(label, int):
        low, high = (None if end is None else _number(end) for end in (first, last))
        return (low is None or label >= low) and (high is None or label <= high)
    after = first is None or label[: len(str(first))] >= str(first)
    return after and (last is None or label[: len(str(last))] <= str(last))


def _number(end: str | int) -> int:
    try:
        return int(end)
    except ValueError:
        raise QueryError(
            f"the periods of these rows are numbers, so during= takes a number or a pair, got {end!r}"
        ) from None
