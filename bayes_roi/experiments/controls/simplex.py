r"""Least squares with weights that are not negative and sum to one, and the spread of such weights under noise.

On the simplex $A w - b = (A - b 1') w$, so that $\min \|A w - b\|$ has the direction of the non-negative $v$ that
minimises $\|(A - b 1') v\|^2 + (1'v - 1)^2$: along any $v$ the best length gives $q / (1 + q)$, which grows with
$q = \|(A - b 1') w\|^2$. One call of Lawson and Hanson's algorithm is therefore exact.
"""

from __future__ import annotations

import numpy as np
from scipy.optimize import nnls

POSITIVE = 1e-8
STEPS = 50
"""Steps of the algorithm for each weight, at most."""


def simplex_weights(a: np.ndarray, b: np.ndarray, *, ridge: float = 0.0) -> np.ndarray:
    r"""Return the weights $w \ge 0$, $\sum w = 1$ that minimise $\|A w - b\|^2 + ridge^2 \|w\|^2$.

    >>> simplex_weights(np.array([[0.0, 1.0], [1.0, 0.0]]), np.array([0.25, 0.75])).round(3).tolist()
    [0.75, 0.25]
    """
    count = a.shape[1]
    apart = a - b[:, None]
    rows = np.concatenate([apart, ridge * np.eye(count)]) if ridge else apart
    size = np.sqrt((rows**2).sum(axis=0).min()) or 1.0
    system = np.concatenate([rows / size, np.ones((1, count))])
    goal = np.zeros(len(system))
    goal[-1] = 1.0
    v, _ = nnls(system, goal, maxiter=STEPS * count)
    return np.asarray(v / v.sum())


def projected_weights(a: np.ndarray, b: np.ndarray, noise: np.ndarray) -> np.ndarray:
    r"""Return draws of the weights: least squares on the simplex of the fitted path with noise added to it.

    Where no weight is at its bound this is the normal posterior under a flat prior; at the bound a weight has positive
    probability of being zero. Sen, Patra and Dunson (2018), Constrained inference through posterior projections,
    arXiv:1812.05741.

    Parameters
    ----------
    a
        (periods, controls).
    b
        (periods,) path that the weights fit.
    noise
        (draws, periods).

    Returns
    -------
    numpy.ndarray
        (draws, controls).
    """
    # what lies outside the columns of `a` is the same for all weights that sum to one
    q, r = np.linalg.qr(a)
    return np.stack([simplex_weights(r, path) for path in (b + noise) @ q])
