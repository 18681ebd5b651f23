r"""Stacking weights: the mixture of models that predicts best, $\max_w \sum_t \log \sum_k w_k p_k(y_t)$.

Yao, Vehtari, Simpson and Gelman (2018). The sum is concave in w and each step of expectation and maximisation raises
it: $w_k \leftarrow w_k \, \overline{p_k / \sum_j w_j p_j}$.
"""

from __future__ import annotations

import numpy as np

STEPS, CLOSE = 100_000, 1e-12


def stacking(elpd: np.ndarray) -> np.ndarray:
    """Return weights (models,) that sum to one, of log densities (models, rows).

    >>> stacking(np.log([[0.5, 0.5], [0.1, 0.2]])).round(3)
    array([1., 0.])
    """
    density = np.exp(elpd - elpd.max(axis=0))
    weights = np.full(len(density), 1 / len(density))
    for _ in range(STEPS):
        new = weights * (density / (weights @ density)).mean(axis=1)
        if np.abs(new - weights).max() < CLOSE:
            break
        weights = new
    return np.asarray(new / new.sum())
