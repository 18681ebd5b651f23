"""A normal likelihood to draw coefficients from where the noise has heavy tails."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np

LEAST_ROW_WEIGHT = 0.02


@dataclass(frozen=True, eq=False)
class GaussianSurrogate:
    r"""A normal likelihood in place of Student's, row by row: $N(y_t + d_t \mid \eta_t, \sigma^2 / \omega_t)$.

    Parameters
    ----------
    root_weights, shift
        $\sqrt{\omega_t}$ and $d_t$ (time,).
    """

    root_weights: np.ndarray
    shift: np.ndarray

    @classmethod
    def of(cls, y: np.ndarray, eta: np.ndarray, sigma: np.ndarray, nu: np.ndarray) -> Self:
        r"""Return that whose slope and curvature are the posterior means of the log likelihood's.

        Of all normals it is the nearest by $KL(q \| p)$ (Opper and Archambeau 2009, equations 11 and 12). Of an
        outlier the curvature is negative; a hair of weight is left to it.
        """
        z = (y - eta) / sigma
        slope, curvature = (nu + 1) * z / (nu + z**2), (nu + 1) * (nu - z**2) / (nu + z**2) ** 2
        weights = np.maximum(curvature.mean(axis=0), LEAST_ROW_WEIGHT)
        return cls(np.sqrt(weights), eta.mean(axis=0) + (sigma * slope).mean(axis=0) / weights - y)
