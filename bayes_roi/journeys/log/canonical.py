"""A log in one shape: its columns under their own names, in one unit, each row with what is wrong with it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bayes_roi.journeys.log.library import library

NEEDED = ("user", "time", "channel", "event")
OPTIONAL = ("value", "cost", "segment")
TOUCH, CONVERSION = 0, 1
EVENTS = {"touch": TOUCH, "conversion": CONVERSION}
UNIVERSAL = r"\s*(UTC|GMT|utc|gmt|Z|z)$"
OFFSET = r"[+-]\d\d(:?\d\d)?$"
"""The end of a stamp that says how far from UTC it is."""
STAMP = r"^\d{4}-\d{1,2}-\d{1,2}([ T]\d{1,2}:\d{2}(:\d{2}(\.\d+)?)?)?$"
"""A stamp without such an end. Databases read the beginning of a text and drop the rest: an AM or PM, a word."""
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
    ibis = library()
    own = {name: raw[columns[name]] if name in columns else ibis.null(str) for name in (*NEEDED, *OPTIONAL)}
    time = utc(own["time"], zone)
    word = own["event"].cast("string").strip().lower()
    kind = ibis.cases(*((word == w, k) for w, k in events.items()), else_=None).cast("int8")
    whole_numbers = own["user"].type().is_integer()
    user = own["user"] if whole_numbers else own["user"].cast("string")
    channel = own["channel"].cast("string").strip()
    amounts = {name: amount(own[name]) for name in ("value", "cost")}
    wrong = {
        "user": user.isnull() if whole_numbers else user.isnull() | (user == ""),
        "time": time.isnull(),
        "event": kind.isnull(),
        "channel": (kind == TOUCH) & (channel.isnull() | (channel == "")),
        **{name: _filled(own[name]) & ~(found >= 0).fill_null(False) for name, found in amounts.items()},
    }
    return raw.select(
        user=user,
        time=time,
        day=local_day(time, zone),
        channel=ibis.ifelse(kind == TOUCH, channel, None),
        kind=kind,
        segment=own["segment"].cast("string"),
        **amounts,
        wrong=ibis.cases(*((wrong[name], name) for name in WRONG), else_=None),
        cell=ibis.cases(*((wrong[name], own[name].cast("string")) for name in WRONG), else_=None),
    )


def _filled(column: Any) -> Any:
    return column.notnull() & (column.cast("string").strip() != "")


def amount(column: Any) -> Any:
    """Return a column as numbers; null where it is none, or not finite."""
    found = column.try_cast("float64") if column.type().is_string() else column.cast("float64")
    return library().ifelse(found.isnan() | found.isinf(), None, found)


def utc(column: Any, zone: str) -> Any:
    """Return instants in UTC: stamps that say their offset by it, others read in the time zone."""
    ibis, kind = library(), column.type()
    if kind.is_timestamp():
        return column.cast("timestamp('UTC')").cast("timestamp") if kind.timezone else _of_zone(column, zone)
    if kind.is_date():
        return _of_zone(column.cast("timestamp"), zone)
    if not kind.is_string():
        return ibis.null("timestamp")
    text = column.strip().re_replace(UNIVERSAL, "+00")
    ends = text.re_search(":.*" + OFFSET)
    whole = ibis.ifelse(ends, text.re_replace(r"\s*" + OFFSET, ""), text).re_search(STAMP)
    absolute = text.try_cast("timestamp('UTC')").cast("timestamp")
    return ibis.ifelse(whole, ibis.ifelse(ends, absolute, _of_zone(text.try_cast("timestamp"), zone)), None)


def local_day(time: Any, zone: str) -> Any:
    """Return the date of an instant (UTC) in the time zone."""
    if zone == "UTC":
        return time.date()
    return _local()(zone, time.cast("timestamp('UTC')")).date()


def _of_zone(naive: Any, zone: str) -> Any:
    return naive if zone == "UTC" else _instant()(zone, naive).cast("timestamp")


def _instant() -> Any:
    """Return the function of the database from a wall clock to an instant."""
    ibis = library()

    @ibis.udf.scalar.builtin(name="timezone", signature=(("string", "timestamp"), "timestamp('UTC')"))
    def instant(zone, wall):  # type: ignore[no-untyped-def]
        ...

    return instant


def _local() -> Any:
    """Return the function of the database from an instant to a wall clock."""
    ibis = library()

    @ibis.udf.scalar.builtin(name="timezone", signature=(("string", "timestamp('UTC')"), "timestamp"))
    def local(zone, instant):  # type: ignore[no-untyped-def]
        ...

    return local
