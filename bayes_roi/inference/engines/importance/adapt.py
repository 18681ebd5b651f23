"""Rounds of importance sampling, each from a proposal that was fitted to those before."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Protocol, Self

import numpy as np

from bayes_roi.inference.engines.base import Refusal, Tick
from bayes_roi.inference.engines.importance.clusters import cluster
from bayes_roi.inference.engines.importance.proposals import Mixture, Proposal, StudentT
from bayes_roi.inference.engines.importance.sample import Sample
from bayes_roi.inference.engines.importance.weights import normalised, tempering

START = 3_000
"""Draws of the prior to begin with."""
SETTLED, SETTLED_BEGUN = 3, 1
"""Untempered rounds before the final proposal is fixed; where it began from one of nearly the same target."""
MOST_ROUNDS = 30
INFLATION = 1.15
DEFENCE = 0.1


class Target(Protocol):
    """A density known up to a factor, over real coordinates, and what goes with each of its points."""

    def start(self) -> Proposal:
        """Return what to draw from before anything is known: the prior."""

    def defence(self, points: np.ndarray, weights: np.ndarray) -> Proposal:
        """Return the prior as a part of a proposal, given weighted points of the round before."""

    def evaluate(self, points: np.ndarray, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
        """Return the log density (count,), possibly an unbiased estimate of it, and what goes with each point."""

    def refined(self, sample: Sample, weights: np.ndarray, rng: np.random.Generator) -> Self:
        """Return the same target, evaluated better in the light of a round."""


@dataclass(frozen=True)
class Budget:
    """How much to draw.

    Parameters
    ----------
    start, round, final
        Points of the prior, of a round of adaptation, and of the final proposal.
    least
        Effective size that tempering keeps, so that the moments of a round can be trusted.
    components
        How many parts the proposal has.
    memory
        How many rounds, the last ones, the next proposal is fitted to.
    """

    start: int
    round: int
    final: int
    least: float
    components: int = 1
    memory: int = 1

    @classmethod
    def of(cls, dimension: int, final: int) -> Self:
        """Return the budget of a target with that many coordinates.

        Rounds three times as long settle on proposals that are no better (docs/inference.md has the figures).
        """
        return cls(START, 200 + 100 * dimension, final, 60.0 + 10 * dimension)

    def harder(self) -> Budget:
        """Return much longer rounds and twice the draws, with a mixture of three."""
        return Budget(2 * self.start, 4 * self.round, 2 * self.final, 2 * self.least, 3, self.memory)

    def begun(self) -> Budget:
        """Return the same draws in the end, from a mixture of three, where a proposal of nearly the target is known."""
        return replace(self.harder(), start=4 * self.round, final=self.final)


def adapt(
    target: Target, budget: Budget, rng: np.random.Generator, tick: Tick, begun: Proposal | None = None
) -> Sample:
    """Return a weighted sample of a target, from a proposal that was adapted to it.

    `begun` is a proposal of nearly the same target, in place of the prior to begin with.

    Raises
    ------
    Refusal
        When not one draw of the prior is inside the target.
    """
    proposal, count, settled = begun or target.start(), budget.start, 0
    enough = SETTLED if begun is None else SETTLED_BEGUN
    rounds: list[Sample] = []
    for number in range(MOST_ROUNDS):
        sample = _weigh(target, proposal, count, rng)
        power = tempering(sample.log_weights, budget.least)
        weights = normalised(power * sample.log_weights)
        rounds = [*rounds, sample][-budget.memory :]
        proposal = fitted(target, *_together(rounds, power), budget.components, rng)
        target, count = target.refined(sample, weights, rng), budget.round
        settled += power == 1.0
        tick(1 - 0.8 ** (number + 1))
        if settled == enough:
            break
    last = _weigh(target, proposal, budget.final, rng)
    return Sample(last.points, last.extras, last.log_weights, settled == enough, proposal)


def _together(rounds: Sequence[Sample], power: float) -> tuple[np.ndarray, np.ndarray]:
    """Return the points of several rounds and their tempered weights, each round's in total its effective size."""
    weights = [normalised(power * s.log_weights) for s in rounds]
    if len(rounds) > 1:
        sizes = np.array([1 / (w**2).sum() for w in weights])
        weights = [w * share for w, share in zip(weights, sizes / sizes.sum(), strict=True)]
    return np.concatenate([s.points for s in rounds]), np.concatenate(weights)


def _weigh(target: Target, proposal: Proposal, count: int, rng: np.random.Generator) -> Sample:
    points = proposal.draw(count, rng)
    log_density, extras = target.evaluate(points, rng)
    with np.errstate(invalid="ignore"):  # outside its support both densities may be zero
        log_weights = log_density - proposal.log_density(points)
    log_weights = np.where(np.isfinite(log_weights), log_weights, -np.inf)
    if not np.isfinite(log_weights).any():
        raise Refusal("no proposal satisfies the signs and the cap")
    return Sample(points, extras, log_weights)


def fitted(
    target: Target, points: np.ndarray, weights: np.ndarray, components: int, rng: np.random.Generator
) -> Mixture:
    """Return the next proposal: t distributions with the moments of weighted points, and the prior as defence."""
    enough = 1 / (weights**2).sum() > 60 * components
    clusters = cluster(points, weights, components if enough else 1, rng)
    shares = np.array([c.share for c in clusters])
    parts = (*(StudentT.of(c.mean, INFLATION * c.covariance) for c in clusters), target.defence(points, weights))
    return Mixture(np.append((1 - DEFENCE) * shares / shares.sum(), DEFENCE), parts)
