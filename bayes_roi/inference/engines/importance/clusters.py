"""Normal mixtures fitted to weighted points."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from bayes_roi.inference.engines.importance.proposals import StudentT

EM_STEPS = 12


@dataclass(frozen=True, eq=False)
class Cluster:
    """A share of weighted points, with its mean and covariance."""

    share: float
    mean: np.ndarray
    covariance: np.ndarray

    @classmethod
    def of(cls, points: np.ndarray, weights: np.ndarray) -> Cluster:
        share = weights.sum()
        mean = weights @ points / share
        centred = points - mean
        covariance = (centred * (weights / share)[:, None]).T @ centred
        return cls(float(share), mean, covariance + np.diag(1e-9 + 1e-6 * np.diag(covariance)))

    def shrunk(self, whole: Cluster, size: float, components: int) -> Cluster:
        """Return it with its covariance drawn to its part of the whole's, the more so the fewer points it rests on."""
        dimension = len(self.mean)
        pull = dimension / (size + dimension)
        return Cluster(self.share, self.mean, (1 - pull) * self.covariance + pull * whole.covariance / components**2)


def cluster(points: np.ndarray, weights: np.ndarray, components: int, rng: np.random.Generator) -> list[Cluster]:
    """Return a normal mixture fitted to weighted points by expectation maximisation (one part: their moments)."""
    whole = Cluster.of(points, weights)
    if components == 1:
        return [whole]
    found = [
        Cluster(1 / components, points[i], whole.covariance / components**2)
        for i in _spread_out(points, weights, whole, components, rng)
    ]
    for _ in range(EM_STEPS):
        densities = [math.log(c.share) + StudentT.of(c.mean, c.covariance, 50.0).log_density(points) for c in found]
        responsible = np.exp(densities - np.logaddexp.reduce(densities, axis=0)) * weights
        sizes = responsible.sum(axis=1) ** 2 / np.maximum((responsible**2).sum(axis=1), 1e-300)
        kept = [
            Cluster.of(points, r).shrunk(whole, n, components)
            for r, n in zip(responsible, sizes, strict=True)
            if n > 4 * points.shape[1]
        ]
        if not kept:
            return [whole]
        found = kept
    return found


def _spread_out(
    points: np.ndarray, weights: np.ndarray, whole: Cluster, components: int, rng: np.random.Generator
) -> list[int]:
    """Return points to begin from, drawn by squared distance to those before (Arthur and Vassilvitskii 2007)."""
    scaled = (points - whole.mean) @ np.linalg.inv(np.linalg.cholesky(whole.covariance)).T
    chosen = [int(rng.choice(len(weights), p=weights))]
    for _ in range(components - 1):
        distance = np.min([((scaled - scaled[i]) ** 2).sum(axis=1) for i in chosen], axis=0) * weights
        chosen.append(int(rng.choice(len(weights), p=distance / distance.sum())))
    return chosen
