"""Weights as synthdid's R package finds them (version 0.0.9): Frank-Wolfe steps that stop early, for comparison."""

from __future__ import annotations

import numpy as np


def weights(a: np.ndarray, b: np.ndarray, zeta: float, least: float, *, intercept: bool) -> np.ndarray:
    """Return weights after 100 steps, those under a quarter of the largest set to zero, then up to 10,000 more."""
    if intercept:
        a, b = a - a.mean(axis=0), b - b.mean()
    start = _steps(a, b, zeta, least, np.full(a.shape[1], 1 / a.shape[1]), 100)
    start = np.where(start <= start.max() / 4, 0.0, start)
    return _steps(a, b, zeta, least, start / start.sum(), 10_000)


def _steps(a: np.ndarray, b: np.ndarray, zeta: float, least: float, x: np.ndarray, most: int) -> np.ndarray:
    values: list[float] = []
    eta = len(a) * zeta**2
    while len(values) < most and (len(values) < 2 or values[-2] - values[-1] > least**2):
        half = (a @ x - b) @ a + eta * x
        move = -x
        move[half.argmin()] += 1
        if move.any():
            length = -(half @ move) / (((a @ move) ** 2).sum() + eta * (move**2).sum())
            x = x + min(1.0, max(0.0, length)) * move
        values.append(zeta**2 * (x**2).sum() + ((a @ x - b) ** 2).mean())
    return x
