"""A flexible learner without a model: boosted trees on lags, what is known ahead, and the season."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

import numpy as np

from bayes_roi.errors import QueryError
from bayes_roi.prediction.rivals.base import Past

INSTALL = "pip install 'bayes_roi[forecast]'"
DRAWS = 1000
LAGS = 4
"""Last values of the outcome, and of each known column, that a forecast sees."""
MEANS = (4, 13)
BLOCKS = 4
"""Parts of the last half of the past, each forecast by trees that know what came before it alone."""
FEW = 20


def boosted_trees(past: Past, rng: np.random.Generator) -> np.ndarray:
    """Return draws (draws, units, periods): trees for all units and distances together, and the errors they made.

    A row of the table is an origin and a distance. It has the outcome's last values at the origin, its value a year
    before, known columns up to the period that is forecast, and the season. Trees are fitted to rows whose period lies
    in the past (Friedman 2001, histogram based). The errors around a forecast are those of trees that knew what came
    before their origins alone.

    Raises
    ------
    QueryError
        When scikit-learn is not installed.
    """
    try:
        from sklearn.ensemble import HistGradientBoostingRegressor
    except ImportError as missing:
        raise QueryError(f"the rival boosted trees needs scikit-learn. Install it: {INSTALL}") from missing

    def learned(x: np.ndarray, y: np.ndarray) -> Callable[[np.ndarray], np.ndarray]:
        some = np.isfinite(x).any(axis=0)  # a year before the first year nothing is known
        trees = HistGradientBoostingRegressor(max_iter=100, min_samples_leaf=10, random_state=0).fit(x[:, some], y)
        return lambda new: np.asarray(trees.predict(new[:, some]))

    last = past.series.shape[1] - 1
    origins, ahead = np.arange(last), np.arange(1, past.periods + 1)
    unit, origin, step = (a.ravel() for a in np.meshgrid(np.arange(len(past.series)), origins, ahead, indexing="ij"))
    inside = origin + step <= last
    unit, origin, step = unit[inside], origin[inside], step[inside]
    y = past.series[unit, origin + step]
    seen = np.isfinite(y)
    unit, origin, step, y = unit[seen], origin[seen], step[seen], y[seen]
    x = features(past, unit, origin, step)
    errors = np.full(len(y), np.nan)
    cuts = np.linspace(last // 2, last, BLOCKS + 1).astype(int)
    for begin, end in pairwise(cuts):
        before, block = origin + step <= begin, (origin >= begin) & (origin < end)
        if before.sum() >= FEW and block.any():
            errors[block] = y[block] - learned(x[before], y[before])(x[block])
    whole = learned(x, y)
    found = np.empty((DRAWS, len(past.series), past.periods))
    for u in range(len(past.series)):
        for h in ahead:
            middle = whole(features(past, np.array([u]), np.array([last]), np.array([h])))
            found[:, u, h - 1] = middle + rng.choice(_errors_like(errors, unit == u, step == h), DRAWS)
    return found


def features(past: Past, unit: np.ndarray, origin: np.ndarray, step: np.ndarray) -> np.ndarray:
    """Return what a forecast knows (rows, columns) at an origin of a period some steps ahead; NaN where nothing."""
    target = origin + step
    columns = [unit.astype(float), step.astype(float), target.astype(float)]
    columns += [_at(past.series, unit, origin - lag) for lag in range(LAGS)]
    columns += [_mean(past.series, unit, origin, width) for width in MEANS]
    if past.year:
        columns += [_at(past.series, unit, np.where(step <= past.year, target - past.year, -1))]
        angle = 2 * np.pi * target / past.year
        columns += [np.sin(angle), np.cos(angle)]
    columns += [_at(x, unit, target - lag) for x in past.known.values() for lag in range(LAGS)]
    return np.stack(columns, axis=1)


def _at(series: np.ndarray, unit: np.ndarray, at: np.ndarray) -> np.ndarray:
    return np.where(at >= 0, series[unit, np.maximum(at, 0)], np.nan)


def _mean(series: np.ndarray, unit: np.ndarray, origin: np.ndarray, width: int) -> np.ndarray:
    """Return the mean of the last values up to an origin, of those that are there."""
    each = np.stack([_at(series, unit, origin - lag) for lag in range(width)])
    there = np.isfinite(each)
    return np.where(there.any(axis=0), np.nansum(each, axis=0) / np.maximum(there.sum(axis=0), 1), np.nan)


def _errors_like(errors: np.ndarray, unit: np.ndarray, step: np.ndarray) -> np.ndarray:
    """Return errors of the same unit and distance; where these are few, of the unit, then of all."""
    for like in (unit & step, unit, np.ones(len(errors), bool)):
        found = errors[like & np.isfinite(errors)]
        if len(found) >= FEW:
            return found
    return found if len(found) else np.zeros(1)
