"""Last year again: what any forecast must be better than."""

from __future__ import annotations

import numpy as np

from bayes_roi.prediction.rivals.base import Past
from bayes_roi.queries.horizon.history import A_YEAR

DRAWS = 1000


def seasonal_naive(past: np.ndarray, periods: int, frequency: str | None, rng: np.random.Generator) -> np.ndarray:
    """Return draws (draws, periods) of a series that repeats its last year, or its last value where it has no year.

    Around it the errors that it made in the past: those of the same distance (Hyndman and Athanasopoulos 2021, 5.5).

    Parameters
    ----------
    past
        (time,) the series so far; NaN where a period is not there.
    periods
        How many periods ahead.
    frequency
        What a period is.
    rng
        Of the errors.
    """
    year = A_YEAR.get(frequency or "", 0)
    cycle = year if year and len(past) >= year + 8 else 1
    steps = 1 + np.arange(periods) // cycle
    errors = past[cycle:] - past[:-cycle]
    seen = past[np.isfinite(past)]
    errors = errors[np.isfinite(errors)] if np.isfinite(errors).any() else np.diff(seen)
    middle = past[len(past) - cycle + np.arange(periods) % cycle]
    middle = np.where(np.isfinite(middle), middle, seen[-1])
    walk = np.arange(1, periods + 1) if cycle == 1 else steps
    return np.asarray(middle + np.sqrt(walk) * rng.choice(errors, size=(DRAWS, periods)))


def of_units(past: Past, rng: np.random.Generator) -> np.ndarray:
    """Return draws (draws, units, periods) of each unit's own."""
    each = (x[np.argmax(np.isfinite(x)) :] for x in past.series)  # from its first row on
    return np.stack([seasonal_naive(x, past.periods, past.frequency, rng) for x in each], axis=1)
