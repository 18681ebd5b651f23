"""Everything wrong with the columns that a model names, collected into one list of problems."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

import numpy as np

from bayes_roi.errors import Problem
from bayes_roi.numbers import plain
from bayes_roi.panel.categories import Category, read_category
from bayes_roi.panel.cells import read_numbers
from bayes_roi.panel.labels import Form, written
from bayes_roi.panel.observed import Observed
from bayes_roi.panel.periods import Periods, read_periods, rhythm_of
from bayes_roi.panel.problems import SHOWN, by_kind, flaw_problems, summarised
from bayes_roi.panel.raw import RawTable
from bayes_roi.panel.units import differing_calendars

FILL = "fill it in, or choose clean={'missing': 'interpolate'} or {'missing': 'model'}"
FILL_SPEND = (
    "choose clean={'missing': {'spends': 'zero'}} (--clean missing.spends=zero) where nothing was spent, as reports "
    "leave out rows without spend; else fill it in, or choose 'interpolate' or 'model'"
)
NEVER_CHANGES = "take it out of the model: the intercept stands for what never changes"


@dataclass(frozen=True)
class Rules:
    """What the numbers of some columns have to be, by their names in the table."""

    spends: Collection[str]
    positive: Collection[str] = ()
    may_be_constant: Collection[str] = ()
    may_be_missing: Collection[str] = ()
    explained: Collection[str] = ()


def observe(
    table: RawTable,
    plain: RawTable,
    *,
    columns: Mapping[str, str],
    categories: Collection[str],
    time: str | None,
    unit: str | None,
    missing_labels: Collection[str],
) -> tuple[Observed, list[Problem]]:
    """Return the named columns in order of unit and time, and why cells or columns could not be read.

    Labels are read from the table as it is, numbers and periods from the same table in plain writing.
    """
    problems = list(by_kind(table.misshapen, "rows", None))
    units, found = _read_labels(table, unit, missing_labels) if unit is not None else (None, [])
    problems += found
    periods, found = _read_time(plain, time) if time is not None else (None, [])
    problems += found
    values: dict[str, np.ndarray] = {}
    labels: dict[str, Category] = {}
    for name, categorical in dict.fromkeys((name, node in categories) for node, name in columns.items()):
        if categorical:
            category, found = _read_labels(table, name, missing_labels)
            labels |= {} if category is None else {name: category.in_order()}
        else:
            numbers, found = _read_values(plain, name)
            values |= {} if numbers is None else {name: numbers}
        problems += found
    observed = Observed(values, table.row_numbers, labels, time, unit=unit, units=units)
    if periods is not None and (unit is None or units is not None):
        observed = Observed(values, table.row_numbers, labels, time, periods.form, periods.ordinals, unit, units)
    return observed.in_order(), list(dict.fromkeys(problems))  # a question about the table is asked once


def column_problems(observed: Observed, rules: Rules) -> list[Problem]:
    """Return what is wrong with the numbers and labels, taken together and one by one."""
    found: list[Problem] = []
    for name, values in observed.values.items():
        found += _value_problems(observed, name, values, rules)
    for name, category in observed.categories.items():
        if len(category.labels) == 1 and category.codes.size > 1 and name not in rules.may_be_constant:
            found.append(Problem(f"the label is {category.labels[0]!r} in every row", NEVER_CHANGES, name))
    return found


def period_problems(observed: Observed, *, whole: bool, gaps: bool = True) -> list[Problem]:
    """Return duplicates, gaps and changes of frequency; gaps can only be told where no row had to be left out.

    Without `gaps` they are none: they may be in another file, or are told of weeks and months.
    """
    if observed.ordinals is None or observed.form is None:
        return []
    found = _duplicates(observed, observed.ordinals, observed.form)
    if not whole:
        return found
    differing = differing_calendars(observed)
    if differing:
        return found + differing
    distinct, first = np.unique(observed.ordinals, return_index=True)
    flaws = [flaw for flaw in rhythm_of(distinct, observed.form).flaws if gaps or flaw[1].kind != "gap"]
    return found + flaw_problems(flaws, observed.time, observed.row_numbers[first])


def _read_time(table: RawTable, time: str) -> tuple[Periods | None, list[Problem]]:
    position = table.find(time)
    if isinstance(position, Problem):
        return None, [position]
    periods = read_periods(table.column(position))
    return None if periods.flaws else periods, flaw_problems(periods.flaws, time, table.row_numbers)


def _read_labels(table: RawTable, name: str, missing: Collection[str]) -> tuple[Category | None, list[Problem]]:
    position = table.find(name)
    if isinstance(position, Problem):
        return None, [position]
    category, flaws = read_category(table.column(position), missing)
    return None if flaws else category, flaw_problems(flaws, name, table.row_numbers)


def _read_values(table: RawTable, name: str) -> tuple[np.ndarray | None, list[Problem]]:
    position = table.find(name)
    if isinstance(position, Problem):
        return None, [position]
    numbers = read_numbers(table.column(position), text=not table.typed)
    return numbers.values, flaw_problems(numbers.flaws, name, table.row_numbers)


def _value_problems(observed: Observed, name: str, values: np.ndarray, rules: Rules) -> list[Problem]:
    spend = name in rules.spends
    missing = np.isnan(values)
    known = values[np.isfinite(values)] if not np.isfinite(values).all() else values
    if missing.all():
        return [Problem("the column has no values", "fill it in, or take it out of the model", name)]
    found: list[Problem] = []
    if name not in rules.may_be_missing and missing.any():
        found += _each(observed, name, missing, "the value is missing", FILL_SPEND if spend else FILL)
    if spend and known.size and known.min() < 0:
        mend = "write what was spent, 0 or more; a refund belongs to the period of its spend"
        found += _each(observed, name, (values < 0) & np.isfinite(values), "the spend is negative, {}", mend)
    if name in rules.positive and known.size and known.min() <= 0:
        mend = "write a number above zero, as a weight or a value per unit has to be, or take the row out"
        found += _each(observed, name, (values <= 0) & np.isfinite(values), "the value is {}, not above zero", mend)
    whole = known.size > 1 and known.size == values.size - missing.sum()
    if whole and known.min() == known.max() and name not in rules.may_be_constant:
        value = float(known[0])
        found.append(
            _nothing_to_explain(name, value) if name in rules.explained else _constant(name, value, spend=spend)
        )
    return found


def _each(observed: Observed, name: str, where: np.ndarray, what: str, mend: str) -> list[Problem]:
    """Return a problem for each of the rows, `what` with its value put in."""
    rows = np.flatnonzero(where)
    shown = [
        Problem(what.format(plain(observed.values[name][i])), mend, name, int(observed.row_numbers[i]) or None)
        for i in rows[:SHOWN]
    ]
    return summarised(shown, "cells", name, count=rows.size)


def _nothing_to_explain(name: str, value: float) -> Problem:
    mend = (
        "what never changes has nothing to be explained: look whether the column was filled in or filtered by mistake, "
        "give rows in which it differs, or leave its equation out"
    )
    return Problem(f"the value is {plain(value)} in every row", mend, name)


def _constant(name: str, value: float, *, spend: bool) -> Problem:
    if spend and value == 0:
        return Problem(
            "the spend is zero in every row", "take the channel out of the model, or add rows with spend", name
        )
    if spend:
        mend = "its effect looks like the baseline: take it out of the model, or add rows with other spend"
        return Problem(f"the spend is {plain(value)} in every row", mend, name)
    return Problem(f"the value is {plain(value)} in every row", NEVER_CHANGES, name)


def _duplicates(observed: Observed, ordinals: np.ndarray, form: Form) -> list[Problem]:
    again = observed.again
    rows = np.flatnonzero(again)
    one = "one row for each period" if observed.unit is None else f"one row for each {observed.unit} and period"
    mend = f"keep {one}, or choose clean={{'duplicates': 'sum'}} (or 'mean', 'first', 'last')"
    shown = []
    for i in rows[:SHOWN]:
        first = observed.row_numbers[np.flatnonzero(~again[:i])[-1]]
        of = "" if observed.units is None else f" of {observed.unit} {observed.units.label(i)!r}"
        what = f"the period {written(int(ordinals[i]), form)}{of} is in row {first} already"
        shown.append(Problem(what, mend, observed.time, int(observed.row_numbers[i])))
    return summarised(shown, "rows", observed.time, count=rows.size)
