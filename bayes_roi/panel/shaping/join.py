"""Several tables to one: rows joined on their periods and units."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from bayes_roi.errors import Problem
from bayes_roi.panel.audit import AuditEntry
from bayes_roi.panel.categories import Category
from bayes_roi.panel.labels import labels_of
from bayes_roi.panel.observed import Observed
from bayes_roi.panel.shaping.every import WEEKDAYS, frequency_of, weekday_of


@dataclass(frozen=True, eq=False)
class JoinedFile:
    """What one file has of the columns that are asked for."""

    source: str
    observed: Observed

    @property
    def ends(self) -> tuple[int, int]:
        """The first and the last period."""
        assert self.observed.ordinals is not None
        return int(self.observed.ordinals.min()), int(self.observed.ordinals.max())

    @property
    def span(self) -> str:
        """What the file has, in words."""
        assert self.observed.form is not None
        first, last = labels_of(np.array(self.ends), self.observed.form)
        day = weekday_of(self.observed)
        rows = f"{frequency_of(self.observed) or 'period'}s" + (f" from {WEEKDAYS[day]}" if day is not None else "")
        return f"{self.source} has {rows}, {first} to {last}"


def join(parts: Sequence[JoinedFile]) -> tuple[Observed, list[AuditEntry], list[Problem]]:
    """Return all columns, with a row for each period and unit that any file has between the ends they share.

    A cell is missing where a file has no row. Periods beyond the ends that all files share are left out. Where some
    files have units, the rows of one without are those of each unit.
    """
    problems = _not_alike(parts)
    if problems:
        return parts[0].observed, [], problems
    low, high = max(part.ends[0] for part in parts), min(part.ends[1] for part in parts)
    own = [part for part in parts if part.observed.units is not None] or list(parts)
    labels = tuple(dict.fromkeys(label for part in own for label in _labels(part.observed)))
    keyed = [_keys(part.observed, labels, every=len(own) < len(parts)) for part in parts]
    keys = sorted(
        {key for p, found in zip(parts, keyed, strict=True) if p in own for key in found if low <= key[1] <= high}
    )
    rows = [np.array([found.get(key, -1) for key in keys]) for found in keyed]
    gone = [_unlabelled(part, where) for part, where in zip(parts, rows, strict=True) if part.observed.categories]
    if any(gone):
        return parts[0].observed, [], [problem for found in gone for problem in found]
    pairs = list(zip(parts, rows, strict=True))
    first = own[0].observed
    units = None if first.units is None else Category(labels, np.array([code for code, _ in keys]))
    joined = Observed(
        values={n: np.where(at < 0, np.nan, column[at]) for p, at in pairs for n, column in p.observed.values.items()},
        row_numbers=np.where(rows[0] < 0, 0, parts[0].observed.row_numbers[rows[0]]),
        categories={n: labels.take(at) for p, at in pairs for n, labels in p.observed.categories.items()},
        time=first.time,
        form=first.form if len({part.observed.form for part in parts}) == 1 else "date",
        ordinals=np.array([period for _, period in keys], dtype=np.int64),
        unit=first.unit,
        units=units,
    )
    return joined, _told(parts, rows, low, high), []


def _not_alike(parts: Sequence[JoinedFile]) -> list[Problem]:
    """Return why files cannot be joined: other frequencies, or no period that all have."""
    rhythms = {frequency_of(part.observed) for part in parts} - {None}
    numbered = {part.observed.form == "integer" for part in parts}
    spans = "; ".join(part.span for part in parts)
    if len(rhythms) > 1 or len(numbered) > 1:
        mend = "give tables of one frequency, or say every: week (--every week) where one has days"
        return [Problem(f"the files differ in how far their rows are apart: {spans}", mend)]
    shared = set.intersection(*(set(_ordinals(part)) for part in parts))
    if not shared:
        mend = "name files of one time, with the same first day of a week or month"
        return [Problem(f"the files share no dates: {spans}", mend)]
    return []


def _ordinals(part: JoinedFile) -> list[int]:
    assert part.observed.ordinals is not None
    return part.observed.ordinals.tolist()


def _labels(observed: Observed) -> list[str]:
    return (
        [""] * observed.row_numbers.size
        if observed.units is None
        else [observed.units.labels[code] for code in observed.units.codes]
    )


def _keys(observed: Observed, labels: tuple[str, ...], *, every: bool) -> dict[tuple[int, int], int]:
    """Return the row of each unit (by its place among all labels) and period; of every unit where there is none."""
    assert observed.ordinals is not None
    if observed.units is None and every:
        return {(i, period): row for row, period in enumerate(observed.ordinals.tolist()) for i in range(len(labels))}
    place = {label: i for i, label in enumerate(labels)}
    own = _labels(observed)
    return {
        (place[label], period): i for i, (label, period) in enumerate(zip(own, observed.ordinals.tolist(), strict=True))
    }


def _unlabelled(part: JoinedFile, rows: np.ndarray) -> list[Problem]:
    if not (rows < 0).any():
        return []
    what = f"{part.source} has no row for {np.sum(rows < 0):,} rows of the other files, which would have no label"
    return [Problem(what, "give every row a label", name) for name in part.observed.categories]


def _told(parts: Sequence[JoinedFile], rows: Sequence[np.ndarray], low: int, high: int) -> list[AuditEntry]:
    form = parts[0].observed.form
    assert form is not None
    first, last = labels_of(np.array([low, high]), form)
    files = " and ".join(part.source for part in parts)
    found = [AuditEntry("joined", f"{files}, on the periods {first} to {last} that both ends of all have")]
    for part, at in zip(parts, rows, strict=True):
        ordinals = np.array(_ordinals(part))
        beyond = int(np.sum((ordinals < low) | (ordinals > high)))
        if beyond:
            found.append(AuditEntry("left out", f"{beyond:,} rows of {part.source} before {first} or after {last}"))
        if (at < 0).any():
            what = f"{part.source} has no row for {np.sum(at < 0):,} of {at.size:,} rows: their cells are missing"
            found.append(AuditEntry("read", what))
    return found
