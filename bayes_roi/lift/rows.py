"""The rows that a test is asked on: from its first period on, and what comes after the last of the table."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from bayes_roi.experiments.lift_test import LiftTest
from bayes_roi.inference.fit import Fit
from bayes_roi.lift.window import Times, times_of
from bayes_roi.mechanisms.arrays import Array
from bayes_roi.model.law.forward import Forward
from bayes_roi.model.rows.design import Design, design
from bayes_roi.model.rows.layout import carry_in_rows
from bayes_roi.panel.periods import following
from bayes_roi.queries.horizon.future import rows_and_future
from bayes_roi.queries.horizon.history import LAST_YEAR, History


@dataclass(frozen=True, eq=False)
class TestRows:
    """Rows of a fit for one test, and what is known in them.

    Parameters
    ----------
    test
        The test.
    fit
        The fit.
    """

    __test__ = False  # no test of ours, though its name begins so

    test: LiftTest
    fit: Fit

    @cached_property
    def times(self) -> Times:
        """The periods of the test."""
        return times_of(self.test, self.fit.data, need=carry_in_rows(self.fit.model))

    @cached_property
    def design(self) -> Design:
        """The rows."""
        fit, times, past = self.fit, self.times, self._past
        if times.ahead <= 0:
            panel = replace(fit.data, columns=past.columns, set_aside=None)
            first = int(min(times.tested.min(), times.measured.min()))
            return design(fit.model, panel, fitted=fit.design, since=first)
        free = [n for n in fit.model.exogenous if n not in fit.model.spends]
        forecasts = {n: past.forecast(n, LAST_YEAR) for n in free}
        return rows_and_future(past, forecasts, following(np.asarray(fit.data.periods), times.ahead))

    @cached_property
    def _past(self) -> History:
        ahead = max(self.times.ahead, 1)
        return History(self.fit, ahead, ahead)

    @cached_property
    def codes(self) -> np.ndarray:
        """(time,) which unit each row is of; zero of a single series."""
        codes = self.design.codes
        return np.zeros(self.design.length, int) if codes is None else codes

    def inside(self, periods: np.ndarray) -> np.ndarray:
        """Return which rows (time,) are of the tested units in some periods."""
        there = np.isin(self.design.index, periods)
        if self.test.units is None or self.design.codes is None:
            return there
        return there & np.isin(self.codes, [self.design.units.index(str(u)) for u in self.test.units])

    def spend(self, node: str) -> np.ndarray:
        """Return a spend (time,) as the table has it, and after its last row as a year before."""
        seen = np.array(self.design.rows[node], float)
        if self.times.ahead <= 0:
            return seen
        later = self.design.index > self.times.last
        place_of = np.cumsum(self._past.open) - 1
        ahead = self.design.index[later] - self.times.last - 1
        seen[later] = self._past.last_year(node)[place_of[self.codes[later]], ahead]
        return seen

    def beside(self, treated: frozenset[str]) -> dict[str, Array]:
        """Return what both arms hold beside the tested spends: all that the test cannot move, as it was observed.

        After the last row only spends and what has no equation are known, and the rest is what it is at the posterior
        mean of the parameters. An unobserved node is held at its posterior mean in the rows of the fit: what it adds is
        the same in both arms.
        """
        model = self.fit.model
        moved = model.computation.descendants(treated)
        spends = [s for s in model.spends if s not in treated and (self.test.hold_spend or s not in moved)]
        held: dict[str, Array] = {s: self.spend(s) for s in spends}
        for node in (n for n in model.computation.order if n not in {*moved, *held, *treated}):
            if node in model.hidden:
                held[node] = self._hidden(node)
            elif self.times.ahead <= 0 or node not in {*model.equation, *model.identity}:
                held[node] = np.asarray(self.design.rows[node])
        later = [n for n in model.computation.order if n not in {*moved, *held, *treated}]
        return held | self._at_means(held | {s: self.spend(s) for s in treated}, later)

    def _at_means(self, held: dict[str, Array], nodes: list[str]) -> dict[str, Array]:
        """Return nodes (time,) at the posterior mean of the parameters, given what is held."""
        if not nodes:
            return {}
        means = {name: draws.mean(axis=0, keepdims=True) for name, draws in self.fit.parameters.items()}
        found = Forward(self.fit.model, self.design).run(means, held, targets=frozenset(nodes)).values
        return {n: np.broadcast_to(found[n], (1, self.design.length))[0] for n in nodes}

    def _hidden(self, node: str) -> np.ndarray:
        """Return the posterior mean of an unobserved node (time,), zero in rows that the fit does not have."""
        if node not in self.fit.parameters:
            return np.zeros(self.design.length)
        known = self.fit.design
        codes = np.zeros(known.length, int) if known.codes is None else known.codes
        means = dict(zip(_keys(codes, known.index), self.fit.parameters[node].mean(axis=0).tolist(), strict=True))
        return np.array([means.get(key, 0.0) for key in _keys(self.codes, self.design.index)])


def _keys(codes: np.ndarray, index: np.ndarray) -> list[tuple[int, int]]:
    """Return unit and period of each row."""
    return list(zip(codes.tolist(), index.tolist(), strict=True))
