"""Negative binomial family."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from bayes_roi.mechanisms.arrays import Array, Namespace
from bayes_roi.mechanisms.families.counts import CountFamily
from bayes_roi.mechanisms.prior import LogNormal, Prior


class NegativeBinomial(CountFamily):
    r"""Counts with mean $\mu = e^\eta$ and variance $\mu + \mu^2 / \alpha$: Poisson with a gamma-distributed rate."""

    name = "negative_binomial"
    pymc_name = "NegativeBinomial"

    @staticmethod
    def priors(sd: float) -> dict[str, Prior]:
        return {"alpha": LogNormal(2.0, 1.5)}

    @staticmethod
    def cdf(y: np.ndarray, eta: np.ndarray, parameters: Mapping[str, np.ndarray]) -> np.ndarray:
        from scipy.special import betainc

        alpha = parameters["alpha"]
        inside = betainc(alpha, np.maximum(y, 0) + 1.0, alpha / (alpha + np.exp(eta)))
        return np.where(y < 0, 0.0, inside)

    @staticmethod
    def quantile(u: np.ndarray, eta: np.ndarray, parameters: Mapping[str, np.ndarray]) -> np.ndarray:
        from scipy.special import nbdtrik

        alpha = parameters["alpha"]
        return np.ceil(nbdtrik(u, alpha, alpha / (alpha + np.exp(eta))))

    @staticmethod
    def pymc_args(xp: Namespace, eta: Array, parameters: Mapping[str, Array]) -> dict[str, Array]:
        return {"mu": xp.exp(eta), "alpha": parameters["alpha"]}
