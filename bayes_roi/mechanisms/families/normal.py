"""Normal family."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

import numpy as np

from bayes_roi.mechanisms.arrays import Array, Namespace
from bayes_roi.mechanisms.families.base import Family, LinkNoise
from bayes_roi.mechanisms.prior import HalfNormal, Prior


class Normal(Family):
    r"""$y = \eta + \sigma z$ with $z \sim N(0, 1)$.

    The mean is $\eta$, the standard deviation $\sigma$ (Gelman et al. 2013, appendix A).
    """

    name = "normal"
    pymc_name = "Normal"
    link_noise: ClassVar[LinkNoise | None] = "normal"

    @staticmethod
    def priors(sd: float) -> dict[str, Prior]:
        return {"sigma": HalfNormal(sd)}

    @staticmethod
    def mean(xp: Namespace, eta: Array, parameters: Mapping[str, Array]) -> Array:
        return eta

    @classmethod
    def cdf(cls, y: np.ndarray, eta: np.ndarray, parameters: Mapping[str, np.ndarray]) -> np.ndarray:
        from scipy.special import ndtr

        return ndtr((y - eta) / parameters["sigma"])

    @staticmethod
    def noise(u: np.ndarray, parameters: Mapping[str, Array]) -> np.ndarray:
        from scipy.special import ndtri

        return ndtri(u)

    @classmethod
    def respond(cls, xp: Namespace, eta: Array, z: Array, parameters: Mapping[str, Array]) -> Array:
        return eta + parameters["sigma"] * z

    @classmethod
    def abduct(cls, y: Array, eta: Array, parameters: Mapping[str, Array], u: Array) -> Array:
        return (y - eta) / parameters["sigma"]

    @classmethod
    def log_density(cls, xp: Namespace, y: np.ndarray, eta: Array, parameters: Mapping[str, Array]) -> Array:
        sigma = parameters["sigma"]
        return -0.5 * ((y - eta) / sigma) ** 2 - xp.log(sigma)

    @classmethod
    def log_base(cls, y: np.ndarray, parameters: Mapping[str, Array]) -> Array:
        return np.full_like(y, -0.5 * np.log(2 * np.pi))

    @staticmethod
    def pymc_args(xp: Namespace, eta: Array, parameters: Mapping[str, Array]) -> dict[str, Array]:
        return {"mu": eta, "sigma": parameters["sigma"]}
