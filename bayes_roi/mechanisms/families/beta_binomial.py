"""Beta-binomial family."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from bayes_roi.mechanisms.arrays import Array, Namespace, share_at
from bayes_roi.mechanisms.families.binomial import Binomial
from bayes_roi.mechanisms.families.quantile import Law
from bayes_roi.mechanisms.families.tails.beta_tails import chance_above
from bayes_roi.mechanisms.prior import LogNormal, Prior

FEW = 64
"""Trials up to which a tail is the sum of its masses."""
LEAST_KAPPA = 0.05
"""Of the beta that a search begins from: with one trial it has no room for a variance."""


class BetaBinomial(Binomial):
    r"""$y \mid p \sim \text{Binomial}(n, p)$, $p \sim \text{Beta}(\kappa \mu, \kappa (1 - \mu))$, $\mu = 1 / (1 + e^{-\eta})$.

    Clicks out of $n$ impressions whose rate differs from row to row by more than the equation says. The mean is
    $n \mu$, the variance $n \mu (1 - \mu) (1 + (n - 1) / (\kappa + 1))$ (Skellam 1948): with many trials a binomial
    takes such rows for far more than they tell. The larger $\kappa$, the closer to `binomial`. Trials are as there.
    """  # noqa: E501

    name = "beta_binomial"
    pymc_name = "BetaBinomial"
    wider = ""

    @staticmethod
    def priors(sd: float) -> dict[str, Prior]:
        return {"kappa": LogNormal(5.0, 2.0)}

    @classmethod
    def law(cls, eta: np.ndarray, parameters: Mapping[str, np.ndarray]) -> Law:
        from scipy.special import expit

        kappa = parameters["kappa"]
        trials = np.rint(np.maximum(parameters["trials"], 0.0))
        return trials, kappa * expit(eta), kappa * expit(-np.asarray(eta))

    @staticmethod
    def centre(*law: np.ndarray) -> np.ndarray:
        n, a, b = law
        return n * a / (a + b)

    @classmethod
    def guess(cls, tail: np.ndarray, upper: np.ndarray, *law: np.ndarray) -> np.ndarray:
        """Return the quantile of n times a beta of the same mean and variance."""
        from scipy.special import betainccinv, betaincinv

        n, a, b = law
        shrunk = np.maximum((n - 1) / (n + a + b), LEAST_KAPPA / (a + b))
        with np.errstate(all="ignore"):
            share = np.where(upper, betainccinv(a * shrunk, b * shrunk, tail), betaincinv(a * shrunk, b * shrunk, tail))
            k = np.floor(n * share)
        return np.where(np.isfinite(k), np.clip(k, 0.0, n), 0.0)

    @classmethod
    def chance(cls, y: np.ndarray, upper: np.ndarray, *law: np.ndarray) -> np.ndarray:
        few = law[0] <= FEW
        if few.all():
            return _summed(y, upper, *law)
        if few.any():
            parts = [(at, cls.chance(y[at], upper[at], *(x[at] for x in law))) for at in (few, ~few)]
            found = np.empty(y.shape)
            for at, part in parts:
                found[at] = part
            return found
        # A binomial is above y where the (y + 1)-th smallest of n uniforms, Beta(y + 1, n - y), is below p, Beta(a, b).
        n, a, b = law
        inside = y < n
        c, d = y + 1, np.where(inside, n - y, 1.0)
        tail = chance_above(*(np.where(upper, x, z) for x, z in ((a, c), (b, d), (c, a), (d, b))))
        return np.where(inside, tail, ~upper)

    @classmethod
    def log_density(cls, xp: Namespace, y: np.ndarray, eta: Array, parameters: Mapping[str, Array]) -> Array:
        kappa, n = parameters["kappa"], parameters["trials"]
        a, b = kappa * share_at(xp, eta), kappa * share_at(xp, -eta)
        successes = xp.gammaln(a + y) - xp.gammaln(a) + xp.gammaln(b + (n - y)) - xp.gammaln(b)
        return successes + xp.gammaln(kappa) - xp.gammaln(kappa + n)

    @staticmethod
    def pymc_args(xp: Namespace, eta: Array, parameters: Mapping[str, Array]) -> dict[str, Array]:
        kappa = parameters["kappa"]
        return {"n": parameters["trials"], "alpha": kappa * share_at(xp, eta), "beta": kappa * share_at(xp, -eta)}


def _summed(y: np.ndarray, upper: np.ndarray, n: np.ndarray, a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Return P(value > y) where `upper`, else P(value <= y): the sum of the masses there."""
    from scipy.special import betaln, gammaln

    total, start = np.zeros(y.shape), gammaln(n + 1) - betaln(a, b)
    for k in range(int(n.max(initial=0)) + 1):
        there = (k <= n) & ((k > y) == upper)
        rest = np.maximum(n - k, 0.0)
        ways = start - gammaln(k + 1.0) - gammaln(rest + 1)
        total += np.where(there, np.exp(ways + betaln(a + k, b + rest)), 0.0)
    return np.minimum(total, 1.0)
