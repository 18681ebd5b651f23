"""Journeys counted segment by segment: `br.segment_counts`.

A journey is of the segment of its first row that has one: a user who is new in one journey and known in the next is
counted once in each. Journeys are cut before they are told apart, so that the counts of all segments add up to those
of the log, whatever segments its users have.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from bayes_roi.errors import QueryError
from bayes_roi.journeys.counts.audit import JourneyAudit
from bayes_roi.journeys.counts.count import BOT_TOUCHES, Sessions, checked, instant
from bayes_roi.journeys.counts.events import Events, events, persons
from bayes_roi.journeys.counts.journey_counts import JourneyCounts
from bayes_roi.journeys.counts.path_types import Growing, PathTypes, merged
from bayes_roi.journeys.counts.sessions import DAY, journeys, opens
from bayes_roi.journeys.counts.slices import slices
from bayes_roi.journeys.log.databases import fetched
from bayes_roi.journeys.log.source import readable
from bayes_roi.journeys.log.touch_log import TouchLog

NO_SEGMENT = "no segment"
"""What journeys are counted under of whose rows none has a segment."""
MOST_SEGMENTS = 200


def segment_counts(
    log: TouchLog,
    *,
    gap: float = 30,
    lookback: float = 30,
    half_life: float = 7,
    bot_touches: int = BOT_TOUCHES,
    progress: Callable[[str, float], None] | None = None,
) -> dict[str, JourneyCounts]:
    """Return the journeys of a log, counted by segment; the counts of all segments add up to `journey_counts`.

    A journey is of the segment of its first row that has one. Journeys are cut first: a user whose rows are of several
    segments has the journeys that he has without them, while `journey_counts(log, segment=...)` leaves rows of
    others out.

    Parameters
    ----------
    log
        What `read_log` returns, with a column `segment`.
    gap, lookback, half_life, bot_touches, progress
        As in `journey_counts`.

    Returns
    -------
    dict[str, JourneyCounts]
        Segment -> counts, sorted by name; last "no segment", where no row of a journey has one. Rows, duplicates
        and bots are told by the segment of the row, of a bot by that of its first row.

    Raises
    ------
    QueryError
        When the log has no column `segment`, or more than 200 segments, an option is not as it must be, or no journey
        is left.

    Examples
    --------
    >>> import pandas as pd
    >>> import bayes_roi as br
    >>> log = pd.read_csv(br.shipped("data/journeys.csv"))
    >>> log["segment"] = log["user"].map(lambda user: "new" if user % 3 else "known")
    >>> {name: counts.conversions for name, counts in br.segment_counts(br.read_log(log)).items()}
    {'known': 69, 'new': 115}
    """
    options = Sessions(gap, lookback, half_life, bot_touches)
    names = _names(checked(log))
    rows = _rows(log, names)
    growing = [Growing() for _ in (*names, NO_SEGMENT)]
    audits = [JourneyAudit(n, skipped, 0, 0, 0, 0, 0, 0, 0) for n, skipped in rows]
    whole = np.array([n - skipped for n, skipped in rows])
    for part in slices(log, progress=progress):
        once, _ = events(log, part, names)
        found, more = _of_slice(log, once, options, len(names) + 1)
        for whole_of, paths in zip(growing, found, strict=True):
            whole_of.add(paths)
        audits = [a + b for a, b in zip(audits, more, strict=True)]
        whole -= _often(once.segment, len(names) + 1)
    repeated = [JourneyAudit(0, 0, int(n), 0, 0, 0, 0, 0, 0) for n in whole]
    counts = {
        name: JourneyCounts(g.whole(), audit + again, gap, lookback, half_life, log.first, log.last)
        for name, g, audit, again in zip((*names, NO_SEGMENT), growing, audits, repeated, strict=True)
    }
    if not counts[NO_SEGMENT].audit.rows:
        del counts[NO_SEGMENT]
    if not any(c.journeys for c in counts.values()):
        raise QueryError(f"no journey is left of {log.source}")
    return counts


def _names(log: TouchLog) -> tuple[str, ...]:
    """Return the segments of a log, sorted."""
    mend = "name its column with read_log(..., columns={'segment': ...})"
    if "segment" not in log.others:
        raise QueryError(f"the log has no segments; {mend}")
    whole = log.rows.filter(log.rows.wrong.isnull() & (log.rows.segment != ""))
    found = readable(log.source, lambda: fetched(whole.select("segment").distinct().order_by("segment"))["segment"])
    names = tuple(sorted(found.to_pylist()))
    if not names:
        raise QueryError(f"no row has a segment; {mend}")
    if len(names) > MOST_SEGMENTS:
        raise QueryError(f"there are {len(names):,} segments, at most {MOST_SEGMENTS} are told apart; merge some")
    return names


def _rows(log: TouchLog, names: tuple[str, ...]) -> list[tuple[int, int]]:
    """Return how many rows each segment has, and how many of them are not whole; of rows without one last."""
    table = log.rows.mutate(odd=log.rows.wrong.notnull()).group_by("segment", "odd")
    cells = readable(log.source, lambda: fetched(table.aggregate(n=lambda t: t.count())).to_pylist())
    found = np.zeros((len(names) + 1, 2), np.int64)
    for cell in cells:
        at = names.index(cell["segment"]) if cell["segment"] in names else len(names)
        found[at] += cell["n"] * np.array([1, cell["odd"]])
    return [(int(n), int(odd)) for n, odd in found]


def _of_slice(log: TouchLog, once: Events, options: Sessions, count: int) -> tuple[list[PathTypes], list[JourneyAudit]]:
    """Return the path types of each segment, and what became of its rows."""
    people, _ = persons(once, len(log.channels), options.bot_touches)
    found = journeys(people, log.channels, gap=options.gap, lookback=options.lookback, half_life=options.half_life)
    segment = _of_journeys(people, opens(people, len(log.channels), options.gap))
    touched = found.paths.lengths > 0
    last = instant(log.last)
    may_yet = touched & (found.paths.conversions == 0) & (found.end >= last - options.gap * DAY)
    bots = once.taken(np.flatnonzero(~np.isin(once.user, people.user)))
    first = np.flatnonzero(np.diff(bots.user, prepend=-1))
    assert bots.segment is not None
    each = {
        "bot_users": _often(bots.segment[first], count),
        "bot_rows": _often(bots.segment, count),
        "conversions": _often(segment[found.paths.conversions > 0], count),
        "untouched": _often(segment[~touched], count),
        "journeys": _often(segment[touched], count),
        "open": _often(segment[may_yet], count),
    }
    audits = [
        JourneyAudit(rows=0, skipped=0, duplicates=0, **{name: int(n[i]) for name, n in each.items()})
        for i in range(count)
    ]
    of = np.where(segment < 0, count - 1, segment)
    return [merged([found.paths.taken(np.flatnonzero(touched & (of == i)))]) for i in range(count)], audits


def _of_journeys(found: Events, first: np.ndarray) -> np.ndarray:
    """Return the segment of each journey: of its first event that has one; -1 where none has."""
    assert found.segment is not None
    number = np.cumsum(first) - 1
    segment = np.full(int(first.sum()), -1)
    named = np.flatnonzero(found.segment >= 0)[::-1]  # the first of a journey is set last
    segment[number[named]] = found.segment[named]
    return segment


def _often(segment: np.ndarray | None, count: int) -> np.ndarray:
    """Return how often there is each segment; none is the last."""
    assert segment is not None
    return np.bincount(np.where(segment < 0, count - 1, segment), minlength=count)
