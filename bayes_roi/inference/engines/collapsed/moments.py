"""What the normal of the coefficients is made of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from bayes_roi.inference.engines.collapsed.coefficients import precision_root, solve_lower


@dataclass(frozen=True, eq=False)
class Moments:
    """Sufficient statistics of the coefficients at `count` values of the other parameters.

    Columns are times their prior sd, in units of the outcome's sd; r is the outcome less all at the prior means.

    Parameters
    ----------
    gram, cross, square
        X'X (count, k, k), X'r (count, k) and r'r (count,).
    means
        Mean of each media column (count, k), in units of the curve.
    curves
        Coefficient -> its column (count, time), for those that multiply a curve with parameters.
    """

    gram: np.ndarray
    cross: np.ndarray
    square: np.ndarray
    means: np.ndarray
    curves: Mapping[int, np.ndarray]

    @property
    def finite(self) -> np.ndarray:
        """Which values (count,) give finite moments."""
        return np.isfinite(self.square) & np.isfinite(self.cross).all(axis=1)

    def normal(self, variance: np.ndarray, usable: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return L and u of the coefficients' normal, beta = L'^-1 (u + z); the prior where not usable."""
        root = precision_root(np.where(usable[:, None, None], self.gram, 0.0), variance)
        return root, solve_lower(root, np.where(usable[:, None], self.cross, 0.0) / variance[:, None])

    def log_above(self, beta: np.ndarray, variance: np.ndarray, positive: int) -> np.ndarray:
        """Return the log probability (count, positive) that each of the last is above zero, given all others."""
        from scipy.special import log_ndtr

        last = slice(beta.shape[1] - positive, None)
        precision = np.einsum("kii->ki", self.gram)[:, last] / variance[:, None] + 1
        pull = (self.cross - np.einsum("kij,kj->ki", self.gram, beta))[:, last] / variance[:, None] - beta[:, last]
        return log_ndtr((pull / precision + beta[:, last]) * np.sqrt(precision))
