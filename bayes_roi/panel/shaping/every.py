"""Rows of days to rows of weeks or months: sums of what adds up, means of what does not."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from typing import Literal, get_args

import numpy as np

from bayes_roi.errors import Problem
from bayes_roi.panel.audit import AuditEntry
from bayes_roi.panel.extent import count
from bayes_roi.panel.labels import labels_of
from bayes_roi.panel.locale.role_words import is_ratio, word_of
from bayes_roi.panel.observed import Observed
from bayes_roi.panel.periods import rhythm_of

Length = Literal["week", "month"]
Every = Literal[
    "week",
    "month",
    "week from Monday",
    "week from Tuesday",
    "week from Wednesday",
    "week from Thursday",
    "week from Friday",
    "week from Saturday",
    "week from Sunday",
]
EVERY: tuple[Every, ...] = get_args(Every)
MAY_BE = "week, month or week from Sunday (or from another day)"
WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
DAYS = 7
THURSDAY = 3
"""1970-01-01 was one."""
MOST_NAMED = 3
ADD_DAYS = (
    "add their rows, or choose clean={'gaps': 'add', 'missing': {'spends': 'zero'}} where nothing was spent "
    "(--clean gaps=add --clean missing.spends=zero)"
)
RATES = ("rival", "population", "price", "promotion", "control")
AMOUNTS = ("spend", "media", "money", "count", "target")


def length_of(every: Every) -> Length:
    """Return what days are put together to, whichever day it begins on.

    >>> length_of("week from Sunday"), length_of("month")
    ('week', 'month')
    """
    return "month" if every == "month" else "week"


def first_day_of(every: Every) -> int | None:
    """Return the day of the week that is asked for, 0 for Monday; None where none is.

    >>> first_day_of("week from Sunday"), first_day_of("week")
    (6, None)
    """
    day = every.removeprefix("week from ")
    return WEEKDAYS.index(day) if day in WEEKDAYS else None


def adds_up(name: str, *, spend: bool = False, explained: bool = False) -> bool:
    """Whether the days of a column are summed: spends, amounts by their name, what is explained unless it is a rate.

    >>> adds_up("clicks"), adds_up("avg_price"), adds_up("temperature"), adds_up("z", explained=True)
    (True, False, False, True)
    """
    if spend:
        return True
    if is_ratio(name) or word_of(name, "price") or word_of(name, "population"):
        return False
    if explained:
        return True
    return not any(word_of(name, w) for w in RATES) and any(word_of(name, w) for w in AMOUNTS)


def weekday_of(observed: Observed) -> int | None:
    """Return the day of the week on which weekly rows begin, 0 for Monday; None where rows are no weeks."""
    if observed.ordinals is None or observed.form is None or frequency_of(observed) != "week":
        return None
    return int(observed.ordinals[0] + THURSDAY) % DAYS


def frequency_of(observed: Observed) -> str | None:
    """Return how far apart the rows are, None where they have no rhythm."""
    if observed.ordinals is None or observed.form is None:
        return None
    return rhythm_of(np.unique(observed.ordinals), observed.form).frequency


def to_every(
    observed: Observed, every: Length, *, sums: Collection[str], weekday: int = 0
) -> tuple[Observed, list[AuditEntry], list[Problem]]:
    """Return a row for each whole week or month of each unit, what was done, and why it could not be.

    Parameters
    ----------
    observed
        Rows of days, in order of unit and time; those of the frequency asked for stay as they are.
    every
        "week" or "month".
    sums
        Columns that are summed; the others are averaged.
    weekday
        The day on which a week begins, 0 for Monday.
    """
    frequency = frequency_of(observed)
    if observed.ordinals is None or frequency in (None, every):
        return observed, [], []
    if frequency != "day":
        what = (
            f"the rows are {frequency}s apart, and only days can be summed to {every}s"
            if frequency != "period"
            else (f"the periods are numbers, of which no {every}s can be made")
        )
        return observed, [], [Problem(what, "leave every: out, or give a table of days", observed.time)]
    start, size = _groups(observed.ordinals, every, weekday)
    begins = np.concatenate([[True], (np.diff(start) != 0) | ~observed.same_unit])
    group = np.cumsum(begins) - 1
    first = np.flatnonzero(begins)
    whole = np.bincount(group) == size[first]
    cut = _cut(observed, first, start, size)
    problems = _holes(observed, every, first, ~whole & ~cut, group, start, size)
    problems += _labels_differ(observed, every, first, group)
    if problems or not whole.any():
        lacking = [Problem(f"there is no whole {every} in it", "leave every: out, or give more days", observed.time)]
        return observed, [], problems or lacking
    audit = [
        _summed(observed, every, sums, int(whole.sum()), weekday),
        *_partial(observed, every, first, ~whole, start),
    ]
    values = {n: _aggregated(c, group, summed=n in sums)[whole] for n, c in observed.values.items()}
    kept = first[whole]
    return replace(observed.take(kept, values), ordinals=start[kept], form="date"), audit, []


def days_at_ends(observed: Observed, every: Length, weekday: int) -> list[tuple[slice, np.ndarray]]:
    """Return the rows of each unit, and the days its first and last week or month lack though the table has them."""
    if observed.ordinals is None or frequency_of(observed) != "day":
        return []
    low, high = int(observed.ordinals.min()), int(observed.ordinals.max())
    found = []
    for rows in observed.stretches():
        ends = observed.ordinals[[rows.start, rows.stop - 1]]
        start, size = _groups(ends, every, weekday)
        before = np.arange(max(int(start[0]), low), int(ends[0]))
        after = np.arange(int(ends[1]) + 1, min(int(start[1] + size[1]) - 1, high) + 1)
        found.append((rows, np.concatenate([before, after])))
    return found


def ends_missing(observed: Observed, every: Length, ends: Sequence[tuple[slice, np.ndarray]]) -> list[Problem]:
    """Return which units lack days at their ends, as problems: beside the rows of another file they count as no day."""
    lacking = [(rows, days) for rows, days in ends if days.size]
    if observed.units is None or not lacking:
        return []
    named = [f"{observed.units.label(rows.start)} ({days.size})" for rows, days in lacking[:MOST_NAMED]]
    more = f" and {len(lacking) - MOST_NAMED:,} more" if len(lacking) > MOST_NAMED else ""
    what = (
        f"the first or last {every} of {count(len(lacking), f'{observed.unit} lacks', f'{observed.unit}s lack')} days "
        f"that others have, and its sums would be too small or left out: {', '.join(named)}{more}"
    )
    return [Problem(what, ADD_DAYS, observed.time)]


def _groups(ordinals: np.ndarray, every: Length, weekday: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the first day of each row's week or month, and how many days that has."""
    if every == "week":
        start = ordinals - (ordinals + THURSDAY - weekday) % DAYS
        return start, np.full(ordinals.size, DAYS)
    months = ordinals.astype("datetime64[D]").astype("datetime64[M]")
    start = months.astype("datetime64[D]").astype(np.int64)
    return start, (months + np.timedelta64(1, "M")).astype("datetime64[D]").astype(np.int64) - start


