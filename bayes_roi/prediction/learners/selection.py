"""Bayesian linear regression that selects its features: spike and slab by collapsed Gibbs sampling."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from scipy.special import betaln, ndtr, ndtri

from bayes_roi.prediction.learners.learner import Learned, Learner

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

    The slab is $\beta \sim N(0, \sigma^2)$ of standardised columns, which tells as much as one row does (Kass and
    Wasserman 1995); $p(\sigma^2) \propto 1 / \sigma^2$; the number of features in is uniform before the data, so that
    many useless ones cost little (Scott and Berger 2010).
    Coefficients and noise are integrated out where features are chosen (George and McCulloch 1997). A binary target
    has a probit link by latent normals (Albert and Chib 1993). Nothing is left to tune.

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
        walk = _Walk(x, owner, known_noise=binary)
        walk.towards(y)
        alpha, beta = float(ndtri((y.sum() + 1) / (len(y) + 2))), np.zeros(x.shape[1])
        kept: list[tuple[float, np.ndarray, np.ndarray, float]] = []
        for sweep in range(self.warm_up + self.draws):
            z = y
            if binary:
                z = _latent(y, alpha + x @ beta, rng)
                walk.towards(z)
            walk.sweep(rng)
            beta, sigma = walk.coefficients(rng)
            alpha = float(z.mean() + sigma / np.sqrt(len(z)) * rng.standard_normal())
            if sweep >= self.warm_up:
                kept.append((alpha, beta, walk.chosen.copy(), sigma))
        alphas, betas, chosen, sigmas = (np.array(part) for part in zip(*kept, strict=True))
        return Line(alphas, betas, chosen, np.empty(0) if binary else sigmas)


class _Walk:
    """A walk over which features are in; columns of x have mean zero."""

    def __init__(self, x: np.ndarray, owner: np.ndarray, *, known_noise: bool) -> None:
        self.x, self.owner, self.known_noise = x, owner, known_noise
        self.chosen = np.zeros(int(owner.max()) + 1, bool)
        self.products = np.zeros((x.shape[1] + 1, x.shape[1] + 1))
        self.products[:-1, :-1] = x.T @ x
        self.known: dict[bytes, float] = {}

    def towards(self, z: np.ndarray) -> None:
        """Set what is explained (rows,)."""
        products, squares = self.x.T @ z, float(np.sum((z - z.mean()) ** 2))
        self.products[-1, :-1] = self.products[:-1, -1] = products
        self.products[-1, -1] = squares * (1 + EXACT)
        self.known.clear()

    def sweep(self, rng: np.random.Generator) -> None:
        """Draw whether each feature is in given the others, coefficients and noise integrated out."""
        here = self.log_weight(self.chosen)
        for j in rng.permutation(len(self.chosen)):
            other = self.chosen.copy()
            other[j] = not other[j]
            there = self.log_weight(other)
            if np.log(rng.random()) < there - np.logaddexp(here, there):
                self.chosen, here = other, there

    def log_weight(self, chosen: np.ndarray) -> float:
        r"""Return $\log p(\gamma) p(z | \gamma)$ up to a constant."""
        key = chosen.tobytes()
        if key not in self.known:
            self.known[key] = self._log_weight(chosen)
        return self.known[key]

    def _log_weight(self, chosen: np.ndarray) -> float:
        size = int(chosen.sum())
        prior = float(betaln(1 + size, 1 + len(chosen) - size))
        root = np.diag(self._factor(chosen))
        spread = float(np.log(root[:-1]).sum())
        left = float(root[-1]) ** 2
        return prior - spread - 0.5 * (left if self.known_noise else (len(self.x) - 1) * math.log(left))

    def _factor(self, chosen: np.ndarray) -> np.ndarray:
        """Return the Cholesky factor of products of the columns that are in, the slab added, and of z as the last.

        Its last diagonal squared is what the columns leave of z, its last row beside it holds $L^{-1} x'z$.
        """
        at = np.append(np.flatnonzero(chosen[self.owner]), len(self.owner))
        inside = self.products[at[:, None], at]
        inside.flat[: -1 : len(at) + 1] += 1.0
        return np.linalg.cholesky(inside)

    def coefficients(self, rng: np.random.Generator) -> tuple[np.ndarray, float]:
        """Return a draw of the coefficients (columns,) and of the noise given which features are in."""
        factor = self._factor(self.chosen)
        sigma = 1.0 if self.known_noise else float(factor[-1, -1] / np.sqrt(rng.chisquare(len(self.x) - 1)))
        beta = np.zeros(len(self.owner))
        about = factor[-1, :-1] + sigma * rng.standard_normal(len(factor) - 1)
        beta[self.chosen[self.owner]] = np.linalg.solve(factor[:-1, :-1].T, about)
        return beta, sigma


def _latent(y: np.ndarray, line: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Return latent normals (rows,) about a line, above zero where y is one and below it where it is zero."""
    sign = np.where(y > 0, 1.0, -1.0)
    u = 1 - rng.random(len(y))  # in (0, 1]
    return np.asarray(line - sign * ndtri(np.maximum(u * ndtr(sign * line), 1e-300)))
