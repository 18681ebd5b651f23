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
(Geweke 1991; Hajivassiliou, McFadden and Ruud 1996).

Under the joint prior of media an effect is half-normal given a scale, which is a coordinate: the returns of `Roas` are
parameters of their own, and what their contributions leave of the outcome goes into the weight. A `Share` has no
scale; it gets one, $c_j \sim \text{HalfNormal}(\tau)$ with $\tau$ flat, whose marginal density is proportional to
$\lVert c \rVert^{-(J-1)}$, so that the weight is its density times $\lVert c \rVert^{J-1}$. Since an unbiased
estimate of the density in the weight leaves the target as it is, the weighted pairs of $\phi$ and *its own* $b$ are
draws of the joint posterior (Andrieu and Roberts 2009).

A parameter that varies by panel unit adds a spread to $\phi$ and a coefficient for each unit (`regression`); given the
common coefficients the units are independent, so that these are drawn first, then each unit by itself (`moments`).
Where the units' effects are cut off at zero, $\beta_u \sim N(\beta, \tau^2)$ given $\beta_u > 0$, the weight holds the
probabilities of the truncations, as above, and the normaliser of the prior, $-\sum_u \log\Phi(\beta / \tau)$ at the
$\beta$ that was drawn: any function of the drawn coefficients may stand in the weight of the pair. All units'
truncations together pull the common coefficients far from their normal. So the common ones of what varies are not drawn
at random but at scores $\epsilon$, $\beta = L'^{-1}(u + \epsilon)$ or the quantile $\Phi(\epsilon)$ of the truncated
normal, and the scores are coordinates like $\phi$ with prior $N(0, 1)$, whose proposal learns the pull. What is left
is drawn several times, one draw is kept by its weight, and the mean weight is used.

Autoregressive noise adds $\rho$ to $\phi$: all columns and the outcome are whitened (`serial`), and the density has
the determinant, $\tfrac12 \log(1 - \rho^2)$ for each series.

With Student-t noise coefficients are drawn as if each row had a normal likelihood of its own (`GaussianSurrogate`, set
anew in each round of adaptation, the same for all draws), a little wider, and the weight holds the t likelihood itself.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Self

import numpy as np

from bayes_roi.inference.engines.collapsed.coefficients import NARROW, draw_coefficients
from bayes_roi.inference.engines.collapsed.coordinates import (
    Coordinate,
    PriorProposal,
    coordinate_of,
    log_prior,
    log_slope,
    size_of,
)
from bayes_roi.inference.engines.collapsed.gaussian_surrogate import GaussianSurrogate
from bayes_roi.inference.engines.collapsed.moments import CoefficientNormal, Moments
from bayes_roi.inference.engines.collapsed.regression import Regression
from bayes_roi.inference.engines.collapsed.unit_draws import one_of, units_given
from bayes_roi.inference.engines.importance import Proposal, Sample, StudentT
from bayes_roi.mechanisms.arrays import CELLS
from bayes_roi.mechanisms.media import MediaPrior, Roas, Share
from bayes_roi.model.language.model import Model
from bayes_roi.model.law.forward import linear_predictor
from bayes_roi.model.law.parameters import NodeParameters
from bayes_roi.model.rows.design import Design, linked_rows

LEAST_LOG_SIGMA = -12.0
"""Noise below e^-12 of the outcome's sd is not told from none in double precision."""
WIDER = {1.05: 0.9, 1.4: 0.1}
"""How much wider than their normal approximation coefficients are drawn under heavy-tailed noise, and how often."""
TRIES = 2
"""Draws of the common coefficients at a point, where units' effects have a sign."""
FEW = 200
"""Draws that are enough for a posterior mean: of a row's slope and curvature, and (of each run) of a sign."""


