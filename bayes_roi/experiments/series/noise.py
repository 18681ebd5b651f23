r"""Autocorrelated noise of a series: an AR(1) part beside an independent one, its parameters known up to a posterior.

$u_t = a_t + e_t$, $a_t = \rho a_{t-1} + \eta_t$; the correlation of $u$ at lag $k > 0$ is $(1 - s) \rho^k$ with $s$ the
share of the independent part. $\rho$ is uniform on $[0, 1)$, $s$ uniform on a few values, the variance and coefficients
of regressors have flat priors and are integrated out (the restricted likelihood; Harville 1974, Biometrika 61). Both
parameters stand on a grid. Series are whitened by the Kalman filter, at all points of the grid at once.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import numpy as np

from bayes_roi.errors import QueryError

Noise = Literal["autocorrelated", "independent"]
RHO = np.array([0.0, 0.2, 0.4, 0.6, 0.75, 0.85, 0.92, 0.96, 0.99])
WIDTH = np.diff(np.concatenate([[0.0], (RHO[1:] + RHO[:-1]) / 2, [1.0]]))
"""Share of [0, 1) that is nearest to each rho."""
EXACT = 1e-9
"""Noise, as a share of the series, below which it is rounding."""
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
    def _filter(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Variance of each period given those before, the Kalman gain, (before, points), and the state's variance."""
        rho, share, _ = self.points
        state, variances, gains = 1 - share, [], []
        for _ in range(self.before):
            variances.append(state + share)
            gains.append(state / variances[-1])
            state = rho**2 * state * (1 - gains[-1]) + self.innovation
        return np.array(variances), np.array(gains), state

    @property
    def innovation(self) -> np.ndarray:
        """(points,) variance of what is new in the AR(1) part."""
        rho, share, _ = self.points
        return np.asarray((1 - share) * (1 - rho**2))

    def whitened(self, columns: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return columns, (before, k), with the correlation of the noise taken out, and the state they leave.

        Returns
        -------
        tuple of numpy.ndarray
            (points, before, k), and the AR(1) part expected of the first period in the window, (points, k).
        """
        rho, (variances, gains, _) = self.points[0][:, None], self._filter
        expected = np.zeros((len(rho), columns.shape[1]))
        white = np.empty((self.before, *expected.shape))
        for t in range(self.before):
            white[t] = columns[t] - expected
            expected = rho * (expected + gains[t][:, None] * white[t])
        white /= np.sqrt(variances)[:, :, None]
        return white.transpose(1, 0, 2), expected

    def posterior(self, y: np.ndarray, regressors: np.ndarray) -> NoisePosterior:
        """Return the posterior of the noise of `y`, (before,), about a line in `regressors`, (before, k)."""
        white, _ = self.whitened(np.column_stack([y, regressors]))
        q, r = np.linalg.qr(white[:, :, 1:])
        left = white[:, :, 0] - np.einsum("gtk,gk->gt", q, np.einsum("gtk,gt->gk", q, white[:, :, 0]))
        squares = np.maximum((left**2).sum(axis=1), np.finfo(float).tiny)
        freedom = len(y) - regressors.shape[1]
        logs = np.log(self._filter[0]).sum(axis=0) / 2
        logs += np.log(np.abs(np.einsum("gkk->gk", r))).sum(axis=1) + freedom / 2 * np.log(squares)
        weight = self.points[2] * np.exp(logs.min() - logs)
        return NoisePosterior(self, weight / weight.sum(), squares, freedom)

    @cached_property
    def carried(self) -> np.ndarray:
        """(points, window) how much of the state that is expected of the window's first period is left in each."""
        return np.asarray(self.points[0][:, None] ** np.arange(self.length - self.before))

    @cached_property
    def ahead(self) -> np.ndarray:
        """(points, window, window) lower Cholesky factor of the noise in the window given the periods before."""
        (rho, share, _), state, variances = self.points, self._filter[2], []
        for _ in range(self.length - self.before):
            variances.append(state)
            state = rho**2 * state + self.innovation
        at = np.arange(len(variances))
        first, lag = np.minimum.outer(at, at), np.abs(np.subtract.outer(at, at))
        covariance = np.array(variances).T[:, first] * rho[:, None, None] ** lag
        return np.linalg.cholesky(covariance + share[:, None, None] * np.eye(len(at)))


def check_noise(posterior: NoisePosterior, y: np.ndarray) -> None:
    """Raise where the series is fitted exactly, so that nothing is known of its noise.

    Parameters
    ----------
    posterior
        Of the noise.
    y
        The series before the window.
    """
    if posterior.exact(float(np.abs(y).max())):
        raise QueryError(
            "the periods before the window are fitted without any error, so that nothing is known of the noise; look "
            "for an outcome that does not vary, or a unit that is a copy of others"
        )


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

    def exact(self, size: float) -> bool:
        """Whether there is no noise to speak of, for a series of such a size."""
        return bool(np.sqrt(self.squares.max() / self.freedom) <= EXACT * size)

    def variance(self, contrast: np.ndarray) -> float:
        """Return the variance of a weighted sum of the noise, averaged over the grid, scale at its estimate."""
        rho, share, _ = self.grid.points
        products = np.correlate(contrast, contrast, "full")[len(contrast) - 1 :]
        lags = rho[:, None] ** np.arange(1, len(products))
        of_each = products[0] + 2 * (1 - share) * (lags @ products[1:])
        return float(self.weight @ (of_each * self.squares / self.freedom))

    def points(self, draws: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
        """Return draws of a point of the grid, and of the sd of the noise there."""
        at = rng.choice(len(self.weight), draws, p=self.weight)
        return at, np.sqrt(self.squares[at] / rng.chisquare(self.freedom, draws))

    def paths(self, draws: int, rng: np.random.Generator) -> np.ndarray:
        """Return draws of the noise of all periods, (draws, length)."""
        at, sd = self.points(draws, rng)
        rho, share, step = self.grid.points[0][at], self.grid.points[1][at], np.sqrt(self.grid.innovation)[at]
        z = rng.standard_normal((self.grid.length, 2, draws))
        state = np.sqrt(1 - share) * z[0, 0]
        found = np.empty((self.grid.length, draws))
        for t in range(self.grid.length):
            state = state if t == 0 else rho * state + step * z[t, 0]
            found[t] = state + np.sqrt(share) * z[t, 1]
        return (found * sd).T
