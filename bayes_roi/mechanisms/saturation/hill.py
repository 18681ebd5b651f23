"""Hill curve."""

from __future__ import annotations

import math
from collections.abc import Mapping

from bayes_roi.mechanisms.arrays import Array, Namespace, inverse_of_one_plus_exp, plus, times, zero_at_zero
from bayes_roi.mechanisms.prior import LogNormal, Prior
from bayes_roi.mechanisms.saturation.base import Saturation
from bayes_roi.mechanisms.scale import Scale


class Hill(Saturation):
    r"""Hill curve $s^k / (1 + s^k)$, $s = u / \text{half}$, slope $k$ (Hill 1910; Jin et al. 2017).

    It runs from 0 to 1 and is one half at $u = \text{half}$, in the units of u. A slope above one makes it S-shaped.
    """

    name = "hill"

    @classmethod
    def own_priors(cls, scale: Scale) -> dict[str, Prior]:
        return super().own_priors(scale) | {"slope": LogNormal(math.log(1.2), 0.4)}

    @staticmethod
    def response(xp: Namespace, u: Array, parameters: Mapping[str, Array]) -> Array:
        def of_positive(u: Array) -> Array:  # s^k / (1 + s^k) = 1 / (1 + e^(-k log s))
            log_s = plus(xp.log(u), -xp.log(parameters["half"]))
            return inverse_of_one_plus_exp(xp, times(log_s, -parameters["slope"]))

        return zero_at_zero(xp, of_positive, u)
