"""Densities that can be drawn from: multivariate t distributions and mixtures."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Protocol

import numpy as np

DEGREES = 5.0


class Proposal(Protocol):
    """A density that can be drawn from."""

    def draw(self, count: int, rng: np.random.Generator) -> np.ndarray:
        """Return points (count, dimension)."""

    def log_density(self, points: np.ndarray) -> np.ndarray:
        """Return the log density (count,) at points."""


@dataclass(frozen=True, eq=False)
class StudentT:
    """Multivariate t with a mean, a Cholesky root of its scale matrix, and degrees of freedom."""

    mean: np.ndarray
    root: np.ndarray
    degrees: float = DEGREES

    @classmethod
    def of(cls, mean: np.ndarray, scale: np.ndarray, degrees: float = DEGREES) -> StudentT:
        """Return it from its scale matrix."""
        return cls(mean, np.linalg.cholesky(scale), degrees)

    def draw(self, count: int, rng: np.random.Generator) -> np.ndarray:
        normal = rng.standard_normal((count, len(self.mean)))
        return self.mean + (normal / np.sqrt(rng.chisquare(self.degrees, (count, 1)) / self.degrees)) @ self.root.T

    def log_density(self, points: np.ndarray) -> np.ndarray:
        v, d = self.degrees, len(self.mean)
        distance = ((points - self.mean) @ np.linalg.inv(self.root).T) ** 2
        constant = math.lgamma((v + d) / 2) - math.lgamma(v / 2) - 0.5 * d * math.log(v * math.pi)
        return constant - np.log(np.diag(self.root)).sum() - 0.5 * (v + d) * np.log1p(distance.sum(axis=1) / v)


@dataclass(frozen=True, eq=False)
class Mixture:
    """Parts with their shares; draws are stratified by part."""

    shares: np.ndarray
    parts: tuple[Proposal, ...]

    def draw(self, count: int, rng: np.random.Generator) -> np.ndarray:
        ends = np.round(np.cumsum([0.0, *self.shares]) * count).astype(int)
        return np.concatenate([p.draw(int(n), rng) for p, n in zip(self.parts, np.diff(ends), strict=True)])

    def log_density(self, points: np.ndarray) -> np.ndarray:
        densities = [np.log(s) + p.log_density(points) for s, p in zip(self.shares, self.parts, strict=True)]
        return np.logaddexp.reduce(densities, axis=0)