def _aggregated(column: np.ndarray, group: np.ndarray, *, summed: bool) -> np.ndarray:
    sums = np.bincount(group, weights=column)  # NaN where a day is missing
    return sums if summed else sums / np.bincount(group)


def _cut(observed: Observed, first: np.ndarray, start: np.ndarray, size: np.ndarray) -> np.ndarray:
    """Whether each group begins before the first day of its unit, or ends after the last."""
    cut = np.zeros(first.size, bool)
    assert observed.ordinals is not None
    for rows in observed.stretches():
        inside = (first >= rows.start) & (first < rows.stop)
        begin, end = start[first], start[first] + size[first] - 1
        outside = (begin < observed.ordinals[rows.start]) | (end > observed.ordinals[rows.stop - 1])
        cut |= inside & outside
    return cut


def _holes(
    observed: Observed,
    every: Length,
    first: np.ndarray,
    broken: np.ndarray,
    group: np.ndarray,
    start: np.ndarray,
    size: np.ndarray,
) -> list[Problem]:
    """Return that days are missing inside, as one problem."""
    if not broken.any():
        return []
    lacking = (size[first] - np.bincount(group))[broken]
    labels = labels_of(start[first[broken]], "date")
    named = [f"{_called(label, every)} ({n})" for label, n in zip(labels[:MOST_NAMED], lacking, strict=False)]
    more = f" and {labels.size - MOST_NAMED:,} more" if labels.size > MOST_NAMED else ""
    what = (
        f"{count(int(lacking.sum()), 'day is', 'days are')} missing in {count(labels.size, every, f'{every}s')}, "
        "whose sums would be too small: "
        f"{', '.join(named)}{more}"
    )
    return [Problem(what, ADD_DAYS, observed.time)]


def _labels_differ(observed: Observed, every: Length, first: np.ndarray, group: np.ndarray) -> list[Problem]:
    found = []
    for name, labels in observed.categories.items():
        other = np.flatnonzero(labels.codes != labels.codes[first][group])
        if other.size:
            what = f"its label changes within {np.unique(group[other]).size:,} {every}s, and labels have no sum or mean"
            found.append(Problem(what, f"write one label for each {every}", name, int(observed.row_numbers[other[0]])))
    return found


def _summed(observed: Observed, every: Length, sums: Collection[str], made: int, weekday: int) -> AuditEntry:
    added = [name for name in observed.values if name in sums]
    averaged = [name for name in observed.values if name not in sums]
    said = [f"sums of {', '.join(added)}"] * bool(added) + [f"means of {', '.join(averaged)}"] * bool(averaged)
    begin = f", which begin on {WEEKDAYS[weekday]}" if every == "week" else ""
    reason = f"{observed.row_numbers.size:,} days to {count(made, every, f'{every}s')}{begin}: {'; '.join(said)}"
    return AuditEntry("summed", reason, column=observed.time)


def _partial(
    observed: Observed, every: Length, first: np.ndarray, partial: np.ndarray, start: np.ndarray
) -> list[AuditEntry]:
    labels = np.unique(labels_of(start[first[partial]], "date"))
    return [
        AuditEntry(
            "left out", f"the {every} {_called(str(label), every)} is not whole in the table", column=observed.time
        )
        for label in labels
    ]


def _called(label: str, every: Length) -> str:
    return label[:7] if every == "month" else f"from {label}"
