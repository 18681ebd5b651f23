"""The observed table: reading, checking and cleaning it with an audit trail. Knows columns, not models."""

from bayes_roi.panel.audit import AuditEntry
from bayes_roi.panel.clean import Clean
from bayes_roi.panel.panel import Panel
from bayes_roi.panel.read import read_panel

__all__ = ["AuditEntry", "Clean", "Panel", "read_panel"]
