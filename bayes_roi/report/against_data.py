"""The section of the report on the graph and the data: what the graph implies, and whether it holds."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bayes_roi.checks.falsify.falsification import summary
from bayes_roi.checks.falsify.falsify import falsify
from bayes_roi.inference.fit import Fit
from bayes_roi.report.tables import Table


def against_data(fit: Fit) -> Mapping[str, Any]:
    """Return the verdict, the table, and the lines below it; permuted graphs are left to `falsify`."""
    found = summary(falsify(fit, graphs=0))
    rows = tuple(tuple(row) for row in found["rows"])
    return {**found, "table": Table(tuple(found["head"]), rows, words=(0, 1, len(found["head"]) - 1))}
