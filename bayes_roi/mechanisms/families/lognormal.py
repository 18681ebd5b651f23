"""Lognormal family."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from bayes_roi.mechanisms.arrays import Array, Namespace
from bayes_roi.mechanisms.families.base import Family
from bayes_roi.mechanisms.prior import HalfNormal, Prior


class LogNormal(Family):
    r"""$\log y = \eta + \sigma z$ with $z \sim N(0, 1)$.

    The mean of $y$ is $e^{\eta + \sigma^2 / 2}$, its variance $(e^{\sigma^2} - 1) e^{2 \eta + \sigma^2}$ (Gelman et al.
    2013, appendix A).
    """

    name = "lognormal"
    pymc_name = "LogNormal"
    link_noise = "normal"
    link_name = "log"

    @staticmethod
    def priors(sd: float) -> dict[str, Prior]:
        return {"sigma": HalfNormal(sd)}

    @staticmethod
    def mean(xp: Namespace, eta: Array, parameters: Mapping[str, Array]) -> Array:
        return xp.exp(eta + 0.5 * parameters["sigma"] ** 2)

    @classmethod
    def cdf(cls, y: np.ndarray, eta: np.ndarray, parameters: Mapping[str, np.ndarray]) -> np.ndarray:
        from scipy.special import ndtr

        return np.where(y > 0, ndtr((np.log(np.where(y > 0, y, 1.0)) - eta) / parameters["sigma"]), 0.0)

    @staticmethod
    def noise(u: np.ndarray, parameters: Mapping[str, Array]) -> np.ndarray:
        from scipy.special import ndtri

        return ndtri(u)

    @classmethod
    def respond(cls, xp: Namespace, eta: Array, z: Array, parameters: Mapping[str, Array]) -> Array:
        return xp.exp(eta + parameters["sigma"] * z)

    @classmethod
    def abduct(cls, y: Array, eta: Array, parameters: Mapping[str, Array], u: Array) -> Array:
        return (np.log(y) - eta) / parameters["sigma"]

    @classmethod
    def log_density(cls, xp: Namespace, y: np.ndarray, eta: Array, parameters: Mapping[str, Array]) -> Array:
        sigma = parameters["sigma"]
        return -0.5 * ((np.log(y) - eta) / sigma) ** 2 - xp.log(sigma)

    @classmethod
    def log_base(cls, y: np.ndarray, parameters: Mapping[str, Array]) -> Array:
        return -0.5 * np.log(2 * np.pi) - np.log(y)

    @staticmethod
    def pymc_args(xp: Namespace, eta: Array, parameters: Mapping[str, Array]) -> dict[str, Array]:
        return {"mu": eta, "sigma": parameters["sigma"]}
