"""A weighted sample of a density."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from bayes_roi.inference.engines.importance.proposals import Proposal
from bayes_roi.inference.engines.importance.weights import effective_size, normalised, pareto_k


@dataclass(frozen=True, eq=False)
class Sample:
    """Weighted points, what goes with each, whether their proposal was adapted to the target, and the proposal."""

    points: np.ndarray
    extras: np.ndarray
    log_weights: np.ndarray
    settled: bool = False
    proposal: Proposal | None = None

    @cached_property
    def weights(self) -> np.ndarray:
        """Weights (count,) that sum to one."""
        return normalised(self.log_weights)

    @property
    def size(self) -> float:
        """Kish's effective size."""
        return effective_size(self.log_weights)

    @property
    def log_evidence(self) -> float:
        """Log of the mean weight."""
        top = self.log_weights.max()
        return float(top + np.log(np.mean(np.exp(self.log_weights - top))))

    @property
    def log_evidence_error(self) -> float:
        """Standard error of the log evidence, by the delta method."""
        return math.sqrt(max(1 / self.size - 1 / len(self.weights), 0.0))

    @cached_property
    def pareto_k(self) -> float:
        """Tail index of the weights."""
        return pareto_k(self.log_weights)

    def moments(self) -> tuple[np.ndarray, np.ndarray]:
        """Return weighted means and variances of the coordinates and of what goes with them."""
        counted = self.weights > 0  # far out, what has no weight may not even be finite
        values = np.concatenate([self.points[counted], self.extras[counted]], axis=1)
        mean = self.weights[counted] @ values
        return mean, self.weights[counted] @ (values - mean) ** 2

    def resample(self, count: int, rng: np.random.Generator) -> np.ndarray:
        """Return which points (count,) are drawn by their weights: systematic resampling, in random order."""
        ladder = (np.arange(count) + rng.random()) / count
        chosen = np.searchsorted(np.cumsum(self.weights), ladder)
        return rng.permutation(np.minimum(chosen, len(self.weights) - 1))
