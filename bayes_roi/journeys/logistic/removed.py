"""What taking the touches of a channel out would change, over the days that were observed (g-computation)."""

from __future__ import annotations

import numpy as np

from bayes_roi.journeys.logistic.posterior import CELLS_AT_ONCE, Regression
from bayes_roi.journeys.logistic.rows import Rows

LARGEST = 40.0
"""Log-odds beyond which a probability is one."""


def removed(rows: Rows, regression: Regression, points: np.ndarray, adds: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    r"""Return expected purchases (draws,), and how many fewer without each channel (draws, channels).

    $\sum_i n_i (p_i - p_i^{-c})$ with $\mathrm{logit}\, p_i^{-c} = \mathrm{logit}\, p_i - \beta_c a_{ic}$: the
    touches of one channel are taken out, those of the others and the intent of the day stay as they were (the
    parametric g-formula: Robins 1986; Hernan and Robins 2020, chapter 13).

    Parameters
    ----------
    rows
        The days.
    regression
        Of these days.
    points
        Draws of its coefficients (draws, columns).
    adds
        What a touch of each channel adds to the log-odds of buying (draws, channels).
    """
    draws, channels = adds.shape
    total, fewer = np.zeros(draws), np.zeros((channels, draws))
    flat, taken = points.T.astype(np.float32), np.ascontiguousarray(-adds.T, np.float32)
    size = max(CELLS_AT_ONCE // draws, 1)
    for start in range(0, len(rows), size):
        some = slice(start, start + size)
        days, touches = rows.days[some], rows.remembered[some].astype(np.float32)
        eta = np.minimum(regression.columns[some].astype(np.float32) @ flat, LARGEST)
        p = _probability(eta.copy())
        total += days @ p
        for c in range(channels):
            at = np.flatnonzero(touches[:, c])
            if len(at):
                q = touches[at, c, None] * taken[c]
                q += eta[at]
                fewer[c] += days[at] @ np.subtract(p[at], _probability(np.minimum(q, LARGEST, out=q)), out=q)
    return total, fewer.T


def _probability(eta: np.ndarray) -> np.ndarray:
    """Return probabilities at log-odds, in their place."""
    np.exp(eta, out=eta)
    return np.divide(eta, 1 + eta, out=eta)
