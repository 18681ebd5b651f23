"""What families of counts share."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from bayes_roi.mechanisms.arrays import Array, Namespace
from bayes_roi.mechanisms.families.discrete import DiscreteFamily
from bayes_roi.numbers import plain

HALF_A_COUNT = 0.5
"""What a zero is taken for on the log scale."""


def objection_to_counts(name: str, y: np.ndarray) -> str | None:
    """Return why values (rows,) are no counts, or None."""
    if y.min() < 0:
        return f"the {name} family needs counts, the lowest is {plain(y.min())}"
    odd = y[y != np.floor(y)]
    return f"the {name} family needs whole numbers, one is {plain(odd[0])}" if odd.size else None


class CountFamily(DiscreteFamily):
    """Whole numbers from zero on, with a log link; on it a zero stands for half a count."""

    link_name = "log"

    @classmethod
    def link(cls, y: np.ndarray) -> np.ndarray:
        return np.log(np.maximum(y, HALF_A_COUNT))

    @classmethod
    def objection(cls, y: np.ndarray) -> str | None:
        return objection_to_counts(cls.name, y)

    @staticmethod
    def mean(xp: Namespace, eta: Array, parameters: Mapping[str, Array]) -> Array:
        return xp.exp(eta)
