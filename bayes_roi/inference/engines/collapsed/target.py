r"""The density that is left when the coefficients of an equation are integrated out.

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

With Student-t noise the coefficients are not normal given the rest. They are drawn as if each row had a normal
likelihood of its own (`StandIn`, set anew in each round of adaptation, the same for all draws), a little wider, and the
weight holds the t likelihood itself:

$$\log w = \log p(y \mid b, \phi) + \log p(b) + \log p(\phi) - \log q(b \mid \phi).$$
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Self

import numpy as np

from bayes_roi.inference.engines.collapsed.coefficients import NARROW, draw_coefficients
from bayes_roi.inference.engines.collapsed.coordinates import Coordinate, PriorProposal, log_prior
from bayes_roi.inference.engines.collapsed.moments import Moments
from bayes_roi.inference.engines.collapsed.stand_in import StandIn
from bayes_roi.inference.engines.importance import Proposal, Sample, StudentT
from bayes_roi.mechanisms.arrays import CELLS
from bayes_roi.mechanisms.prior import HalfNormal, Prior
from bayes_roi.model.design import Design, View, linked_rows
from bayes_roi.model.forward import linear_predictor
from bayes_roi.model.model import Model
from bayes_roi.model.parameters import NodeParameters, TermParameters, node_parameters

LEAST_LOG_SIGMA = -12.0
"""Noise below e^-12 of the outcome's sd is not told from none in double precision."""
WIDER = {1.05: 0.9, 1.4: 0.1}
"""How much wider than their normal approximation coefficients are drawn under heavy-tailed noise, and how often."""
FEW = 200
"""Draws that are enough for a posterior mean: of a row's slope and curvature, and (of each run) of a sign."""


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
class CollapsedNode:
    """The target: the marginal posterior of what is not a coefficient, in units of the outcome's sd.

    Its coordinates are the parameters inside the curves, those of the noise, and last log sigma. Coefficients that may
    have either sign come first, then the positive ones. A media curve is taken less its mean, as in the exact engine,
    so that the first coefficient is the level on which the default prior is put.

    Parameters
    ----------
    node, view
        The node's priors and the rows.
    linked, outcome
        The node's rows (time,) on the scale of the linear predictor, and the same less what the equation fixes.
    coefficients, coordinates
        What is integrated out, and what is not.
    stand_in
        The normal likelihood that coefficients are drawn from under heavy-tailed noise; None where the noise is normal.
    """

    node: NodeParameters
    view: View
    linked: np.ndarray
    outcome: np.ndarray
    coefficients: tuple[Coefficient, ...]
    coordinates: tuple[Coordinate, ...]
    stand_in: StandIn | None = None

    @classmethod
    def of(cls, model: Model, rows: Design, name: str) -> Self:
        """Return the target of a node on its rows."""
        node, family = node_parameters(model, rows, name), model.family(name)
        view = View(np, rows, rows.rows)
        linked = linked_rows(model, rows, name)
        found, outcome = [], linked
        if node.intercept:
            found.append(Coefficient(f"{name}.intercept", node.user_intercept or node.level, np.ones(rows.length)))
        for t in node.terms:
            if t.shape and t.effect is not None:
                found.append(Coefficient(t.effect_name, t.effect, None, t))
            elif t.effect is None:
                outcome = outcome - t.term.fixed_effect * t.curve(view, {})
            else:
                found += [Coefficient(t.effect_name, t.effect, c, t) for c in np.atleast_2d(t.curve(view, {}))]
        shape = [Coordinate(n, t.shape[role]) for t in node.terms for role, n in t.shape_names.items()]
        noise = [Coordinate(n, node.family[role]) for role, n in node.family_names.items() if role != "sigma"]
        return cls(
            node=node,
            view=view,
            linked=linked,
            outcome=outcome,
            coefficients=tuple(sorted(found, key=lambda c: (c.positive, c.column is None))),
            coordinates=(*shape, *noise),
            stand_in=None if family.link_noise == "normal" else StandIn(np.ones(rows.length), np.zeros(rows.length)),
        )

    @property
    def dimension(self) -> int:
        """Number of coordinates."""
        return len(self.coordinates) + 1

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
        columns = np.stack(numbers) if numbers else np.zeros((0, len(self.outcome)))
        centred = columns - self.on_level * self.column_means[self.fixed, None]
        return self._weighted(centred * (self.sd[self.fixed, None] / self.node.scale.sd))

    @cached_property
    def residual(self) -> np.ndarray:
        """The outcome less the columns at their prior means, in units of its sd."""
        shift = 0.0 if self.stand_in is None else self.stand_in.shift
        return (
            self._weighted((self.outcome + shift) / self.node.scale.sd)
            - (self.mean / self.sd)[self.fixed] @ self.columns
        )

    def _weighted(self, rows: np.ndarray) -> np.ndarray:
        """Return values (..., time) times the roots of the rows' weights."""
        return rows if self.stand_in is None else rows * self.stand_in.root_weights

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

    def refined(self, sample: Sample, weights: np.ndarray, rng: np.random.Generator) -> Self:
        """Return it with the normal approximation of a heavy-tailed likelihood set anew."""
        if self.stand_in is None:
            return self
        draws = self.named(sample, rng.choice(len(weights), FEW, p=weights))
        nu, sigma = (draws[self.node.family_names[role]][:, None] for role in ("nu", "sigma"))
        eta = linear_predictor(np, self.node, self.view, draws)
        return replace(self, stand_in=StandIn.of(self.linked, eta, sigma, nu))

    def objection(self, samples: list[Sample]) -> str | None:
        """Return why the posterior is beyond double precision, or None."""
        without_noise = max(float(s.weights @ (s.points[:, -1] < LEAST_LOG_SIGMA + 1)) for s in samples)
        return "the equation leaves no noise" if without_noise > 0.01 else None

    def natural(self, points: np.ndarray) -> dict[str, np.ndarray]:
        """Return parameter -> values of the parameters inside the curves."""
        return {c.name: c.natural(points[:, i]) for i, c in enumerate(self.coordinates)}

    def evaluate(self, points: np.ndarray, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
        """Return the log density of points, and for each a draw of the coefficients in the data's units."""
        step = max(1, CELLS // len(self.outcome))
        with np.errstate(all="ignore"):  # what is not finite has no weight
            parts = [self._evaluate(points[i : i + step], rng) for i in range(0, len(points), step)]
        return np.concatenate([p[0] for p in parts]), np.concatenate([p[1] for p in parts])

    def _evaluate(self, points: np.ndarray, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
        log_sigma = np.clip(points[:, -1], LEAST_LOG_SIGMA, 50.0)
        moments = self.moments(self.natural(points), len(points))
        usable = moments.finite & (points[:, -1] == log_sigma)
        root, u = moments.normal(np.exp(2 * log_sigma), usable)
        widths = NARROW if self.stand_in is None else WIDER
        drawn = draw_coefficients(root, u, self.positive, rng, widths=widths)
        b = self.mean + self.sd * drawn.beta
        if self.capped.any():
            usable &= ~(np.sum((b * moments.means)[:, self.capped], axis=1) > self.node.scale.mean)
        if self.stand_in is None:
            half_log_det = np.log(np.diagonal(root, axis1=1, axis2=2)).sum(axis=1)
            fit = 0.5 * (u**2).sum(axis=1) - 0.5 * moments.square * np.exp(-2 * log_sigma) - half_log_det
            log_likelihood = fit + drawn.log_above.sum(axis=1) - len(self.outcome) * log_sigma
        else:
            nu = self.natural(points)[self.node.family_names["nu"]]
            log_likelihood = self._student_t(self._errors(moments, drawn.beta), log_sigma, nu)
            log_likelihood += -0.5 * (drawn.beta**2).sum(axis=1) - drawn.log_density
        log_density = (
            log_likelihood
            + log_prior(self.coordinates, points)
            + self.node.family["sigma"].logpdf(np.exp(log_sigma) * self.node.scale.sd)
            + log_sigma
        )
        if self.on_level:
            b[:, 0] -= (b * moments.means).sum(axis=1)
        return np.where(usable, log_density, -np.inf), b

    def _errors(self, moments: Moments, beta: np.ndarray) -> np.ndarray:
        """Return r - X beta (count, time), rows weighted."""
        errors = self.residual - beta[:, self.fixed] @ self.columns
        for i, curve in moments.curves.items():
            errors -= (beta[:, i] + self.mean[i] / self.sd[i])[:, None] * curve
        return errors

    def _student_t(self, errors: np.ndarray, log_sigma: np.ndarray, nu: np.ndarray) -> np.ndarray:
        """Return the log likelihood (count,) of weighted errors (count, time)."""
        from scipy.special import gammaln

        constant = gammaln((nu + 1) / 2) - gammaln(nu / 2) - 0.5 * np.log(nu * np.pi) - log_sigma
        assert self.stand_in is not None
        errors = errors / self.stand_in.root_weights - self.stand_in.shift / self.node.scale.sd
        distance = errors**2 / (nu * np.exp(2 * log_sigma))[:, None]
        return len(self.outcome) * constant - 0.5 * (nu + 1) * np.log1p(distance).sum(axis=1)

    def moments(self, parameters: Mapping[str, np.ndarray], count: int) -> Moments:
        """Return what the coefficients' normal is made of, at `count` values of the parameters inside the curves."""
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
            curves[i] = curve = self._weighted(curve * (self.sd[i] / unit))
            gram[:, i, self.fixed] = gram[:, self.fixed, i] = curve @ self.columns.T
            cross[:, i] = curve @ self.residual
            for j, other in curves.items():
                gram[:, i, j] = gram[:, j, i] = np.einsum("kt,kt->k", curve, other)
        for i, _ in self.curved:
            standard = self.mean[i] / self.sd[i]
            square += standard * (standard * gram[:, i, i] - 2 * cross[:, i])
            cross -= standard * gram[:, i]
        return Moments(gram, cross, square, means, curves)

    def sign_probabilities(self, samples: Sequence[Sample]) -> dict[str, float]:
        r"""Return, for each coefficient held above zero, the probability that it is so were its sign left open.

        $P(b_j > 0 \mid y) = 1 / E[1 / P(b_j > 0 \mid b_{-j}, \phi, y)]$, the expectation over the posterior as it
        is, all other signs held. Under heavy tails the stand-in is used for the likelihood.
        """
        if not self.positive:
            return {}
        rng = np.random.default_rng(0)
        chosen = [s.resample(FEW, rng) for s in samples]
        points = np.concatenate([s.points[c] for s, c in zip(samples, chosen, strict=True)])
        b = np.concatenate([s.extras[c] for s, c in zip(samples, chosen, strict=True)])
        moments = self.moments(self.natural(points), len(points))
        if self.on_level:
            b[:, 0] += (b * moments.means).sum(axis=1)
        log_above = moments.log_above((b - self.mean) / self.sd, np.exp(2 * points[:, -1]), self.positive)
        shares = 1 / np.exp(-log_above).mean(axis=0)
        names = [c.name for c in self.coefficients[-self.positive :]]
        return {n: float(p) for n, p in sorted(zip(names, shares, strict=True), reverse=True)}

    def named(self, sample: Sample, chosen: np.ndarray) -> dict[str, np.ndarray]:
        """Return the chosen draws by the names of the parameters."""
        points, b = sample.points[chosen], sample.extras[chosen]
        draws = self.natural(points)
        for name in dict.fromkeys(c.name for c in self.coefficients):
            at = [i for i, c in enumerate(self.coefficients) if c.name == name]
            term = self.coefficients[at[0]].term
            draws[name] = b[:, at] if term is not None and term.width else b[:, at[0]]
        draws[f"{self.node.node}.sigma"] = np.exp(points[:, -1]) * self.node.scale.sd
        return {name: draws[name] for name in self.node.names}
