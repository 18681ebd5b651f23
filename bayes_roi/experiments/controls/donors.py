r"""A treated path as a weighted mean of untreated ones: the fit before the window, and the error of the gap after it.

The gap is $y_t - \sum_j w_j y_{jt}$, less its mean before the window where there is an intercept. Its error has two
parts that share one noise: the noise of the period itself, and that of the weights, which the noise before the window
moved. Both are drawn together. Degrees of freedom are the periods less the positive weights (and the intercept), as the
weights that are zero cost none: Chen, Lin and Sen (2020), Journal of the American Statistical Association 115.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from bayes_roi.experiments.controls.simplex import POSITIVE, projected_weights, simplex_weights
from bayes_roi.experiments.series.noise import NoiseGrid, NoisePosterior


@dataclass(frozen=True, eq=False)
class DonorFit:
    """A path fitted by untreated ones.

    Parameters
    ----------
    y
        (length,) the treated path: the periods before the window, then those in it.
    donors
        (length, controls) the untreated paths.
    grid
        Correlations of the noise; says how many periods stand before the window.
    intercept
        Whether the level may differ.
    given
        (controls,) weights that something else than these paths chose; None for least squares.
    """

    y: np.ndarray
    donors: np.ndarray
    grid: NoiseGrid
    intercept: bool
    given: np.ndarray | None = None

    @property
    def before(self) -> int:
        """Number of periods before the window."""
        return self.grid.before

    @cached_property
    def weights(self) -> np.ndarray:
        """(controls,) the weights."""
        if self.given is not None:
            return self.given
        return simplex_weights(self._level(self.donors)[: self.before], self._level(self.y)[: self.before])

    @cached_property
    def gap(self) -> np.ndarray:
        """(length,) observed less counterfactual."""
        return np.asarray(self._level(self.y) - self._level(self.donors) @ self.weights)

    def _level(self, paths: np.ndarray) -> np.ndarray:
        """Return paths less their mean before the window, where the level may differ."""
        return paths - paths[: self.before].mean(axis=0) if self.intercept else paths

    @cached_property
    def regressors(self) -> np.ndarray:
        """(length, k) what the fit is free to move: intercept and differences of the donors that count."""
        if self.given is not None:
            return np.ones((len(self.y), int(self.intercept)))
        used = self.donors[:, self.weights > POSITIVE]
        moved = used[:, 1:] - used[:, :1]
        kept = max(self.before - 3 - self.intercept, 0)  # noise needs degrees of freedom of its own
        moved = moved[:, :kept]
        return np.column_stack([np.ones(len(self.y)), moved]) if self.intercept else moved

    @cached_property
    def noise(self) -> NoisePosterior:
        """Posterior of the noise."""
        return self.grid.posterior(self.gap[: self.before], self.regressors[: self.before])

    @cached_property
    def standardised(self) -> float:
        """The mean gap of the window over its sd, weights of zero taken as such; NaN where the fit is exact."""
        if self.noise.exact(float(np.abs(self.y).max())):
            return float("nan")
        inside = self.gap[self.before :]
        contrast = np.zeros(len(self.y))
        contrast[self.before :] = 1 / len(inside)
        if self.regressors.shape[1]:
            moved = self.regressors[self.before :].mean(axis=0)
            contrast[: self.before] = -moved @ np.linalg.pinv(self.regressors[: self.before])
        return float(inside.mean() / np.sqrt(self.noise.variance(contrast)))

    def errors(self, draws: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
        """Return draws of what the gap is off by, (draws, length), and of the weights, (draws, controls)."""
        u = self._level(self.noise.paths(draws, rng).T).T
        if self.given is not None:
            return u, np.tile(self.given, (draws, 1))
        a = self._level(self.donors)
        weights = projected_weights(a[: self.before], a[: self.before] @ self.weights, u[:, : self.before])
        return u - (weights - self.weights) @ a.T, weights
