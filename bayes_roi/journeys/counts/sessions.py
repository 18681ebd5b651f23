"""Events to journeys.

A journey is what a user is touched by since his last conversion; it ends with a conversion or, without one, when he has
not been touched for `gap` days. Touches more than `lookback` days before a conversion are not counted for it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from bayes_roi.journeys.counts.events import Events
from bayes_roi.journeys.counts.path_types import PathTypes

DAY = 86_400_000_000
"""Microseconds of a day."""


@dataclass(frozen=True, eq=False)
class Journeys:
    """Journeys, one after the other.

    Parameters
    ----------
    paths
        Each journey as a path type of its own, those without a touch among them.
    end
        When each ended, in microseconds (journeys,).
    user
        The number of whose it was, ascending (journeys,).
    """

    paths: PathTypes
    end: np.ndarray
    user: np.ndarray


def opens(found: Events, channels: int, gap: float) -> np.ndarray:
    """Return whether a journey begins with each event (events,)."""
    first = np.diff(found.user, prepend=-1) != 0
    first[1:] |= (found.code == channels)[:-1] | (np.diff(found.time) > gap * DAY)
    return np.asarray(first)


def journeys(found: Events, channels: tuple[str, ...], *, gap: float, lookback: float, half_life: float) -> Journeys:
    """Return the journeys of events; one without a touch is a conversion that none precedes."""
    converts = found.code == len(channels)
    first = opens(found, len(channels), gap)
    number, starts = np.cumsum(first) - 1, np.flatnonzero(first)
    last = np.append(starts, len(found))[1:] - 1
    end, conversions = found.time[last], converts[last]
    age = end[number] - found.time
    counted = ~converts & (~conversions[number] | (age <= lookback * DAY))
    owner = number[counted]
    youngest = np.full(len(starts), np.inf)
    np.minimum.at(youngest, owner, age[counted])  # so that a short half-life keeps a weight
    weights = np.exp2((youngest[owner] - age[counted]) / (half_life * DAY)) * conversions[owner]
    total = np.bincount(owner, weights, len(starts))
    value = np.where(conversions, found.value[last], 0.0)
    return Journeys(
        PathTypes(
            channels,
            found.code[counted].astype(np.uint8),
            np.concatenate([[0], np.cumsum(np.bincount(owner, minlength=len(starts)))]),
            np.ones(len(starts), np.int64),
            conversions.astype(np.int64),
            value,
            value**2,
            weights / np.where(total > 0, total, 1.0)[owner],
        ),
        end,
        found.user[starts],
    )
