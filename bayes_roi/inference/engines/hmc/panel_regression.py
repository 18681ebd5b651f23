r"""A regression whose intercept varies by panel unit, that integrated out with the coefficients.

With $y = Xb + Za + m + \sigma z$, Z the units of the rows, $a_u \sim N(0, \tau)$ and $b_j \sim N(\mu_j, s_j^2)$, put
$r = y - X\mu - m$ and let X have columns times s. Then $K = \sigma^2 I + \tau^2 ZZ'$ is inverted unit by unit,

$$K^{-1} = \frac{1}{\sigma^2} (I - Z W Z'), \qquad W_{uu} = \frac{\tau^2}{\sigma^2 + n_u \tau^2},$$

and $r \sim N(0, K + XX')$ by the matrix $G = I + X'K^{-1}X$ of the coefficients alone (Rasmussen and Williams 2006,
appendix A.3). Given b, the $a_u$ are independent normals of mean $W_{uu} \sum_u (r - Xb)$ and variance
$\sigma^2 W_{uu}$.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from bayes_roi.inference.engines.hmc.regression import Regression
from bayes_roi.inference.engines.hmc.units import UnitRows
from bayes_roi.mechanisms.arrays import Array, Namespace
from bayes_roi.mechanisms.autodiff import tape


@dataclass(frozen=True, eq=False)
class PanelRegression(Regression):
    """A regression on columns that never change, and on the units of the rows.

    Parameters
    ----------
    rows
        Of the units.
    """

    rows: UnitRows

    @cached_property
    def _scaled(self) -> np.ndarray:
        return self.columns * self.sd[:, None]

    @cached_property
    def _sums(self) -> np.ndarray:
        """Sums of the columns over each unit (units, k)."""
        return np.asarray(self.rows.sums(tape, self._scaled)).T

    @cached_property
    def _products(self) -> tuple[np.ndarray, np.ndarray]:
        """Of the columns (k, k), and of their sums over each unit (units, k, k)."""
        return self._scaled @ self._scaled.T, self._sums[:, :, None] * self._sums[:, None]

    def log_density(self, xp: Namespace, added: Array, *scales: Array) -> Array:
        """Return log p(y | what other terms add (chains, rows), sigma, tau (chains,)), up to a constant (chains,)."""
        sigma, spread = scales
        r = self._target - added
        sums = self.rows.sums(xp, r)
        variance, whole, weight = self._variances(sigma, spread)
        gram, cross = self._normal(xp, r, sums, variance, weight)
        quadratic = ((r * r).sum(-1) - (weight * sums * sums).sum(-1)) / variance[:, 0]
        count = len(self.y) - self.rows.units
        log_det = count * xp.log(variance)[:, 0] + xp.log(whole).sum(-1) + xp.log_det(gram)
        return -0.5 * (quadratic - xp.quadratic(gram, cross) + log_det)

    def _variances(self, sigma: Array, spread: Array) -> tuple[Array, Array, Array]:
        """Return sigma^2 (chains, 1), sigma^2 + n tau^2 (chains, units), and W (chains, units)."""
        variance, between = (sigma * sigma)[:, None], (spread * spread)[:, None]
        whole = variance + self.rows.counts * between
        return variance, whole, between / whole

    def _normal(self, xp: Namespace, r: Array, sums: Array, variance: Array, weight: Array) -> tuple[Array, Array]:
        """Return G (chains, k, k) and X'K^-1 r (chains, k)."""
        products, by_unit = self._products
        size = len(self.sd)
        taken = xp.matmul(weight, by_unit.reshape(self.rows.units, size * size))
        taken = taken.reshape((*weight.shape[:1], size, size))
        gram = np.eye(size) + (products - taken) / variance[..., None]
        cross = (xp.matmul(r, self._scaled.T) - xp.matmul(weight * sums, self._sums)) / variance
        return gram, cross

    def draw(self, added: np.ndarray, *scales: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        """Return draws (draws, k + units) given the rest: of the coefficients, then of the units' distances."""
        sigma, spread = scales
        r = self._target - added
        sums = self.rows.sums(tape, r)
        variance, _, weight = self._variances(sigma, spread)
        gram, cross = self._normal(tape, r, sums, variance, weight)
        root = np.linalg.cholesky(gram)
        beta = np.linalg.solve(gram, cross[..., None])
        noise = rng.standard_normal(cross.shape)[..., None]
        beta = (beta + np.linalg.solve(np.swapaxes(root, -1, -2), noise))[..., 0]
        left = sums - beta @ self._sums.T
        apart = weight * left + np.sqrt(variance * weight) * rng.standard_normal(left.shape)
        return np.concatenate([self.mean + self.sd * beta, apart], 1)
