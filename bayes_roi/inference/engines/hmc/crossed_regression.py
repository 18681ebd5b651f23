r"""A regression with an effect of each period beside those of units, all integrated out with the coefficients.

With $y = Xb + Za + Pc + m + \sigma z$, Z the units and P the periods of the rows, $a_u \sim N(0, \tau)$,
$c_t \sim N(0, \omega)$ and $b_j \sim N(\mu_j, s_j^2)$, put $r = y - X\mu - m$, $A = (X \text{diag}(s), \tau Z)$. Then
$K = \sigma^2 I + \omega^2 PP'$ is inverted period by period,

$$K^{-1} = \frac{1}{\sigma^2} (I - P W P'), \qquad W_{tt} = \frac{\omega^2}{\sigma^2 + n_t \omega^2},$$

and $r \sim N(0, K + AA')$ by the matrix $G = I + A'K^{-1}A$ of coefficients and units alone (Rasmussen and Williams
2006, appendix A.3; Wallace and Hussain 1969 for the two-way error components). Given these, the $c_t$ are independent
normals of mean $W_{tt} \sum_t (r - A\beta)$ and variance $\sigma^2 W_{tt}$.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from bayes_roi.inference.engines.hmc.regression import Regression
from bayes_roi.mechanisms.arrays import Array, Namespace
from bayes_roi.mechanisms.autodiff import tape


@dataclass(frozen=True, eq=False)
class CrossedRegression(Regression):
    """A regression on columns that never change, on the periods of the rows, and perhaps on their units.

    Parameters
    ----------
    periods
        (rows,) place of each row's period.
    units
        (rows,) the unit of each row, and how many there are; None where intercepts do not vary by unit.
    """

    periods: np.ndarray
    units: tuple[np.ndarray, int] | None

    @cached_property
    def _counts(self) -> np.ndarray:
        return np.bincount(self.periods).astype(float)

    @cached_property
    def _columns(self) -> np.ndarray:
        """Columns times the sd of their priors, then units (k + units, rows)."""
        scaled = self.columns * self.sd[:, None]
        return scaled if self.units is None else np.concatenate([scaled, _indicators(*self.units)])

    @cached_property
    def _read(self) -> np.ndarray:
        """What rows are multiplied by: the columns, then the periods (rows, k + units + periods)."""
        return np.concatenate([self._columns, _indicators(self.periods, len(self._counts))]).T.copy()

    @cached_property
    def _sums(self) -> np.ndarray:
        """Sums of the columns over each period (periods, k + units)."""
        return self._read[:, len(self._columns) :].T @ self._columns.T

    @cached_property
    def _products(self) -> tuple[np.ndarray, np.ndarray]:
        """Of the columns (k + units, k + units), and of their sums over each period (periods, as many squared)."""
        by_period = self._sums[:, :, None] * self._sums[:, None]
        return self._columns @ self._columns.T, by_period.reshape(len(self._sums), -1)

    def log_density(self, xp: Namespace, added: Array, *scales: Array) -> Array:
        """Return log p(y | what other terms add (chains, rows), sigma, tau, omega (chains,)), up to a constant.

        Without units tau is left out.
        """
        r = self._target - added
        variance, whole, weight = self._variances(scales)
        gram, cross, sums = self._normal(xp, r, scales)
        quadratic = ((r * r).sum(-1) - (weight * sums * sums).sum(-1)) / variance[:, 0]
        count = len(self.y) - len(self._counts)
        log_det = count * xp.log(variance)[:, 0] + xp.log(whole).sum(-1) + xp.log_det(gram)
        return -0.5 * (quadratic - xp.quadratic(gram, cross) + log_det)

    def _variances(self, scales: tuple[Array, ...]) -> tuple[Array, Array, Array]:
        """Return sigma^2 (chains, 1), sigma^2 + n omega^2 (chains, periods), and W (chains, periods)."""
        variance, between = ((s * s)[:, None] for s in (scales[0], scales[-1]))
        whole = variance + self._counts * between
        return variance, whole, between / whole

    def _widths(self, xp: Namespace, scales: tuple[Array, ...]) -> Array:
        """Return what columns are multiplied by (chains, k + units): nothing more, and units by tau."""
        ones = np.ones((scales[0].shape[0], len(self.sd)))
        if self.units is None:
            return ones
        return xp.concatenate([ones, scales[1][:, None] * np.ones(self.units[1])], axis=1)

    def _normal(self, xp: Namespace, r: Array, scales: tuple[Array, ...]) -> tuple[Array, Array, Array]:
        """Return G (chains, m, m), A'K^-1 r (chains, m), and the sums of r over periods (chains, periods)."""
        variance, _, weight = self._variances(scales)
        products, by_period = self._products
        size = len(products)
        widths, read = self._widths(xp, scales), xp.matmul(r, self._read)
        sums = read[..., size:]
        taken = xp.matmul(weight, by_period).reshape((scales[0].shape[0], size, size))
        inner = (products - taken) / variance[:, :, None]
        gram = np.eye(size) + widths[:, :, None] * inner * widths[:, None, :]
        cross = widths * (read[..., :size] - xp.matmul(weight * sums, self._sums)) / variance
        return gram, cross, sums

    def draw(self, added: np.ndarray, *scales: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        """Return draws (draws, k + units + periods) given the rest: coefficients, units' distances, and periods."""
        variance, _, weight = self._variances(scales)
        gram, cross, sums = self._normal(tape, self._target - added, scales)
        root = np.linalg.cholesky(gram)
        beta = np.linalg.solve(gram, cross[..., None])
        noise = rng.standard_normal(cross.shape)[..., None]
        beta = (beta + np.linalg.solve(np.swapaxes(root, -1, -2), noise))[..., 0]
        found = beta * self._widths(tape, scales)
        left = sums - found @ self._sums.T
        shared = weight * left + np.sqrt(variance * weight) * rng.standard_normal(left.shape)
        coefficients, apart = np.split(found, [len(self.sd)], axis=1)
        return np.concatenate([self.mean + self.sd * coefficients, apart, shared], 1)


def _indicators(codes: np.ndarray, count: int) -> np.ndarray:
    """Return which rows are of each code (count, rows)."""
    return 1.0 * (codes == np.arange(count)[:, None])
