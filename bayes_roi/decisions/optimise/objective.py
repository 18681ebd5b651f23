"""What a plan is to make large: from profit by draw to one number, with the weight that each draw has in its slope."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass

import numpy as np

SMOOTH = 0.05
"""Width over which kinks are smoothed, as a share of the sd of profit by draw."""


class Objective(ABC):
    """A number made of profits by draw that grows with each of them."""

    @abstractmethod
    def value(self, profit: np.ndarray) -> float:
        """Return the number as it is reported, of profits (draws,)."""

    @abstractmethod
    def smoothed(self, profit: np.ndarray) -> tuple[float, np.ndarray]:
        """Return what the search climbs on, and its derivative by the profit of each draw (draws,)."""


@dataclass(frozen=True)
class Mean(Objective):
    r"""Expected profit, $E[\pi]$."""

    def value(self, profit: np.ndarray) -> float:
        return float(profit.mean())

    def smoothed(self, profit: np.ndarray) -> tuple[float, np.ndarray]:
        return float(profit.mean()), np.full(len(profit), 1 / len(profit))


@dataclass(frozen=True)
class TailMean(Objective):
    r"""Conditional value at risk: the mean of the worst share `level` of draws.

    $\max_q q - E[(q - \pi)_+] / \text{level}$ (Rockafellar and Uryasev 2000, theorem 1), concave in the plan where
    profit is. The search replaces $(x)_+$ by $h \log(1 + e^{x/h})$ with a small `width` h, so that it has a gradient.
    """

    level: float
    width: float

    def value(self, profit: np.ndarray) -> float:
        count = self.level * len(profit)
        whole, ordered = int(np.floor(count + 1e-9)), np.sort(profit)
        rest = max(count - whole, 0.0)
        last = ordered[whole] * rest if rest > 1e-9 else 0.0
        return float((ordered[:whole].sum() + last) / count)

    def smoothed(self, profit: np.ndarray) -> tuple[float, np.ndarray]:
        if self.level >= 1 or self.width <= 0:
            return Mean().smoothed(profit)
        low, high = profit.min() - 40 * self.width, profit.max() + 40 * self.width
        for _ in range(60):  # the share below q grows with q: halve until it is the level
            q = 0.5 * (low + high)
            low, high = (low, q) if _share(q - profit, self.width).mean() > self.level else (q, high)
        weights = _share(q - profit, self.width) / (self.level * len(profit))
        softened = self.width * np.logaddexp(0.0, (q - profit) / self.width)
        return float(q - softened.mean() / self.level), weights


@dataclass(frozen=True)
class Chance(Objective):
    r"""$P(\pi > \text{target})$; the search smooths the step over a `width` h: $E[1 / (1 + e^{(target - \pi)/h})]$."""

    target: float
    width: float

    def value(self, profit: np.ndarray) -> float:
        return float((profit > self.target).mean())

    def smoothed(self, profit: np.ndarray) -> tuple[float, np.ndarray]:
        width = self.width or 1.0
        share = _share(profit - self.target, width)
        return float(share.mean()), share * (1 - share) / (width * len(profit))


def _share(x: np.ndarray, width: float) -> np.ndarray:
    return 0.5 * (1 + np.tanh(0.5 * x / width))
