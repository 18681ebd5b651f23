"""Poisson family."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from bayes_roi.mechanisms.arrays import Array, Namespace
from bayes_roi.mechanisms.families.counts import CountFamily
from bayes_roi.mechanisms.families.quantile import Law
from bayes_roi.mechanisms.families.tails.poisson_tail import poisson_tail
from bayes_roi.mechanisms.prior import Prior

LARGE = 1e5
"""From this mean on the tails come from their expansion, which is as exact and takes no longer for large counts."""


class Poisson(CountFamily):
    r"""$P(y) = e^{-\mu} \mu^y / y!$ with $\mu = e^\eta$: counts that vary as much as independent arrivals do.

    Mean and variance are $\mu$ (Johnson, Kemp and Kotz 2005, chapter 4).
    """

    name = "poisson"
    pymc_name = "Poisson"
    wider = "negative_binomial"

    @staticmethod
    def priors(sd: float) -> dict[str, Prior]:
        return {}

    @classmethod
    def law(cls, eta: np.ndarray, parameters: Mapping[str, np.ndarray]) -> Law:
        return (np.exp(eta),)

    @staticmethod
    def centre(*law: np.ndarray) -> np.ndarray:
        return law[0]

    @staticmethod
    def shape(*law: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        (mu,) = law
        return mu, 1 / np.sqrt(mu), 1 / mu

    @classmethod
    def chance(cls, y: np.ndarray, upper: np.ndarray, *law: np.ndarray) -> np.ndarray:
        from scipy.special import pdtr, pdtrc

        (mu,) = law
        out, large = np.empty(y.shape), mu >= LARGE
        pdtr(y, mu, out=out, where=~upper & ~large)
        pdtrc(y, mu, out=out, where=upper & ~large)
        if large.any():
            out[large] = poisson_tail(y[large], upper[large], mu[large])
        return out

    @classmethod
    def log_density(cls, xp: Namespace, y: np.ndarray, eta: Array, parameters: Mapping[str, Array]) -> Array:
        return y * eta - xp.exp(eta)

    @classmethod
    def log_base(cls, y: np.ndarray, parameters: Mapping[str, Array]) -> Array:
        from scipy.special import gammaln

        return -gammaln(y + 1.0)

    @staticmethod
    def pymc_args(xp: Namespace, eta: Array, parameters: Mapping[str, Array]) -> dict[str, Array]:
        return {"mu": xp.exp(eta)}
