r"""The coefficients of an equation that are normal given the rest, integrated out.

With $y = Xb + m + \sigma z$, $b_j \sim N(\mu_j, s_j^2)$ and m what curves add, put $b = \mu + D\beta$,
$D = \text{diag}(s)$, $r = y - X\mu - m$ and $XD = U \Lambda V'$. X never changes, so that for every m and sigma

$$\log p(y \mid m, \sigma) = -\tfrac12\Big(\tfrac{\lVert r - UU'r \rVert^2}{\sigma^2}
  + \sum_k \tfrac{(U'r)_k^2}{\sigma^2 + \lambda_k^2} + (n - k) \log \sigma^2
  + \sum_k \log(\sigma^2 + \lambda_k^2)\Big)$$

up to a constant, and $V'\beta$ is normal with means $\lambda_k (U'r)_k / (\sigma^2 + \lambda_k^2)$ and variances
$\sigma^2 / (\sigma^2 + \lambda_k^2)$, independently (Rasmussen and Williams 2006, section 2.1.1).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from bayes_roi.mechanisms.arrays import Array, Namespace
from bayes_roi.mechanisms.prior import Normal


@dataclass(frozen=True, eq=False)
class Regression:
    """A regression on columns that never change.

    Parameters
    ----------
    y
        (rows,) on the scale of the linear predictor, NaN where it is missing: these rows tell nothing.
    columns
        (k, rows).
    priors
        Of their coefficients.
    """

    y: np.ndarray
    columns: np.ndarray
    priors: Sequence[Normal]

    @cached_property
    def mean(self) -> np.ndarray:
        return np.array([p.mu for p in self.priors])

    @cached_property
    def sd(self) -> np.ndarray:
        return np.array([p.sigma for p in self.priors])

    @cached_property
    def seen(self) -> np.ndarray:
        """Which rows have a value (rows,)."""
        return np.isfinite(self.y)

    @cached_property
    def _parts(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        left, sizes, right = np.linalg.svd((self.columns * self.seen).T * self.sd, full_matrices=False)
        return np.ascontiguousarray(left), sizes, right

    @cached_property
    def _target(self) -> np.ndarray:
        return np.where(self.seen, self.y - self.mean @ self.columns, 0.0)

    def log_density(self, xp: Namespace, added: Array, *scales: Array) -> Array:
        """Return log p(y | what other terms add (chains, rows), sigma (chains,)), up to a constant (chains,)."""
        (sigma,) = scales
        left, sizes, _ = self._parts
        r = self._rest(added)
        along = xp.matmul(r, left)
        across = r - xp.matmul(along, left.T)
        variance = (sigma * sigma)[:, None]
        spread = variance + sizes**2
        count = self.seen.sum() - len(sizes)
        quadratic = (across * across).sum(-1)[:, None] / variance + count * xp.log(variance)
        return -0.5 * (quadratic[:, 0] + (along * along / spread + xp.log(spread)).sum(-1))

    def _rest(self, added: Array) -> Array:
        """Return what is left of y (chains, rows), zero where it is missing."""
        return self._target - (added if self.seen.all() else added * self.seen)

    def draw(self, added: np.ndarray, *scales: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        """Return draws of the coefficients (draws, k) given the rest, as `log_density` has it."""
        (sigma,) = scales
        left, sizes, right = self._parts
        along = self._rest(added) @ left
        variance = sigma[:, None] ** 2
        sd = np.sqrt(variance / (variance + sizes**2))
        beta = sizes * along / (variance + sizes**2) + sd * rng.standard_normal(along.shape)
        # Where there are more columns than rows, what is left of the coefficients is as the prior has it.
        rest = rng.standard_normal((len(sigma), len(self.sd)))
        rest = rest - (rest @ right.T) @ right
        return np.asarray(self.mean + self.sd * (beta @ right + rest))
