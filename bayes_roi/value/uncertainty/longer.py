"""A table continued: what its next periods might be, drawn from a model with given parameters."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from bayes_roi.errors import QueryError
from bayes_roi.inference.fit import Fit
from bayes_roi.mechanisms.noise import coloured
from bayes_roi.mechanisms.uniforms import uniforms
from bayes_roi.model.law.conditional import Conditional
from bayes_roi.model.law.forward import Forward
from bayes_roi.model.rows.design import Design, design
from bayes_roi.model.rows.layout import layout
from bayes_roi.panel import Panel
from bayes_roi.panel.periods import following

CALENDARS = ("day", "week", "month", "quarter", "year", "period")


def check_continuable(fit: Fit) -> None:
    """Raise where the next periods cannot be drawn: what is not observed has a past that nobody knows."""
    if fit.model.hidden:
        raise QueryError(
            f"more data cannot be simulated for a model with unobserved causes ({', '.join(fit.model.hidden)}): "
            "their past is not known"
        )
    if fit.design.missing:
        raise QueryError(
            f"more data cannot be simulated from a table with missing cells ({', '.join(fit.design.missing)})"
        )
    if fit.data.periods is not None and fit.data.frequency not in CALENDARS:
        raise QueryError(f"the calendar of this table (frequency {fit.data.frequency!r}) cannot be continued")


def continued(fit: Fit, parameters: Mapping[str, np.ndarray], periods: int, rng: np.random.Generator) -> Panel:
    """Return the fit's table with further rows: periods at its end, in a panel for each unit that lasts to the end.

    What has no equation, budgets among it, repeats the last rows (of exchangeable rows, it is drawn from all); what has
    one is drawn from it, causes first, with noise of its own that goes on from the last row's where it hangs together.
    Simulated spend is cut off at zero.

    Parameters
    ----------
    parameters
        One draw, (1, ...) of each.
    """
    longer, added = _repeated(fit.data, periods, rng)
    rows, where = _on_old_scales(fit, longer), layout(fit.model, longer)
    new, forward = added[where.rows], Forward(fit.model, rows)
    parameters = forward.with_later_periods(parameters, lambda node, shape: rng.standard_normal(shape))
    values: dict[str, np.ndarray] = {}
    columns = {n: x.copy() for n, x in longer.columns.items()}
    for node in fit.model.computation.order:
        if node in fit.model.identity:
            values[node] = fit.model.identity[node].value(values)
        elif node not in fit.model.equation:
            values[node] = rows.rows[node]
        else:
            law = forward.conditional(node, values, parameters)
            drawn = np.broadcast_to(_drawn(law, rows.rows[node], new, rng), (1, rows.length))[0]
            drawn = np.maximum(drawn, 0.0) if node in fit.model.spends else drawn
            values[node] = np.where(new, drawn, rows.rows[node])
            columns[node][where.rows] = values[node]
    return replace(longer, columns=columns)


def _drawn(law: Conditional, observed: np.ndarray, new: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Return values (..., rows) of a node in new rows; noise that hangs together goes on from what was observed."""
    u = uniforms(rng, (2, 1, len(new)))
    z = law.family.noise(u[0], law.parameters)
    if law.rho is not None:
        before = law.innovations(np.where(new, law.mean(), observed), u[1])
        z = coloured(np.where(new, z, before), law.rho, law.starts)
    return law.respond(z)


def _on_old_scales(fit: Fit, longer: Panel) -> Design:
    """Return the rows of the longer table as the fit's parameters mean them: centred and scaled as they were."""
    old, rows = fit.design, design(fit.model, longer)
    size = rows.size
    if fit.model.weights is not None and size is not None:
        column = fit.model.weights
        means = (p.columns[column][layout(fit.model, p).rows].mean() for p in (longer, fit.data))
        size = size * next(means) / next(means)
    return replace(
        rows, scales=old.scales, outcome_scales=old.outcome_scales, reference=old.reference, size=size, carry=rows.carry
    )


def _repeated(panel: Panel, periods: int, rng: np.random.Generator) -> tuple[Panel, np.ndarray]:
    """Return the table with further rows that repeat others, and which rows (rows,) those are."""
    if panel.periods is None or panel.clock is None:
        rows = np.concatenate([np.arange(panel.rows), rng.integers(panel.rows, size=periods)])
        columns = {n: x[rows] for n, x in panel.columns.items()}
        return replace(panel, columns=columns), np.arange(panel.rows + periods) >= panel.rows
    source: list[int] = []
    clock: list[int] = []
    added: list[bool] = []
    end, codes = int(panel.clock.max()), _codes(panel)
    for unit in range(codes.max() + 1):
        own = np.flatnonzero(codes == unit)
        more = periods if panel.clock[own[-1]] == end else 0
        source += [*own, *np.resize(own[-periods:], more)]
        clock += [*panel.clock[own], *(end + 1 + np.arange(more))]
        added += [False] * len(own) + [True] * more
    at, clocks = np.array(source), np.array(clock)
    labels = dict(zip(panel.clock.tolist(), panel.periods.tolist(), strict=True))
    labels |= dict(zip(range(end + 1, end + 1 + periods), following(panel.periods, periods).tolist(), strict=True))
    longer = replace(panel.kept(at), periods=np.array([labels[c] for c in clocks.tolist()]), clock=clocks)
    if longer.set_aside is not None:
        longer = replace(longer, set_aside=longer.set_aside & ~np.array(added))
    return longer, np.array(added)


def _codes(panel: Panel) -> np.ndarray:
    """Return the number of each row's unit, units in the order of the table."""
    if panel.units is None:
        return np.zeros(panel.rows, int)
    _, first, codes = np.unique(panel.units, return_index=True, return_inverse=True)
    return np.argsort(np.argsort(first))[codes]
