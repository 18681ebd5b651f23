"""Beta family."""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np

from bayes_roi.mechanisms.arrays import Array, Namespace
from bayes_roi.mechanisms.families.quantile import QuantileFamily
from bayes_roi.mechanisms.prior import LogNormal, Prior


class Beta(QuantileFamily):
    r"""Shares in (0, 1) with mean $\mu = 1 / (1 + e^{-\eta})$ and variance $\mu (1 - \mu) / (1 + \kappa)$
    (Ferrari and Cribari-Neto 2004).
    """

    name = "beta"
    pymc_name = "Beta"
    identity_link = False
    most = 1.0

    @staticmethod
    def priors(sd: float) -> dict[str, Prior]:
        return {"kappa": LogNormal(3.0, 1.5)}

    @staticmethod
    def link(y: np.ndarray) -> np.ndarray:
        inside = np.where((y > 0) & (y < 1), y, np.nan)
        return np.log(inside) - np.log1p(-inside)

    @staticmethod
    def inverse_mean(m: float) -> float:
        return math.log(m / (1 - m))

    @staticmethod
    def objection(y: np.ndarray) -> str | None:
        odd = y[(y <= 0) | (y >= 1)]
        return f"the beta family needs shares above zero and below one, one is {odd[0]:g}" if odd.size else None

    @staticmethod
    def mean(xp: Namespace, eta: Array, parameters: Mapping[str, Array]) -> Array:
        return 0.5 * (1 + xp.tanh(0.5 * eta))

    @staticmethod
    def cdf(y: np.ndarray, eta: np.ndarray, parameters: Mapping[str, np.ndarray]) -> np.ndarray:
        from scipy.special import betainc, expit

        kappa = parameters["kappa"]
        return betainc(kappa * expit(eta), kappa * expit(-eta), y)

    @staticmethod
    def quantile(u: np.ndarray, eta: np.ndarray, parameters: Mapping[str, np.ndarray]) -> np.ndarray:
        from scipy.special import betaincinv, expit

        kappa = parameters["kappa"]
        return betaincinv(kappa * expit(eta), kappa * expit(-eta), u)

    @staticmethod
    def pymc_args(xp: Namespace, eta: Array, parameters: Mapping[str, Array]) -> dict[str, Array]:
        share = 0.5 * (1 + xp.tanh(0.5 * eta))
        return {"alpha": parameters["kappa"] * share, "beta": parameters["kappa"] * (1 - share)}
