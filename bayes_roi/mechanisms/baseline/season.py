"""Season: a Fourier series."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from bayes_roi.errors import ModelError
from bayes_roi.guards import is_number
from bayes_roi.mechanisms.arrays import Array, Namespace
from bayes_roi.mechanisms.term import Inputs, Term, check_count, check_label, option


@dataclass(frozen=True)
class Season(Term):
    r"""`season(period=52.18, order=2)`: $\sum_k a_k \sin(2 \pi k t / P) + b_k \cos(2 \pi k t / P)$, centred.

    The effects are $a_1, \dots, a_K$ and then $b_1, \dots, b_K$; $t$ is the number of the row's period, $P$ the
    season's length in rows and $K$ its order, at most $P / 2$ (Harvey 1989, chapter 2: trigonometric seasonality).
    """

    name = "season"
    needs_time = True
    period: float = option(None)
    order: int = option(None)
    label: str | None = option(None)
    share: str | None = option(None)

    def __post_init__(self) -> None:
        if self.period is None or self.order is None:
            raise ModelError("season needs period (in rows) and order, as in season(period=52.18, order=2)")
        if not is_number(self.period) or self.period <= 1:
            raise ModelError(f"season's period must be a number of rows above 1, got {self.period!r}")
        check_count("season's order", self.order, least=1, most=50)
        if 2 * self.order > self.period:
            raise ModelError(
                f"season's order must be at most half its period, got order {self.order} for period {self.period}"
            )
        check_label(self.label, self.share)

    def width(self, levels: Mapping[str, tuple[str, ...]]) -> int | None:
        return 2 * self.order

    def curve(self, xp: Namespace, inputs: Inputs, shape: Mapping[str, Array]) -> Array:
        return self._waves(inputs.index) - self._waves(inputs.reference).mean(-1, keepdims=True)

    def _waves(self, index: np.ndarray) -> np.ndarray:
        angle = np.arange(1, self.order + 1)[:, None] * (2 * np.pi / self.period) * index
        return np.concatenate([np.sin(angle), np.cos(angle)])

    def unit(self, inputs: Inputs) -> float:
        return math.sqrt(0.5)
