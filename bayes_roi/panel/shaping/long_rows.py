"""A table with a row for each channel to one with a row for each period: rows of `channel` become columns."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

import numpy as np

from bayes_roi.errors import DataError, Problem
from bayes_roi.panel.audit import AuditEntry
from bayes_roi.panel.categories import Category, read_category
from bayes_roi.panel.cells import read_numbers
from bayes_roi.panel.locale.locales import Locale
from bayes_roi.panel.locale.role_words import LISTED, tokens, word_of
from bayes_roi.panel.locale.whole_table import whole_in_plain_writing
from bayes_roi.panel.problems import flaw_problems
from bayes_roi.panel.raw import RawTable
from bayes_roi.panel.shaping.totals import WORDS
from bayes_roi.plain_text import shown

MOST_LABELS = 100
"""Channels above which a column of labels is taken for something else."""
MOST_NAMED = 12


def long_column(
    table: RawTable, time: str | None, *, others: Collection[str] = (), unit: str | None = None
) -> str | None:
    """Return the column by whose labels the rows of one period differ, if its name says channels or the like.

    `others` are columns that are asked for as they are.
    """
    named = [n for n in table.header if n not in (time, unit, *others) and _order(n) is not None and _labels(table, n)]
    if not named or time is None or not isinstance(table.find(time), int) or not _repeat(table, (time, unit)):
        return None
    return min(named, key=lambda name: _order(name) or 0)


def to_columns(table: RawTable, channel: str, *, time: str, unit: str | None, locale: Locale) -> RawTable:
    """Return a row for each period (of each unit), with a column for each measure of each channel: `spend_tv`.

    A column that is the same in all rows of a period stays as it is. Rows of one period and channel are summed.

    Raises
    ------
    DataError
        If labels or numbers cannot be read, there are too many labels, or one is a total of the others.
    """
    plain = whole_in_plain_writing(table, locale, time)
    labels = _category(table, channel)
    if totals := [label for label in labels.labels if _plainly(label) in WORDS]:
        what = f"{shown(totals[0])} reads as the total of the others, whose money would count twice"
        raise DataError(table.source, [Problem(what, "take its rows out, or give that channel another name", channel)])
    rows = _rows(plain, time, unit)
    columns: dict[str, np.ndarray] = {
        name: _cells(plain, name)[rows.first] for name in (time, unit) if name is not None
    }
    made: dict[str, str] = {}  # column -> label
    notes: list[AuditEntry] = []
    for name in (n for n in dict.fromkeys(table.header) if n and n not in (time, unit, channel)):
        cells = _cells(plain, name)
        if not _numeric(cells):
            notes += _label_note(name, cells, rows, columns)
            continue
        values = _numbers(plain, name, cells)
        if _one_a_period(values, rows) and not (word_of(name, "spend") or word_of(name, "media")):
            columns[name] = values[rows.first]
            continue
        wide = _wide(values, labels, rows)
        for code, label in enumerate(labels.labels):
            column = _free(f"{_plainly(name)}_{_plainly(label)}", (*columns, *table.header))
            columns[column], made[column] = wide[code], label
    header = tuple(columns)
    return replace(
        plain,
        header=header,
        column=lambda position: columns[header[position]],
        row_numbers=table.row_numbers[rows.first],
        blocked=lambda position: None,
        notes=(*plain.notes, *_told(channel, labels, made, columns, rows), *_copies(plain, channel), *notes),
        typed=False,
        by_channel=tuple(made),
    )


@dataclass(frozen=True, eq=False)
class _Rows:
    """Which period (and unit) each row is of: its number, and the first row of each."""

    group: np.ndarray  # (rows,) int64
    first: np.ndarray  # (groups,) int64


def _rows(table: RawTable, time: str, unit: str | None) -> _Rows:
    keys = list(zip(*(map(str, _cells(table, n).tolist()) for n in (time, unit) if n is not None), strict=True))
    place = {key: i for i, key in enumerate(dict.fromkeys(keys))}
    group = np.array([place[key] for key in keys], dtype=np.int64)
    return _Rows(group, np.unique(group, return_index=True)[1])


def _repeat(table: RawTable, names: Sequence[str | None]) -> bool:
    cells = [map(str, _cells(table, n).tolist()) for n in names if n is not None and isinstance(table.find(n), int)]
    keys = list(zip(*cells, strict=True))
    return len(set(keys)) < len(keys)


def _cells(table: RawTable, name: str) -> np.ndarray:
    position = table.find(name)
    if isinstance(position, Problem):
        raise DataError(table.source, [position])
    return table.column(position)


def _order(name: str) -> int | None:
    """Return the place of a name's word among those of channels, None where it says none."""
    words = [token for token in tokens(name) if token in LISTED["long"]]
    return LISTED["long"].index(words[-1]) if words and len(tokens(name)) <= 2 else None


