"""The shape of a column: dates, numbers or labels, and what its numbers are like."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from bayes_roi.panel.categories import read_category
from bayes_roi.panel.cells import Flaw, read_numbers
from bayes_roi.panel.locale.date_words import part_of_a_year
from bayes_roi.panel.periods import Periods, read_periods

MOSTLY = 0.5
"""Share of the cells from which a column is of a kind; what is wrong with the others is told when it is read."""


@dataclass(frozen=True, eq=False)
class Column:
    """A column of a raw table by its name and its (rows,) cells, read as whatever it may be."""

    name: str
    cells: np.ndarray
    typed: bool = False
    row_numbers: np.ndarray | None = None  # (rows,) as a spreadsheet counts

    @cached_property
    def numbers(self) -> np.ndarray:
        """The numbers, NaN where a cell is missing or is none; none at all unless most cells are numbers."""
        read = read_numbers(self.cells, text=not self.typed)
        values = np.where(np.isfinite(read.values), read.values, np.nan)
        flawed = int(np.isinf(read.values).sum())
        return values if flawed < MOSTLY * max(self.filled, 1) else np.full(values.size, np.nan)

    @cached_property
    def filled(self) -> int:
        """How many cells are not empty."""
        if self.cells.dtype.kind == "f":
            return int((~np.isnan(self.cells)).sum())
        return sum(1 for cell in self.cells.tolist() if cell is not None and str(cell).strip() and cell == cell)

    @cached_property
    def known(self) -> np.ndarray:
        """The numbers that are there."""
        return self.numbers[~np.isnan(self.numbers)]

    @cached_property
    def flaws(self) -> tuple[tuple[int, Flaw], ...]:
        """What keeps cells from being numbers, if they are written as such: not texts, not dates."""
        read = read_numbers(self.cells, text=not self.typed)
        return tuple((row, flaw) for row, flaw in read.flaws if flaw.kind not in ("text", "date"))

    @cached_property
    def periods(self) -> Periods:
        return read_periods(self.cells)

    @property
    def numeric(self) -> bool:
        return bool(self.known.size)

    @cached_property
    def dated(self) -> bool:
        """Whether most cells are dates, months, weeks or quarters."""
        if self.numeric and self.cells.dtype.kind != "M":
            return False
        read = self.periods
        return read.form != "integer" and len(read.flaws) < MOSTLY * self.cells.size

    @cached_property
    def labels(self) -> np.ndarray:
        """The code of each row's label; empty where the cells are no labels."""
        category, flaws = read_category(self.cells)
        return np.array([], dtype=np.int64) if flaws else category.codes

    @cached_property
    def of_a_year(self) -> bool:
        """Whether the cells are months, quarters or weeks without their year."""
        category, flaws = read_category(self.cells)
        return not flaws and len(category.labels) > 1 and all(map(part_of_a_year, category.labels))

    @property
    def flag(self) -> bool:
        """Whether the numbers are 0 and 1."""
        return self.known.size > 0 and set(np.unique(self.known)) == {0.0, 1.0}

    @property
    def constant(self) -> bool:
        return self.known.size > 0 and bool(np.all(self.known == self.known[0]))

    @property
    def pauses(self) -> float:
        """Share of the numbers that are zero."""
        return float(np.mean(self.known == 0)) if self.known.size else 0.0

    @property
    def negative(self) -> bool:
        return bool(np.any(self.known < 0))

    @property
    def counts_rows(self) -> bool:
        """Whether the numbers go up by one from row to row."""
        return self.known.size > 2 and self.known.size == self.numbers.size and bool(np.all(np.diff(self.known) == 1))

    @property
    def missing(self) -> int:
        return int(np.isnan(self.numbers).sum())
