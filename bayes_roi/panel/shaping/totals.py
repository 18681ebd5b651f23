"""Rows of totals or means below a table, as spreadsheets have them."""

from __future__ import annotations

import re
from dataclasses import replace

import numpy as np

from bayes_roi.panel.audit import AuditEntry
from bayes_roi.panel.raw import RawTable
from bayes_roi.plain_text import shown

TOTALS = """total totals grand_total sum sums average mean summe summen gesamt gesamtsumme insgesamt durchschnitt
    mittelwert 合计 总计 平均 suma total_general totales promedio somme total_général totaux moyenne"""
WORDS = frozenset(TOTALS.split())
MOST = 3
"""Rows at the end of a table that are looked at."""


def without_totals(table: RawTable) -> RawTable:
    """Return a table without the last rows whose first cell says that they are a total; its notes say so."""
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
