r"""Whether what is left of a node goes with another node: what the graph implies, held against the rows.

The mean over draws of a node's noise, $\bar z$, is what is left of it. For a vector x that the noise is independent of,
$x^\top \bar z$ has mean zero, and its variance is that of $x_\perp^\top z$: x less what the posterior can move of the
linear predictor (by the law of total variance; for a linear normal equation $\bar z$ is the residual of least squares
and this is the score test of the arrow from x, Cox and Hinkley 1974, section 9.3). Noise enters by normal scores of
its ranks, so that heavy tails do not ring (van der Waerden 1952), and the variance is that of a series and of rows of
one period that hang together: $1 + 2 \sum_j r^j c_j$, with c the autocorrelation of $x_\perp$ and r that of what x
leaves of $\bar z$.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from bayes_roi.inference.diagnosis.implication import Form, Implication
from bayes_roi.inference.diagnosis.innovations import Innovations
from bayes_roi.inference.diagnosis.ranks import ranked
from bayes_roi.inference.diagnosis.separations import Separation, separations
from bayes_roi.mechanisms import TERMS, Node
from bayes_roi.mechanisms.noise import whitened
from bayes_roi.model.language.model import Model
from bayes_roi.model.law.forward import Parameters, missing_name
from bayes_roi.model.rows.design import Design
from bayes_roi.model.rows.view import View

MAIN, OTHER = 4.0, 1.0
"""Weights of a pair's forms: its values in the same period, carried over or what is left of it; any other lag."""
MOVED = 0.02
"""Share of the largest posterior variance, below which a direction of the linear predictor is not counted as fitted."""
LEAST_FREE = 1e-4
"""Share of a vector's variance that must be left beside the causes, for anything to be said of it."""
LEAST_ROWS = 20
MOST_LAG = 8
MOST_ROWS = 50_000
"""Rows that are ranked; of more, every second, third and so on, without their order."""


@dataclass(frozen=True, eq=False)
class Left:
    """What is left of a node, and what its equation has fitted: what any other node is held against."""

    noise: Innovations
    starts: np.ndarray

    @cached_property
    def step(self) -> int:
        return math.ceil(self.noise.rows / MOST_ROWS)

    @cached_property
    def mean(self) -> np.ndarray:
        return self.noise.z.mean(axis=0)

    @cached_property
    def scores(self) -> np.ndarray:
        """Normal scores of the mean noise, of variance one."""
        from scipy.special import ndtri

        z = self.mean[:: self.step]
        scores = ndtri(ranked(z) / (len(z) + 1))
        return (scores - scores.mean()) / scores.std()

    @cached_property
    def fitted(self) -> np.ndarray:
        """Orthonormal directions (rank, rows) along which the posterior moves the linear predictor."""
        level = self._white(np.ones(self.noise.rows))[None, :: self.step]
        level = level / np.linalg.norm(level)
        if (known := self.noise.known) is None or len(known) < 2:
            return level
        moved = self._white(known - known.mean(axis=0))[:, :: self.step]
        moved = moved - (moved @ level.T) @ level
        size, vectors = np.linalg.eigh(moved @ moved.T)
        kept = size > MOVED * max(float(size.max()), 1e-300)
        return np.concatenate([level, (vectors[:, kept] / np.sqrt(size[kept])).T @ moved])

    @property
    def free(self) -> int:
        """Rows less what was fitted to them."""
        return len(self.scores) - len(self.fitted) - 1

    def beside(self, x: np.ndarray) -> np.ndarray | None:
        """Return what is left of x (rows,) beside the equation's causes; None where nothing is."""
        x = self._white(x)[:: self.step]
        centred = x - x.mean()
        rest = centred - (self.fitted @ centred) @ self.fitted
        size, left = float(centred @ centred), float(rest @ rest)
        return rest / math.sqrt(left) if size > 0 and left > LEAST_FREE * size else None

    def tested(self, x: np.ndarray) -> tuple[float, float] | None:
        """Return the correlation with x (rows,) and its chance; None where nothing can be said."""
        from scipy.special import stdtr

        if self.free < LEAST_ROWS or (x := self.beside(x)) is None:  # type: ignore[assignment]
            return None
        r = float(x @ self.scores) / math.sqrt(len(x))
        wider = self._wider(x, self.scores - r * math.sqrt(len(x)) * x)
        free = max(self.free / wider, 4.0)
        t = abs(r) * math.sqrt(free / max(1 - r * r, 1e-12))
        return r, 2 * float(stdtr(free, -t))

    def _wider(self, x: np.ndarray, rest: np.ndarray) -> float:
        """Return how many times the variance is that of independent rows, at least one."""
        if self.step > 1:
            return 1.0
        variance, wider = float(rest @ rest), 1.0
        if self.noise.ordered:
            later = np.flatnonzero(self.noise.position >= 1)
            r, power, lag = float(rest[later] @ rest[later - 1]) / variance, 1.0, 0
            while abs(power := power * r) > 1e-3 and (lag := lag + 1) <= self.noise.position.max():
                later = np.flatnonzero(self.noise.position >= lag)
                wider += 2 * power * float(x[later] @ x[later - lag])
        return max(wider, 1.0) * self._of_periods(x, rest, variance)

    def _of_periods(self, x: np.ndarray, rest: np.ndarray, variance: float) -> float:
        """Return the same for rows of one period that hang together (Moulton 1990)."""
        if self.noise.period is None:
            return 1.0
        count = np.bincount(self.noise.period)
        pairs = float((count * (count - 1.0)).sum())
        if not pairs:
            return 1.0
        rho = (float((np.bincount(self.noise.period, rest) ** 2).sum()) - variance) / pairs / variance * len(rest)
        return max(1 + rho * (float((np.bincount(self.noise.period, x) ** 2).sum()) - 1), 1.0)

    def _white(self, x: np.ndarray) -> np.ndarray:
        rho = self.noise.rho
        return whitened(np, x, np.array([rho]), self.starts) if rho else x


