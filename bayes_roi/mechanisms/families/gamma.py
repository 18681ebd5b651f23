"""Gamma family."""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np

from bayes_roi.mechanisms.arrays import Array, Namespace
from bayes_roi.mechanisms.families.quantile import QuantileFamily
from bayes_roi.mechanisms.prior import LogNormal, Prior


class Gamma(QuantileFamily):
    r"""Positive values with mean $\mu = e^\eta$ and variance $\mu^2 / \alpha$."""

    name = "gamma"
    pymc_name = "Gamma"
    identity_link = False

    @staticmethod
    def priors(sd: float) -> dict[str, Prior]:
        return {"alpha": LogNormal(2.0, 1.5)}

    @staticmethod
    def link(y: np.ndarray) -> np.ndarray:
        return np.log(np.where(y > 0, y, np.nan))

    @staticmethod
    def inverse_mean(m: float) -> float:
        return math.log(m)

    @staticmethod
    def objection(y: np.ndarray) -> str | None:
        return None if y.min() > 0 else f"the gamma family needs values above zero, the lowest is {y.min():g}"

    @staticmethod
    def mean(xp: Namespace, eta: Array, parameters: Mapping[str, Array]) -> Array:
        return xp.exp(eta)

    @staticmethod
    def cdf(y: np.ndarray, eta: np.ndarray, parameters: Mapping[str, np.ndarray]) -> np.ndarray:
        from scipy.special import gammainc

        return gammainc(parameters["alpha"], parameters["alpha"] * y * np.exp(-eta))

    @staticmethod
    def quantile(u: np.ndarray, eta: np.ndarray, parameters: Mapping[str, np.ndarray]) -> np.ndarray:
        from scipy.special import gammaincinv

        return gammaincinv(parameters["alpha"], u) * np.exp(eta) / parameters["alpha"]

    @staticmethod
    def pymc_args(xp: Namespace, eta: Array, parameters: Mapping[str, Array]) -> dict[str, Array]:
        return {"alpha": parameters["alpha"], "beta": parameters["alpha"] * xp.exp(-eta)}
