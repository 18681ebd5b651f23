r"""Half-normals whose scale is log-normal, with the scale integrated out, and draws of the scale given the value.

With $x = s\,|z|$, $z$ standard normal, $\log s \sim N(\mu, \tau^2)$ and $d = \log x - \mu$,

$$p(\log x) = \sqrt{\tfrac{2}{\pi}} \int e^{\,d - \tau e - \frac12 e^{2(d - \tau e)}}\, \phi(e)\, de.$$

The integrand is smooth and falls off on both sides, so that sums of equal steps converge as $e^{-2 \pi a / h}$, with h
the step in $\log s$ and $a = \pi / 4$ (Trefethen and Weideman 2014).
"""

from __future__ import annotations

import math

import numpy as np

from bayes_roi.mechanisms.arrays import Array, Namespace
from bayes_roi.mechanisms.autodiff import plain

STEP = 0.22
"""Of the log scale, at most; the density is then good to a part in a million."""
WIDTH = 6.0
"""How far the quadrature goes, in sd of the log scale."""
NEWTON = 5
"""Steps to the middle of the quadrature."""
FINE = 401
"""Places among which the inverse distribution function of a log scale is interpolated."""


def log_density(xp: Namespace, d: Array, sd: np.ndarray) -> Array:
    """Return the log density (..., J) of log x at `d`, log x less the mean of the log scale (..., J).

    Parameters
    ----------
    xp
        Array namespace.
    d
        (..., J).
    sd
        Of the log scales (J,).
    """
    grid = np.linspace(-WIDTH, WIDTH, 1 + math.ceil(2 * WIDTH * max(float(sd.max()) / STEP, 2.0)))
    e = _centre(plain(d), sd)[..., None] + grid
    apart = d[..., None] - sd[:, None] * e
    heights = apart - 0.5 * xp.exp(2.0 * apart) + (math.log((grid[1] - grid[0]) / math.pi) - 0.5 * e**2)
    top = plain(heights).max(-1, keepdims=True)
    return xp.log(xp.exp(heights - top).sum(-1)) + top[..., 0]


def _centre(d: np.ndarray, sd: np.ndarray | float) -> np.ndarray:
    """Return where the integrand over e is largest, or the middle of its own law where that is further right."""
    e, right = np.zeros_like(d), np.maximum(d, 0.0)
    for _ in range(NEWTON):  # from below: what is solved falls in e, ever slower
        e = e + (right - sd * e - 0.5 * np.log1p(e / sd)) / (sd + 0.5 / (sd + e))
    return e


def draw_log_scale(d: np.ndarray, sd: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Return draws (count, J) of the log scales, less their means, given `d` (count, J)."""
    grid = np.linspace(-WIDTH, WIDTH, FINE)
    rows, found = np.arange(len(d)), np.empty_like(d)
    for j, tau in enumerate(sd):
        e = _centre(d[:, j], tau)[:, None] + grid
        apart = d[:, j, None] - tau * e
        with np.errstate(over="ignore"):
            heights = apart - 0.5 * np.exp(2.0 * apart) - 0.5 * e**2
        mass = np.exp(heights - heights.max(1, keepdims=True))
        steps = 0.5 * (mass[:, 1:] + mass[:, :-1])
        below = np.cumsum(steps, 1)
        u = rng.random(len(d)) * below[:, -1]
        at = np.minimum((below < u[:, None]).sum(1), FINE - 2)
        before = below[rows, at] - steps[rows, at]
        found[:, j] = tau * (e[rows, at] + (u - before) / steps[rows, at] * (grid[1] - grid[0]))
    return found
