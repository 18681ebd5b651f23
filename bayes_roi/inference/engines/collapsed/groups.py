"""Sums of products over the rows of each panel unit."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np

from bayes_roi.model.rows.design import Design


@dataclass(frozen=True, eq=False)
class Groups:
    """The units among whose rows sums are taken; one group of all rows where nothing varies by unit.

    Parameters
    ----------
    count
        How many there are.
    which, begins
        Those that have rows, and where the rows of each begin; they stand one after the other.
    rows
        Number of rows.
    """

    count: int
    which: np.ndarray
    begins: np.ndarray
    rows: int

    @classmethod
    def of(cls, design: Design, *, by_unit: bool) -> Self:
        """Return the units of a design, or one group of all rows."""
        if not by_unit:
            return cls(1, np.zeros(1, int), np.zeros(1, int), design.length)
        codes = np.asarray(design.codes)
        begins = np.flatnonzero(np.append(True, codes[1:] != codes[:-1]))
        return cls(len(design.units), codes[begins], begins, design.length)

    def inner(self, a: np.ndarray, b: np.ndarray) -> np.ndarray:
        """Return the sums (count, groups) of a b over each group's rows, for a and b (count, time)."""
        if self.count == 1:
            return np.einsum("kt,kt->k", a, b)[:, None]
        return self._placed(np.add.reduceat(a * b, self.begins, axis=-1))

    def products(self, curves: np.ndarray, columns: np.ndarray) -> np.ndarray:
        """Return the sums (count, groups, columns) of each curve (count, time) times each column (columns, time)."""
        if self.count == 1:
            return (curves @ columns.T)[:, None]
        found = np.zeros((len(curves), self.count, len(columns)))
        for group, begin, end in zip(self.which, self.begins, np.append(self.begins[1:], self.rows), strict=True):
            found[:, group] = curves[:, begin:end] @ columns[:, begin:end].T
        return found

    def means_removed(self, columns: np.ndarray) -> np.ndarray:
        """Return columns (..., time) less the mean of each group's rows."""
        sizes = np.diff(np.append(self.begins, self.rows))
        return columns - np.repeat(np.add.reduceat(columns, self.begins, axis=-1) / sizes, sizes, axis=-1)

    def _placed(self, sums: np.ndarray) -> np.ndarray:
        if len(self.which) == self.count and (np.diff(self.which) == 1).all():
            return sums
        found = np.zeros((*sums.shape[:-1], self.count))
        found[..., self.which] = sums
        return found
