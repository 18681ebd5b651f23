"""Events to journeys, as expressions of Ibis.

A journey is what a user is touched by since his last conversion; it ends with a conversion or, without one, when he has
not been touched for `gap` days. Touches more than `lookback` days before a conversion are not counted for it.
"""

from __future__ import annotations

import math
from typing import Any

from bayes_roi.journeys.counts.path_types import FIRST_MARK
from bayes_roi.journeys.log.canonical import CONVERSION, TOUCH
from bayes_roi.journeys.log.library import library

DAY = 86_400
ORDER = ("time", "kind", "mark", "value")
"""Touches before a conversion at the same instant, and touches of one instant by their channels."""


def unique(rows: Any, slices: int, which: int) -> Any:
    """Return the whole rows of the users of a slice, each once, with how often it stood there."""
    found = rows.filter(rows.wrong.isnull())
    if slices > 1:
        found = found.filter((found.user.hash() % slices + slices) % slices == which)
    return found.group_by("user", "time", "day", "channel", "kind", "value", "cost", "segment").aggregate(
        copies=found.count()
    )


def bots(rows: Any, most: int) -> Any:
    """Return the users with more than `most` touches in a day."""
    touches = rows.filter(rows.kind == TOUCH)
    days = touches.group_by("user", "day").aggregate(n=touches.count())
    return days.filter(days.n > most).select("user").distinct()


def journeys(rows: Any, channels: tuple[str, ...], *, gap: float, lookback: float, half_life: float) -> Any:
    """Return a row a journey: path (as text), conv, end, value, and the weights of its touches by their age.

    A journey without a touch, that is a conversion that none precedes, has a null path.
    """
    ibis = library()
    marks = ((rows.channel == name, chr(FIRST_MARK + code)) for code, name in enumerate(channels))
    events = rows.select("user", "time", "kind", "value", mark=ibis.cases(*marks, else_=None))
    order = {"group_by": "user", "order_by": [events[name] for name in ORDER]}
    before = ibis.window(**order)
    late = events.time > events.time.lag().over(before) + seconds(gap)
    starts = (events.kind.lag().over(before) == CONVERSION) | late
    events = events.mutate(starts=starts.fill_null(True).cast("int32"))
    running = ibis.cumulative_window(group_by="user", order_by=[events[name] for name in ORDER])
    events = events.mutate(journey=events.starts.sum().over(running))
    whole = ibis.window(group_by=["user", "journey"])
    events = events.mutate(end=events.time.max().over(whole), conv=events.kind.max().over(whole))
    age = events.end.epoch_seconds() - events.time.epoch_seconds()
    counted = (events.conv != CONVERSION) | (events.time >= events.end - seconds(lookback))
    events = events.mutate(
        counted=(events.kind == TOUCH) & counted,
        weight=(age.cast("float64") * (-math.log(2) / (half_life * DAY))).exp(),
    )
    weighed = events.counted & (events.conv == CONVERSION)
    line = [events.time, events.mark]
    return events.group_by("user", "journey").aggregate(
        conv=events.kind.max(),
        end=events.time.max(),
        value=events.value.max(where=events.kind == CONVERSION),
        path=events.mark.group_concat("", where=events.counted, order_by=line),
        weights=events.weight.collect(where=weighed, order_by=line),
        total=events.weight.sum(where=weighed),
    )


def seconds(days: float) -> Any:
    """Return an interval of days, which need not be whole."""
    return library().interval(seconds=round(days * DAY))
