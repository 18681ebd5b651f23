"""The array namespace that every mechanism is written over, and the two idioms of time that they share.

A mechanism receives `xp` (numpy, `pytensor.tensor` or `jax.numpy`) and uses only what the three have in common:
arithmetic, exp, log, tanh, where, sum, concatenate, stack, matmul, zeros_like and static slices. Time is the last
axis. A parameter arrives with a trailing axis of length one, so that it broadcasts over time whatever axes of draws
stand before it.
"""

from __future__ import annotations

from typing import Any

Array = Any  # numpy.ndarray, a PyTensor variable or a jax array: the three share no static type
Namespace = Any  # the module that goes with it


def lengthen(xp: Namespace, carry: Array, x: Array) -> Array:
    """Return `x` (..., time) with the constant `carry` (lags,) put in front of it."""
    if not len(carry):
        return x
    front = xp.zeros_like(x[..., 0])[..., None] + carry  # not x[..., :1], whose length PyTensor does not know
    return xp.concatenate([front, x], axis=-1)


def lagged(x: Array, lag: int, max_lag: int) -> Array:
    """Return `x` (..., max_lag + time) as it was `lag` periods before, of length time."""
    return x[..., max_lag - lag : (-lag or None)]


def weighted_lags(xp: Namespace, x: Array, weights: Array, max_lag: int) -> Array:
    """Return the sum over lags 0..max_lag of `weights` (..., max_lag + 1) times `x` (..., max_lag + time) lagged."""
    slices = [lagged(x, lag, max_lag) for lag in range(max_lag + 1)]
    if x.ndim == 1:  # one matrix product for all draws at once
        return xp.matmul(weights, xp.stack(slices, axis=0))
    return sum(weights[..., lag, None] * s for lag, s in enumerate(slices))
