"""The rows of a log as numbers, users by users: what bounds the memory of a long log."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from typing import Any

from bayes_roi.journeys.log.canonical import TOUCH
from bayes_roi.journeys.log.library import library
from bayes_roi.journeys.log.source import readable
from bayes_roi.journeys.log.touch_log import TouchLog

ROWS_AT_ONCE = 2_000_000
"""Rows of the users that are read at once."""


def slices(log: TouchLog, rows: Any = None, progress: Callable[[str, float], None] | None = None) -> Iterator[Any]:
    """Yield the whole rows as numbers, all of a user in one table, a few million rows at a time.

    Parameters
    ----------
    log
        What `read_log` returns.
    rows
        Some of its rows; all when None.
    progress
        Told the share that is done.
    """
    count = max(1, math.ceil(log.count / ROWS_AT_ONCE))
    table = readable(log.source, lambda: _numbers(log, log.rows if rows is None else rows, count))
    for i in range(count):
        if progress is not None:
            progress("journeys", i / count)
        yield table if count == 1 else table.filter(table.slice == i).drop("slice")
    if count > 1:
        table.release()


def _numbers(log: TouchLog, rows: Any, count: int) -> Any:
    """Return the whole rows as numbers, with the slice of each user; of several slices the database keeps them."""
    ibis, found = library(), rows.filter(rows.wrong.isnull())
    codes = ibis.cases(*((found.channel == name, code) for code, name in enumerate(log.channels)), else_=None)
    code = ibis.ifelse(found.kind == TOUCH, codes, len(log.channels)).cast("int8")
    table = found.select("user", "time", "day", "value", *log.others, code=code)
    if count == 1:
        return table
    return table.mutate(slice=((table.user.hash() % count + count) % count).cast("int16")).cache()
