"""The columns that a model names, as they stand in the table: numbers and labels in order of unit and time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from itertools import pairwise

import numpy as np

from bayes_roi.panel.categories import Category
from bayes_roi.panel.labels import Form, labels_of


@dataclass(frozen=True, eq=False)
class Observed:
    """The named columns, unit after unit, each in order of time.

    A number is NaN where its cell is missing, infinite where it is flawed; columns of labels are there only when whole.
    """

    values: Mapping[str, np.ndarray]  # name in the table -> (rows,) float64
    row_numbers: np.ndarray  # (rows,) as a spreadsheet counts
    categories: Mapping[str, Category] = field(default_factory=dict)  # name in the table -> its labels
    time: str | None = None
    form: Form | None = None  # of the period labels
    ordinals: np.ndarray | None = None  # (rows,) int64, ascending in a unit; None where there are none, or flawed
    unit: str | None = None
    units: Category | None = None  # in order of appearance; None where there are none, or flawed

    def take(self, rows: np.ndarray, values: Mapping[str, np.ndarray] | None = None) -> Observed:
        """Return the rows asked for, in that order, with other values if they are given."""
        return replace(
            self,
            values={name: column[rows] for name, column in self.values.items()} if values is None else values,
            row_numbers=self.row_numbers[rows],
            categories={name: column.take(rows) for name, column in self.categories.items()},
            ordinals=None if self.ordinals is None else self.ordinals[rows],
            units=None if self.units is None else self.units.take(rows),
        )

    def in_order(self) -> Observed:
        """Return the rows in order of unit and time; rows of one unit and period stay as they stand in the table."""
        keys = [key for key in (self.ordinals, self._unit_codes) if key is not None]
        order = np.lexsort(keys) if keys else np.arange(self.row_numbers.size)
        return self if (np.diff(order) == 1).all() else self.take(order)

    def period(self, row: int) -> str | None:
        """Return the label of a row's period, if the rows have any."""
        if self.ordinals is None or self.form is None:
            return None
        return str(labels_of(self.ordinals[row : row + 1], self.form)[0])

    @property
    def clock(self) -> np.ndarray | None:
        """The number (rows,) of each row's period among all periods of the table, None without periods."""
        return None if self.ordinals is None else np.unique(self.ordinals, return_inverse=True)[1]

    @property
    def same_unit(self) -> np.ndarray:
        """Whether each row but the first (rows - 1,) is of the same unit as the row before it."""
        codes = self._unit_codes
        return np.ones(max(self.row_numbers.size - 1, 0), bool) if codes is None else codes[1:] == codes[:-1]

    @property
    def again(self) -> np.ndarray:
        """Whether each row (rows,) is of the same unit and period as the row before it."""
        if self.ordinals is None:
            return np.zeros(self.row_numbers.size, bool)
        return np.concatenate([[False], self.same_unit & (self.ordinals[1:] == self.ordinals[:-1])])

    def stretches(self) -> list[slice]:
        """Return the rows of each unit, or all rows where there are no units."""
        starts = [0, *(np.flatnonzero(~self.same_unit) + 1).tolist(), self.row_numbers.size]
        return [slice(start, end) for start, end in pairwise(starts)]

    @property
    def _unit_codes(self) -> np.ndarray | None:
        return None if self.units is None else self.units.codes
