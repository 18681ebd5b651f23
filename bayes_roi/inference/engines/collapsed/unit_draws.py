"""Parameters of units drawn given the common ones, some of a sign that is held; one of several draws kept."""

from __future__ import annotations

import numpy as np

from bayes_roi.inference.engines.collapsed.coefficients import draw_coefficients
from bayes_roi.inference.engines.collapsed.moments import UnitNormal
from bayes_roi.inference.engines.collapsed.regression import Regression

UNIT_TRIES = 3
"""Draws of each unit's parameters given the common ones, where units' effects have a sign."""


def units_given(
    regression: Regression,
    normal: UnitNormal,
    beta: np.ndarray,
    b: np.ndarray,
    spreads: np.ndarray,
    rng: np.random.Generator,
) -> tuple[np.ndarray, np.ndarray]:
    """Return the units' parameters (count, tries, varying x groups) given the common ones, and what signs weigh."""
    from scipy.special import log_ndtr

    varying, signed = regression.varying, regression.signed
    right = normal.given(beta)
    count, tries, groups, m = right.shape
    common = b[..., [i for i, _ in varying]]
    ratio = (common / spreads[:, None])[..., m - signed :]
    each = UNIT_TRIES if signed else 1
    shape = (count, tries, groups, each)
    drawn = draw_coefficients(
        np.broadcast_to(normal.root[:, None, :, None], (*shape, m, m)).reshape(-1, m, m),
        np.broadcast_to(right[..., None, :], (*shape, m)).reshape(-1, m),
        signed,
        rng,
        lower=np.repeat(-ratio.reshape(count * tries, signed), groups * each, axis=0),
    )
    log_above, kept = one_of(drawn.log_above.sum(axis=1).reshape(shape), rng)
    distances = np.take_along_axis(drawn.beta.reshape(*shape, m), kept[..., None, None], axis=3)[..., 0, :]
    values = common[:, :, None] + spreads[:, None, None] * distances
    values[..., m - signed :] = np.maximum(values[..., m - signed :], 0.0)
    log_signs = log_above.sum(axis=-1) - groups * log_ndtr(ratio).sum(axis=-1)
    return np.swapaxes(values, 2, 3).reshape(count, tries, -1), log_signs


def one_of(log_weights: np.ndarray, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Return the log of the mean weight (...,), and which of the draws (..., draws) is kept, by their weights."""
    count = log_weights.shape[-1]
    if count == 1:
        return log_weights[..., 0], np.zeros(log_weights.shape[:-1], int)
    total = np.logaddexp.reduce(log_weights, axis=-1)
    ladder = np.cumsum(np.exp(log_weights - total[..., None]), axis=-1)
    kept = np.minimum((ladder < rng.random((*total.shape, 1))).sum(axis=-1), count - 1)
    return total - np.log(count), kept
