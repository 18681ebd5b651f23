"""Power response."""

from __future__ import annotations

from collections.abc import Mapping

from bayes_roi.mechanisms.arrays import Array, Namespace, zero_at_zero
from bayes_roi.mechanisms.prior import Beta, Prior
from bayes_roi.mechanisms.saturation.base import Saturation
from bayes_roi.mechanisms.scale import Scale
from bayes_roi.mechanisms.term import Inputs


class Root(Saturation):
    r"""Power $s^k$ with exponent $k$ in (0, 1), $s = u / m$: falling returns without a ceiling.

    $m$ is the mean of the positive cells, a constant: a free half-saturation would only rescale the effect. One per
    cent more input adds k per cent (Hanssens, Parsons and Schultz 2001, chapter 3).
    """

    name = "root"

    @classmethod
    def own_priors(cls, scale: Scale) -> dict[str, Prior]:
        return {"exponent": Beta(2.0, 2.0)}

    def curve(self, xp: Namespace, inputs: Inputs, shape: Mapping[str, Array]) -> Array:
        scale = inputs.scales[self.parents[0]].positive_mean
        return self.response(xp, self.dose(xp, inputs, shape, self.parents[0]) / scale, shape)

    @staticmethod
    def response(xp: Namespace, u: Array, parameters: Mapping[str, Array]) -> Array:
        return zero_at_zero(xp, lambda u: xp.exp(parameters["exponent"] * xp.log(u)), u)
