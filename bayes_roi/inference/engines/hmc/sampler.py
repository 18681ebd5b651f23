r"""Hamiltonian Monte Carlo of many short chains at once: one array (chains, dimension), one metric, one path length.

Duane et al. 1987; Neal 2011. All chains share what is learned (Hoffman, Radul and Sountsov 2021):

climb
    from points spread over the prior, and the Hessian at the highest point as the first metric: no warm-up is spent on
    finding scales;
warm-up
    in windows; at the end of each the metric becomes the pooled covariance within chains. Shrinking it towards the
    metric before keeps the narrow directions across the axes that shrinking to the diagonal would widen. One step size,
    by Robbins-Monro on the mean acceptance of all chains;
sampling
    in blocks, until those who ask are content. After the metric the target is near isotropic: paths of length uniform
    on $(0, 2\tau)$, $\tau$ about $\pi / 2$ (Neal 2011, section 3.2), their lengths by the golden ratio.

Warm-up judges places by the height of the density there: a chain far below where the mass of the others lies takes the
place of one of them. `lost` counts such moves; none is made after warm-up.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import numpy as np

from bayes_roi.inference.engines.hmc.climb import Target, climb, curvature

GOLDEN = 0.6180339887
DIVERGENT = 1000.0
"""Error of the energy beyond which a path is divergent (Betancourt 2017)."""
WINDOWS = (20, 50, 90, 140)
"""Where windows of the warm-up end."""
CLIMB = 120
"""Gradients of a climb."""


@dataclass(frozen=True)
class Setting:
    """How to sample.

    Parameters
    ----------
    accept
        Acceptance that the step size is tuned for.
    length
        Mean length of a path, in standard deviations.
    longest
        Leapfrog steps of a path at most.
    """

    accept: float = 0.9
    length: float = 1.6
    longest: int = 64


@dataclass(frozen=True, eq=False)
class Places:
    """Where chains are: points (chains, dimension), heights (chains,) and slopes of the log density there."""

    q: np.ndarray
    height: np.ndarray
    slope: np.ndarray

    def moved(self, other: Places, which: np.ndarray) -> Places:
        """Return these places, those of `other` for the chains in `which` (chains,)."""
        wide = which[:, None]
        return Places(
            np.where(wide, other.q, self.q),
            np.where(which, other.height, self.height),
            np.where(wide, other.slope, self.slope),
        )

    def taken(self, chains: np.ndarray) -> Places:
        """Return the places of the given chains."""
        return Places(self.q[chains], self.height[chains], self.slope[chains])


@dataclass(frozen=True, eq=False)
class Step:
    """What one path of all chains came to, each (chains,): chance of acceptance, whether it was, energy, divergence."""

    places: Places
    accepted: np.ndarray
    moved: np.ndarray
    energy: np.ndarray
    diverging: np.ndarray


@dataclass(eq=False)
class Sampler:
    """All chains and what they learned; `warm` comes first, then `draw` as often as wanted.

    Parameters
    ----------
    target
        Log density and gradient.
    rng, setting
        Chance, and how to sample.
    fold
        Takes points and slopes to the one of their mirror images that is kept, where the density has such a symmetry.
    """

    target: Target
    rng: np.random.Generator
    setting: Setting = field(default_factory=Setting)
    fold: Callable[[Places], Places] = lambda places: places
    lost: int = 0
    count: int = 0
    log_step: float = 0.0
    leaps: int = 0

    def warm(self, q: np.ndarray, tick: Callable[[float], None]) -> None:
        """Bring chains from `q` (chains, dimension) to the posterior, and learn metric and step size."""
        q = climb(self.target, q, CLIMB, lambda share: tick(0.4 * share))
        places = self.fold(Places(q, *self.target(q)))
        places = self._gathered(places, max(q.shape[1], 30))
        self.root = np.linalg.cholesky(curvature(self.target, places.q[np.argmax(places.height)], max(len(q), 32)))
        self.places = self._stirred(places)
        self.log_step = float(np.log(0.5 * q.shape[1] ** -0.25))
        first = 0
        for end in WINDOWS:
            self._window(first, end, lambda done: tick(0.4 + 0.6 * done / WINDOWS[-1]))
            first = end

    def draw(self) -> Iterator[Step]:
        """Yield one draw of every chain after the other."""
        while True:
            size = np.exp(self.log_step)
            step = self._path(size, self._leaps(size))
            self.places = step.places
            yield step

    def _window(self, first: int, end: int, tick: Callable[[float], None]) -> None:
        """Run one window of the warm-up, and learn the metric from it."""
        points, accepted, tried = [], [], []
        for i in range(first, end):
            size = float(np.exp(self.log_step))
            step = self._path(size, min(self._leaps(size), 12) if first == 0 else self._leaps(size))
            self.places = step.places
            self.log_step += 0.8 * (i - first + 1) ** -0.5 * (float(step.accepted.mean()) - self.setting.accept)
            self.log_step = min(max(self.log_step, np.log(0.005)), np.log(1.5))
            tried.append(self.log_step)
            points.append(self.places.q)
            accepted.append(step.accepted)
            if i + 1 in (8, 16, end):
                before = self.lost
                self.places = self._gathered(self.places)
                points = points if self.lost == before else points[-1:]  # lost chains saw no bulk of the posterior
            tick(i + 1)
        self.log_step = float(np.mean(tried[len(tried) // 2 :]))
        good = np.mean(accepted[len(accepted) // 4 :], axis=0) > 0.3  # the others hardly move: a narrow place
        if 1 < good.sum() < len(good):
            self._take(~good)
        seen = np.stack(points[len(points) // 4 :], 1)
        if len(points) > 4:
            self._learn(seen[good] if good.sum() > 1 else seen, most_between=4.0 if end == WINDOWS[-1] else 1.0)

    def _learn(self, seen: np.ndarray, most_between: float) -> None:
        """Set the metric from points (chains, draws, dimension).

        In the coordinates of the metric so far: the covariance within chains, shrunk to a multiple of the identity, and
        that between chains so far as it is at most `most_between` times as large: chains that have not met would widen
        narrow directions.
        """
        chains, draws, size = seen.shape
        white = np.linalg.solve(self.root, seen.reshape(-1, size).T).T.reshape(seen.shape)
        means = white.mean(1, keepdims=True)
        apart = (white - means).reshape(-1, size)
        within = apart.T @ apart / (chains * (draws - 1))
        effective = chains * draws / 6  # independent draws, about
        within = (effective * within + size * np.median(np.diag(within)) * np.eye(size)) / (effective + size)
        root = np.linalg.cholesky(within)
        between = np.linalg.solve(root, np.linalg.solve(root, np.cov(means[:, 0].T).reshape(size, size)).T)
        values, vectors = np.linalg.eigh(0.5 * (between + between.T))
        turned = root @ vectors
        total = within + (turned * np.clip(values, 0.0, most_between)) @ turned.T
        self.root = self.root @ np.linalg.cholesky(total)

    def _leaps(self, size: float) -> int:
        """Return the number of leapfrog steps of the next path."""
        share = (self.count * GOLDEN + 0.3) % 1
        return max(1, min(int(np.ceil(2 * self.setting.length * share / size)), self.setting.longest))

    def _path(self, size: float, leaps: int) -> Step:
        """Follow one path of all chains, and accept or reject where it leads (Neal 2011, section 3.2)."""
        here, rng, root = self.places, self.rng, self.root
        momentum = rng.standard_normal(here.q.shape)
        each = size * (0.9 + 0.2 * rng.random((len(here.q), 1)))
        before = -here.height + 0.5 * (momentum**2).sum(1)
        q, height, slope = here.q, here.height, here.slope
        momentum = momentum + 0.5 * each * (slope @ root)
        for j in range(leaps):
            q = q + each * (momentum @ root.T)
            height, slope = self.target(q)
            slope = np.where(np.isfinite(slope), slope, 0.0)
            momentum = momentum + (each if j < leaps - 1 else 0.5 * each) * (slope @ root)
        after = -height + 0.5 * (momentum**2).sum(1)
        error = np.where(np.isfinite(after), after - before, np.inf)
        chance = np.exp(np.minimum(-error, 0.0))
        self.count += 1
        self.leaps += leaps
        moved = rng.random(len(q)) < chance
        places = here.moved(Places(q, height, slope), moved)
        return Step(self.fold(places), chance, moved, before, error > DIVERGENT)

    def _gathered(self, places: Places, below: float | None = None) -> Places:
        """Return places where chains far below the mass of the others have taken the place of one of them."""
        height, size = places.height, places.q.shape[1]
        top = np.sort(height)[-max(len(height) // 4, 1)]
        if below is not None:  # after a climb
            least = top - below
        else:
            near = height[height > top - 2 * size - 50]
            least = np.median(near) - 6 * np.sqrt(size) - 5
        return self._replaced(places, ~(height > least))

    def _replaced(self, places: Places, bad: np.ndarray) -> Places:
        if not bad.any() or bad.all():
            return places
        self.lost += int(bad.sum())
        return places.taken(np.where(bad, self.rng.choice(np.flatnonzero(~bad), len(bad)), np.arange(len(bad))))

    def _take(self, bad: np.ndarray) -> None:
        self.places = self._replaced(self.places, bad)

    def _stirred(self, places: Places) -> Places:
        """Return places some way off the top, where the mass is."""
        q = places.q + 0.7 * self.rng.standard_normal(places.q.shape) @ self.root.T
        other = Places(q, *self.target(q))
        with np.errstate(invalid="ignore"):
            return places.moved(other, np.isfinite(other.height) & (other.height > places.height - 3 * q.shape[1]))
