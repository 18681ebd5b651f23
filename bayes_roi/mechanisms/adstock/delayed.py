"""Delayed adstock."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from bayes_roi.mechanisms.adstock.base import AdstockKind
from bayes_roi.mechanisms.arrays import Array, Namespace
from bayes_roi.mechanisms.prior import Beta, HalfNormal, Prior


class Delayed(AdstockKind):
    r"""Delayed adstock, $w_l \propto \alpha^{(l - \theta)^2}$ with its peak $\theta$ periods late (Jin et al. 2017).

    `retention` is $\alpha$ in (0, 1), `delay` is $\theta \ge 0$ in periods.
    """

    name = "delayed"

    @staticmethod
    def priors(max_lag: int) -> dict[str, Prior]:
        return {"retention": Beta(2.0, 2.0), "delay": HalfNormal(max(max_lag, 1) / 4)}

    @staticmethod
    def shape(xp: Namespace, lags: np.ndarray, parameters: Mapping[str, Array]) -> Array:
        return parameters["retention"] ** ((lags - parameters["delay"]) ** 2)
