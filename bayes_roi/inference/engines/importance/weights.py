"""What importance weights are worth: effective size, tempering, Pareto tail index."""

from __future__ import annotations

import math

import numpy as np


def normalised(log_weights: np.ndarray) -> np.ndarray:
    """Return weights that sum to one."""
    weights = np.exp(log_weights - log_weights.max())
    return weights / weights.sum()


def effective_size(log_weights: np.ndarray) -> float:
    r"""Return Kish's effective size $(\sum w)^2 / \sum w^2$ (Kish 1965)."""
    weights = np.exp(log_weights - log_weights.max())
    return float(weights.sum() ** 2 / (weights**2).sum())


def tempering(log_weights: np.ndarray, least: float) -> float:
    """Return the largest power in (0, 1] of the weights that leaves an effective size of `least`, by bisection."""
    inside = log_weights[np.isfinite(log_weights)]
    if effective_size(inside) >= least:
        return 1.0
    low, high = 0.0, 1.0
    for _ in range(40):
        middle = (low + high) / 2
        low, high = (low, middle) if effective_size(middle * inside) < least else (middle, high)
    return max(low, 1e-300)


def pareto_k(log_weights: np.ndarray) -> float:
    """Return the shape of the generalised Pareto distribution of the largest weights; under 0.5 is good.

    The tail is the largest min(n / 5, 3 sqrt(n)) weights (Vehtari, Simpson, Gelman, Yao and Gabry 2024, section 2), its
    shape the empirical Bayes estimate of Zhang and Stephens (2009), drawn to 0.5 as by ten observations.
    """
    count = len(log_weights)
    tail = int(min(0.2 * count, 3 * math.sqrt(count)))
    largest = np.sort(np.exp(log_weights - log_weights.max()))[-tail - 1 :]
    excess = largest[1:] - largest[0]
    excess = excess[excess > 0]
    n = len(excess)
    if n < 5:
        return math.inf
    grid = 30 + int(math.sqrt(n))
    b = 1 - np.sqrt(grid / (np.arange(1, grid + 1) - 0.5))
    b = b / (3 * excess[int(n / 4 + 0.5) - 1]) + 1 / excess[-1]
    k = np.log1p(-b[:, None] * excess).mean(axis=1)
    likelihood = n * (np.log(-b / k) - k - 1)
    k_hat = np.log1p(-(b @ normalised(likelihood)) * excess).mean()
    return float((n * k_hat + 10 * 0.5) / (n + 10))
