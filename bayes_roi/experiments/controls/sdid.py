r"""The point of synthetic difference in differences.

Arkhangelsky, Athey, Hirshberg, Imbens and Wager (2021), American Economic Review 111, 4088-4118, equations 4 to 6: unit
weights with an intercept and a ridge of $\zeta = (N_{tr} T_{post})^{1/4} \hat\sigma$, $\hat\sigma$ the sd of first
differences of the controls before the window; time weights with an intercept.
"""

from __future__ import annotations

import numpy as np

from bayes_roi.experiments.controls.simplex import simplex_weights

UNIQUE = 1e-6
"""Ridge of the time weights, in sigma: only to make them unique."""


def sdid_point(treated: np.ndarray, donors: np.ndarray, before: int, units: int) -> float:
    """Return the effect on a treated unit in a period.

    Parameters
    ----------
    treated
        (length,) mean of the treated units; the window begins after `before` periods.
    donors
        (length, controls).
    before
        Number of periods before the window, two or more.
    units
        Number of treated units.
    """
    early, late = donors[:before], donors[before:].mean(axis=0)
    sigma = np.diff(early, axis=0).std(ddof=1)
    zeta = (units * (len(treated) - before)) ** 0.25 * sigma
    path = treated[:before]
    of_units = simplex_weights(early - early.mean(axis=0), path - path.mean(), ridge=zeta * np.sqrt(before))
    times = early.T - early.mean(axis=1)
    of_times = simplex_weights(times, late - late.mean(), ridge=UNIQUE * sigma * np.sqrt(len(late)))
    gap = treated - donors @ of_units
    return float(gap[before:].mean() - gap[:before] @ of_times)
