"""A test on the rows of a fit: which rows, what each arm holds, and what is summed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from bayes_roi.errors import QueryError, nearest
from bayes_roi.experiments.lift_test import LiftTest
from bayes_roi.inference.fit import Fit
from bayes_roi.lift.window import Times, times_of
from bayes_roi.mechanisms.arrays import Array
from bayes_roi.model.language.model import Model
from bayes_roi.model.law.forward import Forward
from bayes_roi.model.law.intervention import check_node
from bayes_roi.model.law.lift import Lift
from bayes_roi.model.rows.design import Design, design
from bayes_roi.model.rows.layout import carry_in_rows
from bayes_roi.model.rows.view import View
from bayes_roi.panel import Panel
from bayes_roi.panel.periods import following
from bayes_roi.queries.evidence import dose_of, readers
from bayes_roi.queries.expect import Scene, expect
from bayes_roi.queries.horizon.future import rows_and_future
from bayes_roi.queries.horizon.history import LAST_YEAR, History


@dataclass(frozen=True, eq=False)
class Placed:
    """A test on rows of a fit.

    Parameters
    ----------
    test
        The test.
    lift
        What it measures, as a function of the parameters.
    scene
        The fit on these rows.
    doses
        Spend -> the least and the most of its dose in the test over the usual one.
    note
        What must be said of where it lies.
    """

    test: LiftTest
    lift: Lift
    scene: Scene
    doses: Mapping[str, tuple[float, float]]
    note: str = ""

    @cached_property
    def expected(self) -> np.ndarray:
        """(draws,) the lift that each draw of the fit expects."""
        wanted, fit = frozenset([self.lift.outcome]), self.scene.fit
        return expect(self.scene, [dict(self.lift.usual), dict(self.lift.test)], self._reduced, wanted, seed=fit.seed)

    @property
    def log_likelihood(self) -> np.ndarray:
        """(draws,) the log likelihood of the result given each draw of the fit."""
        return np.asarray(self.test.log_likelihood(np, self.expected))

    def _reduced(self, values: list[dict[str, Array]]) -> Array:
        usual, test = (v[self.lift.outcome] for v in values)
        return self.lift.of_arms(test, usual)


def place(test: LiftTest, fit: Fit) -> Placed:
    """Return a test on the rows of a fit.

    Raises
    ------
    QueryError
        When its channels, units, outcome or window are not there, or what would have been spent is not known.
    """
    model = fit.model
    _check_names(test, model, fit)
    times = times_of(test, fit.data, need=carry_in_rows(model))
    rows = _rows(fit, times)
    at = np.isin(rows.index, times.tested) & _in_units(test, rows)
    measured = np.isin(rows.index, times.measured) & _in_units(test, rows)
    for what, mask in (("tested", at), ("measured", measured)):
        if not mask.any():
            raise QueryError(f"{test.label}: the {what} units have no row in that window")
    usual, tested = {}, {}
    for channel in test.channels:
        node = model.channels[channel]
        table = np.asarray(_spends(fit, rows, times, node), float)
        arms = _arms(test, channel, table, rows, at, in_table=times.in_table)
        usual[node], tested[node] = arms
    if all(np.array_equal(usual[n], tested[n]) for n in usual):
        raise QueryError(
            f"{test.label}: the spend is the same with the test and without it; say with usual= what would have been "
            "spent without it"
        )
    beside = _beside(fit, rows, times, test, frozenset(usual))
    weights = measured * test.share * _value(fit, rows, test)
    lift = Lift(
        model, rows, beside | tested, beside | usual, test.outcome or model.outcome, weights, test.unit == "percent"
    )
    doses = {n: _dose_span(fit, rows, n, beside | usual, beside | tested, measured) for n in usual}
    return Placed(test, lift, Scene(fit, rows, beside | usual), doses, times.note)


def _dose_span(
    fit: Fit, rows: Design, node: str, usual: Mapping[str, Array], tested: Mapping[str, Array], at: np.ndarray
) -> tuple[float, float]:
    """Return the least and the most of a spend's carried-over dose in a test over the usual one, at its middle prior.

    Of several equations that read it the narrowest counts.
    """
    means = {name: draws.mean(axis=0) for name, draws in fit.parameters.items()}
    low, high = 0.0, np.inf
    for edge in (e for e in fit.model.edges if e.parent == node and e.kind != "identity"):
        for term, shape in readers(fit, edge, means, "prior"):
            before, after = (np.asarray(dose_of(edge, term, shape, View(np, rows, arm))) for arm in (usual, tested))
            there = at & (before > 0)
            ratio = after[there] / before[there] if there.any() else np.ones(1)
            low, high = max(low, float(ratio.min())), min(high, float(ratio.max()))
    return min(low, 1.0), max(high if np.isfinite(high) else 1.0, 1.0)


def _check_names(test: LiftTest, model: Model, fit: Fit) -> None:
    for channel in test.channels:
        if channel not in model.channels:
            known = ", ".join(model.channels) or "none"
            hint = nearest(channel, model.channels)
            raise QueryError(f"{test.label}: {channel!r} is not a channel{hint}; channels are {known}")
    if test.outcome is not None:
        check_node(model, test.outcome)
    target = test.outcome or model.outcome
    nodes = [model.channels[c] for c in test.channels]
    if target not in model.graph.descendants(nodes) - set(nodes):
        raise QueryError(
            f"{test.label}: {target} is nothing that {', '.join(test.channels)} moves; name another outcome"
        )
    if test.units is None:
        return
    if model.panel is None:
        raise QueryError(
            f"{test.label}: this model has no panel:, so there are no units; use share= for a part of them"
        )
    for unit in test.units:
        if unit not in fit.design.units:
            hint = nearest(str(unit), fit.design.units)
            raise QueryError(f"{test.label}: {unit!r} is not a unit of {model.panel}{hint}")


def _rows(fit: Fit, times: Times) -> Design:
    """Return the rows from the first of a test on, those set aside among them, and what comes after the last."""
    first = int(min(times.tested.min(), times.measured.min()))
    if times.ahead <= 0:
        past = History(fit, 1, 1)
        panel = replace(fit.data, columns=past.columns, set_aside=None)
        return design(fit.model, panel, fitted=fit.design, since=first)
    past = History(fit, times.ahead, times.ahead)
    free = [n for n in fit.model.exogenous if n not in fit.model.spends]
    forecasts = {n: past.forecast(n, LAST_YEAR) for n in free}
    return rows_and_future(past, forecasts, following(np.asarray(fit.data.periods), times.ahead))


def _spends(fit: Fit, rows: Design, times: Times, node: str) -> np.ndarray:
    """Return a spend (time,) as the table has it, and after its last row as a year before."""
    seen = np.asarray(rows.rows[node], float).copy()
    if times.ahead <= 0:
        return seen
    past = History(fit, times.ahead, times.ahead)
    later = rows.index > times.last
    codes = np.zeros(rows.length, int) if rows.codes is None else rows.codes
    place_of = np.cumsum(past.open) - 1
    seen[later] = past.last_year(node)[place_of[codes[later]], rows.index[later] - times.last - 1]
    return seen


def _in_units(test: LiftTest, rows: Design) -> np.ndarray:
    """Return which rows (time,) are of the tested units."""
    if test.units is None or rows.codes is None:
        return np.ones(rows.length, bool)
    return np.isin(rows.codes, [rows.units.index(str(u)) for u in test.units])


def _arms(
    test: LiftTest, channel: str, table: np.ndarray, rows: Design, at: np.ndarray, *, in_table: bool
) -> tuple[np.ndarray, np.ndarray]:
    """Return the spend (time,) without the test and with it, as if all customers were in it.

    Where a share of the customers was tested while the table went on, its spend is that of both parts together:
    (1 - share (1 - factor)) of the usual one.
    """
    doses, usual = test.doses(channel), test.usual_of(channel)
    factor = 0.0 if isinstance(doses, str) else float(np.asarray(doses)) if np.ndim(doses) == 0 else None
    without, tested = table.copy(), table.copy()
    if usual is None and test.share < 1 and in_table and test.rows != "table":
        if factor is None:
            raise QueryError(
                f"{test.label}: the spend of {channel} in the table is that of tested and other customers together; "
                "say with usual= what would have been spent on all of them"
            )
        without[at] = table[at] / (1 - test.share * (1 - factor))
    elif usual is not None:
        without[at] = _spread(test, channel, usual, table, rows, at)
    elif test.rows == "table":
        if not factor:
            raise QueryError(
                f"{test.label}: the table shows what the test spent on {channel}; say with usual= what would have been "
                "spent without it, a number for each period in all tested units together"
            )
        without[at] = table[at] / factor
    if factor is None:
        tested[at] = _spread(test, channel, doses, without, rows, at)
    elif test.rows != "table":
        tested[at] = factor * without[at]
    return without, tested


def _spread(test: LiftTest, channel: str, totals: object, like: np.ndarray, rows: Design, at: np.ndarray) -> np.ndarray:
    """Return spends of all tested units together, by period, split over their rows as the spend `like`."""
    numbers = np.atleast_1d(np.asarray(totals, float))
    periods, of = np.unique(rows.index[at], return_inverse=True)
    if len(numbers) not in (1, len(periods)):
        raise QueryError(
            f"{test.label}: {len(numbers)} spends of {channel} for {len(periods)} periods; give one for each, or one "
            "for all"
        )
    if not np.isfinite(numbers).all() or (numbers < 0).any():
        raise QueryError(f"{test.label}: spends of {channel} must be 0 or more")
    each = np.broadcast_to(numbers, periods.shape)
    codes = np.zeros(rows.length, int) if rows.codes is None else rows.codes
    of_unit = np.bincount(codes, like, codes.max() + 1)[codes[at]]
    of_unit = of_unit if of_unit.sum() > 0 else np.ones(len(of_unit))
    return np.asarray(each[of] * of_unit / np.bincount(of, of_unit)[of])


def _beside(fit: Fit, rows: Design, times: Times, test: LiftTest, treated: frozenset[str]) -> dict[str, Array]:
    """Return what both arms hold beside the tested spends: all that the test cannot move, as it was observed.

    After the last row only spends and what has no equation are known, and the rest is what it is at the posterior mean
    of the parameters. An unobserved node is held at its posterior mean in the rows of the fit: what it adds is the same
    in both arms.
    """
    model = fit.model
    moved = model.computation.descendants(treated)
    spends = [s for s in model.spends if s not in treated and (test.hold_spend or s not in moved)]
    held: dict[str, Array] = {s: _spends(fit, rows, times, s) for s in spends}
    for node in model.computation.order:
        if node in moved or node in held or node in treated:
            continue
        if node in model.hidden:
            held[node] = _mean_of_hidden(fit, rows, node)
        elif times.ahead <= 0 or node not in {*model.equation, *model.identity}:
            held[node] = np.asarray(rows.rows[node])
    later = [n for n in model.computation.order if n not in {*moved, *held, *treated}]
    if not later:
        return held
    means = {name: draws.mean(axis=0, keepdims=True) for name, draws in fit.parameters.items()}
    spent = {s: _spends(fit, rows, times, s) for s in treated}
    found = Forward(model, rows).run(means, held | spent, targets=frozenset(later)).values
    return held | {n: np.broadcast_to(found[n], (1, rows.length))[0] for n in later}


def _mean_of_hidden(fit: Fit, rows: Design, node: str) -> np.ndarray:
    """Return the posterior mean of an unobserved node (time,), zero in rows that the fit does not have."""
    if node not in fit.parameters:
        return np.zeros(rows.length)
    codes = (d.codes if d.codes is not None else np.zeros(d.length, int) for d in (fit.design, rows))
    known, wanted = (
        list(zip(c.tolist(), d.index.tolist(), strict=True)) for c, d in zip(codes, (fit.design, rows), strict=True)
    )
    means = dict(zip(known, fit.parameters[node].mean(axis=0).tolist(), strict=True))
    return np.array([means.get(key, 0.0) for key in wanted])


def _value(fit: Fit, rows: Design, test: LiftTest) -> float | np.ndarray:
    """Return money per unit of the outcome, where the estimate is in money."""
    model: Model = fit.model
    if test.unit != "money":
        return 1.0
    if test.outcome not in (None, model.outcome):
        raise QueryError(f"{test.label}: {test.outcome} has no value in money; give the estimate in units of it")
    if not isinstance(model.value, str):
        return float(model.value)
    panel: Panel = fit.data
    column = rows.value_column
    return float(np.mean(panel.columns[model.value])) if column is None else np.asarray(column)
