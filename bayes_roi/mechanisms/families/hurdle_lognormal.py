"""Hurdle lognormal family."""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np

from bayes_roi.mechanisms.arrays import Array, Namespace
from bayes_roi.mechanisms.families.quantile import LEAST_TAIL, QuantileFamily
from bayes_roi.mechanisms.prior import Beta, HalfNormal, Prior


class HurdleLogNormal(QuantileFamily):
    r"""Zero with probability $1 - \psi$, else lognormal with $\log y \sim N(\eta, \sigma)$: revenue per user.

    The mean is $\psi e^{\eta + \sigma^2 / 2}$.
    """

    name = "hurdle_lognormal"
    pymc_name = "HurdleLogNormal"
    identity_link = False

    @staticmethod
    def priors(sd: float) -> dict[str, Prior]:
        return {"psi": Beta(1.0, 1.0), "sigma": HalfNormal(sd)}

    @staticmethod
    def link(y: np.ndarray) -> np.ndarray:
        return np.log(np.where(y > 0, y, np.nan))

    @staticmethod
    def inverse_mean(m: float) -> float:
        return math.log(m)

    @staticmethod
    def objection(y: np.ndarray) -> str | None:
        if y.min() < 0:
            return f"the hurdle_lognormal family needs values from zero on, the lowest is {y.min():g}"
        return None if y.max() > 0 else "the hurdle_lognormal family needs some values above zero; all are zero"

    @staticmethod
    def mean(xp: Namespace, eta: Array, parameters: Mapping[str, Array]) -> Array:
        return parameters["psi"] * xp.exp(eta + 0.5 * parameters["sigma"] ** 2)

    @staticmethod
    def cdf(y: np.ndarray, eta: np.ndarray, parameters: Mapping[str, np.ndarray]) -> np.ndarray:
        from scipy.special import ndtr

        psi, above = parameters["psi"], y > 0
        inside = ndtr((np.log(np.where(above, y, 1.0)) - eta) / parameters["sigma"])
        return np.where(above, 1 - psi + psi * inside, np.where(y < 0, 0.0, 1 - psi))

    @staticmethod
    def quantile(u: np.ndarray, eta: np.ndarray, parameters: Mapping[str, np.ndarray]) -> np.ndarray:
        from scipy.special import ndtri

        psi = parameters["psi"]
        bought = (u - (1 - psi)) / psi
        value = np.exp(eta + parameters["sigma"] * ndtri(np.maximum(bought, LEAST_TAIL)))
        return np.where(bought > 0, value, 0.0)

    @staticmethod
    def pymc_args(xp: Namespace, eta: Array, parameters: Mapping[str, Array]) -> dict[str, Array]:
        return {"psi": parameters["psi"], "mu": eta, "sigma": parameters["sigma"]}
