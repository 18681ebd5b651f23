"""Sheets of a spreadsheet: dates are dates, numbers numbers, and text is shown and never computed."""

from __future__ import annotations

import datetime
import io
import math
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bayes_roi.errors import QueryError
from bayes_roi.plain_text import formula, printable, shown

if TYPE_CHECKING:
    from openpyxl.cell.cell import Cell

Value = str | float | bool | datetime.date | None
DAY = re.compile(r"\d{4}-\d\d-\d\d")
FIRST_DAY = datetime.date(1900, 3, 1)
"""Earlier days are other ones in a spreadsheet, to which 1900 was a leap year."""
NO_TITLE, MOST_TITLE = re.compile(r"[\[\]:*?/\\']"), 31
"""What the title of a sheet cannot hold, and how long it can be."""
MOST_ROWS, MOST_COLUMNS = 1_048_576, 16_384


@dataclass(frozen=True)
class Sheet:
    """A table of a spreadsheet: a row of heads, and rows of cells below it."""

    name: str
    header: tuple[str, ...]
    rows: tuple[tuple[object, ...], ...]


def workbook(sheets: Sequence[Sheet]) -> bytes:
    """Return sheets as an Excel file. A column of days ("2024-12-30") has dates; what is not finite is an empty cell.

    Raises
    ------
    QueryError
        When a table is larger than a sheet can be.
    """
    import openpyxl

    book = openpyxl.Workbook()
    book.remove(book.active)
    for sheet in sheets:
        if len(sheet.rows) >= MOST_ROWS or len(sheet.header) > MOST_COLUMNS:
            size = f"{len(sheet.rows):,} rows and {len(sheet.header):,} columns"
            raise QueryError(
                f"{shown(sheet.name)} has {size}, and a sheet of Excel {MOST_ROWS:,} and {MOST_COLUMNS:,}; "
                "write it by to_frame().to_parquet(...)"
            )
        page = book.create_sheet(NO_TITLE.sub("_", printable(sheet.name))[:MOST_TITLE])
        page.freeze_panes = "A2"
        for i, row in enumerate([sheet.header, *_dated(sheet.rows)], 1):
            for j, value in enumerate(row, 1):
                put(page.cell(i, j), value)
    with io.BytesIO() as out:
        book.save(out)
        return out.getvalue()


def put(cell: Cell, value: object) -> None:
    """Write a value into a cell of openpyxl, text as text: of "=..." openpyxl makes a formula, of "#N/A" an error."""
    cell.value = typed(value)
    if isinstance(cell.value, str):
        cell.data_type, cell.quotePrefix = "s", formula(cell.value)


def typed(value: object) -> Value:
    r"""Return a value as a cell holds it: None where it is undefined, and text without what steers a terminal.

    >>> [typed(x) for x in (float("nan"), 3, "tv\x1b[2J", ("a", "b"), datetime.date(2024, 12, 30))]
    [None, 3, 'tv\\x1b[2J', 'a, b', datetime.date(2024, 12, 30)]
    """
    if hasattr(value, "item") and getattr(value, "ndim", 1) == 0:  # a scalar of numpy
        value = value.item()
    if value is None or value != value:
        return None
    if isinstance(value, datetime.datetime):
        bare = value.replace(tzinfo=None)
        return bare.date() if bare.time() == datetime.time() else bare
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, int | datetime.date):
        return value
    return printable(", ".join(map(str, value)) if isinstance(value, tuple | list) else str(value))


def day(label: object) -> object:
    """Return the date that a label is, or the label where it is none that a spreadsheet knows.

    >>> day("2024-12-30"), day("2024-02-30"), day("2024-Q4")
    (datetime.date(2024, 12, 30), '2024-02-30', '2024-Q4')
    """
    if not isinstance(label, str) or DAY.fullmatch(label) is None:
        return label
    try:
        found = datetime.date.fromisoformat(label)
    except ValueError:
        return label
    return found if found >= FIRST_DAY else label


def quoted(text: str) -> str:
    """Return a text as a cell of CSV that a spreadsheet shows: with an apostrophe before what it would compute.

    >>> [quoted(text) for text in ("spring", "=1+1", "'=1+1")]
    ['spring', "'=1+1", "''=1+1"]
    """
    return f"'{text}" if formula(text.lstrip("'")) else text


def unquoted(text: str) -> str:
    """Return what `quoted` made a cell of."""
    return text[1:] if text.startswith("'") and formula(text.lstrip("'")) else text


def _dated(rows: Sequence[tuple[object, ...]]) -> Iterable[tuple[object, ...]]:
    """Return rows with dates in the columns of which every text is a day."""
    columns = [_days(column) for column in zip(*rows, strict=True)]
    return zip(*columns, strict=True)


def _days(column: tuple[object, ...]) -> tuple[object, ...]:
    there = [x for x in column if x is not None and x != ""]
    if not there or not all(isinstance(day(x), datetime.date) for x in there):
        return column
    return tuple(day(x) if x else None for x in column)
