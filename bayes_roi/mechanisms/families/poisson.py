"""Poisson family."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from bayes_roi.mechanisms.arrays import Array, Namespace
from bayes_roi.mechanisms.families.counts import CountFamily
from bayes_roi.mechanisms.prior import Prior


class Poisson(CountFamily):
    r"""$P(y) = e^{-\mu} \mu^y / y!$ with $\mu = e^\eta$: counts that vary as much as independent arrivals do."""

    name = "poisson"
    pymc_name = "Poisson"

    @staticmethod
    def priors(sd: float) -> dict[str, Prior]:
        return {}

    @staticmethod
    def cdf(y: np.ndarray, eta: np.ndarray, parameters: Mapping[str, np.ndarray]) -> np.ndarray:
        from scipy.special import pdtr

        return np.where(y < 0, 0.0, pdtr(np.maximum(y, 0), np.exp(eta)))

    @staticmethod
    def quantile(u: np.ndarray, eta: np.ndarray, parameters: Mapping[str, np.ndarray]) -> np.ndarray:
        from scipy.special import pdtrik

        return np.ceil(pdtrik(u, np.exp(eta)))

    @staticmethod
    def pymc_args(xp: Namespace, eta: Array, parameters: Mapping[str, Array]) -> dict[str, Array]:
        return {"mu": xp.exp(eta)}
