r"""Independent exact draws for a linear equation with normal noise.

With $y = Xb + \sigma z$, $b_j \sim N(m_j, s_j^2)$ and any prior on $\sigma$, put $b = m + D\beta$,
$D = \text{diag}(s)$, $r = y - Xm$, and $D X'X D = Q \Lambda Q'$. Given $\sigma$ the posterior of $\beta$ is normal with
precision $Q(\Lambda / \sigma^2 + I)Q'$; integrating it out leaves the density of $\log\sigma$ in one dimension,

$$\log p = -n\log\sigma - \tfrac12\sum_j\log(\lambda_j/\sigma^2 + 1)
  - \tfrac12\Big(\tfrac{1}{\sigma^2}\Big(r'r - \sum_j\tfrac{h_j^2}{\lambda_j}\Big)
  + \sum_j\tfrac{h_j^2}{\lambda_j (\lambda_j + \sigma^2)}\Big) + \log p(\sigma) + \log\sigma,\quad h = Q'DX'r,$$

which is drawn from by quadrature and its inverse distribution function. Signs and the room of media are indicators on
the prior: draws outside are rejected, which is exact.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from bayes_roi.inference.blocks import OWN, Block
from bayes_roi.inference.engines.base import SIGNS, Engine, Refusal, Settings, Tick
from bayes_roi.mechanisms.media import Joint
from bayes_roi.mechanisms.prior import HalfNormal, Normal, Prior
from bayes_roi.model.language.model import Model
from bayes_roi.model.law.parameters import NodeParameters, TermParameters, node_parameters
from bayes_roi.model.rows.design import Design, linked_rows
from bayes_roi.model.rows.view import View
from bayes_roi.numbers import percent

CHUNK = 1 << 16
RANK = 1e-13
"""Eigenvalues below this share of the largest are rounding."""
MOST_TRIES = 200
"""Proposals a wanted draw before signs are called contradicted by the data."""


class Exact(Engine):
    """Independent draws of a linear, normal equation."""

    name = "exact"
    independent = True

    def refuses(self, model: Model, rows: Design, block: Block) -> str | None:
        if reason := not_collapsible(model, rows, block):
            return reason
        if (law := model.family(block.nodes[0]).link_noise) != "normal":
            return f"its noise is {law}"
        node = node_parameters(model, rows, block.nodes[0])
        if node.periods is not None:
            return f"its level varies by {model.time}"
        if node.pooled:
            return f"{node.pooled[0].name} varies by {model.panel}"
        if node.noise:
            return f"its noise is {model.noise_of(node.node)}"
        if node.media_terms:
            return "the contributions of its spends have a joint prior"
        return next((f"{t.term} is not linear in its parameters" for t in node.terms if t.shape), None)

    def sample(
        self, model: Model, rows: Design, block: Block, settings: Settings, rng: np.random.Generator, tick: Tick
    ) -> tuple[dict[str, np.ndarray], dict[str, np.ndarray]]:
        linear = LinearNode.of(model, rows, block.nodes[0])
        drawn = linear.draw(settings.chains * settings.draws, rng)
        tick(1.0)
        shape = (settings.chains, settings.draws)
        draws = linear.named(drawn.coefficients, drawn.sigma)
        signs = {f"{SIGNS}{name}": np.array(share) for name, share in drawn.signs.items()}
        return {k: v.reshape(*shape, *v.shape[1:]) for k, v in draws.items()}, signs


def not_collapsible(model: Model, rows: Design, block: Block) -> str | None:
    """Return why the coefficients of a block are not normal given the rest and a scale for each row, or None."""
    if block.why != OWN:
        return block.why
    (node,) = block.nodes
    if model.family(node).link_noise is None:
        return f"its noise is {model.family(node).name}"
    p = node_parameters(model, rows, node)
    shared = next((t.term for t in p.terms if t.term.share_or_none is not None), None)
    if shared is not None:
        return f"{shared} shares its parameters"
    priors = {t.effect_name: t.effect for t in p.terms} | {f"{node}.intercept": p.user_intercept}
    odd = ((name, prior) for name, prior in priors.items() if prior is not None and not conjugate(prior))
    return next((f"the prior of {name} is {prior}" for name, prior in odd), None)


def conjugate(prior: Prior) -> bool:
    """Whether an effect with this prior is normal given the rest, up to its sign and (of a joint prior) its scale."""
    return isinstance(prior, (Normal, HalfNormal, Joint))


@dataclass(frozen=True, eq=False)
class Drawn:
    """Draws of a linear equation.

    Parameters
    ----------
    coefficients, sigma
        (count, k) and (count,), in the units of the data.
    signs
        For each coefficient held above zero, the probability that it is so were its sign left open, all others held.
    """

    coefficients: np.ndarray
    sigma: np.ndarray
    signs: dict[str, float]


@dataclass(frozen=True, eq=False)
class LinearNode:
    """A linear equation as a regression on columns: the level first, then each effect.

    A media curve is taken less its mean, so that the first coefficient is the level on which the default prior is put;
    the intercept is the level less the mean contribution of media.
    """

    node: NodeParameters
    columns: tuple[np.ndarray, ...]
    target: np.ndarray
    mean: np.ndarray
    sd: np.ndarray
    positive: np.ndarray
    media_mean: np.ndarray
    used: np.ndarray
    terms: tuple[TermParameters, ...]

    @classmethod
    def of(cls, model: Model, rows: Design, name: str) -> LinearNode:
        """Return the regression of a node on its rows."""
        node, view = node_parameters(model, rows, name), View(np, rows, rows.rows)
        target = linked_rows(model, rows, name)
        columns, priors, media_mean, used = [], [], [], []
        if node.intercept:
            columns.append(np.ones(rows.length))
            priors.append(node.user_intercept or node.level)
            media_mean.append(0.0)
            used.append(0.0)
        on_level = node.intercept and node.user_intercept is None
        for t in node.terms:
            curve = t.curve(view, {})
            if t.effect is None:
                target = target - t.term.fixed_effect * curve
                continue
            for column in np.atleast_2d(curve):
                centre = float(column.mean()) if t.media else 0.0
                columns.append(column - centre if on_level and centre else column)
                priors.append(t.effect)
                media_mean.append(centre)
                used.append(float(np.abs(column).mean()) if t in node.other_media_terms else 0.0)
        return cls(
            node=node,
            columns=tuple(columns),
            target=target,
            mean=np.array([getattr(p, "mu", 0.0) for p in priors]),
            sd=np.array([p.sigma for p in priors]),  # type: ignore[attr-defined]
            positive=np.array([isinstance(p, HalfNormal) for p in priors], bool),
            media_mean=np.array(media_mean),
            used=np.array(used),
            terms=tuple(t for t in node.terms if t.effect is not None),
        )

    def moments(self) -> tuple[np.ndarray, np.ndarray, float]:
        """Return X'X, X'r and r'r of the columns scaled by their prior sd, in one pass over the rows."""
        unit = self.node.scale.sd
        k = len(self.columns)
        gram, cross, square = np.zeros((k, k)), np.zeros(k), 0.0
        for start in range(0, len(self.target), CHUNK):
            part = slice(start, start + CHUNK)
            x = np.stack([c[part] for c in self.columns]) if k else np.zeros((0, len(self.target[part])))
            r = (self.target[part] - self.mean @ x) / unit
            x = x * (self.sd / unit)[:, None]
            gram += x @ x.T
            cross += x @ r
            square += float(r @ r)
        return gram, cross, square

    def draw(self, count: int, rng: np.random.Generator) -> Drawn:
        """Return `count` draws.

        Raises
        ------
        Refusal
            When hardly any draw has the assumed signs and leaves room for a baseline.
        """
        gram, cross, square = self.moments()
        values, vectors = np.linalg.eigh(gram)
        if len(vectors):  # an eigenvector's sign is left to rounding, which must not flip a draw
            size = np.abs(vectors)
            first = np.argmax(size > 0.3 * size.max(axis=0), axis=0)  # not the largest: two are often as large
            vectors *= np.sign(vectors[first, np.arange(len(vectors))])
        values, rotated = np.maximum(values, 0.0), vectors.T @ cross
        grid, cdf = self._sigma_distribution(values, rotated, square)
        kept, sigmas, found, tried, free = [], [], 0, 0, np.zeros(len(self.columns))
        while found < count:
            n = max(2 * (count - found), 256)
            sigma = np.exp(np.interp(rng.random(n), cdf, grid))
            precision = values / sigma[:, None] ** 2 + 1
            standard = rotated / sigma[:, None] ** 2 / precision + rng.standard_normal((n, len(values))) / np.sqrt(
                precision
            )
            b = self.mean + (standard @ vectors.T) * self.sd
            wrong = self.positive & (b <= 0)
            under = b @ self.used <= (np.inf if self.node.media is None else self.node.media.top)
            inside = under & ~wrong.any(axis=1)
            free += ((wrong.sum(axis=1) - wrong.T == 0) & under).sum(axis=1)
            kept.append(b[inside])
            sigmas.append(sigma[inside])
            found, tried = found + int(inside.sum()), tried + n
            if tried > MOST_TRIES * count and found < count:
                raise Refusal(
                    f"the data contradict the assumed signs: {percent(found / tried)} of the exact draws have them"
                )
        shares = sum(map(len, kept)) / np.maximum(free, 1)
        names = [t.effect_name for t in self.terms for _ in range(t.width or 1)]
        names = [f"{self.node.node}.intercept", *names] if self.node.intercept else names
        return Drawn(
            coefficients=np.concatenate(kept)[:count],
            sigma=np.concatenate(sigmas)[:count] * self.node.scale.sd,
            signs={n: float(s) for n, s, p in zip(names, shares, self.positive, strict=True) if p},
        )

    def _sigma_distribution(
        self, values: np.ndarray, rotated: np.ndarray, square: float
    ) -> tuple[np.ndarray, np.ndarray]:
        """Return a grid of log sigma, in units of the outcome's sd, and the distribution function on it."""
        n, unit, prior = len(self.target), self.node.scale.sd, self.node.family["sigma"]
        seen = values > RANK * values.max(initial=0.0)
        explained = np.where(seen, rotated**2 / np.where(seen, values, 1.0), 0.0)
        left = max(square - explained.sum(), 0.0) if seen.sum() < n else 0.0  # as many columns as rows explain all

        def log_density(log_sigma: np.ndarray) -> np.ndarray:
            variance = np.exp(2 * log_sigma)[:, None]
            precision = values / variance + 1
            quadratic = left / variance[:, 0] + (explained / (values + variance)).sum(axis=1)
            return (
                -n * log_sigma
                - 0.5 * np.log(precision).sum(axis=1)
                - 0.5 * quadratic
                + prior.logpdf(np.exp(log_sigma) * unit)
                + log_sigma
            )

        grid = np.linspace(-16.0, 6.0, 4001)
        for _ in range(3):  # close in on where the mass is
            density = log_density(grid)
            inside = grid[density > density.max() - 40]
            step = grid[1] - grid[0]
            grid = np.linspace(inside[0] - step, inside[-1] + step, 2001)
        weight = np.exp((d := log_density(grid)) - d.max())
        cdf = np.concatenate([[0.0], np.cumsum(weight[1:] + weight[:-1])])
        return grid, cdf / cdf[-1]

    def named(self, coefficients: np.ndarray, sigma: np.ndarray) -> dict[str, np.ndarray]:
        """Return the draws by the names of the parameters."""
        node, draws, at = self.node, {}, int(self.node.intercept)
        if node.intercept:
            on_level = node.user_intercept is None
            draws[f"{node.node}.intercept"] = coefficients[:, 0] - on_level * (coefficients @ self.media_mean)
        for t in self.terms:
            width = t.width or 1
            block = coefficients[:, at : at + width]
            draws[t.effect_name] = block if t.width else block[:, 0]
            at += width
        return draws | {f"{node.node}.sigma": sigma}
