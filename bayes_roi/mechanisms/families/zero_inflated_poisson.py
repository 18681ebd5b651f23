"""Zero-inflated Poisson family."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from bayes_roi.mechanisms.arrays import Array, Namespace
from bayes_roi.mechanisms.families.counts import objection_to_counts
from bayes_roi.mechanisms.families.poisson import Poisson
from bayes_roi.mechanisms.families.zeros import WithZeros
from bayes_roi.mechanisms.prior import Beta, Prior


class ZeroInflatedPoisson(WithZeros):
    r"""Zero with probability $1 - \psi$, else Poisson with mean $\mu = e^\eta$, which can be zero too (Lambert 1992).

    $P(0) = 1 - \psi + \psi e^{-\mu}$ and $P(y) = \psi e^{-\mu} \mu^y / y!$ for y > 0. The mean is $\psi \mu$, the
    variance $\psi \mu (1 + (1 - \psi) \mu)$.
    """

    name = "zero_inflated_poisson"
    pymc_name = "ZeroInflatedPoisson"
    discrete = True
    other = Poisson

    @staticmethod
    def priors(sd: float) -> dict[str, Prior]:
        return {"psi": Beta(2.0, 1.0)}

    @classmethod
    def objection(cls, y: np.ndarray) -> str | None:
        return objection_to_counts(cls.name, y)

    @classmethod
    def log_density(cls, xp: Namespace, y: np.ndarray, eta: Array, parameters: Mapping[str, Array]) -> Array:
        psi = parameters["psi"]
        zero = xp.log(1 - psi + psi * xp.exp(-xp.exp(eta)))
        return xp.where(y > 0, xp.log(psi) + Poisson.log_density(xp, y, eta, parameters), zero)

    @classmethod
    def log_base(cls, y: np.ndarray, parameters: Mapping[str, Array]) -> Array:
        return Poisson.log_base(y, parameters)

    @staticmethod
    def pymc_args(xp: Namespace, eta: Array, parameters: Mapping[str, Array]) -> dict[str, Array]:
        return {"psi": parameters["psi"], "mu": xp.exp(eta)}