@dataclass(frozen=True, eq=False)
class CollapsedNode:
    """The target: the marginal posterior of what is not a coefficient, in units of the outcome's sd.

    Its coordinates are the parameters inside the curves and those of the noise; for each parameter that varies by unit
    how large the units' distances are, that is their spread times the root mean square of the column they multiply,
    which the data know better than the spread itself (`size_of` moves it to the real line); the scores at which common
    coefficients are drawn; and last log sigma. What goes with each point are the common coefficients, then those of
    the units, parameter by parameter, and their spreads, in the data's units.

    Parameters
    ----------
    regression
        What the coefficients multiply.
    linked
        The node's rows (time,) on the scale of the linear predictor.
    coordinates
        Those of them that are one parameter each.
    """

    regression: Regression
    linked: np.ndarray
    coordinates: tuple[Coordinate, ...]

    @classmethod
    def of(cls, model: Model, rows: Design, name: str) -> Self:
        """Return the target of a node on its rows."""
        regression = Regression.of(model, rows, name)
        node = regression.node
        shape = [Coordinate(n, t.shape[role]) for t in node.terms for role, n in t.shape_names.items()]
        hyper = [Coordinate(n, prior) for n, prior in node.hyper.items()]
        noise = [Coordinate(n, node.family[role]) for role, n in node.family_names.items() if role != "sigma"]
        serial = [Coordinate(n, node.noise[role]) for role, n in node.noise_names.items()]
        return cls(regression, linked_rows(model, rows, name), (*shape, *hyper, *noise, *serial))

    @property
    def node(self) -> NodeParameters:
        """The node's priors."""
        return self.regression.node

    @property
    def dimension(self) -> int:
        """Number of coordinates."""
        return len(self.coordinates) + len(self.regression.varying) + self._scaled + len(self.regression.scored) + 1

    @property
    def _scaled(self) -> int:
        """One where a share of media has a scale among the coordinates, after the sizes of the units' distances."""
        return int(isinstance(self.node.media, Share))

    def start(self) -> Proposal:
        regression = self.regression
        left = max(regression.unexplained, 1e-4)
        scale = [math.log(self.node.media.top / (3 * len(regression.joint)))] if self._scaled else []  # type: ignore[union-attr]
        mean = [*coordinate_of(regression.usual_sizes), *scale, *np.zeros(len(regression.scored))]
        sd = [1.5] * (len(regression.varying) + len(scale)) + [1.0] * len(regression.scored)
        return self._prior(np.array([*mean, math.log(left) - 0.5 * bool(regression.curved)]), np.array([*sd, 0.7]))

    def defence(self, points: np.ndarray, weights: np.ndarray) -> Proposal:
        others = points[:, len(self.coordinates) :]
        mean = weights @ others
        return self._prior(mean, 1.2 * np.sqrt(weights @ (others - mean) ** 2) + 1e-3)

    def _prior(self, mean: np.ndarray, sd: np.ndarray) -> PriorProposal:
        return PriorProposal(self.coordinates, StudentT(mean, np.diag(sd), 4.0))

    def refined(self, sample: Sample, weights: np.ndarray, rng: np.random.Generator) -> Self:
        """Return it with the normal approximation of a heavy-tailed likelihood set anew."""
        if self.regression.surrogate is None:
            return self
        draws = self.named(sample, rng.choice(len(weights), FEW, p=weights))
        nu, sigma = (draws[self.node.family_names[role]][:, None] for role in ("nu", "sigma"))
        eta = linear_predictor(np, self.node, self.regression.view, draws)
        return replace(
            self, regression=replace(self.regression, surrogate=GaussianSurrogate.of(self.linked, eta, sigma, nu))
        )

    def objection(self, samples: list[Sample]) -> str | None:
        """Return why the posterior is beyond double precision, or None."""
        without_noise = max(float(s.weights @ (s.points[:, -1] < LEAST_LOG_SIGMA + 1)) for s in samples)
        return "the equation leaves no noise" if without_noise > 0.01 else None

    def natural(self, points: np.ndarray) -> dict[str, np.ndarray]:
        """Return parameter -> values of the parameters that have a coordinate of their own."""
        return {c.name: c.natural(points[:, i]) for i, c in enumerate(self.coordinates)}

    def moments(self, points: np.ndarray) -> Moments:
        """Return what the coefficients' normal is made of at points."""
        first, varying, parameters = len(self.coordinates), len(self.regression.varying), self.natural(points)
        return self.regression.moments(
            parameters, size_of(points[:, first : first + varying]), self._scales(points, parameters)
        )

    def _scales(self, points: np.ndarray, parameters: Mapping[str, np.ndarray]) -> np.ndarray | None:
        """Return the scales (count, joint) of the half-normal contributions under the joint prior of media, if any."""
        media = self.node.media
        if isinstance(media, Roas):
            return np.asarray(media.scales(np, parameters))
        if isinstance(media, Share):
            return np.repeat(np.exp(self._log_scale(points))[:, None], len(media.effects), axis=1)
        return None

    def _log_scale(self, points: np.ndarray) -> np.ndarray:
        """Return the log (count,) of the scale that a share of media has."""
        return points[:, len(self.coordinates) + len(self.regression.varying)]

    def _scores(self, points: np.ndarray) -> np.ndarray:
        """Return the scores (count, scored) at which common coefficients are drawn."""
        return points[:, -1 - len(self.regression.scored) : -1]

    @cached_property
    def step(self) -> int:
        """How many points are worked on at once."""
        k, m = len(self.regression.coefficients), len(self.regression.varying)
        by_row = bool(self.regression.curved) or self.regression.surrogate is not None
        return max(1, CELLS // max(len(self.linked) * by_row, self.regression.groups.count * (k + m) ** 2))

    def evaluate(self, points: np.ndarray, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
        """Return the log density of points, and for each a draw of the coefficients in the data's units."""
        step = self.step
        with np.errstate(all="ignore"):  # what is not finite has no weight
            parts = [self._evaluate(points[i : i + step], rng) for i in range(0, len(points), step)]
        return np.concatenate([p[0] for p in parts]), np.concatenate([p[1] for p in parts])

    def _evaluate(self, points: np.ndarray, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
        regression, parameters = self.regression, self.natural(points)
        log_sigma = np.clip(points[:, -1], LEAST_LOG_SIGMA, 50.0)
        moments = self.moments(points)
        log_density = (
            log_prior(self.coordinates, points)
            + self._log_prior_of_units(moments, points)
            + (self._log_scale(points) if self._scaled and len(regression.joint) > 1 else 0.0)
            + self.node.family["sigma"].logpdf(np.exp(log_sigma) * self.node.scale.sd)
            + log_sigma
            + regression.serial.log_det(regression.rho(parameters))
        )
        usable = moments.finite & np.isfinite(log_density) & (points[:, -1] == log_sigma)
        normal = moments.normal(np.exp(2 * log_sigma), usable)
        if regression.surrogate is None:
            log_density += normal.fit - 0.5 * moments.square * np.exp(-2 * log_sigma) - len(self.linked) * log_sigma
        log_weight, b = self._draw(normal, moments, points, rng)
        extras = np.concatenate([b, moments.spreads], axis=1)
        usable &= np.isfinite(extras).all(axis=1)  # what has no weight must not be infinite: means take it times zero
        return np.where(usable, log_density + log_weight, -np.inf), np.where(usable[:, None], extras, 0.0)

    def _log_prior_of_units(self, moments: Moments, points: np.ndarray) -> np.ndarray:
        """Return the log prior density (count,) of the coordinates of spreads and of scores."""
        first, scores = len(self.coordinates), self._scores(points)
        log_density = -0.5 * (scores**2).sum(axis=1)
        for i, (_, pooled) in enumerate(self.regression.varying):
            z, size, spread = points[:, first + i], moments.sizes[:, i], moments.spreads[:, i]
            log_density += pooled.spread.logpdf(spread) + np.log(spread / size) + log_slope(z, size)
        return log_density

    def _draw(
        self,
        normal: CoefficientNormal,
        moments: Moments,
        points: np.ndarray,
        rng: np.random.Generator,
    ) -> tuple[np.ndarray, np.ndarray]:
        """Return coefficients (count, size) in the data's units, and the log of what their draw adds to the weight.

        Where units' effects have a sign several draws are made, one of them is kept with the probability of its weight,
        and their mean is the weight: an estimate as unbiased as that of one, and less noisy.
        """
        regression = self.regression
        if regression.signed:
            root, u, scores = (np.repeat(x, TRIES, axis=0) for x in (normal.root, normal.u, self._scores(points)))
            at = dict(zip(regression.scored, scores.T, strict=True))
            drawn = draw_coefficients(root, u, regression.positive, rng, scores=at)
        else:
            widths = NARROW if regression.surrogate is None else WIDER
            drawn = draw_coefficients(normal.root, normal.u, regression.positive, rng, widths=widths)
        tries = len(drawn.beta) // len(points)
        ratio = moments.ratio[:, None]
        b = regression.mean + regression.sd * ratio * drawn.beta.reshape(len(points), tries, -1)
        contributions = b * moments.means[:, None]
        log_weight = drawn.log_above.sum(axis=1).reshape(-1, tries)
        if regression.surrogate is not None:
            nu = self.natural(points)[self.node.family_names["nu"]]
            fit = self._student_t(regression.errors(moments, drawn.beta), points[:, -1], nu)
            log_weight = (fit - 0.5 * (drawn.beta**2).sum(axis=1) - drawn.log_density)[:, None]
        if self.node.media is not None:
            log_weight = log_weight + self._log_media(self.node.media, b * moments.used[:, None], points)
        if regression.on_level:
            b[..., 0] -= contributions.sum(axis=-1)
        if normal.units is not None:
            units, log_signs = units_given(
                regression, normal.units, drawn.beta.reshape(b.shape), b, moments.spreads, rng
            )
            log_weight, b = log_weight + log_signs, np.concatenate([b, units], axis=-1)
        if tries == 1:
            return log_weight[:, 0], b[:, 0]
        total, kept = one_of(log_weight, rng)
        return total, b[np.arange(len(b)), kept]

    def _log_media(self, media: MediaPrior, used: np.ndarray, points: np.ndarray) -> np.ndarray:
        """Return what the joint prior adds to the weight (count, tries) at contributions (count, tries, k)."""
        regression = self.regression
        contributions, others = used[..., regression.joint], used[..., regression.others].sum(axis=-1)
        if isinstance(media, Roas):  # the half-normals are those of the coefficients
            none_said = media.room == "open"
            return np.zeros(others.shape) if none_said else media.log_left(np, contributions.sum(axis=-1) + others)
        parameters = {n: x[:, None] for n, x in self.natural(points).items() if n in self.node.hyper}
        density = np.asarray(media.log_density(np, contributions, others, parameters))
        if isinstance(media, Share):
            power = max(len(media.effects) - 1, 1)
            density = density + 0.5 * power * np.log((contributions**2).sum(axis=-1))
        return density

    def _student_t(self, errors: np.ndarray, log_sigma: np.ndarray, nu: np.ndarray) -> np.ndarray:
        """Return the log likelihood (count,) of weighted errors (count, time)."""
        from scipy.special import gammaln

        constant = gammaln((nu + 1) / 2) - gammaln(nu / 2) - 0.5 * np.log(nu * np.pi) - log_sigma
        assert self.regression.surrogate is not None
        errors = errors / self.regression.surrogate.root_weights - self.regression.surrogate.shift / self.node.scale.sd
        distance = errors**2 / (nu * np.exp(2 * log_sigma))[:, None]
        return len(self.linked) * constant - 0.5 * (nu + 1) * np.log1p(distance).sum(axis=1)

    def parts(self, extras: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Return common coefficients (count, k), units' (count, varying, groups) and spreads (count, varying)."""
        k, m = len(self.regression.coefficients), len(self.regression.varying)
        b, units, spreads = np.split(extras, [k, extras.shape[1] - m], axis=1)
        return b, units.reshape(len(extras), m, self.regression.groups.count if m else 0), spreads

    def named(self, sample: Sample, chosen: np.ndarray) -> dict[str, np.ndarray]:
        """Return the chosen draws by the names of the parameters."""
        points, coefficients = sample.points[chosen], self.regression.coefficients
        b, units, spreads = self.parts(sample.extras[chosen])
        draws = self.natural(points)
        for name in dict.fromkeys(c.name for c in coefficients):
            at = [i for i, c in enumerate(coefficients) if c.name == name]
            term = coefficients[at[0]].term
            draws[name] = b[:, at] if term is not None and term.width else b[:, at[0]]
        for row, (_, pooled) in enumerate(self.regression.varying):
            draws[pooled.units_name], draws[pooled.spread_name] = units[:, row], spreads[:, row]
        draws[f"{self.node.node}.sigma"] = np.exp(points[:, -1]) * self.node.scale.sd
        return {name: draws[name] for name in self.node.names}
