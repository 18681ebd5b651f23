"""Where a table begins: its header, below rows of a title as reports have them."""

from __future__ import annotations

from collections.abc import Sequence

from bayes_roi.panel.audit import AuditEntry
from bayes_roi.panel.locale.plain_dates import are_dates
from bayes_roi.panel.locale.plain_numbers import is_number
from bayes_roi.plain_text import shown

MOST_TITLE = 10
"""Rows of a title above a header."""
LOOKED_AT = 50
"""Rows at the beginning of a table by which its header is found."""
LEAST_HEADER = 2
"""Cells of a header that has a title above it: a table of a single column has its header in its first row."""


def header_at(rows: Sequence[Sequence[object]]) -> int:
    """Return the place of the header among the first rows of a table: 0, or that below rows of a title.

    A header is words alone and fills as many cells as any row; rows of a title fill fewer.

    >>> header_at([["Report", ""], [], ["week", "tv"], ["2025-01-06", "10"]])
    2
    >>> header_at([["week", "tv"], ["2025-01-06", "10"]])
    0
    """
    filled = [[cell for cell in row if _filled(cell)] for row in rows[:LOOKED_AT]]
    widest = max(map(len, filled), default=0)
    found = next((i for i, row in enumerate(filled) if len(row) == widest and all(map(_word, row))), 0)
    if found > MOST_TITLE or widest < LEAST_HEADER:
        return 0
    return found if all(len(row) < widest for row in filled[:found]) else 0


def title_note(rows: Sequence[Sequence[object]], row_number: int) -> AuditEntry:
    """Return that the header is below a title, in which row, counted from 1."""
    filled = ([str(cell).strip() for cell in row if _filled(cell)] for row in rows)
    title = ", ".join(next(filter(None, filled), []))
    said = f" {shown(title)}" if title else ""
    return AuditEntry("read", f"the header is in row {row_number}, below the title{said}", row=row_number)


def _filled(cell: object) -> bool:
    return cell is not None and bool(str(cell).strip())


def _word(cell: object) -> bool:
    return isinstance(cell, str) and not is_number(cell.strip()) and not are_dates([cell.strip()], called=True)
