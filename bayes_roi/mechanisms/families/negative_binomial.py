"""Negative binomial family."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from bayes_roi.mechanisms.arrays import Array, Namespace
from bayes_roi.mechanisms.families.counts import CountFamily
from bayes_roi.mechanisms.families.quantile import Law
from bayes_roi.mechanisms.prior import LogNormal, Prior


class NegativeBinomial(CountFamily):
    r"""Counts with mean $\mu = e^\eta$ and variance $\mu + \mu^2 / \alpha$: Poisson with a gamma-distributed rate.

    $P(y) = \frac{\Gamma(y + \alpha)}{y!\, \Gamma(\alpha)} \left(\frac{\alpha}{\alpha + \mu}\right)^\alpha
    \left(\frac{\mu}{\alpha + \mu}\right)^y$ (Hilbe 2011, NB2; the tails are incomplete beta functions, DLMF 8.17).
    """

    name = "negative_binomial"
    pymc_name = "NegativeBinomial"

    @staticmethod
    def priors(sd: float) -> dict[str, Prior]:
        return {"alpha": LogNormal(2.0, 1.5)}

    @classmethod
    def law(cls, eta: np.ndarray, parameters: Mapping[str, np.ndarray]) -> Law:
        return np.exp(eta), parameters["alpha"]

    @staticmethod
    def centre(*law: np.ndarray) -> np.ndarray:
        return law[0]

    @staticmethod
    def shape(*law: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        mu, alpha = law
        variance = mu * (1 + mu / alpha)
        return variance, (1 + 2 * mu / alpha) / np.sqrt(variance), 6 / alpha + 1 / variance

    @staticmethod
    def deviate(z: np.ndarray, skew: np.ndarray, excess: np.ndarray) -> np.ndarray:
        """As of a gamma distribution of the same skewness (Wilson and Hilferty 1931), whose mixture it is."""
        root = np.maximum(1 + skew * (z - skew / 6) / 6, 0.0)
        return 2 / skew * (root**3 - 1)

    @classmethod
    def chance(cls, y: np.ndarray, upper: np.ndarray, *law: np.ndarray) -> np.ndarray:
        from scipy.special import betainc

        mu, alpha = law
        more = y + 1
        share = np.where(upper, mu, alpha) / (alpha + mu)
        return betainc(np.where(upper, more, alpha), np.where(upper, alpha, more), share)

    @classmethod
    def log_density(cls, xp: Namespace, y: np.ndarray, eta: Array, parameters: Mapping[str, Array]) -> Array:
        alpha = parameters["alpha"]
        total = xp.log(alpha + xp.exp(eta))
        ways = xp.gammaln(y + alpha) - xp.gammaln(alpha)
        return ways + alpha * (xp.log(alpha) - total) + y * (eta - total)

    @classmethod
    def log_base(cls, y: np.ndarray, parameters: Mapping[str, Array]) -> Array:
        from scipy.special import gammaln

        return -gammaln(y + 1.0)

    @staticmethod
    def pymc_args(xp: Namespace, eta: Array, parameters: Mapping[str, Array]) -> dict[str, Array]:
        return {"mu": xp.exp(eta), "alpha": parameters["alpha"]}
