"""Exponential smoothing, chosen and fitted by statsforecast: the forecast that planners compare with."""

from __future__ import annotations

import warnings

import numpy as np

from bayes_roi.errors import QueryError
from bayes_roi.prediction.rivals.base import Past

INSTALL = "pip install 'bayes_roi[forecast]'"
DRAWS = 1000
LONGEST_SEASON = 24
"""Periods of the longest season that exponential smoothing takes; longer ones are taken out before (MSTL)."""
LEVELS = (10, 20, 30, 40, 50, 60, 70, 80, 90, 95, 99)
"""Percent inside the intervals that draws are read from."""


def auto_ets(past: Past, rng: np.random.Generator) -> np.ndarray:
    """Return draws (draws, units, periods) of each unit's own exponential smoothing.

    Error, trend and season are chosen by the corrected information criterion (Hyndman et al. 2002). A season longer
    than two dozen periods is taken out by MSTL first, where there are two of them.

    Raises
    ------
    QueryError
        When statsforecast is not installed.
    """
    try:
        from statsforecast.models import MSTL, AutoETS
    except ImportError as missing:
        raise QueryError(f"the rival AutoETS needs statsforecast. Install it: {INSTALL}") from missing
    found = []
    for series in past.series:
        whole = len(series) >= 2 * past.year > 0
        if whole and past.year > LONGEST_SEASON:
            smoother = MSTL(season_length=past.year, trend_forecaster=AutoETS(model="ZZN"))
        else:
            smoother = AutoETS(season_length=past.year if whole else 1)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            answer = smoother.forecast(y=_filled(series), h=past.periods, level=list(LEVELS))
        found.append(_draws({key: np.asarray(x, float) for key, x in answer.items()}, rng))
    return np.stack(found, axis=1)


def _draws(answer: dict[str, np.ndarray], rng: np.random.Generator) -> np.ndarray:
    """Return draws (draws, periods) from the ends of intervals, each period by itself."""
    shares = [*((100 - x) / 200 for x in reversed(LEVELS)), 0.5, *((100 + x) / 200 for x in LEVELS)]
    ends = [answer[f"lo-{x}"] for x in reversed(LEVELS)] + [answer["mean"]] + [answer[f"hi-{x}"] for x in LEVELS]
    at = (np.arange(DRAWS) + 0.5) / DRAWS
    return np.stack([rng.permutation(np.interp(at, shares, column)) for column in np.transpose(ends)], axis=1)


def _filled(series: np.ndarray) -> np.ndarray:
    """Return a series from its first value on, gaps filled by the line between their neighbours."""
    there = np.flatnonzero(np.isfinite(series))
    return np.interp(np.arange(there[0], len(series)), there, series[there])
