"""How a plan is written as a vector: shares of the budget, by channel or by channel and period."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, eq=False)
class Flighting:
    """From the variables of a search to spend by channel and period, and back.

    A variable is a share of `scale`, so that the search is the same in cents as in thousands of dollars.

    Parameters
    ----------
    pattern
        (channels, periods) how a channel's total is spread; rows sum to one.
    scale
        Money that a variable of one stands for.
    free
        Whether every period has a variable of its own; else each channel has one, and keeps its pattern.
    """

    pattern: np.ndarray
    scale: float
    free: bool

    @property
    def size(self) -> int:
        """Number of variables."""
        return int(self.pattern.size if self.free else len(self.pattern))

    def spend(self, shares: np.ndarray) -> np.ndarray:
        """Return spend (..., channels, periods) of shares (..., variables)."""
        if self.free:
            return self.scale * shares.reshape(*shares.shape[:-1], *self.pattern.shape)
        return self.scale * shares[..., None] * self.pattern

    def back(self, slope: np.ndarray) -> np.ndarray:
        """Return the gradient by variable (..., variables) from that by channel and period, per unit of scale."""
        if self.free:
            return slope.reshape(*slope.shape[:-2], self.size)
        return np.asarray((slope * self.pattern).sum(axis=-1))

    def shares(self, totals: np.ndarray) -> np.ndarray:
        """Return the variables (..., variables) of totals by channel (..., channels) spread by the pattern."""
        shares = totals / self.scale
        return (shares[..., None] * self.pattern).reshape(*shares.shape[:-1], self.size) if self.free else shares

    def totals(self, coefficients: np.ndarray) -> np.ndarray:
        """Return coefficients of channel totals (..., channels) as those of the variables (..., variables)."""
        return np.repeat(coefficients, self.pattern.shape[1], axis=-1) if self.free else coefficients


def pattern_of(spend: np.ndarray) -> np.ndarray:
    """Return how each channel's total is spread over periods; evenly where it is zero."""
    total = spend.sum(axis=1, keepdims=True)
    even = np.full(spend.shape, 1 / spend.shape[1])
    return np.where(total > 0, spend / np.where(total > 0, total, 1.0), even)
