"""Journeys by loops over rows, as the page defines them."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import numpy as np
import pandas as pd

from bayes_roi.journeys.counts.path_types import PathTypes

Row = tuple[str, datetime, str | None, str, float | None]
"""User, time, channel, event, value."""


@dataclass
class Walked:
    """What came of a path."""

    journeys: int = 0
    conversions: int = 0
    value: float = 0.0
    decay: np.ndarray = field(default_factory=lambda: np.zeros(0))


def frame(rows: list[Row]) -> pd.DataFrame:
    """Return rows as a log."""
    log = pd.DataFrame(rows, columns=["user", "time", "channel", "event", "value"])
    return log.astype({"user": "str", "time": "datetime64[us]", "value": "float64"})


def walked(rows: list[Row], *, gap: float, lookback: float, half_life: float, bot_touches: int) -> dict[tuple, Walked]:
    """Return path -> what came of it."""
    found: dict[tuple, Walked] = defaultdict(Walked)
    for events in by_user(rows, bot_touches).values():
        touches: list[tuple[datetime, str]] = []
        for time, kind, channel, value in events:
            if touches and time > touches[-1][0] + timedelta(days=gap):
                found[tuple(c for _, c in touches)].journeys += 1
                touches = []
            if kind == 0:
                touches.append((time, channel))
                continue
            counted = [(t, c) for t, c in touches if t >= time - timedelta(days=lookback)]
            touches = []
            if counted:
                add(
                    found[tuple(c for _, c in counted)],
                    [(time - t).total_seconds() for t, _ in counted],
                    value,
                    half_life,
                )
        if touches:
            found[tuple(c for _, c in touches)].journeys += 1
    return dict(found)


Told = tuple[str, datetime, str | None, str, float | None, str | None]
"""User, time, channel, event, value, segment."""


def walked_by_segment(
    rows: list[Told], *, gap: float, lookback: float, bot_touches: int
) -> dict[str, dict[tuple, list]]:
    """Return segment -> path -> journeys, conversions and value; a journey is of its first row that has a segment."""
    found: dict[str, dict[tuple, list]] = defaultdict(lambda: defaultdict(lambda: [0, 0, 0.0]))
    days: dict[tuple, int] = defaultdict(int)
    people: dict[str, list[Told]] = defaultdict(list)
    for row in set(rows):
        people[row[0]].append(row)
        days[row[0], row[1].date()] += row[3] == "touch"
    bots = {user for (user, _), n in days.items() if n > bot_touches}
    for user in people.keys() - bots:
        journey: list[Told] = []
        for row in sorted(people[user], key=lambda r: (r[1], r[3] == "conversion", r[2] or "", r[4] or 0, r[5] or "~")):
            if journey and (row[1] - journey[-1][1]).total_seconds() > gap * 86_400:
                _ended(found, journey, lookback)
                journey = []
            journey.append(row)
            if row[3] == "conversion":
                _ended(found, journey, lookback)
                journey = []
        if journey:
            _ended(found, journey, lookback)
    return found


def _ended(found: dict[str, dict[tuple, list]], journey: list[Told], lookback: float) -> None:
    """Count a journey, unless no touch counts."""
    segment = next((r[5] for r in journey if r[5] is not None), "no segment")
    *_, last = journey
    sold = last[3] == "conversion"
    since = last[1] - timedelta(days=lookback)
    path = tuple(r[2] for r in journey if r[3] == "touch" and (not sold or r[1] >= since))
    if path:
        one = found[segment][path]
        found[segment][path] = [one[0] + 1, one[1] + sold, one[2] + (last[4] or 0.0) * sold]


def by_user(rows: list[Row], bot_touches: int) -> dict[str, list]:
    """Return the events of each person in their order, each once."""
    found: dict[str, list] = defaultdict(list)
    days: dict[tuple, int] = defaultdict(int)
    for user, time, channel, event, value in set(rows):
        found[user].append((time, int(event == "conversion"), channel or "", -1.0 if value is None else value))
        days[user, time.date()] += event == "touch"
    bots = {user for (user, _), n in days.items() if n > bot_touches}
    return {user: sorted(events) for user, events in found.items() if user not in bots}


def add(path: Walked, ages: list[float], value: float, half_life: float) -> None:
    """Count a conversion."""
    weights = 2.0 ** (-np.array(ages) / 86_400 / half_life)
    path.journeys += 1
    path.conversions += 1
    path.value += max(value, 0.0)
    path.decay = (path.decay if len(path.decay) else np.zeros(len(ages))) + weights / weights.sum()


def of(paths: PathTypes) -> dict[tuple, Walked]:
    """Return path types as the oracle has them."""
    return {
        paths.names(i): Walked(
            int(paths.journeys[i]),
            int(paths.conversions[i]),
            float(paths.value[i]),
            paths.decay[paths.starts[i] : paths.starts[i + 1]],
        )
        for i in range(len(paths))
    }


def assert_same(found: dict[tuple, Walked], wanted: dict[tuple, Walked]) -> None:
    """Hold two to one another."""
    assert found.keys() == wanted.keys()
    for path, right in wanted.items():
        mine = found[path]
        assert (mine.journeys, mine.conversions) == (right.journeys, right.conversions), path
        np.testing.assert_allclose(mine.value, right.value, atol=1e-9)
        if right.conversions:
            np.testing.assert_allclose(mine.decay, right.decay, atol=1e-9)