def implications(
    model: Model, rows: Design, parameters: Parameters, noise: Mapping[str, Innovations]
) -> tuple[Implication, ...]:
    """Return what the graph implies, each held against the data; `noise` is what is left of each node."""
    left = {n: Left(x, rows.starts) for n, x in noise.items()}
    view = View(np, rows, _values(model, rows, parameters))
    return tuple(i for s in separations(model) if (i := _tested(model, s, left, view)) is not None)


def _tested(model: Model, s: Separation, left: Mapping[str, Left], view: View) -> Implication | None:
    found, weights = list[tuple[float, float, Form, int]](), 0.0
    for form, lag, weight, x in _forms(model, s, left, view):
        test = left[s.node].tested(x)
        if test is not None:
            found.append((test[1] / weight, test[0], form, lag))
            weights += weight
    if not found:
        return None
    chance, r, form, lag = min(found)
    return Implication(s.one, s.node, s.given, r, min(chance * weights, 1.0), form, lag)


def _forms(
    model: Model, s: Separation, left: Mapping[str, Left], view: View
) -> Iterator[tuple[Form, int, float, np.ndarray]]:
    """Yield what of a node is held against the other: form, lag, weight, (rows,)."""
    if not s.upstream:
        yield "residual", 0, MAIN, left[s.one].mean
    elif s.one in model.spends and model.max_lag and view.value(s.one).min() >= 0:
        yield "carried", 0, MAIN, _carried(s.one, model.max_lag, view)
    lags = min(max((e.lag for e in model.edges if e.child == s.node), default=0), MOST_LAG)
    for lag, x in enumerate(view.past(s.one, range(lags + 1))):
        yield "value", lag, MAIN if s.upstream and not lag else OTHER, x


def _carried(node: str, lags: int, view: View) -> np.ndarray:
    """Return a spend (rows,) carried over and saturated as the middle of the default priors has it."""
    term = TERMS["hill"](TERMS["adstock"](Node(node), max_lag=lags))  # type: ignore[call-arg]
    shape = {role: np.array([prior.ppf(np.array(0.5))]) for role, prior in term.shape_priors(view.scales).items()}
    return term.curve(np, view, shape)


def _values(model: Model, rows: Design, parameters: Parameters) -> dict[str, np.ndarray]:
    """Return the observed nodes (rows,), missing cells filled with the means of their draws."""
    found = {}
    for node in model.measured:
        cells = parameters.get(missing_name(node))
        found[node] = rows.observed(np, node, None if cells is None else cells.mean(axis=0))
    return found
