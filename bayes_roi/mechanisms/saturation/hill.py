"""Hill curve."""

from __future__ import annotations

import math
from collections.abc import Mapping

from bayes_roi.mechanisms.arrays import Array, Namespace
from bayes_roi.mechanisms.prior import LogNormal, Prior
from bayes_roi.mechanisms.saturation.base import Saturation, log_ratio
from bayes_roi.mechanisms.scale import Scale


class Hill(Saturation):
    r"""Hill curve $s^k / (1 + s^k)$, $s = u / \text{half}$, slope $k$ (Hill 1910; Jin et al. 2017)."""

    name = "hill"

    @classmethod
    def own_priors(cls, scale: Scale) -> dict[str, Prior]:
        return super().own_priors(scale) | {"slope": LogNormal(math.log(1.2), 0.4)}

    @staticmethod
    def response(xp: Namespace, u: Array, parameters: Mapping[str, Array]) -> Array:
        # s^k / (1 + s^k) = (1 + tanh(k log(s) / 2)) / 2
        positive, log_s = log_ratio(xp, u, parameters["half"])
        return xp.where(positive, 0.5 * (1 + xp.tanh(0.5 * parameters["slope"] * log_s)), 0.0)
