"""Counts that may leave the house: tables with noise, and all that is needed to read them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

import numpy as np

from bayes_roi.errors import QueryError
from bayes_roi.journeys.privacy.domain import Domain
from bayes_roi.journeys.privacy.mechanism import TABLES, NoisedTable
from bayes_roi.numbers import number, plain

DELTA = 0.0
"""Of every release: the guarantee is pure."""


@dataclass(frozen=True, eq=False, repr=False)
class PrivateCounts:
    """Tables of a touch log, released with differential privacy: that somebody is in the log can hardly be told.

    `br.credit(private, rule)` hands out by them, with the noise in its interval; rules are `last`, `markov` and
    `shapley`. Whatever is computed from a release spends no further budget.

    Parameters
    ----------
    domain
        Channels that were named beforehand (`other` the last), and how far a user counts.
    parts
        `transitions` and `exposures` (those that were asked for) and what clipping cut, each with its noise.
    epsilon
        The budget that was spent, all parts together, a user; delta is 0.
    gap, lookback, bot_touches
        As in `journey_counts`.
    mechanism
        What made the noise.
    """

    domain: Domain
    parts: Mapping[str, NoisedTable]
    epsilon: float
    gap: float
    lookback: float
    bot_touches: int
    mechanism: str

    @property
    def channels(self) -> tuple[str, ...]:
        """Names of the channels, `other` the last: all that the caller did not name."""
        return self.domain.channels

    @property
    def first(self) -> datetime | None:
        """None: the first instant of a log is a user's, and not released."""
        return None

    @property
    def last(self) -> datetime | None:
        """None, as `first`."""
        return None

    @property
    def tables(self) -> tuple[str, ...]:
        """Which tables there are: transitions, exposures."""
        return tuple(name for name in TABLES if name in self.parts)

    def part(self, name: str) -> NoisedTable:
        """Return a part of the release.

        Raises
        ------
        QueryError
            When it was not released.
        """
        if name not in self.parts:
            there = ", ".join(self.parts)
            raise QueryError(f"{name} were not released; there are {there}. Release them with tables=[{name!r}, ...]")
        return self.parts[name]

    def lines(self) -> list[str]:
        """Return in lines what it is and what was spent on what."""
        known = self.domain
        each = (
            f"{name} epsilon {number(t.epsilon)} (noise of standard deviation {number(float(spread(t.scale)))} a cell)"
            for name, t in self.parts.items()
        )
        return [
            f"epsilon {plain(self.epsilon)}, delta {plain(DELTA)}; the unit is the user (one more or less); "
            f"{self.mechanism}",
            f"of a user the first {known.journeys_per_user} journeys count, of a journey the last "
            f"{known.touches_per_journey} touches; gap {plain(self.gap)}, lookback {plain(self.lookback)} days",
            *each,
        ]

    def __repr__(self) -> str:
        return "\n".join([f"PrivateCounts: {len(self.channels)} channels, {', '.join(self.channels)}", *self.lines()])


def spread(scale: float) -> np.floating:
    r"""Return the standard deviation of noise of a scale, $\sqrt{2 a} / (1 - a)$ with $a = e^{-1 / scale}$."""
    return np.sqrt(2 * np.exp(-1 / scale)) / -np.expm1(-1 / scale)
