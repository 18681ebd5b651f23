"""What families of counts share."""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np

from bayes_roi.mechanisms.arrays import Array, Namespace
from bayes_roi.mechanisms.families.quantile import QuantileFamily

HALF_A_COUNT = 0.5
"""What a zero is taken for on the log scale."""


class CountFamily(QuantileFamily):
    """Whole numbers from zero on, with a log link."""

    identity_link = False
    discrete = True

    @staticmethod
    def link(y: np.ndarray) -> np.ndarray:
        return np.log(np.maximum(y, HALF_A_COUNT))

    @staticmethod
    def inverse_mean(m: float) -> float:
        return math.log(m)

    @classmethod
    def objection(cls, y: np.ndarray) -> str | None:
        if y.min() < 0:
            return f"the {cls.name} family needs counts, the lowest is {y.min():g}"
        odd = y[y != np.floor(y)]
        return f"the {cls.name} family needs whole numbers, one is {odd[0]:g}" if odd.size else None

    @staticmethod
    def mean(xp: Namespace, eta: Array, parameters: Mapping[str, Array]) -> Array:
        return xp.exp(eta)
