"""Values by row as a reader wants them: by period, in a panel by unit and period."""

from __future__ import annotations

import numpy as np

from bayes_roi.labelled import Labelled, along
from bayes_roi.model.language.model import Model
from bayes_roi.model.rows.design import Design


def by_row(values: np.ndarray, dims: tuple[str, ...], model: Model, rows: Design) -> Labelled:
    """Return values (..., rows) with labels: dims `time`, the panel's unit and `time`, or `row`.

    Of a panel, units and periods without a row are NaN.
    """
    coords = along(**{dim: np.arange(n) for dim, n in zip(dims, values.shape, strict=False)})
    if rows.periods is None:
        return Labelled(values, (*dims, "row"), coords | along(row=np.arange(rows.length)))
    if model.panel is None or rows.codes is None:
        return Labelled(values, (*dims, "time"), coords | along(time=rows.periods))
    labels, at = calendar(rows)
    full = np.full((*values.shape[:-1], len(rows.units), len(labels)), np.nan)
    full[..., rows.codes, at] = values
    return Labelled(full, (*dims, model.panel, "time"), coords | along(**{model.panel: list(rows.units)}, time=labels))


def calendar(rows: Design) -> tuple[np.ndarray, np.ndarray]:
    """Return the labels of all periods in order of time, and (rows,) which of them each row is of."""
    assert rows.periods is not None
    _, first, at = np.unique(rows.index, return_index=True, return_inverse=True)
    return rows.periods[first], at


def unit_means(y: np.ndarray, codes: np.ndarray, units: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the mean of the finite rows of each panel unit, 0 where there is none, and how many there are (units,)."""
    seen = np.isfinite(y)
    counts = np.bincount(codes[seen], minlength=units)
    return np.bincount(codes[seen], y[seen], units) / np.maximum(counts, 1), counts


def summed(values: np.ndarray, groups: np.ndarray, count: int) -> np.ndarray:
    """Return values (..., rows) summed over the rows of each group (..., count), of which none is empty."""
    order = np.argsort(groups, kind="stable")
    starts = np.searchsorted(groups[order], np.arange(count))
    return np.add.reduceat(values[..., order], starts, axis=-1)
