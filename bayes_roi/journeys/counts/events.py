"""Events of a log in the order in which they happened: each once, and those of persons alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from bayes_roi.journeys.log.databases import fetched
from bayes_roi.journeys.log.source import readable
from bayes_roi.journeys.log.touch_log import TouchLog


@dataclass(frozen=True, eq=False)
class Events:
    """Events, user by user, in the order of time; of one instant touches come first, in the order of channels.

    Parameters
    ----------
    user
        A number for each user, ascending (events,).
    time
        In microseconds, UTC (events,).
    day
        Of the time zone (events,).
    code
        Position of the channel; as many as there are channels for a conversion (events,).
    value
        Of a conversion, 0 where there is none (events,).
    segment
        Position of the segment, -1 where the row has none (events,); None where segments were not asked for.
    """

    user: np.ndarray
    time: np.ndarray
    day: np.ndarray
    code: np.ndarray
    value: np.ndarray
    segment: np.ndarray | None = None

    def __len__(self) -> int:
        return len(self.user)

    def taken(self, which: np.ndarray) -> Events:
        """Return some of the events."""
        segment = None if self.segment is None else self.segment[which]
        return Events(self.user[which], self.time[which], self.day[which], self.code[which], self.value[which], segment)


def events(log: TouchLog, rows: Any, segments: Sequence[str] = ()) -> tuple[Events, int]:
    """Return rows (of `slices`), each once, and how many repeat another in every column.

    `segments` are their names, where it is to be known of which each row is.
    The database sorts; whatever it is, all else is done on what it returns.
    """
    names = ["value", *log.others]
    sorted_rows = rows.order_by(["user", "time", "code", *names])
    table = readable(log.source, lambda: fetched(sorted_rows)).combine_chunks()
    user, time, day, code, value = (table[n] for n in ("user", "time", "day", "code", "value"))
    new = _differs(user)
    again = ~new
    for name in ("time", "code", *names):
        again &= ~_differs(table[name])
    whole = Events(
        np.cumsum(new) - 1,
        time.to_numpy().astype("datetime64[us]").astype(np.int64),
        day.to_numpy().astype("datetime64[D]").astype(np.int64),
        code.to_numpy(),
        value.fill_null(0.0).to_numpy(),
        _positions(table["segment"], segments) if segments else None,
    )
    return whole.taken(~again), int(again.sum())


def joined(parts: Sequence[Events]) -> Events:
    """Return the events of several slices as one, users numbered on."""
    before = np.cumsum([0, *(part.user[-1] + 1 if len(part) else 0 for part in parts[:-1])])
    user = [part.user + n for part, n in zip(parts, before, strict=True)]
    rest = ([getattr(part, name) for part in parts] for name in ("time", "day", "code", "value"))
    return Events(*(np.concatenate(x) for x in (user, *rest)))


def _positions(column: Any, names: Sequence[str]) -> np.ndarray:
    """Return the position of each cell among names, -1 where it is none."""
    import pyarrow as pa
    import pyarrow.compute as pc

    return np.asarray(pc.index_in(column, value_set=pa.array(names, column.type)).fill_null(-1).to_numpy())


def _differs(column: Any) -> np.ndarray:
    """Return whether each cell differs from the one before it; the first does."""
    import pyarrow.compute as pc

    found = np.ones(len(column), bool)
    if len(column) > 1:
        now, before = column.slice(1), column.slice(0, len(column) - 1)
        both_empty = pc.and_(now.is_null(), before.is_null())
        same = pc.or_(pc.equal(now, before).fill_null(False), both_empty)
        found[1:] = ~same.to_numpy()
    return found


def persons(found: Events, channels: int, most: int) -> tuple[Events, int]:
    """Return the events of users with at most `most` touches in a day, and how many users are set aside."""
    if not len(found):
        return found, 0
    days = np.flatnonzero(np.diff(found.user, prepend=-1) | np.diff(found.day, prepend=found.day[0]))
    touches = np.add.reduceat((found.code < channels).astype(np.int64), days)
    bots = np.unique(found.user[days][touches > most])
    return (found.taken(~np.isin(found.user, bots)) if len(bots) else found), len(bots)
