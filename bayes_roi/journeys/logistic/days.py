"""Days of users: which touches are still remembered, the intent where it was measured, and whether he bought.

A touch adds 1 to what is remembered of its channel on its day, `kept` of it a day later, `kept` squared of it after
two days; below a hundredth of a touch it is forgotten. On a day with a purchase the touches before the first purchase
count; those after it, and those of channels that are `lagged`, count from the next day on. The days of a user begin
with the first one on which a touch counts and end with the log: what chooses them are touches, never purchases.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np

from bayes_roi.errors import QueryError
from bayes_roi.journeys.counts.events import Events, events, persons
from bayes_roi.journeys.counts.slices import slices
from bayes_roi.journeys.log.databases import fetched
from bayes_roi.journeys.log.source import readable
from bayes_roi.journeys.log.touch_log import TouchLog
from bayes_roi.journeys.logistic.intent import IntentTable
from bayes_roi.journeys.logistic.lived import Chunk
from bayes_roi.journeys.logistic.rows import Rows, alike, nothing

DAYS_AT_ONCE = 1_000_000
"""Days of users that are held at once before those alike are taken together."""
MOST_ROWS = 5_000_000
"""Days that differ: what bounds the memory of a long log."""


@dataclass(frozen=True, eq=False)
class UserDays:
    """Days of users, those alike taken together.

    Parameters
    ----------
    channels
        Their names.
    rows
        What was remembered, the intent, how many days and how many of them with a purchase.
    conversions, value
        Of all users but bots, and what they came to together.
    counted
        Conversions on the days in `rows`.
    before
        Conversions on days of users before any touch counted: no touch caused them.
    without_intent
        Days left out, as no intent had been measured.
    touches, before_purchase
        Of each channel, and those among them on the day of a purchase, before it (channels,).
    """

    channels: tuple[str, ...]
    rows: Rows
    conversions: int
    value: float
    counted: int
    before: int
    without_intent: int
    touches: np.ndarray
    before_purchase: np.ndarray


def user_days(
    log: TouchLog, *, kept: float, lagged: Collection[str], intent: IntentTable | None, bot_touches: int
) -> UserDays:
    """Return the days of the users of a log.

    Raises
    ------
    QueryError
        When too many days differ, no intent was measured on any of them, or nobody bought on any.
    """
    late = np.isin(log.channels, list(lagged))
    first, last = (_day(t, log.time_zone) for t in (log.first, log.last))
    touches = bought = np.zeros(len(log.channels))
    parts, found = [nothing(len(log.channels), intent is not None)], []
    for people, table in _slices(log, bot_touches):
        measured = None if intent is None else intent.of(_users(log, table), first, last)
        for some in _chunks(people, max(DAYS_AT_ONCE // (last - first + 1), 1)):
            chunk = Chunk(some, first, last, late)
            lived = chunk.lived(kept, measured)
            parts = _together([*parts, lived.rows])
            sold = some.value[chunk.converts]
            found.append((len(sold), sold.sum(), lived.counted, lived.before, lived.without_intent))
            touches, bought = touches + chunk.touches, bought + chunk.before_purchase
    rows = alike(parts)
    conversions, value, counted, before, lost = (sum(x) for x in zip(*found, strict=True))
    if not len(rows) and lost:
        raise QueryError("no intent was measured on or before any day of a user after a touch; check users and days")
    if not rows.bought.any():
        raise QueryError(f"nobody in {log.source} bought on a day after a touch: there is nothing to learn from")
    return UserDays(log.channels, rows, conversions, float(value), counted, before, lost, touches, bought)


def _slices(log: TouchLog, bot_touches: int) -> Iterator[tuple[Events, Any]]:
    """Yield the events of persons, a few million rows at a time, and the table of these rows."""
    for part in slices(log):
        yield persons(events(log, part)[0], len(log.channels), bot_touches)[0], part


def _users(log: TouchLog, table: Any) -> np.ndarray:
    """Return the users in the order of their numbers."""
    ids = readable(log.source, lambda: fetched(table.select("user").distinct().order_by("user"))["user"])
    return np.asarray(ids.to_numpy())


def _chunks(people: Events, users: int) -> Iterator[Events]:
    """Yield the events of so many users at a time."""
    opens = np.flatnonzero(np.diff(people.user, prepend=-1))
    ends = [*opens[::users], len(people)]
    for a, b in pairwise(ends):
        yield people.taken(np.arange(a, b))


def _together(parts: list[Rows]) -> list[Rows]:
    """Return rows of several parts, those alike taken together once there are twice as many as were together before."""
    before, waiting = len(parts[0]), sum(len(p) for p in parts[1:])
    if waiting < max(before, DAYS_AT_ONCE):
        return parts
    found = alike(parts)
    if len(found) > MOST_ROWS:
        raise QueryError(
            f"more than {MOST_ROWS:,} days of users differ, which memory does not hold; give a log of some of its users"
        )
    return [found]


def _day(time: datetime, zone: str) -> int:
    """Return the day of the time zone on which an instant (UTC) lies."""
    local = time.replace(tzinfo=UTC).astimezone(ZoneInfo(zone)).date()
    return int(np.datetime64(local, "D").astype(np.int64))
