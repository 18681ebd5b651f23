r"""Autocorrelated noise of a series: an AR(1) part beside an independent one, its parameters known up to a posterior.

$u_t = a_t + e_t$, $a_t = \rho a_{t-1} + \eta_t$; the correlation of $u$ at lag $k > 0$ is $(1 - s) \rho^k$ with $s$ the
share of the independent part. $\rho$ is uniform on $[0, 1)$, $s$ uniform on a few values, the variance and coefficients
of regressors have flat priors and are integrated out (the restricted likelihood; Harville 1974, Biometrika 61). Both
parameters stand on a grid, whose correlation matrices are factorised once for all series of a length.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import numpy as np

Noise = Literal["autocorrelated", "independent"]
RHO = np.array([0.0, 0.2, 0.4, 0.6, 0.75, 0.85, 0.92, 0.96, 0.99])
WIDTH = np.diff(np.concatenate([[0.0], (RHO[1:] + RHO[:-1]) / 2, [1.0]]))
"""Share of [0, 1) that is nearest to each rho."""
SHARES = np.array([0.0, 0.3, 0.6, 0.85])


@dataclass(frozen=True, eq=False)
class NoiseGrid:
    """Correlations of the noise of a series of `length` periods, the first `before` of them without treatment.

    Parameters
    ----------
    length, before
        Numbers of periods.
    noise
        "autocorrelated", or "independent" for the one point of the grid that has none.
    """

    length: int
    before: int
    noise: Noise = "autocorrelated"

    @cached_property
    def points(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Rho, share and prior weight of each point."""
        rho, share = (x.ravel() for x in np.meshgrid(RHO, SHARES, indexing="ij"))
        weight = np.repeat(WIDTH / len(SHARES), len(SHARES))
        kept = (rho > 0) | (share == 0)  # without autocorrelation the share says nothing
        weight = np.where(rho == 0, WIDTH[0], weight)
        kept = kept & (rho == 0) if self.noise == "independent" else kept
        return rho[kept], share[kept], weight[kept] / weight[kept].sum()

    @cached_property
    def correlation(self) -> np.ndarray:
        """(points, length, length)."""
        lag = np.abs(np.subtract.outer(np.arange(self.length), np.arange(self.length)))
        rho, share, _ = (x[:, None, None] for x in self.points)
        return np.where(lag == 0, 1.0, (1 - share) * rho**lag)

    @cached_property
    def root(self) -> np.ndarray:
        """Lower Cholesky factors of the correlations."""
        return np.linalg.cholesky(self.correlation)

    @cached_property
    def whitener(self) -> np.ndarray:
        """Inverses of the factors of the periods before."""
        return np.linalg.inv(self.root[:, : self.before, : self.before])

    def posterior(self, y: np.ndarray, regressors: np.ndarray) -> NoisePosterior:
        """Return the posterior of the noise of `y`, (before,), about a line in `regressors`, (before, k)."""
        white = self.whitener @ np.column_stack([y, regressors])
        q, r = np.linalg.qr(white[:, :, 1:])
        left = white[:, :, 0] - np.einsum("gtk,gk->gt", q, np.einsum("gtk,gt->gk", q, white[:, :, 0]))
        squares = np.maximum((left**2).sum(axis=1), np.finfo(float).tiny)
        freedom = len(y) - regressors.shape[1]
        logs = np.log(np.einsum("gtt->gt", self.root[:, : self.before, : self.before])).sum(axis=1)
        logs += np.log(np.abs(np.einsum("gkk->gk", r))).sum(axis=1) + freedom / 2 * np.log(squares)
        weight = self.points[2] * np.exp(logs.min() - logs)
        return NoisePosterior(self, weight / weight.sum(), squares, freedom)


@dataclass(frozen=True, eq=False)
class NoisePosterior:
    """Posterior of the noise.

    Parameters
    ----------
    grid
        The points.
    weight
        Posterior probability of each.
    squares
        Residual sum of squares at each, in units in which the noise is white.
    freedom
        Degrees of freedom: periods less regressors.
    """

    grid: NoiseGrid
    weight: np.ndarray
    squares: np.ndarray
    freedom: int

    @property
    def rho(self) -> float:
        """Posterior mean of the correlation with the period before."""
        rho, share, _ = self.grid.points
        return float(self.weight @ ((1 - share) * rho))

    def variance(self, contrast: np.ndarray) -> float:
        """Return the variance of a weighted sum of the noise, averaged over the grid, scale at its estimate."""
        of_each = np.einsum("t,gts,s->g", contrast, self.grid.correlation, contrast)
        return float(self.weight @ (of_each * self.squares / self.freedom))

    def points(self, draws: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
        """Return draws of a point of the grid, and of the sd of the noise there."""
        at = rng.choice(len(self.weight), draws, p=self.weight)
        return at, np.sqrt(self.squares[at] / rng.chisquare(self.freedom, draws))

    def paths(self, draws: int, rng: np.random.Generator) -> np.ndarray:
        """Return draws of the noise of all periods, (draws, length)."""
        at, sd = self.points(draws, rng)
        z = rng.standard_normal((draws, self.grid.length))
        found = np.empty_like(z)
        for point in np.unique(at):
            found[at == point] = z[at == point] @ self.grid.root[point].T
        return found * sd[:, None]
