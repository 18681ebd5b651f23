"""Logistic saturation."""

from __future__ import annotations

from collections.abc import Mapping

from bayes_roi.mechanisms.arrays import Array, Namespace
from bayes_roi.mechanisms.saturation.base import Saturation


class Logistic(Saturation):
    r"""Logistic saturation $(1 - e^{-s}) / (1 + e^{-s})$, $s = u / \text{half}$ (Hanssens, Parsons and Schultz 2001).

    It runs from 0 to 1: the upper half of the logistic curve. It is 0.46 at $u = \text{half}$, in the units of u.
    """

    name = "logistic"

    @staticmethod
    def response(xp: Namespace, u: Array, parameters: Mapping[str, Array]) -> Array:
        return xp.tanh(u * (0.5 / parameters["half"]))
