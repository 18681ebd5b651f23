"""Reading a touch log: `br.read_log`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from bayes_roi.errors import DataError, Problem, QueryError, nearest
from bayes_roi.journeys.log.canonical import CONVERSION, EVENTS, NEEDED, OPTIONAL, TOUCH, WRONG, canonical
from bayes_roi.journeys.log.source import readable, table_of
from bayes_roi.journeys.log.touch_log import TouchLog
from bayes_roi.plain_text import shown

if TYPE_CHECKING:
    import pandas as pd

MOST_CHANNELS = 60
EXAMPLES = 3
"""Cells that a problem quotes."""


def read_log(
    source: str | Path | pd.DataFrame | Any,
    *,
    columns: Mapping[str, str] | None = None,
    events: Mapping[str, str] | None = None,
    time_zone: str = "UTC",
    skip_bad: bool = False,
) -> TouchLog:
    """Return a touch log, checked: one row a touch or a conversion of a user.

    Parameters
    ----------
    source
        A CSV or Parquet file, a data frame, or a table of Ibis on any database.
    columns
        Own names of columns, `{"user": "client_id"}`. `user`, `time`, `channel` and `event` must be there; `value`
        (of a conversion, in money), `cost` (of a touch) and `segment` may be.
    events
        Own words in the column `event`, `{"click": "touch", "purchase": "conversion"}`.
    time_zone
        Where stamps without an offset were written, and whose days are counted.
    skip_bad
        Leave out rows that are not whole, and count them, instead of raising.

    Returns
    -------
    TouchLog
        The log; `journey_counts` counts its journeys.

    Raises
    ------
    DataError
        With all that was found: no such file or column, stamps that do not parse, unknown events, touches without
        a channel, no touch or no conversion at all, more than 60 channels.
    QueryError
        When an option is not as it must be, or Ibis and DuckDB are not installed.

    Examples
    --------
    >>> import bayes_roi as br
    >>> br.read_log(br.shipped("data/journeys.csv")).channels
    ('affiliate', 'brand_search', 'direct', 'display', 'email', 'social')
    """
    raw, told = table_of(source)
    found = canonical(raw, _columns(raw, told, columns or {}), _events(events or {}), _zone(time_zone))
    facts = readable(told, lambda: _facts(found))
    if facts["count"] == 0:
        raise DataError(told, [Problem("there are no rows", "give a log with touches and conversions")])
    problems = list(_wrong(found, columns or {}, facts))
    if problems and not skip_bad:
        raise DataError(told, problems)
    if missing := [name for name in EVENTS if facts[name] == 0]:
        raise DataError(
            told, [Problem(f"there is no {name}", "journeys need both", column="event") for name in missing]
        )
    channels = _channels(found)
    if len(channels) > MOST_CHANNELS:
        mend = f"merge them to {MOST_CHANNELS} or fewer"
        raise DataError(told, [Problem(f"there are {len(channels)} channels", mend, column="channel")])
    skipped = sum(facts[f"wrong_{name}"] for name in WRONG)
    return TouchLog(told, found, channels, facts["count"], skipped, facts["first"], facts["last"], time_zone)


def _columns(raw: Any, source: str, given: Mapping[str, str]) -> dict[str, str]:
    """Return canonical name -> column of the log."""
    if unknown := [name for name in given if name not in (*NEEDED, *OPTIONAL)]:
        known = (*NEEDED, *OPTIONAL)
        raise QueryError(f"columns: {unknown[0]!r} is none{nearest(unknown[0], known)}; there are {', '.join(known)}")
    names = {name: given.get(name, name) for name in (*NEEDED, *OPTIONAL)}
    lost = [name for name in names if (name in NEEDED or name in given) and names[name] not in raw.columns]
    if lost:
        there = ", ".join(shown(c) for c in raw.columns[:20])
        mend = f"say which one it is with columns={{{lost[0]!r}: ...}}; there are {there}"
        raise DataError(source, [Problem("there is no such column", mend, column=names[name]) for name in lost])
    return {name: column for name, column in names.items() if column in raw.columns}


def _events(given: Mapping[str, str]) -> dict[str, int]:
    """Return word -> kind of event."""
    for word, event in given.items():
        if event not in EVENTS:
            raise QueryError(f"events: {word!r} must mean touch or conversion, got {event!r}")
    return {**EVENTS, **{word.strip().lower(): EVENTS[event] for word, event in given.items()}}


def _zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ValueError, OSError, TypeError, LookupError):
        raise QueryError(f"time_zone must be a name like 'Europe/Berlin', got {name!r}") from None
    return name


def _facts(found: Any) -> dict[str, Any]:
    """Return what one scan of the log tells of it."""
    whole = found.wrong.isnull()
    return dict(
        found.aggregate(
            count=found.count(),
            first=found.time.min(where=whole),
            last=found.time.max(where=whole),
            touch=found.count(where=whole & (found.kind == TOUCH)),
            conversion=found.count(where=whole & (found.kind == CONVERSION)),
            **{f"wrong_{name}": found.count(where=found.wrong == name) for name in WRONG},
        )
        .to_pyarrow()
        .to_pylist()[0]
    )


def _wrong(found: Any, columns: Mapping[str, str], facts: Mapping[str, Any]) -> Iterator[Problem]:
    """Yield what is wrong with rows, a column at a time, with cells that show it."""
    for name, (what, mend) in WRONG.items():
        if count := facts[f"wrong_{name}"]:
            cells = found.filter(found.wrong == name).select("cell").distinct().order_by("cell").limit(EXAMPLES)
            quoted = ", ".join(shown(c) for c in cells.to_pyarrow()["cell"].drop_null().to_pylist() if c)
            told = f"{what}{quoted and f' ({quoted})'}, in {count:,} of {facts['count']:,} rows"
            yield Problem(told, f"{mend}, or leave such rows out with skip_bad=True", column=columns.get(name, name))


def _channels(found: Any) -> tuple[str, ...]:
    names = found.filter(found.wrong.isnull() & found.channel.notnull()).select("channel").distinct()
    return tuple(sorted(names.to_pyarrow()["channel"].to_pylist()))
