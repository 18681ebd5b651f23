"""Hurdle lognormal family."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from bayes_roi.mechanisms.arrays import Array, Namespace
from bayes_roi.mechanisms.families.lognormal import LogNormal
from bayes_roi.mechanisms.families.zeros import WithZeros
from bayes_roi.mechanisms.prior import Beta, HalfNormal, Prior
from bayes_roi.numbers import plain


class HurdleLogNormal(WithZeros):
    r"""Zero with probability $1 - \psi$, else lognormal with $\log y \sim N(\eta, \sigma)$: revenue per user.

    The mean is $\psi e^{\eta + \sigma^2 / 2}$ (Duan, Manning, Morris and Newhouse 1983, the two-part model).
    """

    name = "hurdle_lognormal"
    pymc_name = "HurdleLogNormal"
    other = LogNormal

    @staticmethod
    def priors(sd: float) -> dict[str, Prior]:
        return {"psi": Beta(1.0, 1.0), "sigma": HalfNormal(sd)}

    @classmethod
    def objection(cls, y: np.ndarray) -> str | None:
        if y.min() < 0:
            return f"the hurdle_lognormal family needs values from zero on, the lowest is {plain(y.min())}"
        return None if y.max() > 0 else "the hurdle_lognormal family needs some values above zero; all are zero"

    @classmethod
    def log_density(cls, xp: Namespace, y: np.ndarray, eta: Array, parameters: Mapping[str, Array]) -> Array:
        psi = parameters["psi"]
        some = xp.log(psi) + LogNormal.log_density(xp, np.where(y > 0, y, 1.0), eta, parameters)
        return xp.where(y > 0, some, xp.log(1 - psi))

    @staticmethod
    def pymc_args(xp: Namespace, eta: Array, parameters: Mapping[str, Array]) -> dict[str, Array]:
        return {"psi": parameters["psi"], "mu": eta, "sigma": parameters["sigma"]}
