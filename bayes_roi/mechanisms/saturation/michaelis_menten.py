"""Michaelis-Menten saturation."""

from __future__ import annotations

from collections.abc import Mapping

from bayes_roi.mechanisms.arrays import Array, Namespace
from bayes_roi.mechanisms.saturation.base import Saturation


class MichaelisMenten(Saturation):
    r"""Michaelis-Menten curve $s / (1 + s)$, $s = u / \text{half}$ (Michaelis and Menten 1913).

    It runs from 0 to 1 and is one half at $u = \text{half}$, in the units of u: a Hill curve of slope one.
    """

    name = "michaelis_menten"

    @staticmethod
    def response(xp: Namespace, u: Array, parameters: Mapping[str, Array]) -> Array:
        return u / (u + parameters["half"])
