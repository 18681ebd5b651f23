r"""A count below noise, in closed form: $n$ given $m = n + z$, where the laws of both are geometric.

The noise is $P(z) = \tanh(\frac{1}{2b}) e^{-|z| / b}$; the prior of a count is $(1 - q) q^n$ for $n \ge 0$. Their
product is geometric up to $m$ and geometric beyond it, so that sums over all n and draws of it need no table,
however large the counts are.
"""

from __future__ import annotations

import numpy as np

ALIKE = 1e-9
"""A slope of logarithms below which a geometric law is taken to be flat."""


def log_total(logs: np.ndarray, axis: int = -1) -> np.ndarray:
    """Return the logarithm of a sum of finite terms along an axis, given their logarithms.

    >>> round(float(np.exp(log_total(np.log([1.0, 2.0])))), 6)
    3.0
    """
    most = logs.max(axis=axis, keepdims=True)
    return np.asarray(np.log(np.exp(logs - most).sum(axis=axis)) + most.squeeze(axis))


def log_noise(z: np.ndarray, scale: float) -> np.ndarray:
    """Return log P(z) of the noise."""
    return np.log(np.tanh(0.5 / scale)) - np.abs(z) / scale


def log_prior(n: np.ndarray, log_ratio: np.ndarray) -> np.ndarray:
    """Return log P(n) of a count, with log q (below zero)."""
    return np.log(-np.expm1(log_ratio)) + n * log_ratio


def log_marginal(values: np.ndarray, log_ratio: np.ndarray, scale: float) -> np.ndarray:
    """Return log P(m) of a count with noise.

    >>> n = np.arange(2_000)
    >>> brute = np.exp(log_prior(n, np.log(0.9)) + log_noise(7 - n, 4.0)).sum()
    >>> bool(np.isclose(np.exp(log_marginal(np.array(7), np.log(0.9), 4.0)), brute))
    True
    """
    low, high = _masses(values, log_ratio, -1.0 / scale)
    return np.logaddexp(low, high) + np.log(-np.expm1(log_ratio)) + np.log(np.tanh(0.5 / scale))


def drawn(values: np.ndarray, log_ratio: np.ndarray, scale: float, rng: np.random.Generator) -> np.ndarray:
    """Return a draw of each count given its value with noise; both have the same shape."""
    slope = -1.0 / scale
    low, high = _masses(values, log_ratio, slope)
    below = rng.random(values.shape) < np.exp(low - np.logaddexp(low, high))
    up_to = _cut_geometric(log_ratio - slope, np.maximum(values, 0), rng.random(values.shape))
    beyond = np.floor(np.log1p(-rng.random(values.shape)) / (log_ratio + slope))
    return np.where(below, up_to, np.maximum(values + 1, 0) + beyond).astype(np.int64)


def _masses(values: np.ndarray, log_ratio: np.ndarray, slope: float) -> tuple[np.ndarray, np.ndarray]:
    r"""Return the logarithms of $\sum q^n e^{-|m - n| / b}$ over n up to m, and over n beyond it, n 0 or more."""
    inside = np.maximum(values, 0)
    up_to = inside * slope + _log_sum(log_ratio - slope, inside)
    first = np.where(values >= 0, (values + 1) * log_ratio + slope, -values * slope)
    beyond = first - np.log(-np.expm1(log_ratio + slope))
    return np.where(values >= 0, up_to, -np.inf), beyond


def _log_sum(slope: np.ndarray, most: np.ndarray) -> np.ndarray:
    """Return the logarithm of the sum of exp(slope n) over n from 0 to `most`."""
    flat = np.abs(slope) < ALIKE
    falling = np.where(flat, -1.0, -np.abs(slope))
    found = np.log(-np.expm1(falling * (most + 1))) - np.log(-np.expm1(falling))
    return np.where(flat, np.log(most + 1.0), found + np.maximum(slope, 0.0) * most)


def _cut_geometric(slope: np.ndarray, most: np.ndarray, chance: np.ndarray) -> np.ndarray:
    """Return draws of n from 0 to `most` with weights exp(slope n)."""
    flat = np.abs(slope) < ALIKE
    falling = np.where(flat, -1.0, -np.abs(slope))
    steps = np.floor(np.log1p(chance * np.expm1(falling * (most + 1))) / falling)
    steps = np.minimum(np.where(flat, np.floor(chance * (most + 1)), steps), most)
    return np.where(slope > 0, most - steps, steps)
