"""Geometric adstock."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from bayes_roi.mechanisms.adstock.base import AdstockKind
from bayes_roi.mechanisms.arrays import Array, Namespace
from bayes_roi.mechanisms.prior import Beta, Prior


class Geometric(AdstockKind):
    r"""Geometric adstock, $w_l \propto \alpha^l$ with retention $\alpha$ in (0, 1) (Broadbent 1979).

    What acts after a period is the share $\alpha$ of what acted before it: the half-life is $\log 0.5 / \log \alpha$
    periods.
    """

    name = "geometric"

    @staticmethod
    def priors(max_lag: int) -> dict[str, Prior]:
        return {"retention": Beta(2.0, 2.0)}

    @staticmethod
    def shape(xp: Namespace, lags: np.ndarray, parameters: Mapping[str, Array]) -> Array:
        return parameters["retention"] ** lags
