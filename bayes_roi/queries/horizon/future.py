"""The rows of the future as the equations see them: the fitted table, extended.

Plans are asked of them alone, what the spend of a window sets off beyond the last row of these and the fitted rows.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from bayes_roi.errors import QueryError
from bayes_roi.model.language.edges import longest_lag
from bayes_roi.model.rows.design import Design, design
from bayes_roi.panel import Panel
from bayes_roi.queries.horizon.history import History


def check_history(past: History) -> None:
    """Raise where a plan would read a value other than spend from a period that the table lacks."""
    model = past.fit.model
    need = longest_lag(model, beside=model.spends)
    gone = np.isnan(past.grid(next(iter(model.spends)))[:, past.length - need :]).any(axis=1)
    if gone.any():
        units = np.asarray(past.fit.design.units)[past.open][gone]
        raise QueryError(
            f"the model looks back {need} periods at more than spend, and the table lacks some of its last for "
            f"{', '.join(units)}; add these rows"
        )


def future_rows(past: History, forecasts: Mapping[str, np.ndarray], future: np.ndarray) -> Design:
    """Return the future rows: the fitted table goes on by a row for each unit and period, of which only these are kept.

    Nodes of which nothing is said have no values in them: they are the model's to compute.
    """
    model = past.fit.model
    known = _known(past, forecasts)
    rows = design(model, _longer(past, past.columns, known, future), fitted=past.fit.design, since=past.length)
    return replace(rows, rows={n: x for n, x in rows.rows.items() if n in known}, value_column=None)


def rows_and_future(past: History, forecasts: Mapping[str, np.ndarray], future: np.ndarray) -> Design:
    """Return the fitted rows and those of the future after them, in which a unit of the outcome has its usual value."""
    model = past.fit.model
    known = _known(past, forecasts)
    if isinstance(model.value, str):
        known[model.value] = past.mean(model.value)
    panel = _longer(past, past.fit.data.columns, known, future)
    rows = design(model, panel, fitted=past.fit.design, since=past.length, whole=True)
    return replace(rows, rows={n: x for n, x in rows.rows.items() if n in known})


def _known(past: History, forecasts: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Return column -> (units, ahead) of what is known of the future: forecasts, no spend, the last sizes."""
    model = past.fit.model
    known = dict(forecasts) | {n: np.zeros((int(past.open.sum()), past.ahead)) for n in model.spends}
    if model.weights is not None:
        known[model.weights] = past.last_year(model.weights) * 0 + past.last(past.grid(model.weights))
    return known


def _longer(
    past: History, columns: Mapping[str, np.ndarray], known: Mapping[str, np.ndarray], future: np.ndarray
) -> Panel:
    """Return a table with rows of the future after those of each unit; NaN where nothing is known."""
    data, order = past.fit.data, _order(past)
    ahead = np.tile(np.arange(past.ahead) + past.length, int(past.open.sum()))

    def joined(before: np.ndarray, after: np.ndarray) -> np.ndarray:
        return np.concatenate([before, after])[order]

    empty = np.full(len(ahead), np.nan)
    units = None
    if data.units is not None:
        units = joined(data.units, np.repeat(np.asarray(past.fit.design.units)[past.open], past.ahead))
    return Panel(
        columns={n: joined(x, known[n].ravel() if n in known else empty) for n, x in columns.items()},
        periods=joined(np.asarray(data.periods), np.tile(future, int(past.open.sum()))),
        time=data.time,
        frequency=data.frequency,
        source=data.source,
        unit=data.unit,
        units=units,
        clock=joined(past.clock, ahead),
        levels=data.levels,
        set_aside=None if data.set_aside is None else joined(data.set_aside, np.zeros(len(ahead), bool)),
    )


def _order(past: History) -> np.ndarray:
    """Return the positions of history and future rows, one after the other, in order of unit."""
    ahead = np.repeat(np.flatnonzero(past.open), past.ahead)
    return np.argsort(np.concatenate([past.codes, ahead]), kind="stable")
