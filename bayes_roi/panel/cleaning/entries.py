"""The audit entry of one changed cell."""

from __future__ import annotations

import numpy as np

from bayes_roi.panel.audit import AuditEntry
from bayes_roi.panel.observed import Observed


def entry(
    observed: Observed, action: str, reason: str, row: int, column: str, before: float, after: float
) -> AuditEntry:
    """Return what was done to the cell of a row; a missing value is told as None, and so is the row of an added one."""
    was, now = (None if np.isnan(value) else float(value) for value in (before, after))
    number = int(observed.row_numbers[row]) or None
    return AuditEntry(action, reason, number, observed.period(row), column, was, now)
