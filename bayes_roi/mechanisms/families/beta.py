"""Beta family."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from bayes_roi.mechanisms.arrays import Array, Namespace, share_at
from bayes_roi.mechanisms.families.quantile import Law, QuantileFamily
from bayes_roi.mechanisms.prior import LogNormal, Prior
from bayes_roi.numbers import plain


class Beta(QuantileFamily):
    r"""Shares in (0, 1), $y \sim \text{Beta}(\kappa \mu, \kappa (1 - \mu))$ with $\mu = 1 / (1 + e^{-\eta})$.

    The mean is $\mu$, the variance $\mu (1 - \mu) / (1 + \kappa)$ (Ferrari and Cribari-Neto 2004).
    """

    name = "beta"
    pymc_name = "Beta"
    link_name = "logit"
    amount = False
    most = 1.0

    @staticmethod
    def priors(sd: float) -> dict[str, Prior]:
        return {"kappa": LogNormal(3.0, 1.5)}

    @classmethod
    def objection(cls, y: np.ndarray) -> str | None:
        odd = y[(y <= 0) | (y >= 1)]
        return f"the beta family needs shares above zero and below one, one is {plain(odd[0])}" if odd.size else None

    @staticmethod
    def mean(xp: Namespace, eta: Array, parameters: Mapping[str, Array]) -> Array:
        return share_at(xp, eta)

    @classmethod
    def law(cls, eta: np.ndarray, parameters: Mapping[str, np.ndarray]) -> Law:
        from scipy.special import expit

        kappa = parameters["kappa"]
        return kappa * expit(eta), kappa * expit(-np.asarray(eta))

    @staticmethod
    def centre(*law: np.ndarray) -> np.ndarray:
        return law[0] / (law[0] + law[1])

    @classmethod
    def tail(cls, y: np.ndarray, upper: np.ndarray, *law: np.ndarray) -> np.ndarray:
        from scipy.special import betainc, betaincc

        out = np.empty(y.shape)
        betainc(*law, y, out=out, where=~upper)
        betaincc(*law, y, out=out, where=upper)
        return out

    @classmethod
    def quantile_of_tail(cls, tail: np.ndarray, upper: np.ndarray, *law: np.ndarray) -> np.ndarray:
        from scipy.special import betainccinv, betaincinv

        out = np.empty(tail.shape)
        betaincinv(*law, tail, out=out, where=~upper)
        betainccinv(*law, tail, out=out, where=upper)
        return out

    @classmethod
    def onward(cls, edge: np.ndarray, gap: np.ndarray, *law: np.ndarray) -> np.ndarray:
        from scipy.special import expit, logit

        return expit(logit(edge) + gap)

    @classmethod
    def gap(cls, y: np.ndarray, edge: np.ndarray, u: np.ndarray, upper: np.ndarray) -> np.ndarray:
        from scipy.special import logit

        with np.errstate(invalid="ignore"):
            return np.where(y == edge, 0.0, logit(y) - logit(edge))  # both can have been rounded to one

    @classmethod
    def log_density(cls, xp: Namespace, y: np.ndarray, eta: Array, parameters: Mapping[str, Array]) -> Array:
        kappa, share = parameters["kappa"], share_at(xp, eta)
        a, b = kappa * share, kappa * (1 - share)
        return xp.gammaln(kappa) - xp.gammaln(a) - xp.gammaln(b) + a * np.log(y) + b * np.log1p(-y)

    @staticmethod
    def pymc_args(xp: Namespace, eta: Array, parameters: Mapping[str, Array]) -> dict[str, Array]:
        share = share_at(xp, eta)
        return {"alpha": parameters["kappa"] * share, "beta": parameters["kappa"] * (1 - share)}
