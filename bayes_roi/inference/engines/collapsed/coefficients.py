"""Coefficients given the rest: normal, some of them above zero."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np


def precision_root(gram: np.ndarray, variance: np.ndarray) -> np.ndarray:
    """Return the lower Cholesky root (count, k, k) of gram / variance + I; a hair on the diagonal keeps it positive."""
    precision = gram / variance[:, None, None]
    diagonal = np.einsum("kii->ki", precision)
    diagonal *= 1 + 1e-13
    diagonal += 1
    return np.linalg.cholesky(precision)


def solve_lower(root: np.ndarray, right: np.ndarray) -> np.ndarray:
    """Return u (count, k) with root u = right, by forward substitution over all draws at once."""
    u = np.empty_like(right)
    for j in range(right.shape[1]):
        u[:, j] = (right[:, j] - np.einsum("ki,ki->k", root[:, j, :j], u[:, :j])) / root[:, j, j]
    return u


Widths = Mapping[float, float]
"""Scale -> share of the draws made with it."""
NARROW: Widths = {1.0: 1.0}


@dataclass(frozen=True, eq=False)
class Drawn:
    r"""Draws of the coefficients.

    Parameters
    ----------
    beta
        The draws (count, k).
    log_above
        Log probability (count, positive) that each positive one had of being above zero, given those before it; over
        such draws the product of the probabilities is an unbiased estimate of the probability of all signs.
    log_density
        Log density (count,) at which they were drawn, less $-\tfrac{k}{2}\log 2\pi$.
    """

    beta: np.ndarray
    log_above: np.ndarray
    log_density: np.ndarray


def draw_coefficients(
    root: np.ndarray,
    u: np.ndarray,
    positive: int,
    rng: np.random.Generator,
    *,
    widths: Widths = NARROW,
    lower: np.ndarray | None = None,
    scores: Mapping[int, np.ndarray] | None = None,
) -> Drawn:
    """Return draws with root' beta = u + s z, the last `positive` of them above zero, one after the other.

    The positive ones come first, each from its truncated normal given those before (Geweke 1991). The scale s of a
    draw is one of `widths`, scale -> share; the density is that of the mixture. `lower` (count, positive) are other
    bounds than zero; `scores` are normal scores (count,) of the quantiles at which some coefficients are drawn.
    """
    from scipy.special import log_ndtr, ndtri_exp

    count, k = u.shape
    z, log_uniform = rng.standard_normal((count, k)), np.log(rng.random((count, positive)))
    for at, score in (scores or {}).items():
        if at < k - positive:
            z[:, at] = score
        else:
            log_uniform[:, at - (k - positive)] = log_ndtr(-score)
    scales = np.array(list(widths))
    scale = rng.choice(scales, count, p=list(widths.values())) if len(scales) > 1 else np.full(count, scales[0])
    beta, means = np.empty_like(u), np.empty_like(u)
    log_above, over = np.zeros((count, positive)), np.zeros((count, positive))
    bounds = np.zeros((count, positive)) if lower is None else lower
    for j in reversed(range(k)):
        mean = u[:, j] - np.einsum("ki,ki->k", root[:, j + 1 :, j], beta[:, j + 1 :])
        value = mean + scale * z[:, j]
        if (at := j - (k - positive)) >= 0:
            bound = bounds[:, at] * root[:, j, j]
            over[:, at] = mean - bound
            log_above[:, at] = log_ndtr(over[:, at] / scale)  # P(mean + s z > bound)
            tail = np.minimum(log_uniform[:, at] + log_above[:, at], -1e-300)
            value = np.maximum(mean - scale * ndtri_exp(tail), bound)
        means[:, j], beta[:, j] = mean, value / root[:, j, j]
    distance = ((np.einsum("kii->ki", root) * beta - means) ** 2).sum(axis=1)
    log_det = np.log(np.einsum("kii->ki", root)).sum(axis=1)
    densities = [
        np.log(share)
        + log_det
        - k * np.log(s)
        - 0.5 * distance / s**2
        - (log_ndtr(over / s) if len(scales) > 1 else log_above).sum(axis=1)
        for s, share in widths.items()
    ]
    return Drawn(beta, log_above, np.logaddexp.reduce(densities, axis=0))
