"""Hyperbolic tangent saturation."""

from __future__ import annotations

from collections.abc import Mapping

from bayes_roi.mechanisms.arrays import Array, Namespace
from bayes_roi.mechanisms.saturation.base import Saturation


class Tanh(Saturation):
    r"""Hyperbolic tangent $\tanh(s)$, $s = u / \text{half}$ (Jassby and Platt 1976).

    It runs from 0 to 1 and is 0.76 at $u = \text{half}$, in the units of u: close to a straight line before that.
    """

    name = "tanh"

    @staticmethod
    def response(xp: Namespace, u: Array, parameters: Mapping[str, Array]) -> Array:
        return xp.tanh(u / parameters["half"])
