"""Cleaning that was asked for, each change with its entry in the audit trail."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import Any, Literal, get_args

import numpy as np

from bayes_roi.errors import Problem, QueryError, nearest
from bayes_roi.guards import is_number
from bayes_roi.panel.audit import AuditEntry
from bayes_roi.panel.categories import Category
from bayes_roi.panel.observed import Observed
from bayes_roi.panel.problems import SHOWN, capped

Duplicates = Literal["error", "first", "last", "sum", "mean"]
Missing = Literal["error", "interpolate", "model"]
Outliers = Literal["keep", "zscore", "iqr"]
THRESHOLDS = {"zscore": 3.5, "iqr": 3.0}


@dataclass(frozen=True)
class Clean:
    """What may be done to a table; by default nothing, and every problem is an error.

    Parameters
    ----------
    duplicates
        Rows of one period (of one unit): keep the first or the last, or put their sum or mean in their place.
    missing
        Empty cells: interpolate linearly between their neighbours in time (in one unit), or leave them to the model as
        NaN.
    outliers
        Flag values in the audit, changing nothing: "zscore" further than `outlier_threshold` population standard
        deviations from the mean, "iqr" further than that many interquartile ranges outside the quartiles.
    outlier_threshold
        By default 3.5 for "zscore" and 3.0 for "iqr".

    Raises
    ------
    QueryError
        If a choice is not one of those above.

    Examples
    --------
    >>> Clean(missing="interpolate").duplicates
    'error'
    """

    duplicates: Duplicates = "error"
    missing: Missing = "error"
    outliers: Outliers = "keep"
    outlier_threshold: float | None = None

    def __post_init__(self) -> None:
        _require_choice("duplicates", self.duplicates, get_args(Duplicates))
        _require_choice("missing", self.missing, get_args(Missing))
        _require_choice("outliers", self.outliers, get_args(Outliers))
        threshold = self.outlier_threshold
        if threshold is None:
            return
        if not is_number(threshold) or threshold <= 0:
            raise QueryError(f"clean: outlier_threshold must be a number above 0, got {threshold!r}.")
        if self.outliers == "keep":
            raise QueryError("clean: outlier_threshold needs outliers='zscore' or outliers='iqr', got outliers='keep'.")


def as_clean(asked: Clean | Mapping[str, Any] | None) -> Clean:
    """Return the cleaning asked for, from a mapping of its fields too.

    >>> as_clean({"missing": "model"}).missing
    'model'
    """
    if asked is None or isinstance(asked, Clean):
        return asked or Clean()
    if not isinstance(asked, Mapping):
        raise QueryError(f"clean must be a mapping such as {{'missing': 'interpolate'}}, got {asked!r}.")
    known = [field.name for field in fields(Clean)]
    for key in asked:
        if key not in known:
            raise QueryError(
                f"clean: there is no option {key!r}{nearest(str(key), known) or '.'} Choose from {', '.join(known)}."
            )
    return Clean(**asked)


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


def fill_missing(observed: Observed, how: Missing) -> tuple[Observed, list[AuditEntry], list[Problem]]:
    """Return the columns with their gaps filled or left to the model, the entries, and what could not be filled."""
    if how == "error":
        return observed, [], []
    values, audit, problems = dict(observed.values), list[AuditEntry](), list[Problem]()
    for name, column in observed.values.items():
        missing = np.flatnonzero(np.isnan(column))
        if not missing.size or missing.size == column.size:
            continue
        if how == "interpolate":
            values[name], outside = _interpolated(observed, column)
            problems += _not_between(observed, name, outside)
        audit += [_filled(observed, name, int(i), values[name][i]) for i in missing]
    return replace(observed, values=values), audit, problems


def flag_outliers(observed: Observed, clean: Clean) -> list[AuditEntry]:
    """Return an entry for each value that is far from the others of its column."""
    if clean.outliers == "keep":
        return []
    threshold = clean.outlier_threshold or THRESHOLDS[clean.outliers]
    distance, unit = (
        (_z_score, "population sd from the mean") if clean.outliers == "zscore" else (_fences, "iqr outside")
    )
    audit = []
    for name, column in observed.values.items():
        far = distance(column)
        for i in np.flatnonzero(far > threshold):
            reason = f"{far[i]:.1f} {unit}, above {threshold:g}"
            audit.append(_entry(observed, "flagged outlier", reason, int(i), name, column[i], column[i]))
    return audit


def _require_choice(option: str, got: object, choices: tuple[str, ...]) -> None:
    if got not in choices:
        right = ", ".join(map(repr, choices))
        raise QueryError(f"clean: {option} must be one of {right}, got {got!r}{nearest(str(got), choices) or '.'}")


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
        return _entry(observed, "dropped duplicate", reason, row, name, before, after)
    reason = f"the {how} of the period's rows was put into row {other}"
    return _entry(observed, "merged duplicate", reason, row, name, before, after)


def _label_gone(observed: Observed, merged: Observed, name: str, row: int, into: int, how: Duplicates) -> AuditEntry:
    before, after = observed.categories[name].label(row), merged.categories[name].label(into)
    reason = f"the {how} row of the period, row {merged.row_numbers[into]}, was kept, with {after!r} for {before!r}"
    return _entry(observed, "dropped duplicate", reason, row, name, np.nan, np.nan)


def _unlike(observed: Observed, name: str, labels: Category, kept: np.ndarray) -> list[Problem]:
    """Return a problem for each row whose label is not that of the row that its period keeps."""
    rows = np.flatnonzero(labels.codes != labels.codes[kept])
    mend = "labels have no sum or mean: write one label for the period, or choose clean={'duplicates': 'first'}"
    shown = []
    for i in rows[:SHOWN]:
        what = f"the label is {labels.label(i)!r}, in row {observed.row_numbers[kept[i]]} of the same period "
        shown.append(Problem(what + repr(labels.label(kept[i])), mend, name, int(observed.row_numbers[i])))
    return capped(shown, "cells", name, count=rows.size)


def _interpolated(observed: Observed, column: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the column with inner gaps on the straight line between their neighbours, and the gaps at its ends.

    Neighbours are those of the same unit, as far away as their periods are.
    """
    clock = observed.clock
    if clock is None or observed.units is None:  # flawed periods, or a single series, which has no gaps
        clock = np.arange(column.size)
    filled = column.copy()
    for rows in observed.stretches():
        missing, x = np.isnan(column[rows]), clock[rows]
        if missing.any() and not missing.all():
            y = column[rows][~missing]
            filled[rows][missing] = np.interp(x[missing], x[~missing], y, left=np.nan, right=np.nan)
    return filled, np.flatnonzero(np.isnan(filled))


