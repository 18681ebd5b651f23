"""Empty cells: filled with zero, a mean, a median or the line between their neighbours, or left to the model."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

import numpy as np

from bayes_roi.errors import Problem
from bayes_roi.panel.audit import AuditEntry
from bayes_roi.panel.clean import Missing
from bayes_roi.panel.cleaning.entries import entry
from bayes_roi.panel.observed import Observed
from bayes_roi.panel.problems import SHOWN, summarised

FILLED = {
    "zero": ("filled with zero", "the value was missing, and is taken as zero"),
    "mean": ("filled with the mean", "the value was missing, and is the mean of the column"),
    "median": ("filled with the median", "the value was missing, and is the median of the column"),
    "interpolate": ("interpolated", "the value was missing, on the line between its neighbours"),
}


def fill_missing(observed: Observed, how: Mapping[str, Missing]) -> tuple[Observed, list[AuditEntry], list[Problem]]:
    """Return the columns with their gaps filled or left to the model, the entries, and what could not be filled.

    `how` is the choice of each column; nothing is done to a column without any value.
    """
    values, audit, problems = dict(observed.values), list[AuditEntry](), list[Problem]()
    for name, column in observed.values.items():
        missing = np.flatnonzero(np.isnan(column))
        choice = how.get(name, "error")
        if choice == "error" or not missing.size or missing.size == column.size:
            continue
        values[name] = _filled(observed, column, choice)
        if choice != "model":
            problems += _not_filled(observed, name, np.flatnonzero(np.isnan(values[name])), choice)
        audit += [_entry(observed, name, int(i), values[name][i], choice) for i in missing]
    return replace(observed, values=values), audit, problems


def _filled(observed: Observed, column: np.ndarray, choice: Missing) -> np.ndarray:
    if choice == "zero":
        return np.where(np.isnan(column), 0.0, column)
    if choice == "interpolate":
        return _interpolated(observed, column)
    if choice == "model":
        return column
    return _centred(observed, column, np.nanmean if choice == "mean" else np.nanmedian)


def _centred(observed: Observed, column: np.ndarray, centre: Callable[[np.ndarray], float]) -> np.ndarray:
    """Return the column with gaps at the centre of the known values of their unit."""
    filled = column.copy()
    for rows in observed.stretches():
        missing = np.isnan(column[rows])
        if missing.any() and not missing.all():
            filled[rows][missing] = centre(column[rows])
    return filled


def _interpolated(observed: Observed, column: np.ndarray) -> np.ndarray:
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
    return filled


def _not_filled(observed: Observed, name: str, left: np.ndarray, choice: Missing) -> list[Problem]:
    mend = "fill it in, or choose clean={'missing': 'model'}"
    what = "the value is missing, and there is none on one side to interpolate from"
    if choice != "interpolate":
        what = f"the value is missing, and so are all others of its {observed.unit}, so that there is no {choice}"
    shown = [Problem(what, mend, name, int(observed.row_numbers[i]) or None) for i in left[:SHOWN]]
    return summarised(shown, "cells", name, count=left.size)


def _entry(observed: Observed, name: str, row: int, value: float, choice: Missing) -> AuditEntry:
    if np.isnan(value):
        return entry(observed, "left to the model", "the value is missing", row, name, value, value)
    action, reason = FILLED[choice]
    of = "" if observed.units is None or choice not in ("mean", "median") else f" in its {observed.unit}"
    return entry(observed, action, reason + of, row, name, np.nan, value)
