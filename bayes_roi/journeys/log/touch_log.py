"""A touch log that was checked: what journeys are counted from."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any


@dataclass(frozen=True, eq=False, repr=False)
class TouchLog:
    """A touch log that was checked; its rows are read when journeys are counted.

    Parameters
    ----------
    source
        What it is called in messages.
    rows
        A table of Ibis: user, time (UTC), day (of the time zone), channel, kind (0 a touch, 1 a conversion), value,
        cost, segment and `wrong` (null where the row is whole).
    channels
        Their names, sorted.
    count, skipped
        Rows, and those among them that are left out, as they are not whole.
    first, last
        The first and last instant, UTC.
    time_zone
        Whose days are counted.
    others
        Which of cost and segment the log has: rows that differ in them alone are no duplicates.
    """

    source: str
    rows: Any
    channels: tuple[str, ...]
    count: int
    skipped: int
    first: datetime
    last: datetime
    time_zone: str
    others: tuple[str, ...]

    def __repr__(self) -> str:
        left = f", {self.skipped:,} of them left out" if self.skipped else ""
        return (
            f"TouchLog: {self.source}: {self.count:,} rows{left}, {self.first:%Y-%m-%d} to {self.last:%Y-%m-%d}, "
            f"{len(self.channels)} channels: {', '.join(self.channels)}"
        )
