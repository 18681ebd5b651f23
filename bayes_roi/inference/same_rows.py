"""Fits that may be held side by side: of one outcome, in the same rows."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from bayes_roi.errors import QueryError
from bayes_roi.inference.fit import Fit


def check_same_rows(fits: Mapping[str, Fit]) -> None:
    """Raise unless fits are of one outcome and explain the same rows of it.

    Raises
    ------
    QueryError
        With the first that is not like the first of them.
    """
    first, *others = fits.items()
    for name, fit in others:
        if fit.model.outcome != first[1].model.outcome:
            raise QueryError(f"{name} is about {fit.model.outcome}, {first[0]} about {first[1].model.outcome}")
        one, other = (_rows(f) for f in (first[1], fit))
        if one[0].shape != other[0].shape or not all(map(_same, one, other)):
            raise QueryError(
                f"{name} is fitted to other rows than {first[0]} ({other[0].size}, {one[0].size}); fit all to the same "
                "table with the same longest lag"
            )


def _rows(fit: Fit) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the outcome (rows,), and period and unit of each row; empty where there are none."""
    rows = fit.design
    units = np.array([]) if rows.codes is None else np.asarray(rows.units)[rows.codes]
    return rows.rows[fit.model.outcome], np.array([]) if rows.periods is None else rows.periods.astype(str), units


def _same(one: np.ndarray, other: np.ndarray) -> bool:
    return np.array_equal(one, other, equal_nan=one.dtype.kind == "f" and other.dtype.kind == "f")
