"""The rows of a fit and the periods after its last, in which what was spent goes on acting: its run-off."""

from __future__ import annotations

import numpy as np

from bayes_roi.inference.fit import Fit
from bayes_roi.mechanisms.arrays import Array
from bayes_roi.model.law.additive import additive_blocks
from bayes_roi.model.rows.design import Design
from bayes_roi.panel.periods import following
from bayes_roi.queries.expect import Scene, scene
from bayes_roi.queries.horizon.future import check_history, rows_and_future
from bayes_roi.queries.horizon.history import A_YEAR, History


def with_run_off(fit: Fit, periods: int) -> Scene:
    """Return the rows of a fit and `periods` more after its last.

    What is held there is zero of every spend, and of other nodes without an equation what it was a year before (in the
    last periods, where there is no calendar or no whole year), as in an `outlook`; nodes with one respond to their
    causes. In a panel the units go on that have rows to the end.

    Raises
    ------
    QueryError
        When the equations look back at more than spend, and the last rows of a unit are not there.
    """
    past = History(fit, periods, periods)
    check_history(past)
    free = [n for n in fit.model.exogenous if n not in fit.model.spends]
    forecasts = {n: past.forecast(n, "last_year") for n in free}
    rows = rows_and_future(past, forecasts, following(np.asarray(fit.data.periods), periods))
    seen = scene(fit).observed
    return Scene(fit, rows, {n: _joined(rows, n, seen[n]) for n in (*free, *sorted(fit.model.spends))})


def _joined(rows: Design, node: str, seen: Array) -> Array:
    """Return a node's rows (time,) or (draws, time): as seen, and after the last what the future is known to be."""
    assert rows.beyond is not None
    known = np.zeros(rows.length) if node in rows.spends else rows.rows[node]
    found = np.broadcast_to(known, (*seen.shape[:-1], rows.length)).copy()
    found[..., ~rows.beyond] = seen
    return found


def said_of_run_off(fit: Fit, periods: int) -> str:
    """Return what is assumed of periods after the last row, where an effect depends on it; empty where none does."""
    model = fit.model
    free = [n for n in model.exogenous if n not in model.spends]
    sources = {n: [n] for n in (*free, *model.spends)}
    blocks = additive_blocks(model, model.outcome, sources, held=model.spends)
    meet = {n for block in blocks if block & model.spends for n in block}
    lines = []
    if meet & set(free):
        yearly = History(fit, periods, periods).cycle == A_YEAR.get(fit.data.frequency or "")
        lines.append(
            f"{', '.join(n for n in free if n in meet)} as {'a year before' if yearly else 'in the last periods'}"
        )
    if isinstance(model.value, str):
        lines.append(f"a unit of {model.outcome} worth the mean {model.value} of the last year")
    return f"after the last row: {', '.join(lines)}" if lines else ""
