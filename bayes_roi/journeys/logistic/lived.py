"""The days of some users, one after the other: what is remembered, what is wanted, who buys."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

import numpy as np

from bayes_roi.journeys.counts.events import Events
from bayes_roi.journeys.logistic.intent import Measured
from bayes_roi.journeys.logistic.rows import Rows, alike

FORGOTTEN = 0.01
"""Of a touch; less than that counts as nothing."""


@dataclass(frozen=True)
class Lived:
    """What the days of some users hold.

    Parameters
    ----------
    rows
        Their days from the first on which a touch counted, those alike taken together.
    counted
        Conversions on these days.
    before
        Conversions before them.
    without_intent
        Days that are left out, as no intent had been measured.
    """

    rows: Rows
    counted: int
    before: int
    without_intent: int


@dataclass(frozen=True, eq=False)
class Chunk:
    """The events of some users.

    Parameters
    ----------
    events
        Theirs, user by user.
    first, last
        The days on which the log begins and ends.
    lagged
        Whether a touch of each channel counts from the next day on (channels,).
    """

    events: Events
    first: int
    last: int
    lagged: np.ndarray

    @cached_property
    def users(self) -> np.ndarray:
        """Their numbers, ascending."""
        return np.unique(self.events.user)

    @cached_property
    def converts(self) -> np.ndarray:
        """Whether each event is a conversion."""
        return np.asarray(self.events.code == len(self.lagged))

    @cached_property
    def _day_of_user(self) -> np.ndarray:
        """The number of the day of a user on which each event was."""
        user, day = self.events.user, self.events.day
        return np.cumsum((np.diff(user, prepend=-1) != 0) | (np.diff(day, prepend=self.first - 1) != 0)) - 1

    @cached_property
    def after(self) -> np.ndarray:
        """Whether each event comes after a purchase of its day."""
        before = np.cumsum(self.converts) - self.converts
        opens = np.flatnonzero(np.diff(self._day_of_user, prepend=-1))
        return before > before[opens][self._day_of_user]

    @cached_property
    def touches(self) -> np.ndarray:
        """Touches of each channel (channels,)."""
        return np.bincount(self.events.code[~self.converts], minlength=len(self.lagged))

    @cached_property
    def before_purchase(self) -> np.ndarray:
        """Touches of each channel on the day of a purchase, before it (channels,)."""
        bought = np.bincount(self._day_of_user, self.converts)[self._day_of_user] > 0
        return np.bincount(self.events.code[~self.converts & bought & ~self.after], minlength=len(self.lagged))

    def lived(self, kept: float, measured: Measured | None) -> Lived:
        """Return the days of these users."""
        remembered, begun = np.zeros((len(self.users), len(self.lagged))), np.zeros(len(self.users), bool)
        wanted = None if measured is None else measured.days(self.users)
        parts, counted, before, lost = [], 0, 0, 0
        for now, later, sold in self._by_day():
            remembered = kept * remembered + now
            remembered[remembered < FORGOTTEN] = 0.0
            begun |= remembered.any(axis=1)
            intent = None if wanted is None else next(wanted)
            there = begun if intent is None else begun & np.isfinite(intent)
            parts.append(_rows(remembered, intent, sold, there))
            before, counted = before + int(sold[~begun].sum()), counted + int(sold[there].sum())
            lost += int(begun.sum() - there.sum())
            remembered = remembered + later
        return Lived(alike(parts), counted, before, lost)

    def _by_day(self) -> Iterator[tuple[np.ndarray, np.ndarray, np.ndarray]]:
        """Yield for each day the touches that count (users, channels), those from the next day on, and conversions."""
        n, k = len(self.users), len(self.lagged)
        at = np.searchsorted(self.users, self.events.user)
        late = self.after | np.append(self.lagged, False)[self.events.code]
        order = np.argsort(self.events.day, kind="stable")
        ends = np.searchsorted(self.events.day[order], np.arange(self.first, self.last + 2))
        for a, b in pairwise(ends):
            some = order[a:b]
            touch, sold = some[~self.converts[some]], some[self.converts[some]]
            cell = at[touch] * k + self.events.code[touch]
            now, later = (np.bincount(cell[late[touch] == x], minlength=n * k).reshape(n, k) for x in (False, True))
            yield now, later, np.bincount(at[sold], minlength=n)


def _rows(remembered: np.ndarray, intent: np.ndarray | None, sold: np.ndarray, there: np.ndarray) -> Rows:
    known = None if intent is None else intent[there]
    return Rows(remembered[there], known, np.ones(int(there.sum())), (sold[there] > 0).astype(float))
