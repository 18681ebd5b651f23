"""Bernoulli family."""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np

from bayes_roi.mechanisms.arrays import Array, Namespace
from bayes_roi.mechanisms.families.quantile import QuantileFamily
from bayes_roi.mechanisms.prior import Prior


class Bernoulli(QuantileFamily):
    r"""One with probability $1 / (1 + e^{-\eta})$, else zero: whether a user converts."""

    name = "bernoulli"
    pymc_name = "Bernoulli"
    identity_link = False
    most = 1.0
    discrete = True

    @staticmethod
    def priors(sd: float) -> dict[str, Prior]:
        return {}

    @staticmethod
    def link(y: np.ndarray) -> np.ndarray:
        # One and zero stand at +-1 around the logit of their share: a spread of one, as weakly informative priors want.
        share = np.clip(np.nanmean(y), 0.01, 0.99)
        return np.log(share / (1 - share)) + (2 * y - 1) - (2 * share - 1)

    @staticmethod
    def inverse_mean(m: float) -> float:
        return math.log(m / (1 - m))

    @staticmethod
    def objection(y: np.ndarray) -> str | None:
        odd = y[(y != 0) & (y != 1)]
        return f"the bernoulli family needs zeros and ones, one is {odd[0]:g}" if odd.size else None

    @staticmethod
    def mean(xp: Namespace, eta: Array, parameters: Mapping[str, Array]) -> Array:
        return 0.5 * (1 + xp.tanh(0.5 * eta))

    @staticmethod
    def cdf(y: np.ndarray, eta: np.ndarray, parameters: Mapping[str, np.ndarray]) -> np.ndarray:
        from scipy.special import expit

        return np.where(y < 0, 0.0, np.where(y < 1, expit(-eta), 1.0))

    @staticmethod
    def quantile(u: np.ndarray, eta: np.ndarray, parameters: Mapping[str, np.ndarray]) -> np.ndarray:
        from scipy.special import expit

        return np.where(u > expit(-eta), 1.0, 0.0)

    @staticmethod
    def pymc_args(xp: Namespace, eta: Array, parameters: Mapping[str, Array]) -> dict[str, Array]:
        return {"logit_p": eta}
