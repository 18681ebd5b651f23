"""Zero-inflated Poisson family."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from bayes_roi.mechanisms.arrays import Array, Namespace
from bayes_roi.mechanisms.families.counts import CountFamily
from bayes_roi.mechanisms.families.poisson import Poisson
from bayes_roi.mechanisms.prior import Beta, Prior


class ZeroInflatedPoisson(CountFamily):
    r"""Zero with probability $1 - \psi$, else Poisson with mean $e^\eta$ (Lambert 1992)."""

    name = "zero_inflated_poisson"
    pymc_name = "ZeroInflatedPoisson"

    @staticmethod
    def priors(sd: float) -> dict[str, Prior]:
        return {"psi": Beta(2.0, 1.0)}

    @staticmethod
    def mean(xp: Namespace, eta: Array, parameters: Mapping[str, Array]) -> Array:
        return parameters["psi"] * xp.exp(eta)

    @staticmethod
    def cdf(y: np.ndarray, eta: np.ndarray, parameters: Mapping[str, np.ndarray]) -> np.ndarray:
        psi = parameters["psi"]
        return np.where(y < 0, 0.0, 1 - psi + psi * Poisson.cdf(y, eta, parameters))

    @staticmethod
    def quantile(u: np.ndarray, eta: np.ndarray, parameters: Mapping[str, np.ndarray]) -> np.ndarray:
        psi = parameters["psi"]
        arrived = (u - (1 - psi)) / psi
        return np.where(arrived > 0, Poisson.quantile(np.maximum(arrived, 1e-16), eta, parameters), 0.0)

    @staticmethod
    def pymc_args(xp: Namespace, eta: Array, parameters: Mapping[str, Array]) -> dict[str, Array]:
        return {"psi": parameters["psi"], "mu": xp.exp(eta)}
