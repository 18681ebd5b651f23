"""What one file of a table has: its periods, its unit and the columns beside them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from bayes_roi.errors import DataError, Problem, QueryError
from bayes_roi.panel.guessing.guess_rows import guess_time, guess_unit
from bayes_roi.panel.guessing.guessed import Asked, Guess
from bayes_roi.panel.guessing.shape import Column
from bayes_roi.panel.locale.locales import Locale
from bayes_roi.panel.locale.role_words import word_of
from bayes_roi.panel.locale.whole_table import whole_in_plain_writing
from bayes_roi.panel.periods import Rhythm, calendar_of, rhythm_of
from bayes_roi.panel.raw import RawTable
from bayes_roi.panel.shaping.every import Every, length_of
from bayes_roi.panel.shaping.long_rows import long_column, to_columns
from bayes_roi.panel.shaping.totals import without_totals
from bayes_roi.plain_text import steering

DAYS_OF = {"week": 7, "month": 30}


@dataclass(frozen=True, eq=False)
class Found:
    """A file with a row for each period, in plain writing, and what its rows are."""

    table: RawTable
    columns: tuple[Column, ...]  # neither the period nor the unit
    time: Column
    unit: Column | None
    guesses: tuple[Guess, ...]  # of the period, the unit and what cannot be read

    @property
    def periods(self) -> np.ndarray:
        """The distinct periods, ascending."""
        return np.unique(self.time.periods.ordinals)

    @property
    def rhythm(self) -> Rhythm:
        """How far apart the periods are."""
        return rhythm_of(self.periods, self.time.periods.form)

    @property
    def calendar(self) -> np.ndarray:
        """The periods and those between them that have no row."""
        return calendar_of(self.periods, self.time.periods.form)


def find(table: RawTable, asked: Asked, locale: Locale | None = None) -> Found:
    """Return what a file has, its rows of channels made columns.

    Raises
    ------
    QueryError
        If its period or its unit is not settled by the table.
    DataError
        If the column of the period cannot be read.
    """
    plain = whole_in_plain_writing(without_totals(table), locale)
    columns, unreadable = _columns(plain)
    named = asked.time if asked.time in plain.header else None
    time, of_time = guess_time(plain, columns, named)
    unit_name = asked.unit if asked.unit in plain.header else None
    channel = long_column(plain, time.name, others=asked.names, unit=unit_name or _called_unit(columns))
    if channel is not None:
        plain = to_columns(
            plain, channel, time=time.name, unit=unit_name or _called_unit(columns), locale=locale or Locale()
        )
        columns, unreadable = _columns(plain)
        time = next(c for c in columns if c.name == time.name)
    unit, of_unit = guess_unit(plain, columns, time, unit_name)
    rest = tuple(c for c in columns if c is not time and c is not unit)
    return Found(plain, rest, time, unit, (of_time, *([of_unit] if of_unit else []), *unreadable))


def frequency_of(found: Sequence[Found], every: Every | None) -> tuple[str, int]:
    """Return how far apart the rows are when files are joined and days put together, and how many they are.

    Raises
    ------
    QueryError
        If files differ in it, and nothing is said that makes them alike.
    """
    rhythms = [(f, f.rhythm.frequency or "period") for f in found]
    length = None if every is None else length_of(every)
    kinds = {length if length is not None and kind == "day" else kind for _, kind in rhythms}
    if len(kinds) > 1:
        said = ", ".join(f"{f.table.source} has {kind}s" for f, kind in rhythms)
        raise QueryError(
            f"the files differ in how far their rows are apart: {said}; put days together with --every week"
        )
    low, high = max(f.periods[0] for f in found), min(f.periods[-1] for f in found)
    if low > high:
        said = ", ".join(f"{f.table.source} has {_span(f)}" for f in found)
        raise QueryError(f"the files share no dates: {said}; name files of one time")
    kind = kinds.pop()
    if length is not None and {k for _, k in rhythms} == {"day"}:
        return kind, int(high - low + 1) // DAYS_OF[length]
    return kind, int(sum(low <= period <= high for period in found[0].calendar))


def _span(found: Found) -> str:
    from bayes_roi.panel.labels import labels_of

    first, last = labels_of(found.periods[[0, -1]], found.time.periods.form)
    return f"{first} to {last}"


def one_place_each(found: Sequence[Found]) -> None:
    """Raise if a column is in two files."""
    home: dict[str, str] = {}
    problems = []
    for f in found:
        for column in f.columns:
            if column.name in home:
                what = f"it is in {home[column.name]} and in {f.table.source}"
                problems.append(Problem(what, "rename one of the two, or take it out", column.name))
            home[column.name] = f.table.source
    if problems:
        raise DataError(" + ".join(f.table.source for f in found), problems)


def _columns(table: RawTable) -> tuple[list[Column], list[Guess]]:
    """Return the columns that can be used, and those that cannot, with why; a column without a name is no guess."""
    usable: list[Column] = []
    unreadable: dict[str, Guess] = {}
    for name in dict.fromkeys(name for name in table.header if name):
        position = table.find(name)
        if isinstance(position, Problem):
            unreadable[name] = Guess(name, "left out", f"{position.what}; {position.mend}")
        elif steering(name) is not None:
            unreadable[name] = Guess(name, "left out", f"its name holds the character {steering(name)}")
        else:
            usable.append(Column(name, table.column(position), table.typed, table.row_numbers))
    return usable, list(unreadable.values())


def _called_unit(columns: Sequence[Column]) -> str | None:
    """Return the column of labels whose name says a unit, which rows of channels are rows of too."""
    found = [c.name for c in columns if not c.numeric and not c.dated and word_of(c.name, "unit")]
    return found[0] if len(found) == 1 else None
