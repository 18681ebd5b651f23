"""Counting the journeys of a log: `br.journey_counts`."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from numbers import Real
from typing import Any

import numpy as np

from bayes_roi.errors import QueryError
from bayes_roi.guards import is_number, whole_number
from bayes_roi.journeys.counts.audit import JourneyAudit
from bayes_roi.journeys.counts.events import events, persons
from bayes_roi.journeys.counts.journey_counts import JourneyCounts
from bayes_roi.journeys.counts.path_types import Growing, PathTypes, merged
from bayes_roi.journeys.counts.sessions import DAY, Journeys, journeys
from bayes_roi.journeys.counts.slices import slices
from bayes_roi.journeys.log.databases import fetched
from bayes_roi.journeys.log.touch_log import TouchLog

BOT_TOUCHES = 200


def journey_counts(
    log: TouchLog,
    *,
    gap: float = 30,
    lookback: float = 30,
    half_life: float = 7,
    bot_touches: int = BOT_TOUCHES,
    segment: str | None = None,
    progress: Callable[[str, float], None] | None = None,
) -> JourneyCounts:
    """Return the journeys of a log, counted.

    A journey is what a user is touched by since his last conversion. It ends with a conversion or, without one, when he
    has not been touched for `gap` days. Exact duplicates are dropped and bots set aside first.

    Parameters
    ----------
    log
        What `read_log` returns.
    gap
        Days without a touch that end a journey.
    lookback
        Days before a conversion within which touches count for it.
    half_life
        Days after which a touch counts half, for the rule `time_decay`.
    bot_touches
        Users with more touches in a day of the time zone are set aside.
    segment
        Rows of this segment alone; the log must have the column.
    progress
        Told what is being done and the share that is done.

    Returns
    -------
    JourneyCounts
        Path types with journeys, conversions and value, and an audit.

    Raises
    ------
    QueryError
        When an option is not as it must be, or no journey is left.

    Notes
    -----
    Users are counted a few million rows at a time, and the counts added up: memory grows with the number of path types.

    Examples
    --------
    >>> import bayes_roi as br
    >>> counts = br.journey_counts(br.read_log(br.shipped("data/journeys.csv")))
    >>> counts.conversions == counts.audit.conversions - counts.audit.untouched
    True
    """
    parts = journey_windows(
        log,
        windows=1,
        gap=gap,
        lookback=lookback,
        half_life=half_life,
        bot_touches=bot_touches,
        segment=segment,
        progress=progress,
    )
    return parts[0]


def journey_windows(
    log: TouchLog,
    *,
    windows: int = 4,
    gap: float = 30,
    lookback: float = 30,
    half_life: float = 7,
    bot_touches: int = BOT_TOUCHES,
    segment: str | None = None,
    progress: Callable[[str, float], None] | None = None,
) -> list[JourneyCounts]:
    """Return counts as `journey_counts` does, by windows of equal length in which journeys end; they add up to it.

    Parameters, errors and notes are those of `journey_counts`; the audit stands with the first window.

    Parameters
    ----------
    windows
        How many, at most a hundred.

    Returns
    -------
    list[JourneyCounts]
        One a window, in the order of time.
    """
    whole_number(windows, "windows", 1, 100)
    options = Sessions(gap, lookback, half_life, bot_touches)
    growing = [Growing() for _ in range(windows)]
    audit_of_all = JourneyAudit(checked(log).count, log.skipped, 0, 0, 0, 0, 0, 0, 0)
    for one in each_slice(log, options, segment=segment, progress=progress):
        found, audit = _windowed(one, log, windows, gap)
        audit_of_all = audit_of_all + audit
        for whole, part in zip(growing, found, strict=True):
            whole.add(part)
    if not audit_of_all.journeys:
        raise QueryError(f"no journey is left of {log.source}: {'; '.join(audit_of_all.lines())}")
    nothing = JourneyAudit(0, 0, 0, 0, 0, 0, 0, 0, 0)
    ends = [log.first + w * (log.last - log.first) / windows for w in range(windows + 1)]
    return [
        JourneyCounts(p, nothing if w else audit_of_all, gap, lookback, half_life, ends[w], ends[w + 1])
        for w, p in enumerate(g.whole() for g in growing)
    ]


def _of_segment(log: TouchLog, segment: str) -> Any:
    rows = log.rows.filter((log.rows.segment == segment) | log.rows.wrong.notnull())
    if not rows.filter(rows.wrong.isnull()).count().to_pyarrow().as_py():
        there = fetched(log.rows.select("segment").distinct().order_by("segment").limit(20))["segment"].drop_null()
        known = ", ".join(there.to_pylist()) or "none: the log has no column segment"
        raise QueryError(f"no row is of the segment {segment!r}; there are {known}")
    return rows


@dataclass(frozen=True)
class Sessions:
    """What makes events journeys, all in days but the touches that make a bot."""

    gap: float
    lookback: float
    half_life: float
    bot_touches: int

    def __post_init__(self) -> None:
        for name in ("gap", "lookback", "half_life"):
            value = getattr(self, name)
            if not is_number(value, kind=Real) or value <= 0:
                raise QueryError(f"{name} must be a number of days above zero, got {value!r}")
        whole_number(self.bot_touches, "bot_touches", 1)


@dataclass(frozen=True, eq=False)
class Slice:
    """The journeys of some of the users, and what became of their rows."""

    journeys: Journeys
    duplicates: int
    bot_users: int
    bot_rows: int
    conversions: int


def each_slice(
    log: TouchLog,
    options: Sessions,
    *,
    segment: str | None = None,
    progress: Callable[[str, float], None] | None = None,
) -> Iterator[Slice]:
    """Yield the journeys of a log, a few million rows of users at a time.

    Raises
    ------
    QueryError
        When it is no log, or has no row of the segment.
    """
    rows = checked(log).rows if segment is None else _of_segment(checked(log), segment)
    for part in slices(log, rows, progress):
        yield _slice(log, part, options)


def _slice(log: TouchLog, rows: Any, options: Sessions) -> Slice:
    """Return the journeys of a slice."""
    channels = log.channels
    once, repeated = events(log, rows)
    people, bots = persons(once, len(channels), options.bot_touches)
    found = journeys(people, channels, gap=options.gap, lookback=options.lookback, half_life=options.half_life)
    return Slice(found, repeated, bots, len(once) - len(people), int((people.code == len(channels)).sum()))


def _windowed(one: Slice, log: TouchLog, windows: int, gap: float) -> tuple[list[PathTypes], JourneyAudit]:
    """Return the path types of a slice by window, and its audit."""
    found = one.journeys
    touched = np.flatnonzero(found.paths.lengths)
    paths, end = found.paths.taken(touched), found.end[touched]
    first, last = (instant(t) for t in (log.first, log.last))
    audit = JourneyAudit(
        rows=0,
        skipped=0,
        duplicates=one.duplicates,
        bot_users=one.bot_users,
        bot_rows=one.bot_rows,
        conversions=one.conversions,
        untouched=len(found.end) - len(touched),
        journeys=len(touched),
        open=int(((paths.conversions == 0) & (end >= last - gap * DAY)).sum()),
    )
    window = ((end - first) * windows // max(last - first, 1)).clip(0, windows - 1)
    return [merged([paths.taken(np.flatnonzero(window == w))]) for w in range(windows)], audit


def checked(log: TouchLog) -> TouchLog:
    """Return a log.

    Raises
    ------
    QueryError
        When it is something else.
    """
    if not isinstance(log, TouchLog):
        raise QueryError(f"journeys are counted from what br.read_log returns, got a {type(log).__name__}")
    return log


def instant(time: datetime) -> int:
    """Return a stamp in UTC as microseconds."""
    return int(np.datetime64(time, "us").astype(np.int64))
