"""The cells of a release: they follow from what the caller knows beforehand, and from no row of the log."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import combinations
from math import comb

import numpy as np

from bayes_roi.errors import QueryError
from bayes_roi.guards import whole_number

OTHER = "other"
"""The channel of all touches whose channel the caller did not name."""
MOST_CHANNELS = 60
MOST_SETS = 4_095


@dataclass(frozen=True)
class Domain:
    """Channels that are public knowledge and how far each user counts; the cells of all tables follow.

    Parameters
    ----------
    channels
        Their names, in the order of the caller, `other` the last.
    journeys_per_user
        Of each user the first ones count.
    touches_per_journey
        Of each journey the last ones count.
    """

    channels: tuple[str, ...]
    journeys_per_user: int
    touches_per_journey: int

    @cached_property
    def sets(self) -> np.ndarray:
        """Every set of so many channels as a journey can have, as bits of numbers (sets,), ascending."""
        players, most = range(len(self.channels)), min(self.touches_per_journey, len(self.channels))
        members = (c for size in range(1, most + 1) for c in combinations(players, size))
        return np.array(sorted(sum(1 << i for i in some) for some in members), np.int64)

    @cached_property
    def members(self) -> np.ndarray:
        """Whether each set has each channel (sets, channels)."""
        return (self.sets[:, None] >> np.arange(len(self.channels))) & 1 > 0

    @cached_property
    def transitions(self) -> np.ndarray:
        """Which cells (K + 1, K + 2) there are: a journey does not end before its first touch."""
        k = len(self.channels)
        found = np.ones((k + 1, k + 2), bool)
        found[k, k:] = False
        return found

    @property
    def sensitivity(self) -> dict[str, int]:
        """Part of a release -> how far one user can move it, in the sum over cells (L1)."""
        journeys, touches = self.journeys_per_user, self.touches_per_journey
        return {
            "transitions": journeys * (touches + 1),
            "exposures": journeys,
            "journeys_cut": journeys,
            "conversions_cut": journeys,
            "touches_cut": journeys * touches,
        }

    @property
    def cells(self) -> dict[str, int]:
        """Part of a release -> how many cells it has."""
        return {
            "transitions": int(self.transitions.sum()),
            "exposures": 2 * len(self.sets),
            "journeys_cut": 1,
            "conversions_cut": 1,
            "touches_cut": 1,
        }


def domain(channels: Sequence[str], *, journeys_per_user: int, touches_per_journey: int, with_sets: bool) -> Domain:
    """Return the cells of a release, checked.

    Raises
    ------
    QueryError
        When channels are no list of names, each once, or a limit is no count; where exposure sets are asked for, when
        there are too many.
    """
    if isinstance(channels, str) or not all(isinstance(c, str) and c.strip() for c in channels) or not channels:
        raise QueryError(
            f"channels must be a list of names that are known without the log, got {channels!r}; which names a log has "
            f"is private itself: touches of all others count as {OTHER!r}"
        )
    names = tuple(c.strip() for c in channels)
    if len(set(names)) < len(names):
        raise QueryError(f"channels: each stands once, got {', '.join(names)}")
    whole = (*(c for c in names if c != OTHER), OTHER)
    if len(whole) > MOST_CHANNELS:
        raise QueryError(f"channels: there are {len(whole)}, with {OTHER!r}; merge them to {MOST_CHANNELS} or fewer")
    whole_number(journeys_per_user, "journeys_per_user", 1, 1_000)
    whole_number(touches_per_journey, "touches_per_journey", 1, 1_000)
    sets = sum(comb(len(whole), size) for size in range(1, min(touches_per_journey, len(whole)) + 1))
    if with_sets and sets > MOST_SETS:
        raise QueryError(
            f"{len(whole)} channels make {sets:,} exposure sets of up to {touches_per_journey}, more than "
            f"{MOST_SETS:,}; merge channels, lower touches_per_journey, or release tables=['transitions'] alone"
        )
    return Domain(whole, journeys_per_user, touches_per_journey)
