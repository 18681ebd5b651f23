"""Bayesian linear regression that selects its features: spike and slab by collapsed Gibbs sampling."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from scipy.linalg import solve_triangular
from scipy.special import betaln, ndtr, ndtri

from bayes_roi.prediction.learners.learner import Learned, Learner

SLABS = (0.1, 0.3, 1.0, 3.0)
"""Widths of the slab, in standard deviations of the noise per one of a column; equally probable."""
EXACT = 1e-12
"""Share of the variance that is left at least, where the features tell the target exactly."""


@dataclass(frozen=True, eq=False)
class Line(Learned):
    """Draws of intercept (draws,), coefficients (draws, columns), which features are in (draws, features) and noise."""

    intercept: np.ndarray
    coefficients: np.ndarray
    chosen: np.ndarray
    sigma: np.ndarray

    def noise(self) -> np.ndarray:
        return self.sigma

    def expected(self, x: np.ndarray) -> np.ndarray:
        line = self.intercept[:, None] + self.coefficients @ x.T
        return line if self.sigma.size else np.asarray(ndtr(line))

    def inclusion(self) -> np.ndarray:
        return np.asarray(self.chosen.mean(axis=0))


@dataclass(frozen=True)
class Selection(Learner):
    r"""$y = \alpha + \sum_j \gamma_j x_j \beta_j + \epsilon$, a feature in ($\gamma_j = 1$) or out as a whole.

    The slab is $\beta \sim N(0, \tau^2 \sigma^2)$ with $\tau$ in `SLABS`, $p(\sigma^2) \propto 1 / \sigma^2$, and the
    number of features in is uniform before the data, so that useless ones cost little (Scott and Berger 2010).
    Coefficients and noise are integrated out where features are chosen (George and McCulloch 1997). A binary target
    has a probit link by latent normals (Albert and Chib 1993). Nothing is left to tune: the settings are averaged over.

    Parameters
    ----------
    draws, warm_up
        Sweeps over all features that are kept, and those before them.
    """

    name: ClassVar[str] = "linear, selected"
    draws: int = 500
    warm_up: int = 200

    def learn(self, x: np.ndarray, y: np.ndarray, owner: np.ndarray, *, binary: bool, seed: int) -> Line:
        rng = np.random.default_rng(seed)
        walk = _Walk(x, owner, np.zeros(int(owner.max()) + 1, bool), 1.0)
        alpha, beta = float(ndtri((y.sum() + 1) / (len(y) + 2))), np.zeros(x.shape[1])
        kept: list[tuple[float, np.ndarray, np.ndarray, float]] = []
        for sweep in range(self.warm_up + self.draws):
            z = _latent(y, alpha + x @ beta, rng) if binary else y
            walk.sweep(z, known_noise=binary, rng=rng)
            beta, sigma = walk.coefficients(z, known_noise=binary, rng=rng)
            alpha = float(z.mean() + sigma / np.sqrt(len(z)) * rng.standard_normal())
            if sweep >= self.warm_up:
                kept.append((alpha, beta, walk.chosen.copy(), sigma))
        alphas, betas, chosen, sigmas = (np.array(part) for part in zip(*kept, strict=True))
        return Line(alphas, betas, chosen, np.empty(0) if binary else sigmas)


class _Walk:
    """A walk over which features are in and the width of the slab; columns of x have mean zero."""

    def __init__(self, x: np.ndarray, owner: np.ndarray, chosen: np.ndarray, slab: float) -> None:
        self.x, self.owner, self.chosen, self.slab = x, owner, chosen, slab
        self.gram = x.T @ x

    def sweep(self, z: np.ndarray, *, known_noise: bool, rng: np.random.Generator) -> None:
        """Draw each feature given the others, then the slab, all with coefficients and noise integrated out."""
        moments = (self.x.T @ z, float(np.sum((z - z.mean()) ** 2)), len(z))
        here = self.log_weight(self.chosen, self.slab, *moments, known_noise=known_noise)
        for j in rng.permutation(len(self.chosen)):
            other = self.chosen.copy()
            other[j] = not other[j]
            there = self.log_weight(other, self.slab, *moments, known_noise=known_noise)
            if np.log(rng.random()) < there - np.logaddexp(here, there):
                self.chosen, here = other, there
        weights = [self.log_weight(self.chosen, s, *moments, known_noise=known_noise) for s in SLABS]
        self.slab = SLABS[int(np.argmax(np.array(weights) + rng.gumbel(size=len(SLABS))))]

    def log_weight(
        self, chosen: np.ndarray, slab: float, products: np.ndarray, squares: float, rows: int, *, known_noise: bool
    ) -> float:
        r"""Return $\log p(\gamma) p(z | \gamma, \tau)$ up to a constant."""
        size = int(chosen.sum())
        prior = float(betaln(1 + size, 1 + len(chosen) - size))
        at = np.flatnonzero(chosen[self.owner])
        factor, half = self._factored(at, slab, products)
        left = max(squares - float(half @ half), EXACT * squares)
        spread = float(np.log(np.diag(factor)).sum()) + len(at) * float(np.log(slab))
        return prior - spread - (0.5 * left if known_noise else 0.5 * (rows - 1) * float(np.log(left)))

    def _factored(self, at: np.ndarray, slab: float, products: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return L and L^-1 x'z, where LL' is x'x + 1 / slab^2 over the columns that are in."""
        factor = np.linalg.cholesky(self.gram[np.ix_(at, at)] + np.eye(len(at)) / slab**2)
        if not len(at):
            return factor, np.empty(0)
        return factor, solve_triangular(factor, products[at], lower=True, check_finite=False)

    def coefficients(self, z: np.ndarray, *, known_noise: bool, rng: np.random.Generator) -> tuple[np.ndarray, float]:
        """Return a draw of the coefficients (columns,) and of the noise given which features are in."""
        at = np.flatnonzero(self.chosen[self.owner])
        factor, half = self._factored(at, self.slab, self.x.T @ z)
        squares = float(np.sum((z - z.mean()) ** 2))
        left = max(squares - float(half @ half), EXACT * squares)
        sigma = 1.0 if known_noise else float(np.sqrt(left / rng.chisquare(len(z) - 1)))
        beta = np.zeros(len(self.owner))
        if len(at):
            beta[at] = solve_triangular(factor.T, half + sigma * rng.standard_normal(len(at)), check_finite=False)
        return beta, sigma


def _latent(y: np.ndarray, line: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Return latent normals (rows,) about a line, above zero where y is one and below it where it is zero."""
    sign = np.where(y > 0, 1.0, -1.0)
    u = 1 - rng.random(len(y))  # in (0, 1]
    return np.asarray(line - sign * ndtri(np.maximum(u * ndtr(sign * line), 1e-300)))
