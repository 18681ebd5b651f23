"""Parameters on the real line, and their prior as a proposal."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from bayes_roi.inference.engines.importance import StudentT
from bayes_roi.mechanisms.prior import Prior

EDGE = 1e-12
"""How near to the ends of its support a prior is drawn."""


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


def log_prior(coordinates: tuple[Coordinate, ...], points: np.ndarray) -> np.ndarray:
    """Return the log prior density (count,) of the coordinates, which are the first columns of `points`."""
    return sum((c.log_density(points[:, i]) for i, c in enumerate(coordinates)), np.zeros(len(points)))
