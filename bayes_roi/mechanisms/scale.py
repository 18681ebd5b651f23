"""The size of one column: the plain numbers from which scaling and default priors are made."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Scale:
    """Mean, spread and range of a column over the rows of the likelihood, fixed once and never moved by a question.

    `positive_mean` is the mean over the positive cells of all rows, history before the first row included: what a spend
    is divided by. It is 1 where no cell is positive.
    """

    mean: float
    sd: float
    positive_mean: float
    low: float
    high: float

    @classmethod
    def of(cls, rows: np.ndarray, every_row: np.ndarray | None = None) -> Scale:
        """Return the scale of a column; missing cells are left out."""
        seen = rows[~np.isnan(rows)] if np.isnan(rows).any() else rows
        wide = seen if every_row is None else every_row
        positive = wide[wide > 0]
        return cls(
            mean=float(seen.mean()),
            sd=float(seen.std()) or 1.0,
            positive_mean=float(positive.mean()) if positive.size else 1.0,
            low=float(seen.min()),
            high=float(seen.max()),
        )

    @property
    def never_negative(self) -> bool:
        """Whether no cell is below zero."""
        return self.low >= 0
