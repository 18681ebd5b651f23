r"""A posterior to judge the collapsed engine by: annealed populations of Markov chains on the same density.

Particles are drawn from the prior and brought to the posterior through $q_0^{1 - t} p^t$, $t$ from 0 to 1, resampled
at each step and moved by Metropolis-Hastings in between (Del Moral, Doucet and Jasra 2006); at $t = 1$ they go on as
so many parallel chains, whose states are the draws. No proposal is fitted to the target and no weight reaches the
draws, so that what makes importance sampling fail (a tail that the proposal does not cover, a mode that adaptation
left) does not make this fail. The density is evaluated with the unbiased probability of signs as the engine has it; a
chain that keeps the estimate of its state targets the same posterior (Andrieu and Roberts 2009). Populations that are
drawn independently and agree are the evidence that they can be trusted.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from bayes_roi.inference.engines.collapsed.target import CollapsedNode
from bayes_roi.inference.engines.importance import Sample
from tests.calibration.compare import components, width

POPULATIONS = 4
GROUPS = 5
"""Groups of particles of a population, from which errors are estimated."""
SURE = 0.03


@dataclass(frozen=True)
class Effort:
    """Particles of a population, sweeps a temperature, sweeps at the end, and how many of the last are kept."""

    particles: int = 800
    sweeps: int = 6
    final: int = 120
    kept: int = 12

    def more(self) -> Effort:
        """Return four times the effort."""
        return Effort(2 * self.particles, 2 * self.sweeps, 2 * self.final, self.kept)


@dataclass(frozen=True, eq=False)
class Reference:
    """What the posterior of one component is: mean and sd, width of its interval, and standard errors of both.

    `apart` is how far the mean of a population lies from that of all, in sd, beyond three of its errors.
    """

    mean: float
    sd: float
    mean_error: float
    width: float
    width_error: float
    apart: float

    @property
    def sure(self) -> bool:
        """Whether its populations agree and its errors are small beside what it is to judge."""
        return max(self.apart, self.mean_error / self.sd, self.width_error / self.width) < SURE


def reference(target: CollapsedNode, rng: np.random.Generator, effort: Effort | None = None) -> dict[str, Reference]:
    """Return component -> its reference, from `POPULATIONS` independent populations."""
    effort = effort or Effort()
    draws = [_population(target, own, effort) for own in rng.spawn(POPULATIONS)]
    return {name: _judged(np.array([d[name] for d in draws])) for name in draws[0]}


def _judged(values: np.ndarray) -> Reference:
    """Return the reference from draws (population, state, particle)."""
    count = values.shape[2] - values.shape[2] % GROUPS
    groups = values[..., :count].reshape(POPULATIONS, values.shape[1], GROUPS, -1)
    groups = np.moveaxis(groups, 2, 1).reshape(POPULATIONS * GROUPS, -1)
    means, widths = groups.mean(axis=1), np.array([width(g) for g in groups])
    sd = float(values.std())
    error = float(means.std(ddof=1) / np.sqrt(len(means)))
    by_population = means.reshape(POPULATIONS, GROUPS).mean(axis=1)
    far = np.abs(by_population - means.mean()).max() - 3 * error * np.sqrt(POPULATIONS)
    whole = width(values.ravel())
    width_error = float(widths.std(ddof=1) / np.sqrt(len(widths)))
    return Reference(float(means.mean()), sd, error, whole, width_error, float(far / sd))


@dataclass(eq=False)
class _State:
    """Particles: where they are, the log density of the start and of the target there, and their coefficients."""

    points: np.ndarray
    start: np.ndarray
    density: np.ndarray
    extras: np.ndarray

    @classmethod
    def at(cls, target: CollapsedNode, points: np.ndarray, rng: np.random.Generator) -> _State:
        density, extras = target.evaluate(points, rng)
        with np.errstate(all="ignore"):
            start = target.start().log_density(points)
        return cls(points, start, np.where(np.isfinite(density), density, -np.inf), extras)

    def gained(self, step: float) -> np.ndarray:
        """Return the log weights of a step towards the target; none outside its support."""
        inside = np.isfinite(self.density) & np.isfinite(self.start)
        return np.where(inside, step * np.where(inside, self.density - self.start, 0.0), -np.inf)

    def tempered(self, power: float) -> np.ndarray:
        inside = np.isfinite(self.density) & np.isfinite(self.start)
        start, density = (np.where(inside, v, 0.0) for v in (self.start, self.density))
        return np.where(inside, (1 - power) * start + power * density, -np.inf)

    def take(self, other: _State, where: np.ndarray, to: np.ndarray) -> None:
        """Set the states `to` to those of another where they were accepted."""
        for name in ("points", "start", "density", "extras"):
            getattr(self, name)[to[where]] = getattr(other, name)[where]

    def chosen(self, which: np.ndarray) -> _State:
        return _State(self.points[which], self.start[which], self.density[which], self.extras[which])


def _population(target: CollapsedNode, rng: np.random.Generator, effort: Effort) -> dict[str, np.ndarray]:
    """Return component -> draws (state, particle) of one population."""
    state = _State.at(target, target.start().draw(effort.particles, rng), rng)
    power, scale = 0.0, 1.0
    while power < 1:
        step = _next_power(state, power)
        increment = state.gained(step - power)
        weights = np.exp(increment - increment.max())
        state = state.chosen(_systematic(weights / weights.sum(), rng))
        power = step
        scale = _sweeps(target, state, power, effort.sweeps, scale, rng)
    states = []
    for _ in range(effort.kept):
        scale = _sweeps(target, state, 1.0, effort.final // effort.kept, scale, rng)
        sample = Sample(state.points.copy(), state.extras.copy(), np.zeros(effort.particles))
        states.append(components({n: v[None] for n, v in target.named(sample, np.arange(effort.particles)).items()}))
    return {name: np.concatenate([s[name] for s in states]) for name in states[0]}


def _next_power(state: _State, power: float) -> float:
    """Return the largest next power that leaves half of the particles effective, by bisection."""

    def effective(step: float) -> float:
        increment = state.gained(step - power)
        weights = np.exp(increment - increment.max())
        return float(weights.sum() ** 2 / (weights**2).sum() / len(weights))

    low, high = power, 1.0
    if effective(1.0) >= 0.5:
        return 1.0
    while high - low > 1e-3 * (high - power):
        middle = (low + high) / 2
        low, high = (middle, high) if effective(middle) >= 0.5 else (low, middle)
    return max(low, power + 1e-12)


def _systematic(weights: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    ladder = (np.arange(len(weights)) + rng.random()) / len(weights)
    return np.minimum(np.searchsorted(np.cumsum(weights), ladder), len(weights) - 1)


def _sweeps(
    target: CollapsedNode, state: _State, power: float, count: int, scale: float, rng: np.random.Generator
) -> float:
    """Move every particle `count` times, each half by what the other half looks like; return the scale of the steps.

    Steps are differences of two particles of the other half (ter Braak 2006) or normal with its covariance, in turn.
    """
    size, dimension = state.points.shape
    for sweep in range(count):
        order = rng.permutation(size)
        for movers, others in ((order[: size // 2], order[size // 2 :]), (order[size // 2 :], order[: size // 2])):
            here, there = state.points[movers], state.points[others]
            if sweep % 2:
                a, b = rng.integers(len(others), size=(2, len(movers)))
                jump = np.where(rng.random(len(movers)) < 0.1, 1.0, scale * 2.38 / np.sqrt(2 * dimension))
                jitter = 1e-6 * there.std(axis=0) * rng.standard_normal(here.shape)
                step = jump[:, None] * (there[a] - there[b]) + jitter
            else:
                spread = np.cov(there.T).reshape(dimension, dimension) + 1e-12 * np.eye(dimension)
                normal = rng.standard_normal(here.shape) @ np.linalg.cholesky(spread).T
                step = scale * 2.38 / np.sqrt(dimension) * normal
            found = _State.at(target, here + step, rng)
            ratio = found.tempered(power) - state.tempered(power)[movers]
            accepted = np.log(rng.random(len(movers))) < ratio
            state.take(found, accepted, movers)
            scale *= float(np.exp(np.clip(accepted.mean() - 0.27, -0.2, 0.2)))
            scale = min(max(scale, 1e-3), 2.0)
    return scale
