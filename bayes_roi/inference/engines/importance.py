r"""Adaptive importance sampling of a density over a few real coordinates.

Draws of the prior are weighted by a tempered target, $w \propto (p / q)^t$ with the largest $t \le 1$ that leaves the
effective size of `Budget.least`; a multivariate t with the weighted moments (or a mixture of them) is the next
proposal, and so on until $t = 1$ has held for `SETTLED` rounds (population Monte Carlo: Cappe et al. 2008). A tenth of
every proposal is the prior, which bounds the weights where the likelihood is bounded (Hesterberg 1995).

What speaks for or against the weights: Kish's effective size, the largest weight and the Pareto tail index
(Vehtari et al. 2024).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Protocol, Self

import numpy as np

from bayes_roi.inference.engines.base import Refusal, Tick

START = 3_000
"""Draws of the prior to begin with."""
SETTLED = 3
"""Untempered rounds before the final proposal is fixed."""
MOST_ROUNDS = 30
DEGREES = 5.0
INFLATION = 1.15
DEFENCE = 0.1
EM_STEPS = 12
MOST_PARETO_K, LEAST_TOTAL_SIZE, MOST_WEIGHT = 0.5, 1000.0, 0.01
SAME_EVIDENCE, SAME_MEAN, ERRORS = 0.05, 0.1, 2.0
"""Runs agree when they differ by no more than this and two of their standard errors."""


class Proposal(Protocol):
    """A density that can be drawn from."""

    def draw(self, count: int, rng: np.random.Generator) -> np.ndarray:
        """Return points (count, dimension)."""

    def log_density(self, points: np.ndarray) -> np.ndarray:
        """Return the log density (count,) at points."""


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


@dataclass(frozen=True, eq=False)
class Sample:
    """Weighted points, what goes with each, and whether their proposal was adapted to the target itself."""

    points: np.ndarray
    extras: np.ndarray
    log_weights: np.ndarray
    settled: bool = False

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


def adapt(target: Target, budget: Budget, rng: np.random.Generator, tick: Tick) -> Sample:
    """Return a weighted sample of a target, from a proposal that was adapted to it.

    Raises
    ------
    Refusal
        When not one draw of the prior is inside the target.
    """
    proposal, count, settled = target.start(), budget.start, 0
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
        if settled == SETTLED:
            break
    last = _weigh(target, proposal, budget.final, rng)
    return Sample(last.points, last.extras, last.log_weights, settled == SETTLED)


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


def normalised(log_weights: np.ndarray) -> np.ndarray:
    """Return weights that sum to one."""
    weights = np.exp(log_weights - log_weights.max())
    return weights / weights.sum()


def effective_size(log_weights: np.ndarray) -> float:
    r"""Return Kish's effective size $(\sum w)^2 / \sum w^2$ (Kish 1965)."""
    weights = np.exp(log_weights - log_weights.max())
    return float(weights.sum() ** 2 / (weights**2).sum())


def tempering(log_weights: np.ndarray, least: float) -> float:
    """Return the largest power in (0, 1] of the weights that leaves an effective size of `least`, by bisection."""
    inside = log_weights[np.isfinite(log_weights)]
    if effective_size(inside) >= least:
        return 1.0
    low, high = 0.0, 1.0
    for _ in range(40):
        middle = (low + high) / 2
        low, high = (low, middle) if effective_size(middle * inside) < least else (middle, high)
    return max(low, 1e-300)


def pareto_k(log_weights: np.ndarray) -> float:
    """Return the shape of the generalised Pareto distribution of the largest weights; under 0.5 is good.

    The tail is the largest min(n / 5, 3 sqrt(n)) weights (Vehtari, Simpson, Gelman, Yao and Gabry 2024, section 2), its
    shape the empirical Bayes estimate of Zhang and Stephens (2009), drawn to 0.5 as by ten observations.
    """
    count = len(log_weights)
    tail = int(min(0.2 * count, 3 * math.sqrt(count)))
    largest = np.sort(np.exp(log_weights - log_weights.max()))[-tail - 1 :]
    excess = largest[1:] - largest[0]
    excess = excess[excess > 0]
    n = len(excess)
    if n < 5:
        return math.inf
    grid = 30 + int(math.sqrt(n))
    b = 1 - np.sqrt(grid / (np.arange(1, grid + 1) - 0.5))
    b = b / (3 * excess[int(n / 4 + 0.5) - 1]) + 1 / excess[-1]
    k = np.log1p(-b[:, None] * excess).mean(axis=1)
    likelihood = n * (np.log(-b / k) - k - 1)
    k_hat = np.log1p(-(b @ normalised(likelihood)) * excess).mean()
    return float((n * k_hat + 10 * 0.5) / (n + 10))


def objection(samples: Sequence[Sample]) -> str | None:
    """Return what speaks against independent samples of one target taken together, or None.

    Their weights estimate the same evidence, so that all of them are judged as one importance sample, and then each run
    against all: a run that missed a part of the target has another evidence and other means.
    """
    if not all(s.settled for s in samples):
        return "its proposal did not settle"
    together = np.concatenate([s.log_weights for s in samples])
    if not (k := pareto_k(together)) < MOST_PARETO_K:
        return f"Pareto k of its weights is {k:.2f}, should be below {MOST_PARETO_K}"
    if not (size := effective_size(together)) >= LEAST_TOTAL_SIZE:
        return f"the effective size of its weights is {size:.0f}, should be {LEAST_TOTAL_SIZE:.0f}"
    if not (largest := float(normalised(together).max())) < MOST_WEIGHT:
        return f"its largest weight is {largest:.3f}, should be below {MOST_WEIGHT}"
    return _disagreement(samples)


def _disagreement(samples: Sequence[Sample]) -> str | None:
    evidence = np.array([s.log_evidence for s in samples])
    error = np.array([s.log_evidence_error for s in samples])
    middle = np.log(np.mean(np.exp(evidence - evidence.max()))) + evidence.max()
    if not (apart := np.abs(evidence - middle) - ERRORS * error).max() < SAME_EVIDENCE:
        return f"its runs disagree on the evidence by {apart.max():.2f} in the log"
    means, variances = (np.array(m) for m in zip(*(s.moments() for s in samples), strict=True))
    sd = np.sqrt(variances.mean(axis=0)) + np.finfo(float).tiny
    sizes = np.array([s.size for s in samples])
    distance = np.abs(means - means.mean(axis=0)) / sd - ERRORS / np.sqrt(sizes)[:, None]
    if not distance.max() < SAME_MEAN:
        return f"its runs disagree on a mean by {distance.max():.2f} sd"
    return None


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


def fitted(
    target: Target, points: np.ndarray, weights: np.ndarray, components: int, rng: np.random.Generator
) -> Mixture:
    """Return the next proposal: t distributions with the moments of weighted points, and the prior as defence."""
    enough = 1 / (weights**2).sum() > 60 * components
    clusters = cluster(points, weights, components if enough else 1, rng)
    shares = np.array([c.share for c in clusters])
    parts = (*(StudentT.of(c.mean, INFLATION * c.covariance) for c in clusters), target.defence(points, weights))
    return Mixture(np.append((1 - DEFENCE) * shares / shares.sum(), DEFENCE), parts)


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
