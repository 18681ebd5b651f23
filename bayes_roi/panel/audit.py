"""The audit trail: one entry for each thing that reading or cleaning changed, left open or flagged."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

SHOWN = 5
"""Rows that a line of many entries of one kind names."""


@dataclass(frozen=True)
class AuditEntry:
    """One thing done to the table, or seen in it, that a reader of the results should know.

    >>> AuditEntry(action="interpolated", reason="empty", row=3, column="demand", before=None, after=2.5).after
    2.5
    """

    action: str  # "dropped duplicate", "merged duplicate", "interpolated", "flagged outlier", "left out", ...
    reason: str
    row: int | None = None  # as a spreadsheet counts: the header is row 1; None for the whole table
    period: str | None = None
    column: str | None = None  # the name in the table; None for the whole table
    before: float | None = None
    after: float | None = None


def audit_lines(audit: Iterable[AuditEntry]) -> list[str]:
    """Return an audit in lines, entries of a column that are alike as one with their number and first rows.

    >>> audit_lines([AuditEntry("filled with zero", "missing", row=row, column="tv") for row in (3, 4)])
    ['filled with zero: tv: missing (2 cells, in rows 3, 4)']
    """
    alike: dict[tuple[str, str, str], list[AuditEntry]] = {}
    for entry in audit:
        alike.setdefault((entry.action, entry.column or "table", entry.reason), []).append(entry)
    return [f"{action}: {column}: {reason}{_rows(same)}" for (action, column, reason), same in alike.items()]


def _rows(entries: list[AuditEntry]) -> str:
    if len(entries) == 1:
        return ""
    rows = [str(entry.row) for entry in entries if entry.row is not None]
    more = f" and {len(rows) - SHOWN:,} more" if len(rows) > SHOWN else ""
    where = f", in rows {', '.join(rows[:SHOWN])}{more}" if rows else ""
    return f" ({len(entries):,} cells{where})"
