"""A placebo in time: the method tried on the last periods before the window, where there was nothing to find."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from scipy.special import stdtr

from bayes_roi.experiments.check import Check

SHARE = 3
"""One period in so many before the window is held out."""
LEAST = 12
"""Periods before the window without which nothing is held out."""


def held_out(before: int, standardised: Callable[[int], tuple[float, int]]) -> Check:
    """Return the check of the periods before the window.

    Parameters
    ----------
    before
        Number of periods before the window.
    standardised
        From the number of periods that are fitted: the mean gap of the rest up to the window in sd of its noise, and
        the degrees of freedom of that.
    """
    what = "gap of the last third before the window, held out"
    if before < LEAST:
        return Check(what, np.nan, np.nan)
    shown, freedom = standardised(before - before // SHARE)
    return Check(what, abs(shown), float(2 * stdtr(freedom, -abs(shown))))
