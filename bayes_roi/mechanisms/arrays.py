"""The array namespace that every mechanism is written over, and the two idioms of time that they share.

A mechanism receives `xp` (numpy or `pytensor.tensor`) and uses only what the two have in common:
arithmetic, where, maximum, minimum, sum, concatenate, stack, matmul, zeros_like, static slices and constant positions,
exp, log, log1p, tanh and the elementary functions whose slope stands in `mechanisms/autodiff/namespace.py`.
Rows are the last axis. A parameter arrives with a trailing axis of length one, so that it broadcasts over time whatever
axes of draws stand before it.

Most questions and fits spend their time in a few lines of mechanisms under numpy. Where numpy can do with less than the
two have in common (no masks, no new array for every step), the function that knows stands here, so that a mechanism
is still written once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np

Array = Any  # numpy.ndarray or a PyTensor variable: the two share no static type
Namespace = Any  # the module that goes with it

CELLS = 1 << 16
"""Draws x rows that are worked on at once, so that a few arrays of them stay in the processor's cache."""
SHORT_BUFFER = 64
"""Cells of numpy's buffers inside `short_rows`: fewer than in most rows of periods, more than in most rows of lags."""


def lengthen(xp: Namespace, carry: Array, x: Array) -> Array:
    """Return `x` (..., time) with the constant `carry` (lags,) put in front of it."""
    if not len(carry):
        return x
    if x.ndim == 1:
        return xp.concatenate([carry, x])
    front = xp.zeros_like(x[..., 0])[..., None] + carry  # not x[..., :1], whose length PyTensor does not know
    return xp.concatenate([front, x], axis=-1)


def lagged(x: Array, lag: int, max_lag: int) -> Array:
    """Return `x` (..., max_lag + time) as it was `lag` periods before, of length time."""
    return x[..., max_lag - lag : (-lag or None)]


class Pasts(Sequence[Array]):
    """The pasts of several nodes side by side: at each lag (nodes, 1, time), all of them (nodes, lags, time)."""

    def __init__(self, together: np.ndarray) -> None:
        self.together = together

    def __getitem__(self, lag: Any) -> Any:
        return self.together[:, lag][:, None]

    def __len__(self) -> int:
        return self.together.shape[1]


def weighted_lags(xp: Namespace, past: Sequence[Array], weights: Array) -> Array:
    """Return the sum over lags of `weights` (..., max_lag + 1) times `past`, a series (..., time) for each lag."""
    if isinstance(past, Pasts):  # a matrix product for each node
        return xp.matmul(weights, past.together)
    if past[0].ndim == 1:  # one matrix product for all draws at once
        return xp.matmul(weights, xp.stack(past, axis=0))
    total: Array = 0.0
    for lag, x in enumerate(past):
        total = plus(total, weights[..., lag, None] * x)
    return total


def side_by_side(xp: Namespace, parameters: Mapping[str, Array], names: Sequence[str]) -> Array:
    """Return parameters (...,) as one array (..., names); a mapping that keeps them so has them `together`."""
    if hasattr(parameters, "together"):
        return parameters.together(names)
    return xp.stack([parameters[name] for name in names], axis=-1)


def plus(x: Array, y: Array) -> Array:
    """Return x + y, written over `x` where numpy has room for it: `x` must be the caller's own."""
    try:
        x += y
    except (ValueError, TypeError):  # y has the larger shape, or is traced
        x = x + y
    return x


def times(x: Array, y: Array) -> Array:
    """Return x times y, written over `x` where numpy has room for it: `x` must be the caller's own."""
    try:
        x *= y
    except (ValueError, TypeError):
        x = x * y
    return x


def at_once(xp: Namespace) -> bool:
    """Whether a namespace computes values as it goes, so that they may be looked at: a graph serves other data too."""
    return xp is np or getattr(xp, "at_once", False)


def never_negative(xp: Namespace, u: Array) -> Array:
    """Return `u` where it is above zero, zero elsewhere."""
    if xp is np and (not u.size or u.min() >= 0):
        return u
    if at_once(xp) and not (u < 0).any():
        return u
    return xp.where(u > 0, u, 0.0)


def zero_at_zero(xp: Namespace, f: Callable[[Array], Array], u: Array) -> Array:
    """Return f(u) for `u` >= 0 and an f that goes to zero as log(u) goes to minus infinity, with a finite gradient.

    numpy takes that limit by itself; a gradient does not, so that elsewhere `f` never sees a zero.
    """
    if xp is np:
        with np.errstate(divide="ignore", over="ignore"):
            return f(u)
    positive = u > 0
    if at_once(xp) and positive.all():
        return f(u)
    return xp.where(positive, f(xp.where(positive, u, 1.0)), 0.0)


def inverse_of_one_plus_exp(xp: Namespace, x: Array) -> Array:
    """Return 1 / (1 + e^x), under numpy written over `x`: it must be the caller's own."""
    if xp is np:
        y = np.exp(x, out=x)
        y += 1
        return np.reciprocal(y, out=y)
    if hasattr(xp, "inverse_of_one_plus_exp"):  # the tape, whose pull of the whole is a line
        return xp.inverse_of_one_plus_exp(x)
    return share_at(xp, -x)  # e^x may be infinite, and its gradient then has no value


def share_at(xp: Namespace, eta: Array) -> Array:
    """Return 1 / (1 + e^-eta), the share at a logit."""
    if hasattr(xp, "share_at"):  # the tape, whose pull of the whole is one line
        return xp.share_at(eta)
    return 0.5 * (1 + xp.tanh(0.5 * eta))


@contextmanager
def short_rows() -> Iterator[None]:
    """Let numpy broadcast parameters (draws, 1) over rows of some hundred periods without copying them.

    Where its buffers are longer than a row, numpy fills them with copies of the parameter, which takes as long again as
    the arithmetic.
    """
    before = np.setbufsize(SHORT_BUFFER)
    try:
        yield
    finally:
        np.setbufsize(before)


def spaced(total: int, most: int) -> np.ndarray:
    """Return at most so many positions among `total`, evenly spaced, the first and the last among them.

    >>> spaced(10, 4), spaced(3, 8)
    (array([0, 3, 6, 9]), array([0, 1, 2]))
    """
    return np.unique(np.linspace(0, total - 1, min(total, most)).astype(int))
