"""The mean of the target with its uncertainty: what features must be better than."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from bayes_roi.prediction.learners.learner import Learned, Learner

DRAWS = 500


@dataclass(frozen=True, eq=False)
class Level(Learned):
    """A mean or a share, and the noise about it."""

    level: np.ndarray
    sigma: np.ndarray

    def noise(self) -> np.ndarray:
        return self.sigma

    def expected(self, x: np.ndarray) -> np.ndarray:
        return np.repeat(self.level[:, None], len(x), axis=1)


@dataclass(frozen=True)
class Constant(Learner):
    r"""A target that no feature tells: $y \sim N(\mu, \sigma)$ with $p(\mu, \sigma) \propto 1 / \sigma$.

    Of a binary target the share, with the uniform prior (Gelman et al. 2013, sections 2.4 and 3.2).
    """

    name: ClassVar[str] = "no features"

    def learn(self, x: np.ndarray, y: np.ndarray, owner: np.ndarray, *, binary: bool, seed: int) -> Level:
        rng, count = np.random.default_rng(seed), len(y)
        if binary:
            ones = y.sum()
            return Level(rng.beta(1 + ones, 1 + count - ones, DRAWS), np.empty(0))
        sigma = np.sqrt(((y - y.mean()) ** 2).sum() / rng.chisquare(count - 1, DRAWS))
        return Level(y.mean() + sigma / np.sqrt(count) * rng.standard_normal(DRAWS), sigma)
