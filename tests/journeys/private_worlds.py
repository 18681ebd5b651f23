"""Users who walk a chain of channels: journeys of a known law, clipped and released with noise that has a seed."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from bayes_roi.journeys.counts.path_types import PathTypes
from bayes_roi.journeys.counts.sessions import Journeys
from bayes_roi.journeys.privacy.domain import Domain
from bayes_roi.journeys.privacy.mechanism import budget, noised
from bayes_roi.journeys.privacy.private_counts import PrivateCounts
from bayes_roi.journeys.privacy.tables import Tables, tables_of

LONGEST = 60


@dataclass(frozen=True, eq=False)
class World:
    """A chain: where journeys start (K,), and what follows each channel (K, K + 2): channels, a conversion, the end."""

    start: np.ndarray
    steps: np.ndarray

    @property
    def names(self) -> tuple[str, ...]:
        return tuple("abcdefghij"[: len(self.start)])


def world(seed: int, channels: int, *, spread: float) -> World:
    """Return a chain; with little `spread` few channels follow each."""
    rng = np.random.default_rng([seed, 5])
    after = rng.dirichlet(np.full(channels, spread), size=channels)
    converts, ends = rng.uniform(0.01, 0.08, channels), rng.uniform(0.2, 0.4, channels)
    steps = np.column_stack([after * (1 - converts - ends)[:, None], converts, ends])
    return World(rng.dirichlet(np.full(channels, 1.5)), steps)


def walked(known: World, users: int, rng: np.random.Generator) -> Journeys:
    """Return the journeys of users, one to three each."""
    k = len(known.start)
    user = np.repeat(np.arange(users), np.minimum(1 + rng.poisson(0.6, users), 3))
    touches = np.full((len(user), LONGEST), -1)
    touches[:, 0] = rng.choice(k, len(user), p=known.start)
    conversions, alive, sums = np.zeros(len(user), np.int64), np.arange(len(user)), known.steps.cumsum(axis=1)
    for t in range(1, LONGEST):
        step = (rng.random((len(alive), 1)) > sums[touches[alive, t - 1]]).sum(axis=1)
        conversions[alive[step == k]] = 1
        alive, step = alive[step < k], step[step < k]
        touches[alive, t] = step
    lengths = (touches >= 0).sum(axis=1)
    one, nothing = np.ones(len(user), np.int64), np.zeros(len(user))
    codes, starts = touches[touches >= 0].astype(np.uint8), np.concatenate([[0], np.cumsum(lengths)])
    return Journeys(
        PathTypes(known.names, codes, starts, one, conversions, nothing, nothing, np.zeros(len(codes))), nothing, user
    )


def counted(known: World, domain: Domain, users: int, rng: np.random.Generator) -> Tables:
    """Return the tables of a log before the noise."""
    return tables_of(walked(known, users, rng), domain, list(domain.sensitivity))


def noise_of(rng: np.random.Generator):
    """Return discrete Laplace noise, the difference of two geometric numbers."""

    def noise(counts: np.ndarray, sensitivity: int, epsilon: float) -> tuple[np.ndarray, float]:
        scale = sensitivity / epsilon
        ends = -np.expm1(-1 / scale)
        return counts + rng.geometric(ends, counts.shape) - rng.geometric(ends, counts.shape), scale

    return noise


def release(tables: Tables, domain: Domain, epsilon: float, rng: np.random.Generator) -> PrivateCounts:
    """Return a release of tables."""
    parts = budget(epsilon, ["transitions", "exposures"])
    return PrivateCounts(domain, noised(tables, domain, parts, noise_of(rng)), epsilon, 30, 30, 200, "of a test")
