r"""Unconstrained coordinates: what a prior is on the scale its parameter is sampled on.

A parameter x with prior density p is sampled as q in $(-\infty, \infty)$, $x = x(q)$, so that its density is
$p(x(q))\, |dx / dq|$ (Gelman et al. 2013, section 12.3). Coordinates are chosen so that what the prior knows of the
size is taken out: where the data are silent q is near a standard normal. The parameters of a block that have priors of
one class stand side by side and are computed at once.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass, fields

import numpy as np

from bayes_roi.mechanisms import prior as priors
from bayes_roi.mechanisms.arrays import Array, Namespace, share_at
from bayes_roi.mechanisms.prior import Prior


class Coordinate(ABC):
    """Parameters with priors of one class, as an array (chains, size); densities are up to a constant.

    Parameters
    ----------
    of
        Their priors.
    """

    def __init__(self, of: Sequence[Prior]) -> None:
        names = [f.name for f in fields(of[0])]  # type: ignore[arg-type]
        self.arguments = {name: np.array([getattr(p, name) for p in of], float) for name in names}

    @abstractmethod
    def value(self, xp: Namespace, q: Array) -> Array:
        """Return the parameters at their coordinates."""

    @abstractmethod
    def log_density(self, xp: Namespace, q: Array) -> Array:
        """Return the log density of the coordinates (chains, size)."""


class Positive(Coordinate):
    """Priors of what is above zero: q is the log of the parameter, moved and stretched by `centre` and `step`."""

    step: np.ndarray | float = 1.0

    @property
    @abstractmethod
    def centre(self) -> np.ndarray:
        """Log of the parameter at q = 0."""

    def value(self, xp: Namespace, q: Array) -> Array:
        return xp.exp(self.centre + self.step * q)

    def of_log(self, log_x: Array) -> Array:
        """Return the coordinates of parameters whose logs are given; they differ by an affine map."""
        return (log_x - self.centre) * (1 / self.step)


class NormalCoordinate(Coordinate):
    r"""$x = \mu + \sigma q$."""

    def value(self, xp: Namespace, q: Array) -> Array:
        return self.arguments["mu"] + self.arguments["sigma"] * q

    def log_density(self, xp: Namespace, q: Array) -> Array:
        return -0.5 * q * q


class HalfNormal(Positive):
    r"""$x = \sigma e^q$."""

    @property
    def centre(self) -> np.ndarray:
        return np.log(self.arguments["sigma"])

    def log_density(self, xp: Namespace, q: Array) -> Array:
        return q - 0.5 * xp.exp(2.0 * q)


class LogNormal(Positive):
    r"""$\log x = \mu + \sigma q$."""

    def __init__(self, of: Sequence[Prior]) -> None:
        super().__init__(of)
        self.step = self.arguments["sigma"]

    @property
    def centre(self) -> np.ndarray:
        return self.arguments["mu"]

    def log_density(self, xp: Namespace, q: Array) -> Array:
        return -0.5 * q * q


class GammaCoordinate(Positive):
    r"""$x = e^q \alpha / \beta$."""

    @property
    def centre(self) -> np.ndarray:
        return np.log(self.arguments["alpha"] / self.arguments["beta"])

    def log_density(self, xp: Namespace, q: Array) -> Array:
        return self.arguments["alpha"] * (q - xp.exp(q))


class Exponential(Positive):
    r"""$x = e^q / \lambda$."""

    @property
    def centre(self) -> np.ndarray:
        return -np.log(self.arguments["lam"])

    def log_density(self, xp: Namespace, q: Array) -> Array:
        return q - xp.exp(q)


class BetaCoordinate(Coordinate):
    r"""$x = 1 / (1 + e^{-q})$."""

    def value(self, xp: Namespace, q: Array) -> Array:
        return share_at(xp, q)

    def log_density(self, xp: Namespace, q: Array) -> Array:
        return -self.arguments["alpha"] * xp.softplus(-q) - self.arguments["beta"] * xp.softplus(q)


class Uniform(Coordinate):
    r"""$x$ between its ends as $1 / (1 + e^{-q})$ between zero and one."""

    def value(self, xp: Namespace, q: Array) -> Array:
        lower, upper = self.arguments["lower"], self.arguments["upper"]
        return lower + (upper - lower) * share_at(xp, q)

    def log_density(self, xp: Namespace, q: Array) -> Array:
        return -xp.softplus(q) - xp.softplus(-q)


class ShiftedGamma(Coordinate):
    r"""$x = \text{lower} + e^q \alpha / \beta$."""

    def __init__(self, of: Sequence[Prior]) -> None:
        gammas = [p.gamma for p in of if isinstance(p, priors.ShiftedGamma)]
        super().__init__(gammas)
        self.arguments["lower"] = np.array([p.support[0] for p in of])

    def value(self, xp: Namespace, q: Array) -> Array:
        return self.arguments["lower"] + xp.exp(q) * (self.arguments["alpha"] / self.arguments["beta"])

    def log_density(self, xp: Namespace, q: Array) -> Array:
        x = self.value(xp, q)
        return (self.arguments["alpha"] - 1) * xp.log(x) - self.arguments["beta"] * x + q


@dataclass(frozen=True)
class Residual(priors.HalfNormal):
    """The half-normal prior of a sigma which may be near zero, as where an unobserved cause explains every row.

    Parameters
    ----------
    unit
        About how far off the data tell sigma squared.
    """

    unit: float = 1.0


class Variance(Coordinate):
    r"""$\sigma^2 = \text{unit} \log(1 + e^q)$: a variance is told about equally well all the way down to zero."""

    def value(self, xp: Namespace, q: Array) -> Array:
        return (self.arguments["unit"] * xp.softplus(q)) ** 0.5

    def log_density(self, xp: Namespace, q: Array) -> Array:
        soft = xp.softplus(q)
        half = 0.5 * self.arguments["unit"] / self.arguments["sigma"] ** 2
        return q - (1 + half) * soft - 0.5 * xp.log(soft)


@dataclass(frozen=True)
class Cell(priors.Normal):
    """The normal law of a missing cell of a spend, which is not below zero."""


class AboveZero(Coordinate):
    r"""$x = \sigma \log(1 + e^q)$ under a normal of $\mu$ and $\sigma$ that is cut off at zero."""

    def value(self, xp: Namespace, q: Array) -> Array:
        return self.arguments["sigma"] * xp.softplus(q)

    def log_density(self, xp: Namespace, q: Array) -> Array:
        soft = xp.softplus(q)
        z = soft - self.arguments["mu"] / self.arguments["sigma"]
        return q - soft - 0.5 * z * z


COORDINATES: dict[type[Prior], type[Coordinate]] = {
    priors.Normal: NormalCoordinate,
    priors.HalfNormal: HalfNormal,
    priors.LogNormal: LogNormal,
    priors.Gamma: GammaCoordinate,
    priors.Exponential: Exponential,
    priors.Beta: BetaCoordinate,
    priors.Uniform: Uniform,
    priors.ShiftedGamma: ShiftedGamma,
    Residual: Variance,
    Cell: AboveZero,
}


def coordinate(of: Sequence[Prior]) -> Coordinate:
    """Return the coordinates of parameters with priors of one class."""
    return COORDINATES[type(of[0])](of)
