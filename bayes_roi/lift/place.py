"""A test on the rows of a fit: which rows, what each arm holds, and what is summed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from bayes_roi.errors import QueryError, nearest
from bayes_roi.experiments.lift_test import LiftTest
from bayes_roi.guards import known_channel
from bayes_roi.inference.fit import Fit
from bayes_roi.lift.rows import TestRows
from bayes_roi.mechanisms.arrays import Array
from bayes_roi.model.language.model import Model
from bayes_roi.model.law.intervention import check_node
from bayes_roi.model.law.lift import Lift
from bayes_roi.model.rows.design import Design
from bayes_roi.model.rows.view import View
from bayes_roi.queries.evidence import dose_of, readers
from bayes_roi.queries.expect import Scene, expect


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
    rows = TestRows(test, fit)
    at, measured = rows.inside(rows.times.tested), rows.inside(rows.times.measured)
    for what, mask in (("tested", at), ("measured", measured)):
        if not mask.any():
            raise QueryError(f"{test.label}: the {what} units have no row in that window")
    arms = {model.channels[c]: _arms(rows, c, at) for c in test.channels}
    if all(np.array_equal(*both) for both in arms.values()):
        raise QueryError(
            f"{test.label}: the spend is the same with the test and without it; say with usual= what would have been "
            "spent without it"
        )
    beside = rows.beside(frozenset(arms))
    usual, tested = ({n: both[k] for n, both in arms.items()} | beside for k in (0, 1))
    scene = Scene(fit, rows.design, usual)
    weights = measured * test.share * (scene.money_per_unit if _in_money(test, model) else 1.0)
    lift = Lift(model, rows.design, tested, usual, test.outcome or model.outcome, weights, test.unit == "percent")
    doses = {n: _dose_span(fit, rows.design, n, usual, tested, measured) for n in arms}
    return Placed(test, lift, scene, doses, rows.times.note)


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
        known_channel(channel, model.channels, f"{test.label}: ")
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


def _in_money(test: LiftTest, model: Model) -> bool:
    if test.unit == "money" and test.outcome not in (None, model.outcome):
        raise QueryError(f"{test.label}: {test.outcome} has no value in money; give the estimate in units of it")
    return test.unit == "money"


def _arms(rows: TestRows, channel: str, at: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the spend (time,) without the test and with it, as if all customers were in it.

    Where a share of the customers was tested while the table went on, its spend is that of both parts together:
    (1 - share (1 - factor)) of the usual one.
    """
    test, table = rows.test, rows.spend(rows.fit.model.channels[channel])
    doses, usual = test.doses(channel), test.usual_of(channel)
    factor = 0.0 if isinstance(doses, str) else float(np.asarray(doses)) if np.ndim(doses) == 0 else None
    without, tested = table.copy(), table.copy()
    if usual is not None:
        without[at] = _spread(rows, channel, usual, table, at)
    elif test.rows == "table":
        if not factor:
            raise QueryError(
                f"{test.label}: the table shows what the test spent on {channel}; say with usual= what would have been "
                "spent without it, a number for each period in all tested units together"
            )
        without[at] = table[at] / factor
    elif test.share < 1 and rows.times.in_table:
        if factor is None:
            raise QueryError(
                f"{test.label}: the spend of {channel} in the table is that of tested and other customers together; "
                "say with usual= what would have been spent on all of them"
            )
        without[at] = table[at] / (1 - test.share * (1 - factor))
    if factor is None:
        tested[at] = _spread(rows, channel, doses, without, at)
    elif test.rows != "table":
        tested[at] = factor * without[at]
    return without, tested


def _spread(rows: TestRows, channel: str, totals: object, like: np.ndarray, at: np.ndarray) -> np.ndarray:
    """Return spends of all tested units together, by period, split over their rows as the spend `like`."""
    numbers, label = np.atleast_1d(np.asarray(totals, float)), rows.test.label
    periods, of = np.unique(rows.design.index[at], return_inverse=True)
    if len(numbers) not in (1, len(periods)):
        raise QueryError(
            f"{label}: {len(numbers)} spends of {channel} for {len(periods)} periods; give one for each, or one for all"
        )
    if not np.isfinite(numbers).all() or (numbers < 0).any():
        raise QueryError(f"{label}: spends of {channel} must be 0 or more")
    each = np.broadcast_to(numbers, periods.shape)
    of_unit = np.bincount(rows.codes, like, rows.codes.max() + 1)[rows.codes[at]]
    of_unit = of_unit if of_unit.sum() > 0 else np.ones(len(of_unit))
    return np.asarray(each[of] * of_unit / np.bincount(of, of_unit)[of])