def _not_between(observed: Observed, name: str, outside: np.ndarray) -> list[Problem]:
    mend = "fill it in, or choose clean={'missing': 'model'}"
    what = "the value is missing, and there is none on one side to interpolate from"
    shown = [Problem(what, mend, name, int(observed.row_numbers[i])) for i in outside[:SHOWN]]
    return capped(shown, "cells", name, count=outside.size)


def _filled(observed: Observed, name: str, row: int, value: float) -> AuditEntry:
    if np.isnan(value):
        return _entry(observed, "left to the model", "the value is missing", row, name, value, value)
    return _entry(
        observed, "interpolated", "the value was missing, on the line between its neighbours", row, name, np.nan, value
    )


def _z_score(column: np.ndarray) -> np.ndarray:
    sd = np.nanstd(column)  # population sd: divided by the number of rows
    return np.abs(column - np.nanmean(column)) / sd if sd > 0 else np.zeros(column.size)


def _fences(column: np.ndarray) -> np.ndarray:
    """Return how many interquartile ranges each value lies outside the quartiles; 0 between them."""
    lower, upper = np.nanquantile(column, [0.25, 0.75])
    outside = np.maximum(np.maximum(lower - column, column - upper), 0)
    return outside / (upper - lower) if upper > lower else np.zeros(column.size)


def _entry(
    observed: Observed, action: str, reason: str, row: int, column: str, before: float, after: float
) -> AuditEntry:
    was, now = (None if np.isnan(value) else float(value) for value in (before, after))
    number = int(observed.row_numbers[row])
    return AuditEntry(action, reason, number, observed.period(row), column, was, now)
