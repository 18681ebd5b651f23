"""The table of a report that says what the graph identifies, and by what."""

from __future__ import annotations

from bayes_roi.model.language.model import Model
from bayes_roi.queries.questions import questions
from bayes_roi.report.tables import Table


def identified(model: Model) -> Table:
    """Return each usual question with its verdict, by what, and why."""
    rows = tuple((q.name, q.verdict, q.by, q.reason) for q in questions(model))
    return Table(("question", "verdict", "by what", "reason"), rows, words=(0, 1, 2, 3))
