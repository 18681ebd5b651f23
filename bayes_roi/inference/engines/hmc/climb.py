"""From the middle of the prior to the posterior's mass: a climb of all chains, and the curvature at the top."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

Target = Callable[[np.ndarray], tuple[np.ndarray, np.ndarray]]
"""q (chains, dimension) -> log density (chains,), gradient (chains, dimension)."""
RATE = 0.15
"""Step of a climb, falling to zero."""
DIFFERENCE = 1e-4
"""Step of the numerical Hessian."""
LEAST_PRECISION = 0.3
"""Of a direction of the first metric, where the prior's is about one."""


def climb(target: Target, q: np.ndarray, steps: int, tick: Callable[[float], None]) -> np.ndarray:
    """Return the highest points (chains, dimension) that ascents by Adam met from `q` (Kingma and Ba 2015)."""
    first, second = np.zeros_like(q), np.zeros_like(q)
    best, at = np.full(len(q), -np.inf), q.copy()
    for i in range(1, steps + 1):
        height, slope = target(q)
        usable = np.isfinite(height) & np.isfinite(slope).all(1)
        better = usable & (height > best)
        best, at[better] = np.where(better, height, best), q[better]
        slope = np.where(usable[:, None], slope, 0.0)
        first, second = 0.9 * first + 0.1 * slope, 0.98 * second + 0.02 * slope**2
        size = RATE * (1 - i / (steps + 1))
        step = size * (first / (1 - 0.9**i)) / (np.sqrt(second / (1 - 0.98**i)) + 1e-12)
        q = np.where(usable[:, None], q + step, at)
        tick(i / steps)
    return at


def curvature(target: Target, q: np.ndarray, batch: int) -> np.ndarray:
    """Return the covariance of the normal that fits at the point q (dimension,), no wider than about the prior.

    It is the inverse of minus the Hessian, by central differences of gradients, `batch` points at once.
    """
    step = DIFFERENCE * np.eye(len(q))
    points = np.concatenate([q + step, q - step])
    slopes = np.concatenate([target(points[i : i + batch])[1] for i in range(0, len(points), batch)])
    up, down = slopes[: len(q)], slopes[len(q) :]
    hessian = (down - up) / (2 * DIFFERENCE)
    hessian = np.where(np.isfinite(hessian), hessian, 0.0)
    values, vectors = np.linalg.eigh(0.5 * (hessian + hessian.T))
    return (vectors / np.maximum(np.abs(values), LEAST_PRECISION)) @ vectors.T
