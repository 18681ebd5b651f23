"""Rows of totals or means in a table of periods, as spreadsheets have them: below it, and between its rows."""

from __future__ import annotations

import re
from dataclasses import replace

import numpy as np

from bayes_roi.panel.audit import AuditEntry
from bayes_roi.panel.raw import RawTable
from bayes_roi.plain_text import listed, shown

TOTALS = """total totals grand_total subtotal sub-total sub_total sum sums average mean
    summe summen zwischensumme gesamt gesamtsumme insgesamt durchschnitt mittelwert 合计 总计 小计 平均
    suma total_general totales promedio somme sous-total total_général totaux moyenne"""
WORDS = frozenset(TOTALS.split())
MOST_BELOW = 3
"""Rows at the end of a table that are looked at."""
MOST_BETWEEN = 0.4
"""Share of a table below which its totals must lie to be taken out: those of quarters of months are a fourth."""
SHOWN = 3


def without_totals(table: RawTable) -> RawTable:
    """Return a table without its rows whose first filled cell says that they are a total; its notes say so."""
    if table.typed or not table.row_numbers.size:
        return table
    below = _below(table)
    between = _between(table, table.row_numbers.size - below.size)
    notes = []
    if below.size:
        notes.append(_note(table, below, "no period"))
    if between.size:
        notes.append(_note(table, between, "a total of other rows" if between.size == 1 else "totals of other rows"))
    if not notes:
        return table
    kept = np.setdiff1d(np.arange(table.row_numbers.size), [*below, *between])
    return replace(
        table,
        column=lambda position: table.column(position)[kept],
        row_numbers=table.row_numbers[kept],
        notes=(*table.notes, *notes),
    )


def _below(table: RawTable) -> np.ndarray:
    """Return the last rows, one after the other, that are totals."""
    rows = kept = table.row_numbers.size
    while kept > max(rows - MOST_BELOW, 1) and _says_total(_first_filled(table, kept - 1)):
        kept -= 1
    return np.arange(kept, rows)


def _between(table: RawTable, rows: int) -> np.ndarray:
    """Return the first `rows` that are totals where all others begin with a cell that has a digit, as periods do."""
    first = table.column(0)[:rows].tolist()
    texts = {cell for cell in first if isinstance(cell, str)}
    totals = set(filter(_says_total, texts))
    found = np.flatnonzero([isinstance(cell, str) and cell in totals for cell in first])
    periods = all(re.search(r"\d", cell) for cell in texts - totals)
    return found if periods and found.size < MOST_BETWEEN * rows else found[:0]


def _note(table: RawTable, rows: np.ndarray, what: str) -> AuditEntry:
    numbers = table.row_numbers[rows]
    more = [f"{rows.size - SHOWN:,} more"] if rows.size > SHOWN else []
    named = listed([*map(str, numbers[:SHOWN].tolist()), *more])
    text = f"row {named} is {what}" if rows.size == 1 else f"rows {named} are {what}"
    return AuditEntry("left out", f"{text}: {shown(_first_filled(table, int(rows[0])))}", row=int(numbers[0]))


def _first_filled(table: RawTable, row: int) -> str:
    """Return the first cell of a row that is not empty; no text where it is none."""
    for position in range(len(table.header)):
        cell = table.column(position)[row]
        if isinstance(cell, str) and cell.strip():
            return cell.strip()
        if cell is not None and not isinstance(cell, str) and cell is not np.ma.masked and cell == cell:
            return ""
    return ""


def _says_total(cell: str) -> bool:
    """Whether a cell says a total: by its first word, its last, or all of it.

    >>> [_says_total(cell) for cell in ("Total: all campaigns", "Q1 2024 total", "Total général", "2024-01", "")]
    [True, True, True, False, False]
    """
    text = cell.strip().strip(":*)").casefold()
    words = re.split(r"[\s:(–—]+", text)
    return bool({words[0], words[-1], "_".join(words)} & WORDS)
