r"""What the normal of the coefficients is made of, and that normal.

The precision of the common coefficients $\beta$ and of the standardised distances $\delta_u$ of the units from them is
an arrow: units are tied by the common coefficients alone. With $G_u$ the products of the columns over the rows of unit
u and $E$ the columns of the distances in terms of the common ones,

$$L_u L_u' = E G_u E' / \sigma^2 + I, \quad W_u = L_u^{-1} E G_u / \sigma^2, \quad
L L' = \sum_u (G_u / \sigma^2 - W_u' W_u) + I,$$

and the same of the right-hand sides: $u_u = L_u^{-1} E c_u / \sigma^2$,
$u = L^{-1} \sum_u (c_u / \sigma^2 - W_u' u_u)$. Then $\beta = L'^{-1}(u + z)$ and, given it, each unit by itself,
$\delta_u = L_u'^{-1}(u_u - W_u\beta + z_u)$; the log determinant is that of $L$ and of all $L_u$, and $u'u$ the sum of
squares of all $u$ (block elimination: Golub and Van Loan 2013, section 4.2).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from bayes_roi.inference.engines.collapsed.coefficients import precision_root, solve_lower

HAIR = 1e-13
"""Share of the precision before units are eliminated that is added to what is left: rounding is of that order."""


@dataclass(frozen=True, eq=False)
class UnitNormal:
    r"""The normal of the units' distances given the common coefficients.

    Parameters
    ----------
    root, u, across
        $L_u$ (count, groups, varying, varying), $u_u$ (count, groups, varying), $W_u$ (count, groups, varying, k).
    """

    root: np.ndarray
    u: np.ndarray
    across: np.ndarray

    def given(self, beta: np.ndarray) -> np.ndarray:
        """Return the right-hand sides (count, tries, groups, varying) at common coefficients (count, tries, k)."""
        count, groups, m, k = self.across.shape
        explained = beta @ np.swapaxes(self.across.reshape(count, groups * m, k), 1, 2)
        return self.u[:, None] - explained.reshape(count, -1, groups, m)


@dataclass(frozen=True, eq=False)
class CoefficientNormal:
    """The normal of the coefficients, beta = L'^-1 (u + z), with that of the units given them, if any."""

    root: np.ndarray
    u: np.ndarray
    units: UnitNormal | None = None

    @property
    def fit(self) -> np.ndarray:
        """Return u'u / 2 - log |L| (count,), units included."""
        fit = 0.5 * (self.u**2).sum(axis=1) - np.log(np.einsum("kii->ki", self.root)).sum(axis=1)
        if self.units is not None:
            fit += 0.5 * (self.units.u**2).sum(axis=(1, 2))
            fit -= np.log(np.einsum("kgii->kgi", self.units.root)).sum(axis=(1, 2))
        return fit


@dataclass(frozen=True, eq=False)
class Moments:
    """Sufficient statistics of the coefficients at `count` values of the other parameters.

    Columns are times their prior sd, in units of the outcome's sd; r is the outcome less all at the prior means.

    Parameters
    ----------
    gram, cross, square
        X'X (count, groups, k, k) and X'r (count, groups, k) over the rows of each group, r'r (count,) over all.
    means, used
        Mean of each media column (count, k), in units of the curve; and its mean size, in units of the outcome.
    ratio
        Prior sd of each coefficient (count, k) over the usual one: other than one under the joint prior of media.
    curves
        Coefficient -> its column (count, time), for those that multiply a curve with parameters.
    sizes, spreads
        Prior sd of the units' distances (count, varying) times the root mean square of what they multiply, in units of
        the outcome's sd, and by itself in the data's units.
    unit_columns
        Columns of the units' distances in terms of these (count, varying, k).
    """

    gram: np.ndarray
    cross: np.ndarray
    square: np.ndarray
    means: np.ndarray
    used: np.ndarray
    ratio: np.ndarray
    curves: Mapping[int, np.ndarray]
    sizes: np.ndarray
    spreads: np.ndarray
    unit_columns: np.ndarray

    @property
    def finite(self) -> np.ndarray:
        """Which values (count,) give finite moments."""
        return (
            np.isfinite(self.square)
            & np.isfinite(self.cross).all(axis=(1, 2))
            & np.isfinite(self.unit_columns).all(axis=(1, 2))
        )

    def normal(self, variance: np.ndarray, usable: np.ndarray) -> CoefficientNormal:
        """Return the coefficients' normal; the prior where not usable."""
        gram = np.where(usable[:, None, None, None], self.gram, 0.0)
        cross = np.where(usable[:, None, None], self.cross, 0.0)
        if not self.unit_columns.shape[1]:
            root = precision_root(gram[:, 0], variance)
            return CoefficientNormal(root, solve_lower(root, cross[:, 0] / variance[:, None]))
        columns = np.where(usable[:, None, None], self.unit_columns, 0.0)[:, None]
        joint = np.concatenate([gram, cross[..., None]], axis=-1) / variance[:, None, None, None]
        across = columns @ joint
        m, k = columns.shape[2], gram.shape[-1]
        precision = across[..., :k] @ np.swapaxes(columns, 2, 3)
        precision = (precision + np.swapaxes(precision, 2, 3)) / 2
        np.einsum("kgii->kgi", precision)[...] *= 1 + 1e-13
        np.einsum("kgii->kgi", precision)[...] += 1
        unit_root = np.linalg.cholesky(precision)
        for j in range(m):
            across[:, :, j] -= np.einsum("kgi,kgij->kgj", unit_root[..., j, :j], across[:, :, :j])
            across[:, :, j] /= unit_root[..., j, j, None]
        flat = across.reshape(len(across), -1, k + 1)
        left = joint.sum(axis=1)
        hair = HAIR * np.einsum("kii->ki", left[..., :k])
        left = left - np.swapaxes(flat[..., :k], 1, 2) @ flat
        np.einsum("kii->ki", left[..., :k])[...] += hair + 1
        root = np.linalg.cholesky(left[..., :k])
        units = UnitNormal(unit_root, across[..., k], across[..., :k])
        return CoefficientNormal(root, solve_lower(root, left[..., k]), units)

    def log_above(self, beta: np.ndarray, variance: np.ndarray, positive: int, distances: np.ndarray) -> np.ndarray:
        """Return the log probability (count, positive) that each of the last is above zero, given all others.

        `distances` (count, groups, varying) are those of the units, standardised.
        """
        from scipy.special import log_ndtr

        last = slice(beta.shape[1] - positive, None)
        gram, cross = self.gram.sum(axis=1), self.cross.sum(axis=1)
        precision = np.einsum("kii->ki", gram)[:, last] / variance[:, None] + 1
        explained = np.einsum("kij,kj->ki", gram, beta)
        if distances.shape[2]:
            explained += np.einsum("kgij,kgm,kmj->ki", self.gram, distances, self.unit_columns, optimize=True)
        pull = (cross - explained)[:, last] / variance[:, None] - beta[:, last]
        return log_ndtr((pull / precision + beta[:, last]) * np.sqrt(precision))
