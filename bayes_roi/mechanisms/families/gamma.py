"""Gamma family."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from bayes_roi.mechanisms.arrays import Array, Namespace
from bayes_roi.mechanisms.families.quantile import Law, QuantileFamily
from bayes_roi.mechanisms.prior import LogNormal, Prior


class Gamma(QuantileFamily):
    r"""Positive values, $y \sim \text{Gamma}(\text{shape } \alpha, \text{rate } \alpha / \mu)$ with $\mu = e^\eta$.

    The mean is $\mu$, the variance $\mu^2 / \alpha$ (McCullagh and Nelder 1989, chapter 8).
    """

    name = "gamma"
    pymc_name = "Gamma"
    link_name = "log"

    @staticmethod
    def priors(sd: float) -> dict[str, Prior]:
        return {"alpha": LogNormal(2.0, 1.5)}

    @staticmethod
    def mean(xp: Namespace, eta: Array, parameters: Mapping[str, Array]) -> Array:
        return xp.exp(eta)

    @classmethod
    def law(cls, eta: np.ndarray, parameters: Mapping[str, np.ndarray]) -> Law:
        return np.exp(eta), parameters["alpha"]

    @staticmethod
    def centre(*law: np.ndarray) -> np.ndarray:
        return law[0]

    @classmethod
    def tail(cls, y: np.ndarray, upper: np.ndarray, *law: np.ndarray) -> np.ndarray:
        from scipy.special import gammainc, gammaincc

        mu, alpha = law
        x, out = alpha * y / mu, np.empty(y.shape)
        gammainc(alpha, x, out=out, where=~upper)
        gammaincc(alpha, x, out=out, where=upper)
        return out

    @classmethod
    def quantile_of_tail(cls, tail: np.ndarray, upper: np.ndarray, *law: np.ndarray) -> np.ndarray:
        from scipy.special import gammainccinv, gammaincinv

        (mu, alpha), out = law, np.empty(tail.shape)
        gammaincinv(alpha, tail, out=out, where=~upper)
        gammainccinv(alpha, tail, out=out, where=upper)
        return out * mu / alpha

    @classmethod
    def log_density(cls, xp: Namespace, y: np.ndarray, eta: Array, parameters: Mapping[str, Array]) -> Array:
        alpha = parameters["alpha"]
        return alpha * (xp.log(alpha) - eta + np.log(y)) - xp.gammaln(alpha) - alpha * y * xp.exp(-eta)

    @classmethod
    def log_base(cls, y: np.ndarray, parameters: Mapping[str, Array]) -> Array:
        return -np.log(y)

    @staticmethod
    def pymc_args(xp: Namespace, eta: Array, parameters: Mapping[str, Array]) -> dict[str, Array]:
        return {"alpha": parameters["alpha"], "beta": parameters["alpha"] * xp.exp(-eta)}
