"""Bernoulli family."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from bayes_roi.mechanisms.arrays import Array, Namespace, share_at
from bayes_roi.mechanisms.families.binomial import Binomial
from bayes_roi.mechanisms.families.discrete import DiscreteFamily
from bayes_roi.mechanisms.families.quantile import Law
from bayes_roi.mechanisms.prior import Prior
from bayes_roi.numbers import plain


class Bernoulli(DiscreteFamily):
    r"""One with probability $p = 1 / (1 + e^{-\eta})$, else zero: whether a user converts.

    The mean is $p$ (McCullagh and Nelder 1989, chapter 4: logistic regression).
    """

    name = "bernoulli"
    pymc_name = "Bernoulli"
    link_name = "logit"
    amount = False
    most = 1.0

    @staticmethod
    def priors(sd: float) -> dict[str, Prior]:
        return {}

    @classmethod
    def link(cls, y: np.ndarray) -> np.ndarray:
        # One and zero stand at +-1 around the logit of their share: a spread of one, as weakly informative priors want.
        share = np.clip(np.nanmean(y), 0.01, 0.99)
        return np.log(share / (1 - share)) + (2 * y - 1) - (2 * share - 1)

    @classmethod
    def objection(cls, y: np.ndarray) -> str | None:
        odd = y[(y != 0) & (y != 1)]
        return f"the bernoulli family needs zeros and ones, one is {plain(odd[0])}" if odd.size else None

    @staticmethod
    def mean(xp: Namespace, eta: Array, parameters: Mapping[str, Array]) -> Array:
        return share_at(xp, eta)

    @classmethod
    def law(cls, eta: np.ndarray, parameters: Mapping[str, np.ndarray]) -> Law:
        from scipy.special import expit

        return expit(eta), expit(-np.asarray(eta))

    @staticmethod
    def centre(*law: np.ndarray) -> np.ndarray:
        return law[0]

    @staticmethod
    def shape(*law: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        return Binomial.shape(np.ones(()), *law)

    @classmethod
    def chance(cls, y: np.ndarray, upper: np.ndarray, *law: np.ndarray) -> np.ndarray:
        p, q = law
        return np.where(y < 1, np.where(upper, p, q), ~upper)

    @classmethod
    def quantile_of_tail(cls, tail: np.ndarray, upper: np.ndarray, *law: np.ndarray) -> np.ndarray:
        p, q = law
        return np.where(upper, tail < p, tail > q).astype(float)

    @classmethod
    def log_density(cls, xp: Namespace, y: np.ndarray, eta: Array, parameters: Mapping[str, Array]) -> Array:
        return y * eta - xp.softplus(eta)

    @staticmethod
    def pymc_args(xp: Namespace, eta: Array, parameters: Mapping[str, Array]) -> dict[str, Array]:
        return {"logit_p": eta}