def _labels(table: RawTable, name: str) -> bool:
    if not isinstance(position := table.find(name), int):
        return False
    cells = table.column(position)
    return cells.dtype == object and any(isinstance(cell, str) for cell in cells.tolist()) and not _numeric(cells)


def _numeric(cells: np.ndarray) -> bool:
    if cells.dtype.kind in "fiub":
        return True
    read = read_numbers(cells)
    return bool(np.isfinite(read.values).any()) and not any(f.kind in ("text", "date") for _, f in read.flaws)


def _category(table: RawTable, channel: str) -> Category:
    category, flaws = read_category(_cells(table, channel), frozenset({""}))
    if flaws:
        raise DataError(table.source, flaw_problems(flaws, channel, table.row_numbers))
    if len(category.labels) > MOST_LABELS:
        what = f"it has {len(category.labels):,} labels, which are too many to be a column each"
        raise DataError(table.source, [Problem(what, "sum the rows to channels, or to periods", channel)])
    return category


def _numbers(table: RawTable, name: str, cells: np.ndarray) -> np.ndarray:
    read = read_numbers(cells)
    if read.flaws:
        raise DataError(table.source, flaw_problems(read.flaws, name, table.row_numbers))
    return read.values


def _one_a_period(values: np.ndarray, rows: _Rows) -> bool:
    same = values == values[rows.first][rows.group]
    return bool((same | np.isnan(values)).all())


def _wide(values: np.ndarray, labels: Category, rows: _Rows) -> np.ndarray:
    """Return (labels, groups): the sum of a measure over the rows of each; NaN where there is no row, or no number."""
    cell = labels.codes * rows.first.size + rows.group
    size = len(labels.labels) * rows.first.size
    count = np.bincount(cell, minlength=size)
    sums = np.bincount(cell, weights=values, minlength=size)
    return np.where(count > 0, sums, np.nan).reshape(len(labels.labels), rows.first.size)


def _label_note(name: str, cells: np.ndarray, rows: _Rows, columns: dict[str, np.ndarray]) -> list[AuditEntry]:
    """Keep a column of labels that has one in each period; else return that it is left out."""
    texts = np.array([str(cell) for cell in cells.tolist()])
    if (texts == texts[rows.first][rows.group]).all():
        columns[name] = cells[rows.first]
        return []
    return [
        AuditEntry("left out", "its labels differ between the rows of a period, which are put together", column=name)
    ]


def _told(
    channel: str, labels: Category, made: dict[str, str], columns: dict[str, np.ndarray], rows: _Rows
) -> list[AuditEntry]:
    names = list(made)
    more = f" and {len(names) - MOST_NAMED} more" if len(names) > MOST_NAMED else ""
    renamed = {label: _plainly(label) for label in labels.labels if _plainly(label) != label}
    said = "; " + ", ".join(f"{shown(label)} is {name}" for label, name in renamed.items()) if renamed else ""
    rule = f"its rows are columns, a measure and a label each: {', '.join(names[:MOST_NAMED])}{more}{said}"
    found = [AuditEntry("pivoted", rule, column=channel)]
    pairs = np.unique(labels.codes * rows.first.size + rows.group).size
    again, empty = rows.group.size - pairs, len(labels.labels) * rows.first.size - pairs
    if again:
        found.append(AuditEntry("summed", f"{again:,} more rows of a period and a label that has one", column=channel))
    if empty:
        what = f"{empty:,} of {empty + pairs:,} pairs of a period and a label have no row: their cells are missing"
        found.append(AuditEntry("read", what, column=channel))
    return found


def _copies(table: RawTable, channel: str) -> list[AuditEntry]:
    """Return that whole rows stand in the table more than once, which are summed as the others are."""
    found = Counter(zip(*(_cells(table, name).tolist() for name in table.header if name), strict=True))
    again = sum(found.values()) - len(found)
    if not again:
        return []
    what = (
        f"{again:,} rows are copies of another, cell by cell, and are summed; take them out if they were pasted twice"
    )
    return [AuditEntry("read", what, column=channel)]


def _plainly(name: str) -> str:
    """Return a name of letters, digits and _ in lower case.

    >>> _plainly("Paid Search (Brand)")
    'paid_search_brand'
    """
    return "_".join(re.findall(r"\w+", name.casefold())) or "none"


def _free(name: str, taken: Collection[str]) -> str:
    numbered = (name if i == 1 else f"{name}_{i}" for i in range(1, 10**6))
    return next(n for n in numbered if n not in taken)
