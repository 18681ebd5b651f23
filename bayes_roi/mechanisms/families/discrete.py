"""What families of whole numbers share."""

from __future__ import annotations

from abc import abstractmethod

import numpy as np

from bayes_roi.mechanisms.families.quantile import QuantileFamily
from bayes_roi.mechanisms.families.tails.search import least_reaching

ROUNDING = 1e-11
"""Share of a tail that going to the normal scale and back may move it by, and more: 30^2 roundings are 2e-13."""


SKEWED = 30.0
"""From here on an expansion in the skewness leads away: with a mean of 1e-70 to 1e32."""


class DiscreteFamily(QuantileFamily):
    r"""Whole numbers from zero on.

    Any quantile in $(F(y - 1), F(y)]$ makes $y$; abduction draws it there, as randomised quantile residuals do (Dunn
    and Smyth 1996). A small change of the parents then flips few rows, and their total changes as the means do.
    """

    discrete = True
    atoms = True

    @classmethod
    @abstractmethod
    def chance(cls, y: np.ndarray, upper: np.ndarray, *law: np.ndarray) -> np.ndarray:
        """Return `tail` at whole numbers from zero on."""

    @staticmethod
    @abstractmethod
    def shape(*law: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Return variance, skewness and excess kurtosis."""

    @classmethod
    def tail(cls, y: np.ndarray, upper: np.ndarray, *law: np.ndarray) -> np.ndarray:
        return np.where(y < 0, upper, cls.chance(np.floor(np.maximum(y, 0.0)), upper, *law))

    @classmethod
    def quantile_of_tail(cls, tail: np.ndarray, upper: np.ndarray, *law: np.ndarray) -> np.ndarray:
        return least_reaching(tail, upper, cls.guess(tail, upper, *law), cls.tail, law, cls.highest(*law))

    @classmethod
    def guess(cls, tail: np.ndarray, upper: np.ndarray, *law: np.ndarray) -> np.ndarray:
        """Return about where a tail is reached, half a unit off for the steps; the mean where that is not finite."""
        from scipy.special import ndtri

        z = np.where(upper, -1.0, 1.0) * ndtri(tail)
        with np.errstate(all="ignore"):
            variance, skew, excess = cls.shape(*law)
            x = np.where(np.abs(skew) < SKEWED, cls.deviate(z, skew, excess), 0.0)
            k = np.ceil(cls.centre(*law) + np.sqrt(variance) * x - 0.5)
        known = np.where(np.isfinite(k), np.maximum(k, 0.0), 0.0)
        return np.where(np.isfinite(cls.centre(*law)), known, cls.centre(*law))

    @staticmethod
    def deviate(z: np.ndarray, skew: np.ndarray, excess: np.ndarray) -> np.ndarray:
        """Return about how many standard deviations from the mean a normal quantile is (Cornish and Fisher 1938)."""
        z2 = z * z
        return z + skew * (z2 - 1) / 6 + z * (excess * (z2 - 3) / 24 - skew**2 * (2 * z2 - 5) / 36)

    @classmethod
    def place(cls, y: np.ndarray, upper: np.ndarray, u: np.ndarray, *law: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        here, before = cls.tail(y, upper, *law), cls.tail(y - 1, upper, *law)
        small, large = np.where(upper, here, before), np.where(upper, before, here)
        span = large - small
        with np.errstate(all="ignore"):
            edge = np.fmin(0.5, ROUNDING * large / span)
        return small + span * np.clip(np.where(upper, 1 - u, u), edge, 1 - edge), large

    @classmethod
    def onward(cls, edge: np.ndarray, gap: np.ndarray, *law: np.ndarray) -> np.ndarray:
        return np.minimum(np.floor((edge + (gap > 0)) * np.exp(gap)), cls.highest(*law))

    @classmethod
    def gap(cls, y: np.ndarray, edge: np.ndarray, u: np.ndarray, upper: np.ndarray) -> np.ndarray:
        return np.log((y + np.clip(u, 0.01, 0.99)) / (edge + upper))

    @classmethod
    def highest(cls, *law: np.ndarray) -> np.ndarray | float:
        """Return the highest value that there can be."""
        return cls.most
