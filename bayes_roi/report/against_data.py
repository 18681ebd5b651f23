"""The section of the report on the graph and the data: what the graph implies, and whether it holds."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bayes_roi.checks.falsify.falsification import summary
from bayes_roi.checks.falsify.falsify import falsify
from bayes_roi.inference.fit import Fit


def against_data(fit: Fit) -> Mapping[str, Any]:
    """Return the verdict, head and rows of the table, and the lines below it; permuted graphs are left to `falsify`."""
    return summary(falsify(fit, graphs=0))
