"""Noisy covariates, smoothed over neighbouring rows: a rolling median, or the filter of Savitzky and Golay (1964)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from bayes_roi.errors import Problem
from bayes_roi.panel.audit import AuditEntry
from bayes_roi.panel.clean import Smooth
from bayes_roi.panel.cleaning.entries import entry
from bayes_roi.panel.observed import Observed

ORDER = 2
"""Of the polynomial that is fitted to each window."""
CALLED = {"median": "the median of", "savgol": "the Savitzky-Golay filter of order two over"}


def smooth_columns(
    observed: Observed, how: Mapping[str, Smooth], window: int
) -> tuple[Observed, list[AuditEntry], list[Problem]]:
    """Return the columns with those asked for smoothed within each unit, an entry for each, and what could not be."""
    values, audit, problems = dict(observed.values), list[AuditEntry](), list[Problem]()
    for name, method in how.items():
        if method == "keep" or name not in values:
            continue
        column = values[name]
        if not np.isfinite(column).all():
            what = f"smooth needs every value, and {np.sum(~np.isfinite(column)):,} are missing"
            problems.append(Problem(what, "fill them in, or choose what missing is to be", name))
            continue
        values[name] = _smoothed(observed, column, method, window)
        at = int(np.abs(values[name] - column).argmax())
        reason = f"{CALLED[method]} {window} rows around each; the largest change is in this row"
        audit.append(entry(observed, "smoothed", reason, at, name, column[at], values[name][at]))
    return replace(observed, values=values), audit, problems


def _smoothed(observed: Observed, column: np.ndarray, method: Smooth, window: int) -> np.ndarray:
    smoothed = column.copy()
    for rows in observed.stretches():
        filtered = rolling_median if method == "median" else savitzky_golay
        smoothed[rows] = filtered(column[rows], window)
    return smoothed


def rolling_median(column: np.ndarray, window: int) -> np.ndarray:
    """Return the median of the rows around each, of those that are there at the ends.

    >>> rolling_median(np.array([1.0, 9.0, 2.0, 3.0]), 3)
    array([5. , 2. , 3. , 2.5])
    """
    half = window // 2
    padded = np.concatenate([np.full(half, np.nan), column, np.full(half, np.nan)])
    return np.asarray(np.nanmedian(np.lib.stride_tricks.sliding_window_view(padded, window), axis=1))


def savitzky_golay(column: np.ndarray, window: int) -> np.ndarray:
    """Return the value at each row of the parabola through the rows around it; a parabola is left as it is.

    >>> savitzky_golay(np.arange(6.0) ** 2, 5).round(9)
    array([ 0.,  1.,  4.,  9., 16., 25.])
    """
    from scipy.signal import savgol_filter

    fits = min(window, column.size if column.size % 2 else column.size - 1)
    return column if fits <= ORDER else np.asarray(savgol_filter(column, fits, ORDER))
