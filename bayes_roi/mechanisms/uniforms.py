"""Uniform draws inside (0, 1): at its ends a quantile function has no finite value."""

from __future__ import annotations

import numpy as np

EDGE = 1e-16
"""How near noise may come to the ends: as near as a float can to one."""
PRIOR_EDGE = 1e-12
"""The same of parameters drawn from their priors."""


def inside(u: np.ndarray, edge: float = EDGE) -> np.ndarray:
    """Return `u` kept at least `edge` away from zero and one.

    >>> inside(np.array([0.0, 0.5]), PRIOR_EDGE)
    array([1.e-12, 5.e-01])
    """
    return np.clip(u, edge, 1 - edge)


def uniforms(rng: np.random.Generator, shape: int | tuple[int, ...], edge: float = EDGE) -> np.ndarray:
    """Return uniform draws of a shape, inside (0, 1)."""
    return inside(rng.random(shape), edge)
