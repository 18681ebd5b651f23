"""Logarithmic response."""

from __future__ import annotations

from collections.abc import Mapping

from bayes_roi.mechanisms.arrays import Array, Namespace
from bayes_roi.mechanisms.saturation.base import Saturation


class Log1p(Saturation):
    r"""Logarithm $\log(1 + s)$, $s = u / \text{half}$: falling returns without a ceiling.

    `half`, in the units of u, is where one more unit adds half of what the first did. It is the semilogarithmic form
    of response models, moved so that nothing in gives nothing out (Hanssens, Parsons and Schultz 2001, chapter 3).
    """

    name = "log1p"

    @staticmethod
    def response(xp: Namespace, u: Array, parameters: Mapping[str, Array]) -> Array:
        return xp.log(1 + u / parameters["half"])
