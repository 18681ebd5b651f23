"""Points that fill a cube evenly."""

from __future__ import annotations

import numpy as np

from bayes_roi.mechanisms.uniforms import PRIOR_EDGE, inside

GENERATORS = (1, 182667, 469891, 498753, 110745, 446247, 250185, 118627, 245333, 283199, 408519, 391023, 246327, 126539)
"""Of an embedded lattice for up to 2**20 points (Cools, Kuo and Nuyens 2006); beyond, odd numbers are drawn."""


def points(count: int, dims: int, rng: np.random.Generator) -> np.ndarray:
    """Return points (count, dims) in (0, 1), each of them uniform: a randomly shifted lattice.

    `count` is a power of two (Cranley and Patterson 1976).

    >>> points(4, 2, np.random.default_rng(1)).shape
    (4, 2)
    """
    more = max(dims - len(GENERATORS), 0)
    by = np.array([*GENERATORS[:dims], *(2 * rng.integers(0, count, more) + 1)])
    u = (np.arange(count)[:, None] * by / count + rng.random(dims)) % 1.0
    return inside(u, PRIOR_EDGE)
