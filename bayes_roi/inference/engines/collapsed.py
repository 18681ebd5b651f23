r"""Collapsed importance sampling for an equation that is linear given its curves, with normal noise.

With $\phi$ the parameters inside the curves and $\sigma$, $y = X_\phi b + \sigma z$ and $b_j \sim N(m_j, s_j^2)$. Put
$b = m + D\beta$, $D = \text{diag}(s)$, $r = y - X_\phi m$. Given $\phi$ the posterior of $\beta$ is normal with
precision $A = D X'X D / \sigma^2 + I = LL'$ and integrates out:

$$\log p(\phi \mid y) = -n\log\sigma - \tfrac12\frac{r'r}{\sigma^2} - \log|L| + \tfrac12 u'u + \log p(\phi),
\quad L u = D X'r / \sigma^2.$$

What is left has a few dimensions and is sampled by importance (`importance`), each parameter moved to the real line by
the support of its prior. A half-normal prior keeps the same form with $\beta_j > 0$: such coefficients stand last in
$L$ and are drawn first from $L'\beta = u + z$, one after the other, each from its truncated normal; the product of the
probabilities of the truncations is an unbiased estimate of the probability of all signs, and goes into the weight
(Geweke 1991; Hajivassiliou, McFadden and Ruud 1996). The cap on media is an indicator in the weight. Since an unbiased
estimate of the density in the weight leaves the target as it is, the weighted pairs of $\phi$ and *its own* $b$ are
draws of the joint posterior (Andrieu and Roberts 2009).
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Self

import numpy as np

from bayes_roi.inference.blocks import Block
from bayes_roi.inference.engines.base import Engine, Refusal, Settings, Tick
from bayes_roi.inference.engines.exact import not_gaussian
from bayes_roi.inference.engines.importance import Budget, Proposal, Sample, StudentT, adapt, objection
from bayes_roi.mechanisms.prior import HalfNormal, Prior
from bayes_roi.model.design import Design, View
from bayes_roi.model.model import Model
from bayes_roi.model.parameters import NodeParameters, TermParameters, node_parameters

CELLS = 1 << 16
"""Draws x rows that are worked on at once, so that they stay in the processor's cache."""
LEAST_LOG_SIGMA = -12.0
"""Noise below e^-12 of the outcome's sd is not told from none in double precision."""
EDGE = 1e-12
"""How near to the ends of its support a prior is drawn."""
ROUND, FINAL = 1_500, 16_000
"""Proposals a run draws in a round of adaptation, and the least that all runs draw together in the end."""


class Collapsed(Engine):
    """Weighted draws of an equation whose curves have parameters of their own; each chain is a run of its own."""

    name = "collapsed"

    def refuses(self, model: Model, rows: Design, block: Block) -> str | None:
        if reason := not_gaussian(model, rows, block):
            return reason
        terms = node_parameters(model, rows, block.nodes[0]).terms
        odd = (t.term for t in terms if t.shape and (t.effect is None or t.term.size))
        return next((f"{term} has parameters in its curve, and not one effect to integrate out" for term in odd), None)

    def sample(
        self, model: Model, rows: Design, block: Block, settings: Settings, rng: np.random.Generator, tick: Tick
    ) -> tuple[dict[str, np.ndarray], dict[str, np.ndarray]]:
        target = CollapsedNode.of(node_parameters(model, rows, block.nodes[0]), rows)
        samples = accepted(target, settings, rng, tick)[: settings.chains]
        chains = [target.named(s, s.resample(settings.draws, rng)) for s in samples]
        draws = {name: np.stack([c[name] for c in chains]) for name in chains[0]}
        return draws, {"kish": np.array([s.size for s in samples]), "khat": np.array([s.pareto_k for s in samples])}


