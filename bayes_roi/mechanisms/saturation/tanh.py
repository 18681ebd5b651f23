"""Hyperbolic tangent saturation."""

from __future__ import annotations

from collections.abc import Mapping

from bayes_roi.mechanisms.arrays import Array, Namespace
from bayes_roi.mechanisms.saturation.base import Saturation


class Tanh(Saturation):
    r"""Hyperbolic tangent $\tanh(s)$, $s = u / \text{half}$."""

    name = "tanh"

    @staticmethod
    def response(xp: Namespace, u: Array, parameters: Mapping[str, Array]) -> Array:
        return xp.tanh(u / parameters["half"])
