"""Exponential saturation."""

from __future__ import annotations

from collections.abc import Mapping

from bayes_roi.mechanisms.arrays import Array, Namespace
from bayes_roi.mechanisms.saturation.base import Saturation


class Exponential(Saturation):
    r"""Exponential saturation $1 - e^{-s}$, $s = u / \text{half}$ (Mitscherlich 1909).

    It runs from 0 to 1 and is 0.63 at $u = \text{half}$, in the units of u. What is left to gain falls at a
    constant rate.
    """

    name = "exponential"

    @staticmethod
    def response(xp: Namespace, u: Array, parameters: Mapping[str, Array]) -> Array:
        return 1.0 - xp.exp(-u / parameters["half"])