def accepted(target: CollapsedNode, settings: Settings, rng: np.random.Generator, tick: Tick) -> list[Sample]:
    """Return one sample of each run, two runs at least; try harder once before giving up.

    Raises
    ------
    Refusal
        With what speaks against the weights of the second attempt.
    """
    runs = max(settings.chains, 2)
    budget = Budget(ROUND, max(4 * settings.draws, FINAL // runs))
    for attempt, drawn in enumerate((budget, budget.harder())):
        samples: list[Sample] = []
        for run, own in enumerate(rng.spawn(runs)):
            done = attempt + run / runs
            samples.append(adapt(target, drawn, own, lambda share, done=done: tick((done + share / runs) / 2)))  # type: ignore[misc]
            if not samples[-1].settled:
                break
        reason = objection(samples) or target.objection(samples)
        if reason is None:
            tick(1.0)
            return samples
    raise Refusal(reason or "")


@dataclass(frozen=True)
class Coordinate:
    """A parameter on the real line: its logit between two bounds, the log of its distance from one, or itself."""

    name: str
    prior: Prior

    def real(self, x: np.ndarray) -> np.ndarray:
        """Return the coordinate of values inside the support."""
        low, high = self.prior.support
        if math.isinf(low):
            return x
        if math.isinf(high):
            return np.log(np.maximum(x - low, np.finfo(float).tiny))
        share = np.clip((x - low) / (high - low), EDGE, 1 - EDGE)
        return np.log(share) - np.log1p(-share)

    def natural(self, z: np.ndarray) -> np.ndarray:
        """Return the values at coordinates."""
        from scipy.special import expit

        low, high = self.prior.support
        if math.isinf(low):
            return z
        if math.isinf(high):
            return low + np.exp(z)
        return low + (high - low) * expit(z)

    def log_density(self, z: np.ndarray) -> np.ndarray:
        """Return the log density of the prior at coordinates, on the real line."""
        low, high = self.prior.support
        density = self.prior.logpdf(self.natural(z))
        if math.isinf(low):
            return density
        if math.isinf(high):
            return density + z
        return density + math.log(high - low) - np.logaddexp(0, z) - np.logaddexp(0, -z)

    def draw(self, count: int, rng: np.random.Generator) -> np.ndarray:
        """Return coordinates of draws of the prior."""
        return self.real(self.prior.ppf(np.clip(rng.random(count), EDGE, 1 - EDGE)))


@dataclass(frozen=True, eq=False)
class Coefficient:
    """A coefficient to integrate out, and what it multiplies: a column of numbers, or a curve with parameters."""

    name: str
    prior: Prior
    column: np.ndarray | None
    term: TermParameters | None = None

    @property
    def mean(self) -> float:
        return float(getattr(self.prior, "mu", 0.0))

    @property
    def sd(self) -> float:
        return float(self.prior.sigma)  # type: ignore[attr-defined]

    @property
    def positive(self) -> bool:
        return isinstance(self.prior, HalfNormal)


@dataclass(frozen=True, eq=False)
class PriorProposal:
    """The prior of the parameters inside the curves, and a t distribution of log sigma."""

    coordinates: tuple[Coordinate, ...]
    log_sigma: StudentT

    def draw(self, count: int, rng: np.random.Generator) -> np.ndarray:
        shape = [c.draw(count, rng) for c in self.coordinates]
        return np.column_stack([*shape, self.log_sigma.draw(count, rng)])

    def log_density(self, points: np.ndarray) -> np.ndarray:
        return log_prior(self.coordinates, points) + self.log_sigma.log_density(points[:, -1:])


def log_prior(coordinates: tuple[Coordinate, ...], points: np.ndarray) -> np.ndarray:
    """Return the log prior density (count,) of the coordinates, which are the first columns of `points`."""
    return sum((c.log_density(points[:, i]) for i, c in enumerate(coordinates)), np.zeros(len(points)))


@dataclass(frozen=True, eq=False)
class CollapsedNode:
    """The target: the marginal posterior of the curves' parameters and log sigma, in units of the outcome's sd.

    Coefficients that may have either sign come first, then the positive ones. A media curve is taken less its mean, as
    in the exact engine, so that the first coefficient is the level on which the default prior is put.
    """

    node: NodeParameters
    view: View
    target: np.ndarray
    coefficients: tuple[Coefficient, ...]
    coordinates: tuple[Coordinate, ...]

    @classmethod
    def of(cls, node: NodeParameters, rows: Design) -> Self:
        """Return the target of a node on its rows."""
        view = View(np, rows, rows.rows)
        found, target = [], rows.rows[node.node]
        if node.intercept:
            found.append(Coefficient(f"{node.node}.intercept", node.user_intercept or node.level, np.ones(rows.length)))
        for t in node.terms:
            if t.shape and t.effect is not None:
                found.append(Coefficient(t.effect_name, t.effect, None, t))
            elif t.effect is None:
                target = target - t.term.fixed_effect * t.curve(view, {})
            else:
                found += [Coefficient(t.effect_name, t.effect, c, t) for c in np.atleast_2d(t.curve(view, {}))]
        return cls(
            node=node,
            view=view,
            target=target,
            coefficients=tuple(sorted(found, key=lambda c: (c.positive, c.column is None))),
            coordinates=tuple(Coordinate(n, t.shape[role]) for t in node.terms for role, n in t.shape_names.items()),
        )

    @property
    def on_level(self) -> bool:
        """Whether the intercept's prior is put on the level."""
        return self.node.intercept and self.node.user_intercept is None

    @cached_property
    def fixed(self) -> np.ndarray:
        """Which coefficients multiply a column of numbers."""
        return np.array([i for i, c in enumerate(self.coefficients) if c.column is not None], int)

    @cached_property
    def curved(self) -> tuple[tuple[int, TermParameters], ...]:
        """Which coefficients multiply a curve with parameters, and its term."""
        return tuple((i, c.term) for i, c in enumerate(self.coefficients) if c.column is None and c.term is not None)

    @cached_property
    def mean(self) -> np.ndarray:
        """Prior means of the coefficients."""
        return np.array([c.mean for c in self.coefficients])

    @cached_property
    def sd(self) -> np.ndarray:
        """Prior standard deviations of the coefficients."""
        return np.array([c.sd for c in self.coefficients])

    @cached_property
    def positive(self) -> int:
        """How many coefficients, the last ones, are positive."""
        return sum(c.positive for c in self.coefficients)

    @cached_property
    def media(self) -> np.ndarray:
        """Which coefficients are effects of media."""
        return np.array([c.term is not None and c.term.media for c in self.coefficients], bool)

    @cached_property
    def capped(self) -> np.ndarray:
        """Which coefficients stand under the cap."""
        return np.array([c.term in self.node.capped_terms for c in self.coefficients], bool)

    @cached_property
    def column_means(self) -> np.ndarray:
        """Means of the media columns that are numbers; zero for all other coefficients."""
        media = zip(self.coefficients, self.media, strict=True)
        return np.array([c.column.mean() if m and c.column is not None else 0.0 for c, m in media])

    @cached_property
    def columns(self) -> np.ndarray:
        """Columns of numbers (fixed, time) times their prior sd, in units of the outcome's sd."""
        numbers = [c.column for c in self.coefficients if c.column is not None]
        columns = np.stack(numbers) if numbers else np.zeros((0, len(self.target)))
        centred = columns - self.on_level * self.column_means[self.fixed, None]
        return centred * (self.sd[self.fixed, None] / self.node.scale.sd)

    @cached_property
    def residual(self) -> np.ndarray:
        """The outcome less the columns at their prior means, in units of its sd."""
        return self.target / self.node.scale.sd - (self.mean / self.sd)[self.fixed] @ self.columns

    @cached_property
    def column_moments(self) -> tuple[np.ndarray, np.ndarray, float]:
        """X'X, X'r and r'r of the columns of numbers."""
        return self.columns @ self.columns.T, self.columns @ self.residual, float(self.residual @ self.residual)

    def start(self) -> Proposal:
        fitted = np.linalg.lstsq(self.columns.T, self.residual, rcond=None)[0] @ self.columns
        left = max(float(np.std(self.residual - fitted)), 1e-4)
        return self._prior(math.log(left) - 0.5 * bool(self.curved), 0.7)

    def defence(self, points: np.ndarray, weights: np.ndarray) -> Proposal:
        mean = weights @ points[:, -1]
        return self._prior(mean, 1.2 * math.sqrt(weights @ (points[:, -1] - mean) ** 2) + 1e-3)

    def _prior(self, mean: float, sd: float) -> PriorProposal:
        return PriorProposal(self.coordinates, StudentT(np.array([mean]), np.array([[sd]]), 4.0))

    def refined(self, sample: Sample, weights: np.ndarray) -> Self:
        return self

    def objection(self, samples: list[Sample]) -> str | None:
        """Return why the posterior is beyond double precision, or None."""
        without_noise = max(float(s.weights @ (s.points[:, -1] < LEAST_LOG_SIGMA + 1)) for s in samples)
        return "the equation leaves no noise" if without_noise > 0.01 else None

    def natural(self, points: np.ndarray) -> dict[str, np.ndarray]:
        """Return parameter -> values of the parameters inside the curves."""
        return {c.name: c.natural(points[:, i]) for i, c in enumerate(self.coordinates)}

    def evaluate(self, points: np.ndarray, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
        """Return the log density of points, and for each a draw of the coefficients in the data's units."""
        step = max(1, CELLS // len(self.target))
        with np.errstate(all="ignore"):  # what is not finite has no weight
            parts = [self._evaluate(points[i : i + step], rng) for i in range(0, len(points), step)]
        return np.concatenate([p[0] for p in parts]), np.concatenate([p[1] for p in parts])

    def _evaluate(self, points: np.ndarray, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
        log_sigma = np.clip(points[:, -1], LEAST_LOG_SIGMA, 50.0)
        variance = np.exp(2 * log_sigma)
        gram, cross, square, means = self.moments(self.natural(points), len(points))
        usable = np.isfinite(square) & np.isfinite(cross).all(axis=1) & (points[:, -1] == log_sigma)
        root = precision_root(np.where(usable[:, None, None], gram, 0.0), variance)
        u = solve_lower(root, np.where(usable[:, None], cross, 0.0) / variance[:, None])
        beta, log_signs = truncated_normal(root, u, self.positive, rng)
        b = self.mean + self.sd * beta
        usable &= ~(np.sum((b * means)[:, self.capped], axis=1) > self.node.scale.mean)
        log_density = (
            -len(self.target) * log_sigma
            - 0.5 * square / variance
            - np.log(np.diagonal(root, axis1=1, axis2=2)).sum(axis=1)
            + 0.5 * (u**2).sum(axis=1)
            + log_signs
            + log_prior(self.coordinates, points)
            + self.node.family["sigma"].logpdf(np.exp(log_sigma) * self.node.scale.sd)
            + log_sigma
        )
        if self.on_level:
            b[:, 0] -= (b * means).sum(axis=1)
        return np.where(usable, log_density, -np.inf), b

    def moments(self, parameters: Mapping[str, np.ndarray], count: int) -> tuple[np.ndarray, ...]:
        """Return X'X (count, k, k), X'r (count, k), r'r (count,) and the mean of each media column (count, k).

        Columns are times their prior sd, in units of the outcome's sd; r is the outcome less all at the prior means.
        """
        k, unit = len(self.coefficients), self.node.scale.sd
        gram, cross, square = np.zeros((count, k, k)), np.zeros((count, k)), np.zeros(count)
        means = np.tile(self.column_means, (count, 1))
        gram[:, self.fixed[:, None], self.fixed], cross[:, self.fixed], square[:] = self.column_moments
        curves: dict[int, np.ndarray] = {}
        for i, term in self.curved:
            curve = term.curve(self.view, parameters)
            if term.media:
                means[:, i] = curve.mean(axis=-1)
                curve = curve - self.on_level * means[:, i, None]
            curves[i] = curve = curve * (self.sd[i] / unit)
            gram[:, i, self.fixed] = gram[:, self.fixed, i] = curve @ self.columns.T
            cross[:, i] = curve @ self.residual
            for j, other in curves.items():
                gram[:, i, j] = gram[:, j, i] = np.einsum("kt,kt->k", curve, other)
        for i, _ in self.curved:
            standard = self.mean[i] / self.sd[i]
            square += standard * (standard * gram[:, i, i] - 2 * cross[:, i])
            cross -= standard * gram[:, i]
        return gram, cross, square, means

    def named(self, sample: Sample, chosen: np.ndarray) -> dict[str, np.ndarray]:
        """Return the chosen draws by the names of the parameters."""
        points, b = sample.points[chosen], sample.extras[chosen]
        draws = self.natural(points)
        for name in dict.fromkeys(c.name for c in self.coefficients):
            at = [i for i, c in enumerate(self.coefficients) if c.name == name]
            term = self.coefficients[at[0]].term
            draws[name] = b[:, at] if term is not None and term.term.size else b[:, at[0]]
        draws[f"{self.node.node}.sigma"] = np.exp(points[:, -1]) * self.node.scale.sd
        return {name: draws[name] for name in self.node.names}


def precision_root(gram: np.ndarray, variance: np.ndarray) -> np.ndarray:
    """Return the lower Cholesky root (count, k, k) of gram / variance + I; a hair on the diagonal keeps it positive."""
    precision = gram / variance[:, None, None]
    diagonal = np.einsum("kii->ki", precision)
    diagonal *= 1 + 1e-13
    diagonal += 1
    return np.linalg.cholesky(precision)


def solve_lower(root: np.ndarray, right: np.ndarray) -> np.ndarray:
    """Return u (count, k) with root u = right, by forward substitution over all draws at once."""
    u = np.empty_like(right)
    for j in range(right.shape[1]):
        u[:, j] = (right[:, j] - np.einsum("ki,ki->k", root[:, j, :j], u[:, :j])) / root[:, j, j]
    return u


def truncated_normal(
    root: np.ndarray, u: np.ndarray, positive: int, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Return draws with root' beta = u + z, the last `positive` of them above zero, and the log probability of that.

    The positive ones are drawn in turn from their truncated normals given those before; the probability is unbiased
    over such draws (Geweke 1991).
    """
    from scipy.special import log_ndtr, ndtri_exp

    count, k = u.shape
    z, uniform = rng.standard_normal((count, k)), rng.random((count, positive))
    beta, log_probability = np.empty_like(u), np.zeros(count)
    for j in reversed(range(k)):
        mean = u[:, j] - np.einsum("ki,ki->k", root[:, j + 1 :, j], beta[:, j + 1 :])
        value = mean + z[:, j]
        if (at := j - (k - positive)) >= 0:
            log_above = log_ndtr(mean)  # P(z > -mean)
            log_probability += log_above
            value = np.maximum(mean - ndtri_exp(np.minimum(np.log(uniform[:, at]) + log_above, -1e-300)), 0.0)
        beta[:, j] = value / root[:, j, j]
    return beta, log_probability
