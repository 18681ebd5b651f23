"""Guessing what the rows of a table are: the column of the period, and that of the panel unit."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from bayes_roi.errors import DataError, QueryError
from bayes_roi.panel.guessing.guessed import Guess, quoted, unsettled
from bayes_roi.panel.guessing.shape import Column
from bayes_roi.panel.locale.role_words import word_of
from bayes_roi.panel.periods import rhythm_of
from bayes_roi.panel.problems import flaw_problems
from bayes_roi.panel.raw import RawTable
from bayes_roi.panel.units import too_many

WIDE = "make a table with one row for each period and a column for the spend of each channel"


def guess_time(table: RawTable, columns: Sequence[Column], asked: str | None) -> tuple[Column, Guess]:
    """Return the column of the period: that of dates, or of whole numbers called week or the like.

    Raises
    ------
    QueryError
        If there is none, or more than one.
    """
    if asked is not None:
        chosen = next(c for c in columns if c.name == asked)
        return _readable(table, chosen), Guess(asked, "time", "named with --time")
    dated = [c for c in columns if c.dated]
    named = [c for c in dated if word_of(c.name, "time")]
    found = named or dated
    if len(found) > 1:
        what = f"the period may be {quoted(c.name for c in found)}: each holds dates"
        raise unsettled(table.source, what, columns, "--time NAME")
    if found:
        word = word_of(found[0].name, "time")
        said = f" and its name says so ({word})" if word else ""
        return _readable(table, found[0]), Guess(found[0].name, "time", f"its cells are dates{said}")
    numbered = [c for c in columns if word_of(c.name, "time") and c.numeric and _even(c)]
    if len(numbered) == 1:
        reason = f"its name says so ({word_of(numbered[0].name, 'time')}); whole numbers, evenly spaced"
        return numbered[0], Guess(numbered[0].name, "time", reason)
    called = [c for c in columns if word_of(c.name, "time") and _misdated(c)]
    if len(called) == 1:
        _readable(table, called[0])
    raise unsettled(table.source, "no column holds dates that can be read", columns, "--time NAME")


def _even(column: Column) -> bool:
    read = column.periods
    if read.flaws or read.form != "integer":
        return False
    distinct = np.unique(read.ordinals)
    return distinct.size > 2 and not rhythm_of(distinct, read.form).flaws


def _misdated(column: Column) -> bool:
    """Whether a cell is a date that is written in another way."""
    return any(flaw.kind in ("date", "ambiguous", "time") for _, flaw in column.periods.flaws)


def _readable(table: RawTable, column: Column) -> Column:
    """Return the column of the period, or raise with what is wrong in it."""
    flaws = column.periods.flaws
    if flaws:
        raise DataError(table.source, flaw_problems(flaws, column.name, table.row_numbers))
    return column


def guess_unit(
    table: RawTable, columns: Sequence[Column], time: Column, asked: str | None
) -> tuple[Column | None, Guess | None]:
    """Return the column that tells apart the rows of one period, or None where each period has one row.

    Raises
    ------
    QueryError
        If periods repeat and no column, or more than one, tells their rows apart.
    """
    others = [c for c in columns if c is not time]
    if asked is not None:
        chosen = next(c for c in columns if c.name == asked)
        return _few_enough(table, chosen), Guess(asked, "unit", "named with --panel")
    ordinals = time.periods.ordinals
    if np.unique(ordinals).size == ordinals.size:
        return None, None
    channels = [c for c in others if _labels(c) and word_of(c.name, "long")]
    labelled = [c for c in others if _labels(c) and c not in channels]
    parts = [c for c in labelled if c.of_a_year]
    labelled = [c for c in labelled if c not in parts]
    apart = [c for c in labelled if _tells_apart(c, ordinals)]
    named = [c for c in labelled if word_of(c.name, "unit")]
    both = [c for c in apart if c in named]
    found = both or apart or named
    if len(found) == 1:
        word = word_of(found[0].name, "unit")
        said = f", and its name says so ({word})" if word else ""
        labels = np.unique(found[0].labels).size
        return _few_enough(table, found[0]), Guess(
            found[0].name, "unit", f"{labels} labels, repeated with the dates{said}"
        )
    if found:
        what = f"the panel unit may be {quoted(c.name for c in found)}: each tells apart the rows of one period"
        raise unsettled(table.source, what, others, "--panel NAME")
    if parts:
        what = f"periods repeat in {time.name!r}, and {parts[0].name!r} says which part of one a row is"
        raise QueryError(f"{table.source}: {what}; write the two as one column, such as 2025-01, 2025-Q1 or 2025-W07")
    if channels:
        raise QueryError(f"{table.source}: the rows of one period are channels ({channels[0].name!r}); {WIDE}")
    what = f"periods repeat in {time.name!r}, and no column of labels tells their rows apart"
    raise QueryError(
        f"{table.source}: {what}; sum them to one row for each period, or name the column of the region or other unit "
        f"with --panel NAME. The columns are {quoted(c.name for c in others)}."
    )


def _few_enough(table: RawTable, column: Column) -> Column:
    problem = too_many(np.unique(column.labels).size, column.name)
    if problem is not None:
        raise DataError(table.source, [problem])
    return column


def _labels(column: Column) -> bool:
    """Whether the cells may be labels of units: texts, or whole numbers in a column called so."""
    if column.dated or not column.labels.size or np.unique(column.labels).size < 2:
        return False
    return not column.numeric or word_of(column.name, "unit") is not None


def _tells_apart(column: Column, ordinals: np.ndarray) -> bool:
    """Whether no two rows have the same label and period, and labels come more than once."""
    codes = column.labels
    pairs = np.unique(np.column_stack([codes, ordinals]), axis=0)
    return len(pairs) == codes.size and np.unique(codes).size <= codes.size / 2
