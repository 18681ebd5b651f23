"""Families whose noise is the quantile at which a value stands."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping

import numpy as np

from bayes_roi.mechanisms.arrays import Array, Namespace
from bayes_roi.mechanisms.families.base import Family

FAR = 30.0
"""Standard deviations within which a tail is known in full; beyond (5e-198) incomplete beta functions underflow."""
HALF = 0.5 * (1 - 1e-15)
"""The largest tail, a step off the median: z = 0 is below it."""
Law = tuple[np.ndarray, ...]
"""The arguments of a distribution, computed once from linear predictor and parameters."""


class QuantileFamily(Family):
    r"""$y = F^{-1}(\Phi(z) \mid \eta)$ with $z \sim N(0, 1)$: the noise is a value's quantile, on a normal scale.

    Each side is reckoned from its own tail, so that values far out keep their place on both. Beyond `FAR`, where tails
    are below what floats hold, the quantile goes on along the link:
    $g(y) = g(F^{-1}(\pm\text{FAR})) + z \mp \text{FAR}$. No noise is ever drawn there; it is where posterior draws put
    data that they do not fit.
    """

    @classmethod
    @abstractmethod
    def law(cls, eta: np.ndarray, parameters: Mapping[str, np.ndarray]) -> Law:
        """Return the arguments of the distribution."""

    @staticmethod
    @abstractmethod
    def centre(*law: np.ndarray) -> np.ndarray:
        """Return the mean of the distribution, where the tails take turns."""

    @classmethod
    @abstractmethod
    def tail(cls, y: np.ndarray, upper: np.ndarray, *law: np.ndarray) -> np.ndarray:
        """Return P(value > y) where `upper`, else P(value <= y); all of one shape."""

    @classmethod
    @abstractmethod
    def quantile_of_tail(cls, tail: np.ndarray, upper: np.ndarray, *law: np.ndarray) -> np.ndarray:
        """Return the least value with P(value > y) <= tail where `upper`, else with P(value <= y) >= tail."""

    @classmethod
    def cdf(cls, y: np.ndarray, eta: np.ndarray, parameters: Mapping[str, np.ndarray]) -> np.ndarray:
        y, *law = np.broadcast_arrays(np.asarray(y, float), *cls.law(eta, parameters))
        return cls.tail(y, np.zeros(y.shape, bool), *law)

    @staticmethod
    def noise(u: np.ndarray, parameters: Mapping[str, Array]) -> np.ndarray:
        from scipy.special import ndtri

        return ndtri(u)

    @classmethod
    def respond(cls, xp: Namespace, eta: Array, z: Array, parameters: Mapping[str, Array]) -> Array:
        from scipy.special import ndtr

        z, *law = np.broadcast_arrays(z, *cls.law(eta, parameters))
        inside = np.clip(z, -FAR, FAR)
        y = cls.quantile_of_tail(ndtr(-np.abs(inside)), inside > 0, *law)
        far = inside != z
        if far.any():
            y[far] = cls.onward(y[far], (z - inside)[far], *(a[far] for a in law))
        return y

    @classmethod
    def abduct(cls, y: Array, eta: Array, parameters: Mapping[str, Array], u: Array) -> Array:
        from scipy.special import ndtr, ndtri

        y, u, *law = np.broadcast_arrays(np.asarray(y, float), u, *cls.law(eta, parameters))
        upper = y > cls.centre(*law)
        tail, most = cls.place(y, upper, u, *law)
        over = tail > 0.5  # a mean is not quite a median: the side is the one that `respond` will take
        if over.any():
            upper[over] = ~upper[over]
            tail[over], most[over] = cls.place(y[over], upper[over], u[over], *(a[over] for a in law))
        tail = np.minimum(tail, HALF)
        sign, least = np.where(upper, -1.0, 1.0), ndtr(-FAR)
        z = sign * np.maximum(ndtri(np.maximum(tail, least)), -FAR)
        far = most <= least
        if far.any():
            some = [a[far] for a in law]
            edge = cls.quantile_of_tail(np.full(far.sum(), least), upper[far], *some)
            z[far] += cls.gap(y[far], edge, u[far], upper[far])
        return z

    @classmethod
    def place(cls, y: np.ndarray, upper: np.ndarray, u: np.ndarray, *law: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return the tail at which `y` stands, and the largest at which it could."""
        tail = cls.tail(y, upper, *law)
        return tail, tail.copy()

    @classmethod
    def onward(cls, edge: np.ndarray, gap: np.ndarray, *law: np.ndarray) -> np.ndarray:
        """Return the value `gap` beyond the quantile `edge` at +-FAR."""
        return edge * np.exp(gap)

    @classmethod
    def gap(cls, y: np.ndarray, edge: np.ndarray, u: np.ndarray, upper: np.ndarray) -> np.ndarray:
        """Return how far `y` is beyond the quantile `edge` at +-FAR: `onward` turned round."""
        return np.log(y / edge)
