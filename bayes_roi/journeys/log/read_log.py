"""Reading a touch log: `br.read_log`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from bayes_roi.errors import DataError, Problem, QueryError, nearest
from bayes_roi.journeys.log.canonical import EVENTS, NEEDED, OPTIONAL, WRONG, canonical
from bayes_roi.journeys.log.databases import fetched
from bayes_roi.journeys.log.source import Backend, readable, table_of
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
    backend: Backend = "duckdb",
) -> TouchLog:
    """Return a touch log, checked: one row a touch or a conversion of a user.

    Parameters
    ----------
    source
        A CSV or Parquet file, a data frame, or a table of Ibis, which stays on its own database.
    columns
        Own names of columns, `{"user": "client_id"}`. `user`, `time`, `channel` and `event` must be there; `value`
        (of a conversion, in money), `cost` (of a touch) and `segment` may be.
    events
        Own words in the column `event`, `{"click": "touch", "purchase": "conversion"}`.
    time_zone
        Where stamps without an offset were written, and whose days are counted.
    skip_bad
        Leave out rows that are not whole, and count them, instead of raising.
    backend
        What reads a file: `"duckdb"`, or `"spark"`, a Spark of this machine, which also reads folders of Parquet and
        needs the extra `spark` and Java. Both give the same counts.

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
        When an option is not as it must be, or what reads the log is not installed.

    Examples
    --------
    >>> import bayes_roi as br
    >>> br.read_log(br.shipped("data/journeys.csv")).channels
    ('affiliate', 'brand_search', 'direct', 'display', 'email', 'social')
    """
    raw, origin = table_of(source, backend)
    own = _columns(raw, origin, columns or {})
    found = canonical(raw, own, _events(events or {}), _zone(time_zone))
    facts = readable(origin, lambda: _facts(found))
    if facts.count == 0:
        raise DataError(origin, [Problem("there are no rows", "give a log with touches and conversions")])
    problems = list(_wrong(found, columns or {}, facts))
    if problems and not skip_bad:
        raise DataError(origin, problems)
    if missing := [name for name in EVENTS if not facts.kinds.get(EVENTS[name])]:
        raise DataError(
            origin, [Problem(f"there is no {name}", "journeys need both", column="event") for name in missing]
        )
    channels = facts.channels
    if len(channels) > MOST_CHANNELS:
        mend = f"merge them to {MOST_CHANNELS} or fewer"
        raise DataError(origin, [Problem(f"there are {len(channels)} channels", mend, column="channel")])
    skipped, others = sum(facts.wrong.values()), tuple(n for n in ("cost", "segment") if n in own)
    return TouchLog(origin, found, channels, facts.count, skipped, facts.first, facts.last, time_zone, others)


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


@dataclass(frozen=True)
class _Facts:
    """What one scan of a log tells of it: rows by what is wrong with them, and of the whole ones by kind; channels."""

    count: int
    wrong: Mapping[str, int]
    kinds: Mapping[int, int]
    channels: tuple[str, ...]
    first: datetime
    last: datetime


def _facts(found: Any) -> _Facts:
    groups = found.mutate(channel=found.wrong.isnull().ifelse(found.channel, None)).group_by("wrong", "kind", "channel")
    groups = groups.aggregate(n=lambda t: t.count(), first=lambda t: t.time.min(), last=lambda t: t.time.max())
    rows = fetched(groups).to_pylist()
    whole = [r for r in rows if r["wrong"] is None]
    wrong, kinds = Counter[str](), Counter[int]()
    for r in rows:
        if r["wrong"] is None:
            kinds[r["kind"]] += r["n"]
        else:
            wrong[r["wrong"]] += r["n"]
    ends = [r[side] for r in whole for side in ("first", "last")] or [datetime.min]
    channels = tuple(sorted(r["channel"] for r in whole if r["channel"] is not None))
    return _Facts(sum(r["n"] for r in rows), wrong, kinds, channels, min(ends), max(ends))


def _wrong(found: Any, columns: Mapping[str, str], facts: _Facts) -> Iterator[Problem]:
    """Yield what is wrong with rows, a column at a time, with cells that show it."""
    for name, (what, mend) in WRONG.items():
        if count := facts.wrong.get(name):
            cells = found.filter(found.wrong == name).select("cell").distinct().order_by("cell").limit(EXAMPLES)
            quoted = ", ".join(shown(c) for c in fetched(cells)["cell"].drop_null().to_pylist() if c)
            text = f"{what}{quoted and f' ({quoted})'}, in {count:,} of {facts.count:,} rows"
            yield Problem(text, f"{mend}, or leave such rows out with skip_bad=True", column=columns.get(name, name))
