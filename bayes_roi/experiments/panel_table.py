"""A long table as a matrix of units and periods, checked."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from bayes_roi.errors import DataError, Problem, QueryError, nearest

if TYPE_CHECKING:
    import pandas as pd

    type Table = pd.DataFrame | Mapping[str, npt.ArrayLike]
DATE, YEAR_FIRST = re.compile(r"\d{4}-\d\d(-\d\d)?([T ].*)?"), re.compile(r"\d{4}")
SHOWN = 5
"""Names that an error lists."""


@dataclass(frozen=True, eq=False)
class UnitTable:
    """An outcome by unit and period, nothing missing.

    Parameters
    ----------
    outcome
        Name of the column.
    units, times
        Labels of the two axes, times in order.
    values
        (units, times) the outcome.
    """

    outcome: str
    units: tuple[str, ...]
    times: np.ndarray
    values: np.ndarray

    def at(self, names: Iterable[str]) -> np.ndarray:
        """Return where units stand.

        Raises
        ------
        QueryError
            When one is not there.
        """
        place = {unit: k for k, unit in enumerate(self.units)}
        asked = [str(n) for n in names]
        if missing := [n for n in asked if n not in place]:
            hint = nearest(missing[0], self.units)
            raise QueryError(f"no unit {missing[0]!r} in the table{hint}; there are {first_few(self.units)}")
        return np.array([place[n] for n in asked], int)

    def during(self, first: Any, last: Any = None) -> slice:
        """Return where the periods from `first` to `last`, both included, stand; to the end when `last` is None.

        Raises
        ------
        QueryError
            When no row lies in the window, or none before it.
        """
        start = moment(first, self.times)
        end = self.times[-1] if last is None else moment(last, self.times)
        inside = np.flatnonzero((self.times >= start) & (self.times <= end))
        span = f"{label(self.times[0])} to {label(self.times[-1])}"
        if not len(inside):
            raise QueryError(f"no row lies in the window {first} to {last or 'the end'}; the table runs from {span}")
        if inside[0] == 0:
            raise QueryError(f"no period before the window, which begins at {label(start)}; the table runs from {span}")
        return slice(int(inside[0]), int(inside[-1]) + 1)


def unit_table(table: Table, *, outcome: str, unit: str, time: str) -> UnitTable:
    """Return a long table as a matrix, one row of the table a unit and period.

    Raises
    ------
    DataError
        When a column is absent, a value is missing or no number, or a unit lacks a period or has it twice.
    """
    y, names = column(table, outcome), column(table, unit)
    at_time = periods(column(table, time), time)
    if not len(y):
        raise DataError("table", [Problem("it has no rows", "give one row a unit and period")])
    try:
        numbers = np.asarray(y, float)
    except (TypeError, ValueError):
        raise DataError("table", [Problem("not all are numbers", "give numbers", outcome)]) from None
    if bad := np.flatnonzero(~np.isfinite(numbers)).tolist():
        what = f"{len(bad)} values are missing or infinite"
        raise DataError("table", [Problem(what, "fill them in or take the unit out", outcome, bad[0] + 2)])
    units, row = np.unique(np.array([str(n) for n in names]), return_inverse=True)
    times, at = np.unique(at_time, return_inverse=True)
    counts = np.zeros((len(units), len(times)), int)
    np.add.at(counts, (row, at), 1)
    if (counts != 1).any():
        r, t = np.argwhere(counts != 1)[0]
        what = f"{units[r]} has {counts[r, t]} rows for {label(times[t])}"
        raise DataError("table", [Problem(what, "give one row a unit and period", unit or time)])
    values = np.empty(counts.shape)
    values[row, at] = numbers
    return UnitTable(outcome, tuple(units.tolist()), times, values)


def column(table: Table, name: str) -> np.ndarray:
    """Return a column of a table.

    Raises
    ------
    DataError
        When there is none of that name.
    """
    if name not in table:
        known = [str(c) for c in table]
        raise DataError(
            "table", [Problem(f"no column {name!r}{nearest(name, known)}", f"there are {first_few(known)}")]
        )
    return np.asarray(table[name])


def periods(cells: np.ndarray, name: str) -> np.ndarray:
    """Return periods that can be put in order: numbers, dates, or text that begins with the year.

    Raises
    ------
    DataError
        When they are none of these.
    """
    if cells.dtype.kind in "iufM":
        return cells
    texts = np.array([str(c) for c in cells])
    if all(map(DATE.fullmatch, texts)):
        return texts.astype("datetime64[D]")
    if not all(map(YEAR_FIRST.match, texts)):
        raise DataError(
            "table", [Problem(f"{str(texts[0])!r} is no period", "give numbers, or dates like 2025-01-31", name)]
        )
    return texts


def moment(period: Any, times: np.ndarray) -> Any:
    """Return a period as the times of a table have it.

    Raises
    ------
    QueryError
        When it is none.
    """
    try:
        return np.datetime64(str(period)) if times.dtype.kind == "M" else times.dtype.type(period)
    except (TypeError, ValueError):
        raise QueryError(f"{period!r} is no period of the table, whose periods are like {label(times[0])}") from None


def label(period: Any) -> str:
    """Return a period as it is shown.

    >>> label(np.datetime64("2021-04-01T00:00")), label(np.int64(1989))
    ('2021-04-01', '1989')
    """
    return str(np.datetime64(period, "D")) if isinstance(period, np.datetime64) else str(period)


def first_few(names: Iterable[str]) -> str:
    """Return names in a row, the first few of many.

    >>> first_few("abcdefg")
    'a, b, c, d, e and 2 more'
    """
    known = [str(n) for n in names]
    more = f" and {len(known) - SHOWN} more" if len(known) > SHOWN else ""
    return ", ".join(known[:SHOWN]) + more
