"""Reading a table for a model: which columns it needs, and whether it has rows enough."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from bayes_roi.errors import DataError, Problem
from bayes_roi.model.language.model import Model
from bayes_roi.model.language.names import parameter_names
from bayes_roi.model.rows.contradictions import contradictions
from bayes_roi.model.rows.layout import Layout, carry_in_rows, layout
from bayes_roi.panel import Clean, Panel, read_panel
from bayes_roi.panel.clean import as_clean

if TYPE_CHECKING:
    import pandas as pd

    from bayes_roi.panel.shaping.every import Every

    Source = str | Path | pd.DataFrame


LEAST_ROWS = 2
"""Of each panel unit: one row tells nothing of what varies in it."""


def read_data(
    source: Source | Sequence[Source],
    model: Model,
    *,
    clean: Clean | Mapping[str, object] | None = None,
    decimal: str | None = None,
    day_first: bool | None = None,
    every: Every | None = None,
) -> Panel:
    """Return the panel that a model needs, read from a table and checked.

    Parameters
    ----------
    source
        A CSV, Parquet or Excel file, or a DataFrame; or several of them, which are joined on their periods and units.
    model
        Says which columns are needed and which of them are spend.
    clean
        What may be mended, e.g. `{"missing": {"spends": "zero"}}`, beside what the model says; see `Clean`. What is
        given here counts first, option by option.
    decimal
        The decimal mark of numbers as text, "." or ","; None where the columns show it, as most do.
    day_first
        Whether the day stands before the month in dates such as 06/01/2025; None where the column shows it.
    every
        "week", "month" or "week from Sunday" (or another day): what rows of days are put together to; as the model says
        where it is None.

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
    columns = {n: model.column(n) for n in model.measured}
    beside = [c for c in (model.value, model.weights) if isinstance(c, str)]
    panel = read_panel(
        source,
        columns=columns | {c: c for c in beside},
        time=model.time,
        spends=model.spends,
        clean=_cleaning(model, clean),
        unit=model.panel,
        categories=model.categorical,
        positive=beside,
        may_be_constant=beside,
        explained=[n for n in model.modelled if n not in model.spends],
        decimal=decimal,
        day_first=day_first,
        every=every or model.every,
        averages=[n for n in model.modelled if model.family(n).name == "beta"],
        weights=model.weights if isinstance(model.weights, str) else None,
    )
    where = layout(model, panel)
    problems = [
        *_left_to_nobody(model, panel, beside, where),
        *contradictions(model, panel),
        *_not_explained(model, panel, where),
        *_gaps_in_history(model, panel, where),
    ]
    if not problems:
        few = [_too_few(model, panel, where, node) for node in model.modelled]
        problems = [p for p in few if p]
    if problems:
        raise DataError(panel.source, problems)
    return panel


def _cleaning(model: Model, given: Clean | Mapping[str, object] | None) -> Clean | Mapping[str, object]:
    """Return what may be mended: as given, option by option, else as the model says."""
    if given is None or isinstance(given, Clean):
        return given or model.clean
    return {**model.clean, **given} if isinstance(given, Mapping) else as_clean(given)  # which raises


def _left_to_nobody(model: Model, panel: Panel, beside: list[str], where: Layout) -> list[Problem]:
    """Return the missing cells that `missing: model` leaves and no part of the model could fill in."""
    trials = [n for node in model.modelled if (n := model.trials(node)) is not None and n in panel.columns]
    known = dict.fromkeys(beside, "weights and values per unit") | {model.column(n): "trials" for n in trials}
    columns = {c: panel.columns[c] for c in beside} | {model.column(n): panel.columns[n] for n in trials}
    whole = [n for n in model.modelled if model.family(n).discrete and model.column(n) not in columns]
    known |= {model.column(n): "counts" for n in whole}
    columns |= {model.column(n): panel.columns[n][where.rows] for n in whole}
    return [
        Problem(
            f"{gaps} value{'s are' if gaps > 1 else ' is'} missing, and {what} are no part of what the model fills in",
            "fill them in, or choose clean={'missing': 'interpolate'}",
            column,
        )
        for column, what in known.items()
        if (gaps := int(np.isnan(columns[column]).sum()))
    ]


def _not_explained(model: Model, panel: Panel, where: Layout) -> list[Problem]:
    """Return the panel units of which no row, or only one, has its whole past in the table."""
    explained, need = where.rows, carry_in_rows(model)
    if panel.units is None:
        return []
    units, counts = np.unique(panel.units, return_counts=True)
    left = dict.fromkeys(units.tolist(), 0) | dict(
        zip(*np.unique(panel.units[explained], return_counts=True), strict=True)
    )
    mend = "give more rows, shorten max_lag, choose carry_in: zero, or take the unit out"
    return [
        Problem(
            f"{unit} has {count} rows, and {left[unit]} of them {'is' if left[unit] == 1 else 'are'} left after "
            f"{need} of history, used only for carry-over",
            mend,
            column=model.panel,
        )
        for unit, count in zip(units.tolist(), counts.tolist(), strict=True)
        if left[unit] < LEAST_ROWS
    ]


def _gaps_in_history(model: Model, panel: Panel, where: Layout) -> list[Problem]:
    """Return the missing cells that a carry-over or lag reads in rows that are history only.

    These rows are no part of the model, so that nothing in it could fill them.
    """
    lags: dict[str, int] = {}
    for edge in (e for e in model.edges if e.parent in panel.columns):
        lags[edge.parent] = max(lags.get(edge.parent, 0), edge.lag)
    need = carry_in_rows(model)
    what = f"the value is missing, and the first {need} rows are used only for carry-over: the model cannot fill it in"
    mend = "fill it in, give earlier rows, or choose clean={'missing': 'interpolate'}"
    row = {(e.column, e.period): e.row for e in panel.audit}
    found = []
    for node, lag in lags.items():
        read = np.unique(where.earlier[:lag]) - 1
        for i in where.history[read[(read >= 0) & (read < len(where.history))]]:
            if np.isnan(panel.columns[node][i]):
                period = None if panel.periods is None else str(panel.periods[i])
                found.append(Problem(what, mend, model.column(node), row.get((model.column(node), period))))
    return found


def _too_few(model: Model, panel: Panel, where: Layout, node: str) -> Problem | None:
    left = int(np.count_nonzero(~np.isnan(panel.columns[node][where.rows])))
    wanted = sum(name.startswith(f"{node}.") for name in parameter_names(model))
    wanted += sum((t.width(panel.levels) or 1) - 1 for t in model.terms(node))
    if left > wanted:
        return None
    return Problem(
        f"too few rows: {left} are left after {carry_in_rows(model)} of history, and {node} has {wanted} parameters",
        "give more rows, or shorten max_lag, or leave out terms",
        column=model.column(node),
    )
