"""Periods without a row: rows added for them, whose cells are missing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from bayes_roi.errors import Problem
from bayes_roi.panel.audit import AuditEntry
from bayes_roi.panel.categories import Category
from bayes_roi.panel.clean import Gaps
from bayes_roi.panel.labels import labels_of
from bayes_roi.panel.observed import Observed
from bayes_roi.panel.periods import calendar_of


def add_gaps(observed: Observed, how: Gaps) -> tuple[Observed, list[AuditEntry], list[Problem]]:
    """Return the rows with one for each period between the first and the last of a unit, in order.

    What is no gap in an even rhythm is left for the check of the periods to tell.
    """
    if how == "error" or observed.ordinals is None or observed.form is None:
        return observed, [], []
    calendar = calendar_of(np.unique(observed.ordinals), observed.form)
    return add_rows(observed, [(rows, _absent(observed.ordinals[rows], calendar)) for rows in observed.stretches()])


def add_rows(
    observed: Observed, added: Sequence[tuple[slice, np.ndarray]]
) -> tuple[Observed, list[AuditEntry], list[Problem]]:
    """Return the rows with one for each period given beside the rows of its unit, in order; their cells are missing."""
    if not any(periods.size for _, periods in added):
        return observed, [], []
    if observed.categories:
        what = "rows are to be added, and have no label"
        mend = "add the rows, with their labels, or leave clean={'gaps': 'add'} out"
        return observed, [], [Problem(what, mend, name) for name in observed.categories]
    audit = [_told(observed, rows, periods) for rows, periods in added if periods.size]
    return _with_rows(observed, added), audit, []


def _absent(ordinals: np.ndarray, calendar: np.ndarray) -> np.ndarray:
    inside = calendar[(calendar > ordinals.min()) & (calendar < ordinals.max())]
    return np.setdiff1d(inside, ordinals)


def _with_rows(observed: Observed, added: Sequence[tuple[slice, np.ndarray]]) -> Observed:
    assert observed.ordinals is not None
    periods = np.concatenate([found for _, found in added])
    units = observed.units
    if units is not None:
        codes = [np.full(found.size, units.codes[rows.start]) for rows, found in added]
        units = Category(units.labels, np.concatenate([units.codes, *codes]))
    return replace(
        observed,
        values={n: np.concatenate([c, np.full(periods.size, np.nan)]) for n, c in observed.values.items()},
        row_numbers=np.concatenate([observed.row_numbers, np.zeros(periods.size, dtype=np.int64)]),
        ordinals=np.concatenate([observed.ordinals, periods]),
        units=units,
    ).in_order()


def _told(observed: Observed, rows: slice, periods: np.ndarray) -> AuditEntry:
    assert observed.form is not None
    labels = labels_of(periods, observed.form)
    span = str(labels[0]) if labels.size == 1 else f"{labels.size:,} periods between {labels[0]} and {labels[-1]}"
    of = "" if observed.units is None else f" of {observed.unit} {observed.units.label(rows.start)!r}"
    reason = f"{span}{of} had no row; its cells are missing" if labels.size == 1 else f"{span}{of} had no row"
    return AuditEntry("added rows", reason, period=str(labels[0]), column=observed.time)
