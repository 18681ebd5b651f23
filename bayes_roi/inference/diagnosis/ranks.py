"""Ranks and tail probabilities from `scipy.special`: importing `scipy.stats` takes longer than a small fit."""

from __future__ import annotations

import numpy as np


def ranked(x: np.ndarray) -> np.ndarray:
    """Return ranks along the last axis, from 1; equal values share the mean of theirs.

    >>> ranked(np.array([3.0, 1.0, 3.0, 2.0])).tolist()
    [3.5, 1.0, 3.5, 2.0]
    """
    order = np.argsort(x, axis=-1, kind="stable")
    ordered, at = np.take_along_axis(x, order, -1), np.arange(x.shape[-1])
    other = ordered[..., 1:] != ordered[..., :-1]
    end = np.ones((*x.shape[:-1], 1), bool)
    first = np.maximum.accumulate(np.where(np.concatenate([end, other], -1), at, 0), -1)
    last = np.where(np.concatenate([other, end], -1), at, x.shape[-1] - 1)
    last = np.minimum.accumulate(last[..., ::-1], -1)[..., ::-1]
    ranks = np.empty(x.shape)
    np.put_along_axis(ranks, order, (first + last) / 2 + 1, -1)
    return ranks


def chi_square_tails(x: float, freedom: int) -> tuple[float, float]:
    """Return P(X <= x) and P(X > x) of a chi-square law.

    >>> [round(p, 3) for p in chi_square_tails(3.84, 1)]
    [0.95, 0.05]
    """
    from scipy.special import chdtr, chdtrc

    return float(chdtr(freedom, x)), float(chdtrc(freedom, x))


def f_tails(x: float, above: int, below: int) -> tuple[float, float]:
    """Return P(X <= x) and P(X > x) of an F law with these degrees of freedom above and below its line.

    >>> [round(p, 2) for p in f_tails(2.71, 5, 20)]
    [0.95, 0.05]
    """
    from scipy.special import fdtr, fdtrc

    return float(fdtr(above, below, x)), float(fdtrc(above, below, x))
