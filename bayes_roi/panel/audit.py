"""The audit trail: one entry for each thing that reading or cleaning changed, left open or flagged."""

from __future__ import annotations

from dataclasses import dataclass


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
