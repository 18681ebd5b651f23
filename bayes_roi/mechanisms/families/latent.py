"""The law of what is not observed."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from bayes_roi.mechanisms.arrays import Array, Namespace
from bayes_roi.mechanisms.families.base import Family
from bayes_roi.mechanisms.prior import Prior


class Latent(Family):
    r"""$x = \eta + z$ with $z \sim N(0, 1)$: noise of standard deviation one gives an unobserved node its scale."""

    name = "latent"
    pymc_name = "Normal"
    amount = False
    link_noise = "normal"

    @staticmethod
    def priors(sd: float) -> dict[str, Prior]:
        return {}

    @staticmethod
    def mean(xp: Namespace, eta: Array, parameters: Mapping[str, Array]) -> Array:
        return eta

    @classmethod
    def cdf(cls, y: np.ndarray, eta: np.ndarray, parameters: Mapping[str, np.ndarray]) -> np.ndarray:
        from scipy.special import ndtr

        return ndtr(y - eta)

    @staticmethod
    def noise(u: np.ndarray, parameters: Mapping[str, Array]) -> np.ndarray:
        from scipy.special import ndtri

        return ndtri(u)

    @classmethod
    def respond(cls, xp: Namespace, eta: Array, z: Array, parameters: Mapping[str, Array]) -> Array:
        return eta + z

    @classmethod
    def abduct(cls, y: Array, eta: Array, parameters: Mapping[str, Array], u: Array) -> Array:
        return y - eta

    @classmethod
    def log_density(cls, xp: Namespace, y: np.ndarray, eta: Array, parameters: Mapping[str, Array]) -> Array:
        return -0.5 * (y - eta) ** 2

    @classmethod
    def log_base(cls, y: np.ndarray, parameters: Mapping[str, Array]) -> Array:
        return np.full_like(y, -0.5 * np.log(2 * np.pi))

    @staticmethod
    def pymc_args(xp: Namespace, eta: Array, parameters: Mapping[str, Array]) -> dict[str, Array]:
        return {"mu": eta, "sigma": np.float64(1.0)}
