"""Counting the journeys of a log: `br.journey_counts`."""

from __future__ import annotations

import math
from collections.abc import Callable
from datetime import timedelta
from functools import reduce
from numbers import Real
from typing import Any

import numpy as np

from bayes_roi.errors import QueryError
from bayes_roi.guards import is_number, whole_number
from bayes_roi.journeys.counts.audit import JourneyAudit
from bayes_roi.journeys.counts.journey_counts import JourneyCounts
from bayes_roi.journeys.counts.path_types import PathTypes, merged, split
from bayes_roi.journeys.counts.sessions import bots, journeys, unique
from bayes_roi.journeys.log.library import library
from bayes_roi.journeys.log.source import readable
from bayes_roi.journeys.log.touch_log import TouchLog

ROWS_AT_ONCE = 3_000_000
"""Rows of the users that are counted at once: what bounds the memory of a long log."""
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
    for name, value in (("gap", gap), ("lookback", lookback), ("half_life", half_life)):
        if not is_number(value, kind=Real) or value <= 0:
            raise QueryError(f"{name} must be a number of days above zero, got {value!r}")
    whole_number(bot_touches, "bot_touches", 1)
    rows = log.rows if segment is None else _of_segment(log, segment)
    counter = _Counter(log, rows, whole_number(windows, "windows", 1, 100), gap, lookback, half_life, bot_touches)
    slices = max(1, math.ceil(log.count / ROWS_AT_ONCE))
    found: list[tuple[list[PathTypes], JourneyAudit]] = []
    for i in range(slices):
        if progress is not None:
            progress("journeys", i / slices)
        found.append(readable(log.source, lambda i=i: counter.slice(slices, i)))  # type: ignore[misc]
    paths = [merged([parts[w] for parts, _ in found]) for w in range(windows)]
    told = reduce(JourneyAudit.__add__, (audit for _, audit in found))
    told = told + JourneyAudit(log.count, log.skipped, 0, 0, 0, 0, 0, 0, 0)
    if not told.journeys:
        raise QueryError(f"no journey is left of {log.source}: {'; '.join(told.told())}")
    nothing = JourneyAudit(0, 0, 0, 0, 0, 0, 0, 0, 0)
    return [JourneyCounts(p, nothing if w else told, gap, lookback, half_life) for w, p in enumerate(paths)]


def _of_segment(log: TouchLog, segment: str) -> Any:
    rows = log.rows.filter((log.rows.segment == segment) | log.rows.wrong.notnull())
    if not rows.filter(rows.wrong.isnull()).count().to_pyarrow().as_py():
        there = log.rows.select("segment").distinct().order_by("segment").limit(20).to_pyarrow()["segment"].drop_null()
        known = ", ".join(there.to_pylist()) or "none: the log has no column segment"
        raise QueryError(f"no row is of the segment {segment!r}; there are {known}")
    return rows


class _Counter:
    """Counts the journeys of one slice of the users after the other."""

    def __init__(
        self, log: TouchLog, rows: Any, windows: int, gap: float, lookback: float, half_life: float, bot_touches: int
    ) -> None:
        self.log, self.rows, self.windows, self.bot_touches = log, rows, windows, bot_touches
        self.gap, self.lookback, self.half_life = gap, lookback, half_life

    def slice(self, slices: int, which: int) -> tuple[list[PathTypes], JourneyAudit]:
        """Return the path types of a slice by window, and its audit."""
        rows = unique(self.rows, slices, which).cache()
        left, users, set_aside = self._without_bots(rows)
        found = journeys(
            left, self.log.channels, gap=self.gap, lookback=self.lookback, half_life=self.half_life
        ).mutate(window=self._window)
        found = found.cache()
        copies, kept = _one(rows.aggregate(copies=rows.copies.sum(), kept=rows.count()))
        touched, still = found.path.notnull(), self.log.last - timedelta(days=self.gap)
        audit = JourneyAudit(
            0,
            0,
            (copies or 0) - kept,
            users,
            set_aside,
            *_one(
                found.aggregate(
                    conversions=found.count(where=found.conv == 1),
                    untouched=found.count(where=~touched),
                    journeys=found.count(where=touched),
                    open=found.count(where=touched & (found.conv == 0) & (found.end >= still)),
                )
            ),
        )
        return self._paths(found.filter(touched)), audit

    def _without_bots(self, rows: Any) -> tuple[Any, int, int]:
        """Return the rows of persons, and how many users and rows are set aside."""
        robots = bots(rows, self.bot_touches).cache()
        count = robots.count().to_pyarrow().as_py()
        if not count:
            return rows, 0, 0
        left = rows.anti_join(robots, "user")
        return left, count, rows.count().to_pyarrow().as_py() - left.count().to_pyarrow().as_py()

    def _window(self, found: Any) -> Any:
        """Return the number of the window in which a journey ends."""
        length = (self.log.last - self.log.first) / self.windows
        edges = [self.log.first + length * i for i in range(1, self.windows)]
        return sum(((found.end >= edge).cast("int32") for edge in edges), start=library().literal(0, "int32"))

    def _paths(self, found: Any) -> list[PathTypes]:
        """Return the path types of each window."""
        value = found.value.fill_null(0.0)
        types = found.group_by("window", "path").aggregate(
            journeys=found.count(),
            conversions=found.conv.sum().cast("int64"),
            value=value.sum(),
            squares=(value * value).sum(),
        )
        parted = (
            found.filter(found.conv == 1).select("window", "path", "total", "weights").unnest("weights", offset="at")
        )
        decay = parted.group_by("window", "path", "at").aggregate(share=(parted.weights / parted.total).sum())
        types, decay = types.to_pyarrow(), decay.to_pyarrow()
        return [self._of_window(types, decay, w) for w in range(self.windows)]

    def _of_window(self, types: Any, decay: Any, window: int) -> PathTypes:
        import pyarrow.compute as pc

        own = types.filter(pc.equal(types["window"], window)).sort_by("path")
        shares = decay.filter(pc.equal(decay["window"], window))
        codes, starts = split(own["path"])
        at = pc.index_in(shares["path"], value_set=own["path"].combine_chunks()).to_numpy()
        by_touch = np.zeros(len(codes))
        by_touch[starts[at] + shares["at"].to_numpy()] = shares["share"].to_numpy()
        journeys, conversions, value, squares = (
            own[n].to_numpy() for n in ("journeys", "conversions", "value", "squares")
        )
        return PathTypes(self.log.channels, codes, starts, journeys, conversions, value, squares, by_touch)


def _one(row: Any) -> tuple[Any, ...]:
    """Return the cells of a table of one row."""
    return tuple(row.to_pyarrow().to_pylist()[0].values())
