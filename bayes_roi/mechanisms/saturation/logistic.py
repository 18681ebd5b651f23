"""Logistic saturation."""

from __future__ import annotations

from collections.abc import Mapping

from bayes_roi.mechanisms.arrays import Array, Namespace
from bayes_roi.mechanisms.saturation.base import Saturation


class Logistic(Saturation):
    r"""Logistic saturation $(1 - e^{-s}) / (1 + e^{-s})$, $s = u / \text{half}$."""

    name = "logistic"

    @staticmethod
    def response(xp: Namespace, u: Array, parameters: Mapping[str, Array]) -> Array:
        return xp.tanh(u * (0.5 / parameters["half"]))
