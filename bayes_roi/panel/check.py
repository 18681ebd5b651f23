"""Everything wrong with the columns that a model names, collected into one list of problems."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from bayes_roi.errors import Problem
from bayes_roi.panel.labels import Form, labels_of, written
from bayes_roi.panel.numbers import Flaw, Numbers, read_numbers
from bayes_roi.panel.periods import Periods, read_periods, rhythm_of
from bayes_roi.panel.raw import RawTable

SHOWN = 5  # of each kind of problem in a column; the rest is counted


@dataclass(frozen=True, eq=False)
class Observed:
    """The named columns as numbers, in order of time; NaN where a cell is missing, infinite where it is flawed."""

    values: Mapping[str, np.ndarray]  # name in the table -> (rows,) float64
    row_numbers: np.ndarray  # (rows,) as a spreadsheet counts
    time: str | None = None
    form: Form | None = None  # of the period labels
    ordinals: np.ndarray | None = None  # (rows,) int64, ascending; None where there are none, or they are flawed

    def take(self, rows: np.ndarray, values: Mapping[str, np.ndarray] | None = None) -> Observed:
        """Return the rows asked for, in that order, with other values if they are given."""
        taken = {name: column[rows] for name, column in self.values.items()} if values is None else values
        ordinals = None if self.ordinals is None else self.ordinals[rows]
        return Observed(taken, self.row_numbers[rows], self.time, self.form, ordinals)

    def period(self, row: int) -> str | None:
        """Return the label of a row, if the rows have any."""
        if self.ordinals is None or self.form is None:
            return None
        return str(labels_of(self.ordinals[row : row + 1], self.form)[0])

    def column_problems(self, *, spends: Collection[str], may_be_missing: bool) -> list[Problem]:
        """Return what is wrong with the numbers, taken together and one by one."""
        found: list[Problem] = []
        for name, values in self.values.items():
            found += _value_problems(self, name, values, spend=name in spends, may_be_missing=may_be_missing)
        return found

    def period_problems(self, *, whole: bool) -> list[Problem]:
        """Return duplicates, gaps and changes of frequency; gaps can only be told where no row had to be left out."""
        if self.ordinals is None or self.form is None:
            return []
        found = _duplicates(self, self.ordinals, self.form)
        distinct, first = np.unique(self.ordinals, return_index=True)
        if whole:
            found += flaw_problems(rhythm_of(distinct, self.form).flaws, self.time, self.row_numbers[first])
        return found


def observe(table: RawTable, *, names: Iterable[str], time: str | None) -> tuple[Observed, list[Problem]]:
    """Return the named columns of a table in order of time, and why cells or columns could not be read."""
    problems = list(capped(table.misshapen, "rows", None))
    periods = None
    if time is not None:
        periods, found = _read_time(table, time)
        problems += found
    values: dict[str, np.ndarray] = {}
    for name in dict.fromkeys(names):
        position = table.find(name)
        if isinstance(position, Problem):
            problems.append(position)
        else:
            numbers = read_numbers(table.column(position), text=not table.typed)
            values[name] = numbers.values
            problems += _cell_problems(numbers, name, table.row_numbers)
    observed = Observed(values, table.row_numbers, time)
    if periods is not None and not periods.flaws:
        observed = Observed(values, table.row_numbers, time, periods.form, periods.ordinals)
        if (np.diff(periods.ordinals) < 0).any():
            observed = observed.take(np.argsort(periods.ordinals, kind="stable"))
    return observed, problems


def flaw_problems(flaws: Sequence[tuple[int, Flaw]], column: str | None, row_numbers: np.ndarray) -> list[Problem]:
    """Return the problems that flaws amount to, the first few of each kind and the number of the others."""
    kinds: dict[str, list[tuple[int, Flaw]]] = {}
    for row, flaw in flaws:
        kinds.setdefault(flaw.kind, []).append((row, flaw))
    shown: list[Problem] = []
    counted: list[Problem] = []
    for same in kinds.values():
        first = [_problem(flaw, column, row_numbers, row) for row, flaw in same[:SHOWN]]
        shown += first
        counted += capped(first, "cells", column, count=len(same))[len(first) :]
    return sorted(shown, key=lambda problem: problem.row or 0) + counted


def capped(problems: Sequence[Problem], of_what: str, column: str | None, *, count: int | None = None) -> list[Problem]:
    """Return the first few problems of one kind, and one more that counts the others.

    >>> str(capped([Problem("empty", "fill it in", "tv", row) for row in range(2, 20)], "cells", "tv")[-1])
    "column 'tv': and 13 more cells like these; mend them in the same way"
    """
    more = (len(problems) if count is None else count) - SHOWN
    shown = list(problems[:SHOWN])
    if more > 0:
        of_what = of_what if more > 1 else of_what.removesuffix("s")
        shown.append(Problem(f"and {more:,} more {of_what} like these", "mend them in the same way", column))
    return shown


def _problem(flaw: Flaw, column: str | None, row_numbers: np.ndarray, row: int) -> Problem:
    return Problem(flaw.what, flaw.mend, column, int(row_numbers[row]) if row >= 0 else None)


def _read_time(table: RawTable, time: str) -> tuple[Periods | None, list[Problem]]:
    position = table.find(time)
    if isinstance(position, Problem):
        return None, [position]
    periods = read_periods(table.column(position))
    return periods, flaw_problems(periods.flaws, time, table.row_numbers)


def _cell_problems(numbers: Numbers, name: str, row_numbers: np.ndarray) -> list[Problem]:
    return flaw_problems(numbers.flaws, name, row_numbers)


def _value_problems(
    observed: Observed, name: str, values: np.ndarray, *, spend: bool, may_be_missing: bool
) -> list[Problem]:
    missing = np.isnan(values)
    known = values[np.isfinite(values)] if not np.isfinite(values).all() else values
    if missing.all():
        return [Problem("the column has no values", "fill it in, or take it out of the model", name)]
    found: list[Problem] = []
    if not may_be_missing and missing.any():
        mend = "fill it in, or choose clean={'missing': 'interpolate'} or {'missing': 'model'}"
        found += _each(observed, name, missing, "the value is missing", mend)
    if spend and known.size and known.min() < 0:
        found += _negative(observed, name, values)
    if known.size > 1 and known.size == values.size - missing.sum() and known.min() == known.max():
        found.append(_constant(name, float(known[0]), spend=spend))
    return found


def _each(observed: Observed, name: str, where: np.ndarray, what: str, mend: str) -> list[Problem]:
    rows = observed.row_numbers[where]
    shown = [Problem(what, mend, name, int(row)) for row in rows[:SHOWN]]
    return capped(shown, "cells", name, count=rows.size)


def _negative(observed: Observed, name: str, values: np.ndarray) -> list[Problem]:
    where = np.flatnonzero((values < 0) & np.isfinite(values))
    mend = "write what was spent, 0 or more; a refund belongs to the period of its spend"
    shown = [
        Problem(f"the spend is negative, {values[i]:g}", mend, name, int(observed.row_numbers[i]))
        for i in where[:SHOWN]
    ]
    return capped(shown, "cells", name, count=where.size)


def _constant(name: str, value: float, *, spend: bool) -> Problem:
    if spend and value == 0:
        return Problem(
            "the spend is zero in every row", "take the channel out of the model, or add rows with spend", name
        )
    if spend:
        mend = "its effect cannot be told from the baseline: take it out of the model, or add rows with other spend"
        return Problem(f"the spend is {value:g} in every row", mend, name)
    mend = "take it out of the model: the intercept stands for what never changes"
    return Problem(f"the value is {value:g} in every row", mend, name)


def _duplicates(observed: Observed, ordinals: np.ndarray, form: Form) -> list[Problem]:
    again = np.flatnonzero(ordinals[1:] == ordinals[:-1]) + 1
    mend = "keep one row for each period, or choose clean={'duplicates': 'sum'} (or 'mean', 'first', 'last')"
    shown = []
    for i in again[:SHOWN]:
        first = observed.row_numbers[np.searchsorted(ordinals, ordinals[i])]
        what = f"the period {written(int(ordinals[i]), form)} is in row {first} already"
        shown.append(Problem(what, mend, observed.time, int(observed.row_numbers[i])))
    return capped(shown, "rows", observed.time, count=again.size)
