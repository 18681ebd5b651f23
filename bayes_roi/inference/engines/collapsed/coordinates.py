"""Parameters on the real line, and their prior as a proposal."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from bayes_roi.inference.engines.importance import StudentT
from bayes_roi.mechanisms.prior import Prior

EDGE = 1e-12
"""How near to the ends of its support a prior is drawn."""

SMALL = 0.1
"""Size of what varies by unit, in units of the outcome's sd, below which hardly any data tell it from zero."""


@dataclass(frozen=True)
class Coordinate:
    """A parameter on the real line: its logit between two bounds, the log of its distance from one, or itself."""

    name: str
    prior: Prior

    def real(self, x: np.ndarray) -> np.ndarray:
        """Return the coordinate of values inside the support."""
        low, high = self.prior.support
        if math.isinf(low):
            return x
        if math.isinf(high):
            return np.log(np.maximum(x - low, np.finfo(float).tiny))
        share = np.clip((x - low) / (high - low), EDGE, 1 - EDGE)
        return np.log(share) - np.log1p(-share)

    def natural(self, z: np.ndarray) -> np.ndarray:
        """Return the values at coordinates."""
        from scipy.special import expit

        low, high = self.prior.support
        if math.isinf(low):
            return z
        if math.isinf(high):
            return low + np.exp(z)
        return low + (high - low) * expit(z)

    def log_density(self, z: np.ndarray) -> np.ndarray:
        """Return the log density of the prior at coordinates, on the real line."""
        low, high = self.prior.support
        density = self.prior.logpdf(self.natural(z))
        if math.isinf(low):
            return density
        if math.isinf(high):
            return density + z
        return density + math.log(high - low) - np.logaddexp(0, z) - np.logaddexp(0, -z)

    def draw(self, count: int, rng: np.random.Generator) -> np.ndarray:
        """Return coordinates of draws of the prior."""
        return self.real(self.prior.ppf(np.clip(rng.random(count), EDGE, 1 - EDGE)))


@dataclass(frozen=True, eq=False)
class PriorProposal:
    """The prior of parameters that have a coordinate of their own, and a t distribution of the other coordinates."""

    coordinates: tuple[Coordinate, ...]
    others: StudentT

    def draw(self, count: int, rng: np.random.Generator) -> np.ndarray:
        own = [c.draw(count, rng) for c in self.coordinates]
        return np.column_stack([*own, self.others.draw(count, rng)])

    def log_density(self, points: np.ndarray) -> np.ndarray:
        others = self.others.log_density(points[:, len(self.coordinates) :])
        return log_prior(self.coordinates, points) + others


def size_of(z: np.ndarray) -> np.ndarray:
    """Return sizes at coordinates on the real line, such that a normal coordinate is a half-normal size.

    The density of a spread that may be zero is flat there: of its log that is a long tail, of this half of a normal.
    """
    from scipy.special import log_ndtr, ndtri_exp

    linear = math.sqrt(math.pi / 2) * np.exp(log_ndtr(z))  # where the half-normal is flat to double precision
    return SMALL * np.where(z < -5, linear, -ndtri_exp(log_ndtr(-z) - math.log(2)))


def coordinate_of(size: np.ndarray) -> np.ndarray:
    """Return the coordinates of sizes."""
    from scipy.special import log_ndtr, ndtri_exp

    return -ndtri_exp(np.minimum(log_ndtr(-size / SMALL) + math.log(2), -1e-300))


def log_slope(z: np.ndarray, size: np.ndarray) -> np.ndarray:
    """Return the log of the derivative of sizes by their coordinates."""
    return 0.5 * (size / SMALL) ** 2 - 0.5 * z**2 + math.log(SMALL / 2)


def log_prior(coordinates: tuple[Coordinate, ...], points: np.ndarray) -> np.ndarray:
    """Return the log prior density (count,) of the coordinates, which are the first columns of `points`."""
    return sum((c.log_density(points[:, i]) for i, c in enumerate(coordinates)), np.zeros(len(points)))
