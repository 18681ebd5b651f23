"""Student-t family."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from bayes_roi.mechanisms.arrays import Array, Namespace
from bayes_roi.mechanisms.families.normal import Normal
from bayes_roi.mechanisms.prior import Gamma, HalfNormal, Prior, ShiftedGamma


class StudentT(Normal):
    r"""$y = \eta + \sigma z$ with $z \sim t_\nu$, $\nu > 2$ so that the variance exists (Juarez and Steel 2010).

    The mean is $\eta$, the variance $\sigma^2 \nu / (\nu - 2)$.
    """

    name = "student_t"
    pymc_name = "StudentT"
    link_noise = "student_t"

    @staticmethod
    def priors(sd: float) -> dict[str, Prior]:
        return {"sigma": HalfNormal(sd), "nu": ShiftedGamma(Gamma(2.0, 0.1), lower=2.0)}

    @classmethod
    def cdf(cls, y: np.ndarray, eta: np.ndarray, parameters: Mapping[str, np.ndarray]) -> np.ndarray:
        from scipy.special import stdtr

        return stdtr(parameters["nu"], (y - eta) / parameters["sigma"])

    @staticmethod
    def noise(u: np.ndarray, parameters: Mapping[str, Array]) -> np.ndarray:
        from scipy.special import stdtrit

        return stdtrit(parameters["nu"], u)

    @staticmethod
    def residual(z: np.ndarray, parameters: Mapping[str, Array]) -> np.ndarray:
        from scipy.special import ndtri, stdtr

        return -np.sign(z) * ndtri(stdtr(parameters["nu"], -np.abs(z)))

    @classmethod
    def log_density(cls, xp: Namespace, y: np.ndarray, eta: Array, parameters: Mapping[str, Array]) -> Array:
        sigma, nu = parameters["sigma"], parameters["nu"]
        z = (y - eta) / sigma
        constant = xp.gammaln((nu + 1) * 0.5) - xp.gammaln(nu * 0.5) - 0.5 * xp.log(nu) - xp.log(sigma)
        return constant - 0.5 * (nu + 1) * xp.log1p(z * z / nu)

    @classmethod
    def log_base(cls, y: np.ndarray, parameters: Mapping[str, Array]) -> Array:
        return np.full_like(y, -0.5 * np.log(np.pi))

    @staticmethod
    def pymc_args(xp: Namespace, eta: Array, parameters: Mapping[str, Array]) -> dict[str, Array]:
        return {"nu": parameters["nu"], "mu": eta, "sigma": parameters["sigma"]}
