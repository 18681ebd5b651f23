"""Reading a table for a model: which columns it needs, and whether it has rows enough."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from bayes_roi.errors import DataError, Problem
from bayes_roi.model.design import carry_in_rows
from bayes_roi.model.model import Model, parameter_names
from bayes_roi.panel import Clean, Panel, read_panel

if TYPE_CHECKING:
    import pandas as pd


def read_data(
    source: str | Path | pd.DataFrame, model: Model, *, clean: Clean | Mapping[str, object] | None = None
) -> Panel:
    """Return the panel that a model needs, read from a table and checked.

    Parameters
    ----------
    source
        A CSV, Parquet or Excel file, or a DataFrame.
    model
        Says which columns are needed and which of them are spend.
    clean
        What may be mended, e.g. `{"missing": "interpolate"}`; nothing when None. See `Clean`.

    Returns
    -------
    Panel
        One column a node, in order of time; `panel.audit` says what cleaning changed.

    Raises
    ------
    DataError
        With every problem found at once, each with its row, its column and how to mend it.

    Examples
    --------
    >>> import bayes_roi as br
    >>> model = br.read_model(br.shipped("models/weekly_funnel.yaml"))
    >>> br.read_data(br.shipped("data/weekly_funnel.csv"), model).frequency
    'week'
    """
    columns = {n: model.column(n) for n in model.nodes}
    if isinstance(model.value, str):
        columns |= {model.value: model.value}
    panel = read_panel(source, columns=columns, time=model.time, spends=model.spends, clean=clean)
    few = [_too_few(model, panel, node) for node in model.equation]
    problems = [*(p for p in few if p), *_gaps_in_history(model, panel)]
    if problems:
        raise DataError(panel.source, problems)
    return panel


def _gaps_in_history(model: Model, panel: Panel) -> list[Problem]:
    """Return the missing cells that a carry-over or lag reads in the rows before the likelihood.

    These rows are no part of the model, so that nothing in it could fill them.
    """
    first = carry_in_rows(model)
    reach: dict[str, int] = {}
    for term in (t for node in model.equation for t in model.terms(node)):
        reach |= {p: max(reach.get(p, 0), term.max_lag) for p in term.parents}
    what = f"the value is missing, and the first {first} rows are carry-in, where the model cannot fill it in"
    mend = "fill it in, give earlier rows, or choose clean={'missing': 'interpolate'}"
    row = {(e.column, e.period): e.row for e in panel.audit}
    found = []
    for node, lags in reach.items():
        for i in range(max(first - lags, 0), first):
            if np.isnan(panel.columns[node][i]):
                period = None if panel.periods is None else str(panel.periods[i])
                found.append(Problem(what, mend, model.column(node), row.get((model.column(node), period))))
    return found


def _too_few(model: Model, panel: Panel, node: str) -> Problem | None:
    left = int(np.count_nonzero(~np.isnan(panel.columns[node][carry_in_rows(model) :])))
    wanted = sum(name.startswith(f"{node}.") for name in parameter_names(model))
    wanted += sum((t.size or 1) - 1 for t in model.terms(node))
    if left > wanted:
        return None
    return Problem(
        f"too few rows: {left} are left after {carry_in_rows(model)} of carry-in, and {node} has {wanted} parameters",
        "give more rows, or shorten max_lag, or leave out terms",
        column=model.column(node),
    )
