"""How many rows a panel has and what they span, in words."""

from __future__ import annotations

import numpy as np


def extent(
    rows: int, periods: np.ndarray | None, frequency: str | None, unit: str | None, units: np.ndarray | None
) -> str:
    """Return how many rows there are, of which units, and from when to when.

    >>> extent(4, np.array([1, 2, 1, 2]), "period", "geo", np.array(["A", "A", "B", "B"]))
    '4 rows: 2 geos x 2 periods, 1 to 2'
    """
    one = "row" if periods is None else frequency or "period"
    span = "" if periods is None else f", {_ends(periods)}"
    if units is None:
        return count(rows, "exchangeable row", "exchangeable rows") if periods is None else _counted(rows, one) + span
    sizes = np.unique(units, return_counts=True)[1]
    several = f"{count(rows, 'row', 'rows')}: {_counted(sizes.size, unit or 'unit')}"
    if not rows or sizes.min() == sizes.max():
        return f"{several} x {_counted(int(sizes[0]) if rows else 0, one)}{span}"
    return f"{several}, {sizes.min():,} to {_counted(int(sizes.max()), one)} each{span}"


def count(number: int, one: str, many: str) -> str:
    """Return a number with its noun.

    >>> count(1, "entry", "entries")
    '1 entry'
    """
    return f"{number:,} {one if number == 1 else many}"


def _ends(periods: np.ndarray) -> str:
    ordered = np.unique(periods)
    return f"{ordered[0]} to {ordered[-1]}" if ordered.size else "none"


def _counted(number: int, one: str) -> str:
    if one.endswith("y") and one[-2:-1] not in tuple("aeiou"):
        return count(number, one, f"{one[:-1]}ies")
    return count(number, one, one if one.endswith("s") else f"{one}s")
