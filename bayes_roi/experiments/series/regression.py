r"""What a series would have been: a line in regressors with autocorrelated noise, carried on beyond its last period.

Given a point of the noise's grid, coefficients and the periods to come are normal. The AR(1) part that the residuals at
the end of the periods before leave, by the Kalman filter, fades out: $\rho^h$ of it is left after $h$ periods.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from bayes_roi.experiments.series.noise import NoiseGrid, NoisePosterior


@dataclass(frozen=True, eq=False)
class SeriesFit:
    """A series with its regressors.

    Parameters
    ----------
    y
        (length,) the series, the periods before the window first.
    regressors
        (length, k) what it is a line in, the constant among them.
    grid
        Correlations of the noise; says how many periods stand before the window.
    """

    y: np.ndarray
    regressors: np.ndarray
    grid: NoiseGrid

    @property
    def before(self) -> int:
        """Number of periods before the window."""
        return self.grid.before

    @cached_property
    def noise(self) -> NoisePosterior:
        """Posterior of the noise."""
        return self.grid.posterior(self.y[: self.before], self.regressors[: self.before])

    @cached_property
    def _parts(self) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
        """Of each point: coefficients, root of their covariance, predicted periods, and how coefficients move them."""
        n = self.before
        white, state = self.grid.whitened(np.column_stack([self.y[:n], self.regressors[:n]]))
        q, r = np.linalg.qr(white[:, :, 1:])
        inverse = np.linalg.inv(r)
        found = np.einsum("gkj,gtj,gt->gk", inverse, q, white[:, :, 0])
        carried = self.grid.carried[:, :, None]
        moved = self.regressors[n:] - carried * state[:, None, 1:]
        predicted = carried[:, :, 0] * state[:, None, 0] + np.einsum("gsk,gk->gs", moved, found)
        return found, inverse, predicted, moved

    @cached_property
    def standardised(self) -> float:
        """The mean gap of the window over its sd; NaN where the fit is exact."""
        if self.noise.exact(float(np.abs(self.y).max())):
            return float("nan")
        n = self.before
        _, inverse, predicted, moved = self._parts
        spread = np.concatenate([(moved @ inverse).mean(axis=1), self.grid.ahead.mean(axis=1)], axis=1)
        of_each = (spread**2).sum(axis=1) * self.noise.squares / self.noise.freedom
        mean = predicted.mean(axis=1)
        centre = float(self.noise.weight @ mean)
        variance = self.noise.weight @ (of_each + (mean - centre) ** 2)
        return float((self.y[n:].mean() - centre) / np.sqrt(variance))

    def gaps(self, draws: int, rng: np.random.Generator) -> np.ndarray:
        """Return draws of observed less expected before the window, and less counterfactual in it, (draws, length)."""
        n = self.before
        at, sd = self.noise.points(draws, rng)
        found, inverse, predicted, moved = self._parts
        z = rng.standard_normal((draws, self.regressors.shape[1]))
        new = rng.standard_normal((draws, len(self.y) - n))
        gaps = np.empty((draws, len(self.y)))
        for g in np.unique(at):
            own = at == g
            shift = sd[own, None] * (z[own] @ inverse[g].T)
            gaps[own, :n] = self.y[:n] - (found[g] + shift) @ self.regressors[:n].T
            ahead = predicted[g] + shift @ moved[g].T + sd[own, None] * (new[own] @ self.grid.ahead[g].T)
            gaps[own, n:] = self.y[n:] - ahead
        return gaps
