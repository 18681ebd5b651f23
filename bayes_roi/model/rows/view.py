"""What terms see of the rows: values of nodes, as they are and as they were periods before."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

import numpy as np

from bayes_roi.mechanisms.arrays import Array, Namespace, lagged, lengthen
from bayes_roi.mechanisms.scale import Scale
from bayes_roi.model.rows.design import Design


@dataclass(frozen=True, eq=False)
class View:
    """What the terms of one equation see: a design with the current values of the nodes."""

    xp: Namespace
    design: Design
    values: Mapping[str, Array]

    @property
    def spends(self) -> Collection[str]:
        return self.design.spends

    @property
    def scales(self) -> Mapping[str, Scale]:
        return self.design.scales

    @property
    def index(self) -> np.ndarray:
        return self.design.index

    @property
    def reference(self) -> np.ndarray:
        return self.design.reference

    @property
    def levels(self) -> Mapping[str, tuple[str, ...]]:
        return self.design.levels

    def value(self, node: str) -> Array:
        """Return a node's values (..., time), per unit of the rows' size where it is an amount."""
        return self.design.per_size(node, self.values[node])

    def of_periods(self, x: Array) -> Array:
        """Return values by period of the likelihood (..., periods) in each row (..., time)."""
        return self.design.of_periods(self.xp, x)

    def past(self, node: str, lags: Iterable[int]) -> list[Array]:
        """Return a node's values (..., time) as they were each of `lags` periods before."""
        x, carry, earlier = self.value(node), self.design.carry[node], self.design.earlier
        if not len(carry) or (earlier is not None and not len(earlier)):
            return [x for _ in lags]
        long = lengthen(self.xp, carry, x)
        if earlier is None:
            return [lagged(long, lag, len(carry)) for lag in lags]
        if self.xp is not np or x.ndim == 1:
            return [long[..., earlier[lag - 1]] if lag else x for lag in lags]
        return [_shifted(x, long, earlier[lag - 1], lag) if lag else x for lag in lags]


def _shifted(x: np.ndarray, long: np.ndarray, places: np.ndarray, lag: int) -> np.ndarray:
    """Return long[..., places], most of which is `x` some rows before: moved as one piece, which is faster."""
    own = long.shape[-1] - x.shape[-1]
    at = np.arange(len(places))
    odd = np.flatnonzero((at < lag) | (places != own + at - lag))
    moved = np.empty_like(x)
    moved[..., lag:] = x[..., :-lag]
    moved[..., odd] = long[..., places[odd]]
    return moved
