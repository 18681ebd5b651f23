"""Rows of totals or means below a table and of totals within it, as spreadsheets have them."""

from __future__ import annotations

import re
from dataclasses import replace

import numpy as np

from bayes_roi.panel.audit import AuditEntry
from bayes_roi.panel.raw import RawTable
from bayes_roi.plain_text import listed, shown

TOTALS = """total totals grand_total sum sums average mean summe summen gesamt gesamtsumme insgesamt durchschnitt
    mittelwert 合计 总计 平均 suma total_general totales promedio somme total_général totaux moyenne"""
WORDS = frozenset(TOTALS.split())
WITHIN = WORDS | frozenset(["subtotal", "sub-total", "sub_total", "zwischensumme", "sous-total", "小计"])
"""What is said of parts of a table: the first or the last word, as in "Q1 2024 total"."""
MOST = 3
"""Rows at the end of a table that are looked at."""
MOST_WITHIN = 0.4
"""Share of a table that may be totals of the other rows: quarters of months are a fourth, and years."""


def without_totals(table: RawTable) -> RawTable:
    """Return a table without its rows whose first cell says that they are a total; its notes say so."""
    return _without_those_within(_without_those_below(table))


def _without_those_within(table: RawTable) -> RawTable:
    """Return a table without totals of some of its rows, where no other row could be taken for one."""
    if table.typed or not table.row_numbers.size:
        return table
    first = table.column(0)
    words = [_last_or_first(cell) in WITHIN if isinstance(cell, str) else False for cell in first.tolist()]
    gone = np.flatnonzero(words)
    if not gone.size or gone.size >= MOST_WITHIN * first.size or not any(map(str.isdigit, "".join(map(str, first)))):
        return table
    kept = np.setdiff1d(np.arange(first.size), gone)
    more = [f"{gone.size - MOST:,} more"] if gone.size > MOST else []
    rows = listed([*(str(n) for n in table.row_numbers[gone[:MOST]]), *more])
    what = f"row {rows} is a total" if gone.size == 1 else f"rows {rows} are totals"
    note = AuditEntry("left out", f"{what} of other rows: {shown(first[gone[0]])}", row=int(table.row_numbers[gone[0]]))
    return replace(
        table,
        column=lambda position: table.column(position)[kept],
        row_numbers=table.row_numbers[kept],
        notes=(*table.notes, note),
    )


def _last_or_first(cell: str) -> str:
    """Return the word of a cell that says a total, its first or its last; empty where neither does.

    >>> [_last_or_first(cell) for cell in ("Q1 2024 total", "Subtotal: March", "2024-01")]
    ['total', 'subtotal', '']
    """
    words = re.split(r"[\s:(–—]+", cell.strip().strip(":*)").casefold())
    return next((word for word in (words[0], words[-1]) if word in WITHIN), "")


def _without_those_below(table: RawTable) -> RawTable:
    """Return a table without the last rows whose first cell says that they are a total."""
    rows = table.row_numbers.size
    kept = rows
    said = None
    while not table.typed and kept > max(rows - MOST, 1) and (word := _total(table, kept - 1)) is not None:
        kept, said = kept - 1, word
    if said is None:
        return table
    gone = [str(number) for number in table.row_numbers[kept:]]
    what = f"row {gone[0]} is" if len(gone) == 1 else f"rows {gone[0]} to {gone[-1]} are"
    note = AuditEntry("left out", f"{what} no period: {shown(said)}", row=int(table.row_numbers[kept]))
    return replace(
        table,
        column=lambda position: table.column(position)[:kept],
        row_numbers=table.row_numbers[:kept],
        notes=(*table.notes, note),
    )


def _total(table: RawTable, row: int) -> str | None:
    """Return the word for a total that is the first filled cell of a row, or None."""
    for position in range(len(table.header)):
        cell = table.column(position)[row] if table.row_numbers.size else None
        if isinstance(cell, str) and cell.strip():
            said = cell.strip().strip(":*").casefold()
            first = re.split(r"[\s:(–—-]", said, maxsplit=1)[0]  # "Total: all campaigns"
            return cell.strip() if {first, "_".join(said.split())} & WORDS else None
        if cell is not None and not isinstance(cell, str) and cell is not np.ma.masked and cell == cell:
            return None
    return None
