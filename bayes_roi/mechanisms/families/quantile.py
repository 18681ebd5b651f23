"""Families whose noise is the quantile at which a value stands."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping

import numpy as np

from bayes_roi.mechanisms.arrays import Array, Namespace
from bayes_roi.mechanisms.families.base import Family

LEAST_TAIL = 1e-16


class QuantileFamily(Family):
    r"""$y = F^{-1}(\Phi(z) \mid \eta)$ with $z \sim N(0, 1)$: the noise is a value's quantile, on a normal scale.

    Of a discrete value any quantile between $F(y - 1)$ and $F(y)$ gives it back; abduction takes the middle, as
    mid-quantile residuals do (Dunn and Smyth 1996, not randomised).
    """

    @staticmethod
    @abstractmethod
    def cdf(y: np.ndarray, eta: np.ndarray, parameters: Mapping[str, np.ndarray]) -> np.ndarray:
        """Return P(value <= y)."""

    @staticmethod
    @abstractmethod
    def quantile(u: np.ndarray, eta: np.ndarray, parameters: Mapping[str, np.ndarray]) -> np.ndarray:
        """Return the least value whose cdf reaches u in (0, 1)."""

    @staticmethod
    def noise(u: np.ndarray, parameters: Mapping[str, Array]) -> np.ndarray:
        from scipy.special import ndtri

        return ndtri(u)

    @classmethod
    def respond(cls, xp: Namespace, eta: Array, z: Array, parameters: Mapping[str, Array]) -> Array:
        from scipy.special import ndtr

        return cls.quantile(np.clip(ndtr(z), LEAST_TAIL, 1 - LEAST_TAIL), eta, parameters)

    @classmethod
    def abduct(cls, y: Array, eta: Array, parameters: Mapping[str, Array]) -> Array:
        from scipy.special import ndtri

        upper = cls.cdf(y, eta, parameters)
        u = 0.5 * (upper + cls.cdf(y - 1, eta, parameters)) if cls.discrete else upper
        return ndtri(np.clip(u, LEAST_TAIL, 1 - LEAST_TAIL))
