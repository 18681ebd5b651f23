"""A simulated table as a file."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import numpy as np

from bayes_roi.atomic import write_whole
from bayes_roi.errors import ModelError
from bayes_roi.panel import Panel
from bayes_roi.plain_text import formula, shown

DIGITS = 6


def write_table(panel: Panel, path: str | Path) -> None:
    """Write a panel as CSV, values rounded to six significant digits.

    Raises
    ------
    ModelError
        When a name or label would be a formula in a spreadsheet.
    OSError
        When the file cannot be written; an earlier one of that name stands then.
    """

    def cells(node: str, column: np.ndarray) -> list[str]:
        labels = panel.levels.get(node)
        return [_rounded(v) for v in column] if labels is None else [labels[int(v)] for v in column]

    keys = [(panel.unit, panel.units), (panel.time, panel.periods)]
    named = {name: [str(x) for x in labels] for name, labels in keys if name is not None and labels is not None}
    named |= {node: cells(node, column) for node, column in panel.columns.items()}
    labels = (label for node in panel.columns for label in panel.levels.get(node, ()))
    for name in (*named, *labels, *np.unique([] if panel.units is None else panel.units).tolist()):
        if formula(name):
            raise ModelError(f"a spreadsheet would take the name {shown(name)} for a formula; give another one")
    with io.StringIO(newline="") as text:
        table = csv.writer(text, lineterminator="\n")
        table.writerow(named)
        table.writerows(zip(*named.values(), strict=True))
        write_whole(path, text.getvalue())


def _rounded(value: float) -> str:
    return np.format_float_positional(float(f"{value:.{DIGITS}g}"), trim="-")
