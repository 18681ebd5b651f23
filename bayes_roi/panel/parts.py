"""From tables to one set of columns: each file read by itself, days put together, files joined, cells cleaned."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from bayes_roi.errors import DataError, Problem
from bayes_roi.panel.audit import AuditEntry
from bayes_roi.panel.check import Rules, column_problems, observe, period_problems
from bayes_roi.panel.clean import Clean, Columns
from bayes_roi.panel.cleaning.cleaned import filled_in
from bayes_roi.panel.cleaning.duplicates import merge_duplicates
from bayes_roi.panel.cleaning.gaps import add_gaps, add_rows
from bayes_roi.panel.cleaning.missing import fill_missing
from bayes_roi.panel.cleaning.smooth import smooth_columns
from bayes_roi.panel.guessing.shape import Column
from bayes_roi.panel.locale.locales import Locale, in_plain_writing, label_notes, labels_missing
from bayes_roi.panel.locale.whole_table import whole_in_plain_writing
from bayes_roi.panel.observed import Observed
from bayes_roi.panel.raw import RawTable, normalised
from bayes_roi.panel.shaping.every import (
    Every,
    Length,
    adds_up,
    days_at_ends,
    ends_missing,
    first_day_of,
    length_of,
    to_every,
    weekday_of,
)
from bayes_roi.panel.shaping.join import JoinedFile, join
from bayes_roi.panel.shaping.long_rows import long_column, to_columns
from bayes_roi.panel.shaping.of_all_units import audit_of_sums, divided, not_divisible
from bayes_roi.panel.shaping.totals import without_totals
from bayes_roi.panel.units import too_many, unit_problems


@dataclass(frozen=True)
class Ask:
    """What is asked of the tables; sets are of nodes."""

    named: Columns
    time: str | None
    unit: str | None
    clean: Clean
    every: Every | None
    locale: Locale
    positive: Collection[str] = ()
    may_be_constant: Collection[str] = ()
    averages: Collection[str] = ()
    weights: str | None = None  # by what is divided what is of all units together

    def rules(self) -> Rules:
        """Return what numbers have to be, by their names in the table."""
        columns, constant = self.named.columns, self.may_be_constant
        missing = self.named.chosen(self.clean, "missing")
        return Rules(
            spends={columns[node] for node in self.named.spends},
            positive={columns[node] for node in self.positive},
            may_be_constant=set(columns.values()) - {name for node, name in columns.items() if node not in constant},
            may_be_missing={name for name, how in missing.items() if how != "error"},
            explained={columns[node] for node in self.named.explained},
        )

    def sums(self) -> set[str]:
        """Return the columns that add up over days."""
        averaged = {*self.averages, *self.positive}
        return {
            name
            for node, name in self.named.columns.items()
            if node not in averaged
            and adds_up(name, spend=node in self.named.spends, explained=node in self.named.explained)
        }


@dataclass(frozen=True, eq=False)
class Read:
    """The columns that a file has, or all files together: what was done to them, and what is wrong with them."""

    source: str
    observed: Observed
    audit: tuple[AuditEntry, ...] = ()
    problems: tuple[Problem, ...] = ()
    several: bool = False


def shaped(tables: Sequence[RawTable], ask: Ask) -> list[RawTable]:
    """Return tables without rows of totals, and with a row for each period where columns are asked for that need it."""
    whole = [without_totals(table) for table in tables]
    wanted = set(ask.named.columns.values())
    if all(any(_has(t, name) for t in whole) for name in wanted):
        return whole
    return [_by_period(table, ask, wanted) for table in whole]


def _by_period(table: RawTable, ask: Ask, wanted: Collection[str]) -> RawTable:
    time = _period_column(table, ask)
    channel = long_column(table, time, others=wanted, unit=ask.unit)
    if channel is None or time is None:
        return table
    unit = ask.unit if ask.unit is not None and _has(table, ask.unit) else None
    return to_columns(table, channel, time=time, unit=unit, locale=ask.locale)


def columns_of(tables: Sequence[RawTable], ask: Ask) -> list[tuple[RawTable, Mapping[str, str]]]:
    """Return each table that has any of the columns asked for, with its own of them by node.

    Raises
    ------
    DataError
        If a column is in no table, or in more than one; one table alone tells it itself.
    """
    columns = ask.named.columns
    if len(tables) == 1:
        return [(tables[0], columns)]
    problems = []
    for name in dict.fromkeys(columns.values()):
        where = [table.source for table in tables if _has(table, name)]
        if not where:
            found = tables[0].find(name)
            have = "; ".join(f"{t.source} has {', '.join(t.header[:12])}" for t in tables)
            mend = found.mend if isinstance(found, Problem) else ""
            problems.append(Problem(f"there is no such column in any file: {have}", mend, name))
        elif len(where) > 1 and name not in (ask.time, ask.unit):
            problems.append(Problem(f"it is in {' and in '.join(where)}", "rename all but one, or take it out", name))
    if ask.unit is not None and not any(_has(table, ask.unit) for table in tables):
        problems += [p for p in [tables[0].find(ask.unit)] if isinstance(p, Problem)]
    if problems:
        raise DataError(" + ".join(table.source for table in tables), problems)
    home: dict[str, int] = {}
    for i, table in enumerate(tables):
        for node, name in columns.items():
            if _has(table, name):
                home.setdefault(node, i)
    own = [(table, {n: name for n, name in columns.items() if home[n] == i}) for i, table in enumerate(tables)]
    return [(table, found) for table, found in own if found]


def read_part(table: RawTable, columns: Mapping[str, str], ask: Ask, *, several: bool) -> Read:
    """Return the columns of one file, checked; of several files gaps are told when they are joined."""
    categories = [node for node in columns if node in ask.named.categories]
    numbers = dict.fromkeys(name for node, name in columns.items() if node not in categories)
    unit = ask.unit if ask.unit is None or not several or _has(table, ask.unit) else None
    labels = dict.fromkeys([*([] if unit is None else [unit]), *(columns[node] for node in categories)])
    time = _period_column(table, ask) if several else ask.time
    gone = labels_missing(table, labels=labels, numbers=numbers)
    plain = in_plain_writing(table, numbers=numbers, time=time, locale=ask.locale)
    found, problems = observe(
        table, plain, columns=columns, categories=categories, time=time, unit=unit, missing_labels=gone
    )
    found = replace(found, time=ask.time) if time is not None else found
    crowded = None if found.units is None else too_many(len(found.units.labels), ask.unit)
    if crowded is not None:
        return Read(table.source, found, problems=(crowded,))
    single, merging, unmerged = merge_duplicates(found, ask.clean.duplicates)
    later = several and ask.every is None
    whole, adding, unadded = (single, [], []) if later else add_gaps(single, ask.clean.gaps)
    problems += period_problems(whole, whole=not table.misshapen, gaps=not several and ask.every is None)
    problems += [] if table.misshapen else unit_problems(whole)
    problems += [*unmerged, *unadded, *([] if later else column_problems(whole, ask.rules()))]
    if time != ask.time:
        adding = [AuditEntry("read", f"the periods of {table.source} are in {time!r}"), *adding]
    written = (*plain.notes, *label_notes(table, labels=labels, missing=gone))
    audit = (*written, *_sorting(found), *merging, *adding)
    return Read(table.source, whole, audit, tuple(problems), several)


def summed(parts: Sequence[Read], ask: Ask) -> list[Read]:
    """Return files of days with a row for each week or month, where that is asked for.

    Weeks begin on the day that is asked for, else as those of another file do, else on Monday.

    Raises
    ------
    DataError
        If a file has days that are missing.
    """
    if ask.every is None:
        return list(parts)
    asked, length = first_day_of(ask.every), length_of(ask.every)
    weekday = asked if asked is not None else next((d for p in parts if (d := weekday_of(p.observed)) is not None), 0)
    found = []
    for part in parts:
        own, adding, unadded = _whole_ends(part, ask, length, weekday)
        filled, filling, unfilled = filled_in(own, ask.clean, ask.named)
        rows, entries, problems = to_every(filled, length, sums=ask.sums(), weekday=weekday)
        if problems or unfilled or unadded:
            raise DataError(part.source, [*unadded, *unfilled, *problems])
        found.append(replace(part, observed=rows, audit=(*part.audit, *adding, *filling, *entries)))
    return found


def _whole_ends(part: Read, ask: Ask, every: Length, weekday: int) -> tuple[Observed, list[AuditEntry], list[Problem]]:
    """Return the days of a file, the first and last week of each unit whole as far as the file has their days.

    Beside another file a week that is left out here is a missing cell there, not a row that is gone.
    """
    ends = days_at_ends(part.observed, every, weekday) if part.several else []
    if ask.clean.gaps == "add":
        return add_rows(part.observed, ends)
    return part.observed, [], ends_missing(part.observed, every, ends)


def joined(parts: Sequence[Read], ask: Ask) -> Read:
    """Return all files together, cleaned."""
    if len(parts) == 1:
        return _finished(parts[0], ask)
    rows, audit, problems = join([JoinedFile(part.source, part.observed) for part in parts])
    if not problems:
        rows, dividing, problems = _of_all_units(rows, parts, ask)
        audit += dividing
    source = " + ".join(part.source for part in parts)
    done = [entry for part in parts for entry in part.audit]
    if problems:
        return Read(source, rows, problems=tuple(problems))
    whole, adding, unadded = add_gaps(rows, ask.clean.gaps)
    wrong = [*unadded, *period_problems(whole, whole=True), *column_problems(whole, ask.rules())]
    return _finished(Read(source, whole, (*done, *audit, *adding), tuple(wrong), several=True), ask)


def _of_all_units(rows: Observed, parts: Sequence[Read], ask: Ask) -> tuple[Observed, list[AuditEntry], list[Problem]]:
    """Return joined rows with the spends of files without units divided over the units, once for all."""
    if rows.units is None or ask.unit is None:
        return rows, [], []
    rules, audit, problems = ask.rules(), list[AuditEntry](), list[Problem]()
    for part in (part for part in parts if part.observed.units is None):
        names = list(part.observed.values)
        problems += not_divisible(
            names, ask.unit, spends=rules.spends, explained={*rules.explained} - {*rules.spends}, weights=ask.weights
        )
        shared = [name for name in names if name in rules.spends]
        if shared and ask.weights is not None and not problems:
            rows = divided(rows, shared, ask.weights)
        rest = [name for name in (*names, *part.observed.categories) if name not in shared]
        audit += audit_of_sums(part.source, ask.unit, repeated=rest, shared=shared, weights=ask.weights)
    return rows, audit, problems


def _finished(part: Read, ask: Ask) -> Read:
    """Return columns with their cells cleaned; those of days were before, and joining them may have left more empty."""
    if ask.every is None:
        filled, filling, unfilled = filled_in(part.observed, ask.clean, ask.named)
    else:
        filled, filling, unfilled = fill_missing(part.observed, ask.named.chosen(ask.clean, "missing"))
    problems = [*part.problems, *unfilled]
    if ask.every is not None and not part.several:
        problems += period_problems(filled, whole=True)
    how, window = ask.named.chosen(ask.clean, "smooth"), int(ask.clean.smooth_window)
    smooth, smoothing, rough = (filled, [], []) if problems else smooth_columns(filled, how, window)
    return Read(part.source, smooth, (*part.audit, *filling, *smoothing), (*problems, *rough), part.several)


def _has(table: RawTable, name: str) -> bool:
    return name in table.header or normalised(name) in map(normalised, table.header)


def _period_column(table: RawTable, ask: Ask) -> str | None:
    """Return the column of a file's periods: the one named, else the only one of dates."""
    if ask.time is None or _has(table, ask.time):
        return ask.time
    plain = whole_in_plain_writing(table, ask.locale)
    there = [name for name in table.header if name and isinstance(plain.find(name), int)]
    dated = [n for n in there if Column(n, plain.column(_at(plain, n)), table.typed).dated]
    return dated[0] if len(dated) == 1 else ask.time


def _at(table: RawTable, name: str) -> int:
    position = table.find(name)
    assert isinstance(position, int)
    return position


def _sorting(observed: Observed) -> list[AuditEntry]:
    """Return an entry if the rows of the table, or of a unit in it, were in another order than that of time."""
    early = np.flatnonzero((np.diff(observed.row_numbers) < 0) & observed.same_unit)
    if observed.ordinals is None or not early.size:
        return []
    row = int(early[0]) + 1
    reason = f"the rows were not in order of time, as at row {observed.row_numbers[row]}"
    return [AuditEntry("sorted", reason, column=observed.time)]
