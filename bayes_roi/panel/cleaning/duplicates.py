"""Rows of one unit and period: one of them kept, or all put together."""

from __future__ import annotations

import numpy as np

from bayes_roi.errors import Problem
from bayes_roi.panel.audit import AuditEntry
from bayes_roi.panel.categories import Category
from bayes_roi.panel.clean import Duplicates
from bayes_roi.panel.cleaning.entries import entry
from bayes_roi.panel.observed import Observed
from bayes_roi.panel.problems import SHOWN, summarised


def merge_duplicates(observed: Observed, how: Duplicates) -> tuple[Observed, list[AuditEntry], list[Problem]]:
    """Return one row for each unit and period, an entry for each cell that went, and what could not be merged."""
    again = observed.again
    if how == "error" or not again.any():
        return observed, [], []
    first, group = np.flatnonzero(~again), np.cumsum(~again) - 1
    counts = np.bincount(group)
    kept = first + counts - 1 if how == "last" else first
    values = {name: _merged(column, kept, group, counts, how) for name, column in observed.values.items()}
    merged = observed.take(kept, values)
    gone = np.setdiff1d(np.arange(group.size), kept)
    audit = [_gone(observed, merged, name, int(i), int(group[i]), how) for i in gone for name in observed.values]
    if how in ("first", "last"):
        labelled = observed.categories
        audit += [_label_gone(observed, merged, name, int(i), int(group[i]), how) for i in gone for name in labelled]
        return merged, audit, []
    unlike = [p for name, labels in observed.categories.items() for p in _unlike(observed, name, labels, kept[group])]
    return merged, audit, unlike


def _merged(column: np.ndarray, kept: np.ndarray, group: np.ndarray, counts: np.ndarray, how: Duplicates) -> np.ndarray:
    if how in ("first", "last"):
        return column[kept]
    sums = np.bincount(group, weights=column, minlength=counts.size)  # NaN where any of the rows is missing
    return sums if how == "sum" else sums / counts


def _gone(observed: Observed, merged: Observed, name: str, row: int, into: int, how: Duplicates) -> AuditEntry:
    other = merged.row_numbers[into]
    before, after = observed.values[name][row], merged.values[name][into]
    if how in ("first", "last"):
        reason = f"the {how} row of the period, row {other}, was kept"
        return entry(observed, "dropped duplicate", reason, row, name, before, after)
    reason = f"the {how} of the period's rows was put into row {other}"
    return entry(observed, "merged duplicate", reason, row, name, before, after)


def _label_gone(observed: Observed, merged: Observed, name: str, row: int, into: int, how: Duplicates) -> AuditEntry:
    before, after = observed.categories[name].label(row), merged.categories[name].label(into)
    reason = f"the {how} row of the period, row {merged.row_numbers[into]}, was kept, with {after!r} for {before!r}"
    return entry(observed, "dropped duplicate", reason, row, name, np.nan, np.nan)


def _unlike(observed: Observed, name: str, labels: Category, kept: np.ndarray) -> list[Problem]:
    """Return a problem for each row whose label is not that of the row that its period keeps."""
    rows = np.flatnonzero(labels.codes != labels.codes[kept])
    mend = "labels have no sum or mean: write one label for the period, or choose clean={'duplicates': 'first'}"
    shown = []
    for i in rows[:SHOWN]:
        what = f"the label is {labels.label(i)!r}, in row {observed.row_numbers[kept[i]]} of the same period "
        shown.append(Problem(what + repr(labels.label(kept[i])), mend, name, int(observed.row_numbers[i])))
    return summarised(shown, "cells", name, count=rows.size)
