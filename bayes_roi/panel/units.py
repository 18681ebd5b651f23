"""The units of a panel: whether there are enough of them, on one calendar, and which periods each one lacks."""

from __future__ import annotations

import numpy as np

from bayes_roi.errors import Problem
from bayes_roi.panel.audit import AuditEntry
from bayes_roi.panel.labels import labels_of
from bayes_roi.panel.observed import Observed
from bayes_roi.panel.periods import rhythm_of
from bayes_roi.panel.problems import SHOWN, summarised

MOST_UNITS = 1_000
"""Labels above which a column holds customers or days rather than regions or stores."""


def too_many(labels: int, name: str | None) -> Problem | None:
    """Return that a column has too many labels for a panel unit, or None."""
    if labels <= MOST_UNITS:
        return None
    what = f"it has {labels:,} different labels, and each unit of a panel has parameters of its own"
    mend = (
        "name the column of a region, market or store; sum rows of customers to periods, or leave time: and panel: out "
        "where rows are exchangeable"
    )
    return Problem(what, mend, name)


def unit_problems(observed: Observed) -> list[Problem]:
    """Return why the units are no panel: there is only one, or one has a single row."""
    if observed.units is None:
        return []
    labels = observed.units.labels
    if len(labels) == 1:
        what = f"there is one {observed.unit} only, {labels[0]!r}"
        return [Problem(what, "a panel needs two units or more; leave panel: out for a single series", observed.unit)]
    lonely = [rows.start for rows in observed.stretches() if rows.stop - rows.start == 1]
    shown = [_one_row(observed, row) for row in lonely[:SHOWN]]
    return summarised(shown, "units", observed.unit, count=len(lonely))


def _one_row(observed: Observed, row: int) -> Problem:
    assert observed.units is not None
    what = f"{observed.unit} {observed.units.label(row)!r} has one row only"
    mend = "give it more rows, or take the unit out of the table"
    return Problem(what, mend, observed.unit, int(observed.row_numbers[row]))


def differing_calendars(observed: Observed) -> list[Problem]:
    """Return the units whose own even periods are of another frequency, or begin on other days, than the first's.

    Units of fewer than three periods, or with gaps, have no rhythm of their own to compare.
    """
    if observed.ordinals is None or observed.units is None or observed.form is None:
        return []
    found: list[Problem] = []
    reference: tuple[str, str, int] | None = None  # unit, frequency and first period
    for rows in observed.stretches():
        distinct = np.unique(observed.ordinals[rows])
        rhythm = rhythm_of(distinct, observed.form)
        if distinct.size < 3 or rhythm.flaws or rhythm.frequency is None:
            continue
        label, first = observed.units.label(rows.start), int(distinct[0])
        if reference is None:
            reference = label, rhythm.frequency, first
        what = _differs(label, rhythm.frequency, first, *reference)
        if what is not None:
            mend = "use the same periods for all units, or take the unit out of the table"
            found.append(Problem(what, mend, observed.time, int(observed.row_numbers[rows.start])))
    return summarised(found, "units", observed.time)


def _differs(label: str, frequency: str, first: int, other: str, other_frequency: str, other_first: int) -> str | None:
    if frequency != other_frequency:
        return f"the rows of {label!r} are a {frequency} apart, those of {other!r} a {other_frequency}"
    if frequency == "week" and (first - other_first) % 7:
        days = [str(labels_of(np.array([day]), "date")[0]) for day in (first, other_first)]
        return f"the weeks of {label!r} begin on other days than those of {other!r}: {days[0]} and {days[1]}"
    return None


def absences(observed: Observed, frequency: str | None) -> list[AuditEntry]:
    """Return an entry for each run of periods that the table has and a unit has not."""
    if observed.ordinals is None or observed.units is None or observed.form is None:
        return []
    calendar, clock = np.unique(observed.ordinals, return_inverse=True)
    labels = labels_of(calendar, observed.form)
    audit: list[AuditEntry] = []
    for rows in observed.stretches():
        there = np.concatenate([[-1], clock[rows], [calendar.size]])
        for i in np.flatnonzero(np.diff(there) > 1):
            run = labels[there[i] + 1 : there[i + 1]]
            where = ", before its first row" if i == 0 else ", after its last row" if i == there.size - 2 else ""
            audit.append(_absence(observed.unit, observed.units.label(rows.start), run, frequency or "period", where))
    return audit


def _absence(unit: str | None, label: str, run: np.ndarray, frequency: str, where: str) -> AuditEntry:
    reason = f"{unit} {label!r} has no row for {run[0]}"
    if run.size > 1:
        reason = f"{unit} {label!r} has no rows for the {run.size:,} {frequency}s {run[0]} to {run[-1]}"
    return AuditEntry("left out", reason + where, period=str(run[0]), column=unit)
