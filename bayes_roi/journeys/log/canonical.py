"""A log in one shape: its columns under their own names, in one unit, each row with what is wrong with it."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import Any

from bayes_roi.journeys.log.databases import Database, database_of
from bayes_roi.journeys.log.library import library

NEEDED = ("user", "time", "channel", "event")
OPTIONAL = ("value", "cost", "segment")
TOUCH, CONVERSION = 0, 1
EVENTS = {"touch": TOUCH, "conversion": CONVERSION}
UNIVERSAL = r"\s*(UTC|GMT|utc|gmt|Z|z)$"
OFFSET = r"[+-](0\d|1[0-5])(:?[0-5]\d)?$"
"""The end of a stamp that says how far from UTC it is."""
STAMP = r"^\d{4}-\d{1,2}-\d{1,2}([ T]([01]?\d|2[0-3]):\d{2}(:\d{2}(\.\d+)?)?)?$"
"""A stamp without such an end. Databases read the beginning of a text and drop the rest: an AM or PM, a word."""
NUMBER = r"^\s*[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?\s*$"
"""A plain number: databases also read `1_000`, or `1d`."""
LARGEST = sys.float_info.max
WRONG = {
    "user": ("no user", "give every row a user"),
    "time": ("stamps that do not parse", "write them as 2025-03-31 17:05:00"),
    "event": ("unknown events", "write touch or conversion, or say what a word means with events={'click': 'touch'}"),
    "channel": ("touches without a channel", "give every touch a channel"),
    "value": ("values that are no amount, 0 or more", "write plain numbers"),
    "cost": ("costs that are no amount, 0 or more", "write plain numbers"),
}
"""Column -> what may be wrong with a row of it, and how to mend it."""


def canonical(raw: Any, columns: Mapping[str, str], events: Mapping[str, int], zone: str) -> Any:
    """Return the rows with user, time (UTC), day (of the time zone), channel, kind, value, cost, segment and `wrong`.

    `wrong` is the first column of `WRONG` that is not as it must be, `cell` what stands there; null in whole rows.
    """
    ibis, database = library(), database_of(raw)
    own = {name: raw[columns[name]] if name in columns else ibis.null(str) for name in (*NEEDED, *OPTIONAL)}
    time = utc(own["time"], zone, database)
    word = database.stripped(own["event"].cast("string")).lower()
    kind = ibis.cases(*((word == w, k) for w, k in events.items()), else_=None).cast("int8")
    whole_numbers = own["user"].type().is_integer()
    user = own["user"] if whole_numbers else own["user"].cast("string")
    channel = database.stripped(own["channel"].cast("string"))
    amounts = {name: amount(own[name]) for name in ("value", "cost")}
    wrong = {
        "user": user.isnull() if whole_numbers else user.isnull() | (user == ""),
        "time": time.isnull(),
        "event": kind.isnull(),
        "channel": (kind == TOUCH) & (channel.isnull() | (channel == "")),
        **{name: _filled(own[name], database) & ~(found >= 0).fill_null(False) for name, found in amounts.items()},
    }
    return raw.select(
        user=user,
        time=time,
        day=(time if zone == "UTC" else database.wall(time, zone)).date(),
        channel=ibis.ifelse(kind == TOUCH, channel, None),
        kind=kind,
        segment=own["segment"].cast("string").nullif(""),
        **amounts,
        wrong=ibis.cases(*((wrong[name], name) for name in WRONG), else_=None),
        cell=ibis.cases(*((wrong[name], own[name].cast("string")) for name in WRONG), else_=None),
    )


def _filled(column: Any, database: Database) -> Any:
    return column.notnull() & (database.stripped(column.cast("string")) != "")


def amount(column: Any) -> Any:
    """Return a column as numbers; null where it is none, or not finite."""
    ibis = library()
    if column.type().is_string():
        column = ibis.ifelse(column.re_search(NUMBER), column, None).try_cast("float64")
    found = column.cast("float64")
    return ibis.ifelse(found.isnan() | (found.abs() > LARGEST), None, found)


def utc(column: Any, zone: str, database: Database) -> Any:
    """Return instants in UTC: stamps that say their offset by it, others read in the time zone."""
    ibis, kind = library(), column.type()
    if kind.is_timestamp():
        zoned = kind.timezone is not None
        return column.cast("timestamp('UTC')").cast("timestamp") if zoned else database.stamped(column, zone)
    if kind.is_date():
        return _of_zone(column.cast("timestamp"), zone, database)
    if not kind.is_string():
        return ibis.null("timestamp")
    text = database.stripped(column).re_replace(UNIVERSAL, "+00")
    ends = text.re_search(":.*" + OFFSET)
    wall = ibis.ifelse(ends, text.re_replace(r"\s*" + OFFSET, ""), text)
    whole = ibis.ifelse(wall.re_search(r":\d\d:"), wall, wall + ":00") + text.re_extract(OFFSET, 0)
    absolute = whole.try_cast("timestamp('UTC')").cast("timestamp")
    local = _of_zone(text.try_cast("timestamp"), zone, database)
    return ibis.ifelse(wall.re_search(STAMP), ibis.ifelse(ends, absolute, local), None)


def _of_zone(wall: Any, zone: str, database: Database) -> Any:
    return wall if zone == "UTC" else database.instant(wall, zone)
