r"""Effects above zero, sampled by what they do to the outcome.

The data tell how far a term moves the outcome; effect and curve alone they hardly tell. So the coordinate of an effect
is of what it contributes or of how far it swings, and the log of the effect follows given its curve: the two differ by
what hangs on the curve alone, and a density of one is a density of the other.

A contribution is $c = s \log(1 + e^q)$, with s about its standard error. Far below s, where prior and data hardly tell
sizes apart, q is its log; above, where the likelihood is near normal in c itself, q is c in units of s. In logs all the
way the likelihood's curvature would grow as $(c / s)^2$, and the largest of many contributions would set the step of
all.

Where contributions together stay below the mean M of the outcome, such $f_j$ become $c_j = f_j / (1 + S^p)^{1/p}$ with
$S = \sum_j f_j / M$: with p = 1 the logs of f / M are the additive log-ratios of a composition (Aitchison 1986), which
tie every contribution to what all leave; with a larger p they are free of one another until little is left. There is no
order of terms, no truncation and no normaliser, and

$$\left|\frac{\partial \log c}{\partial \log f}\right| = \frac{1}{1 + S^p}.$$
"""

from __future__ import annotations

import numpy as np

from bayes_roi.mechanisms.arrays import Array, Namespace
from bayes_roi.mechanisms.autodiff import plain

SHARPNESS = 8.0
"""The p above."""
FLAT = 1e-12
"""Added to the variance of a curve, so that the log of a flat one's is a number."""


def log_swing(xp: Namespace, curve: Array, mean: Array) -> Array:
    """Return the log of the sd over time of curves (terms, chains, time) as (chains, terms)."""
    variance = xp.mean((curve - mean) ** 2) + FLAT
    return 0.5 * xp.swapaxes(xp.log(variance)[..., 0], 0, 1)


def softened(xp: Namespace, q: Array) -> tuple[Array, Array]:
    """Return the log of log(1 + e^q) for coordinates (chains, terms), and its log Jacobian (chains,)."""
    soft = xp.softplus(q)
    log_soft = xp.log(soft)
    return log_soft, (q - soft - log_soft).sum(-1)


def unsoftened(size: np.ndarray) -> np.ndarray:
    """Return the coordinates at which log(1 + e^q) is `size`."""
    return np.asarray(size + np.log(-np.expm1(-size)))


def standard_errors(columns: np.ndarray, y: np.ndarray, unit: np.ndarray) -> np.ndarray:
    """Return how far off each column's swing about its mean is, in units of y, when a regression tells it (columns,).

    Of y (rows,) on all columns (columns, rows), where each `unit` (rows,) has a level of its own.
    """
    sd = columns.std(1)
    return regressed(_less_means(columns, unit), _less_means(y[None], unit)[0], sd)[1]


def regressed(columns: np.ndarray, y: np.ndarray, sd: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return what y (rows,) tells of columns (columns, rows) times 1 / `sd`, and about how far off (columns,).

    Each has a prior as wide as y: columns that move together leave one another's open.
    """
    seen = np.isfinite(y)
    x, y = columns[:, seen] / np.where(sd > 0, sd, 1.0)[:, None], y[seen]
    spread = float(y.std()) or 1.0
    y = y / spread
    root = np.linalg.cholesky(x @ x.T + np.eye(len(x)))
    inverse = np.linalg.inv(root)
    found = inverse.T @ (inverse @ (x @ y))
    left = y - x.T @ found
    return spread * found, np.asarray(spread * np.sqrt((left**2).mean() * (inverse**2).sum(0)))


def _less_means(x: np.ndarray, unit: np.ndarray) -> np.ndarray:
    """Return rows (columns, rows) less the mean of their unit."""
    seen = np.isfinite(x)
    count = np.maximum([np.bincount(unit, s) for s in seen], 1)
    sums = np.stack([np.bincount(unit, c) for c in np.where(seen, x, 0.0)])
    return x - (sums / count)[:, unit]


def bounded(xp: Namespace, free: Array) -> tuple[Array, Array]:
    """Return log contributions (chains, terms) in units of the bound from free ones, and the log Jacobian (chains,)."""
    lift = plain(free).max(-1, keepdims=True)
    log_total = xp.log(xp.exp(free - lift).sum(-1)[:, None]) + lift
    over = xp.softplus(SHARPNESS * log_total)
    return free - over * (1 / SHARPNESS), -over[:, 0]
