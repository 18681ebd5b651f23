"""The fitted table as a plan looks back on it: by unit and period, and what last year says of the periods to come."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from bayes_roi.errors import QueryError, nearest
from bayes_roi.inference.fit import Fit
from bayes_roi.model.rows.by_row import summed
from bayes_roi.model.rows.layout import layout

A_YEAR = {"day": 364, "week": 52, "month": 12, "quarter": 4, "year": 1}
"""Frequency -> periods in a year, whole weeks where a period is a day or a week."""

Forecast = npt.ArrayLike
"""What a node will be: "last_year", "mean", a number, a label, or a value for each period."""
LAST_YEAR = "last_year"


@dataclass(frozen=True, eq=False)
class History:
    """The table of a fit by unit and period, and which of its periods stand for those of a plan.

    Parameters
    ----------
    fit
        A fit whose rows are periods.
    periods, ahead
        Periods of the plan, and of the plan and its run-off.
    """

    fit: Fit
    periods: int
    ahead: int

    @cached_property
    def clock(self) -> np.ndarray:
        """(rows,) number of each row's period."""
        assert self.fit.data.clock is not None
        return self.fit.data.clock

    @cached_property
    def length(self) -> int:
        """Periods of the table."""
        return int(self.clock.max()) + 1

    @cached_property
    def codes(self) -> np.ndarray:
        """(rows,) which of the fit's units each row is of."""
        if self.fit.data.units is None:
            return np.zeros(len(self.clock), int)
        position = {unit: i for i, unit in enumerate(self.fit.design.units)}
        return np.array([position[str(unit)] for unit in self.fit.data.units])

    @cached_property
    def open(self) -> np.ndarray:
        """Which units (units,) go on: those with a row among the last periods that carry-over reaches back to."""
        last = np.full(self.codes.max() + 1, -1)
        np.maximum.at(last, self.codes, self.clock)
        return last >= self.length - max(self.fit.model.max_lag, 1)

    @cached_property
    def cycle(self) -> int:
        """Periods after which the past is repeated: a year; without a calendar or a whole year, the plan's length."""
        year = A_YEAR.get(self.fit.data.frequency or "")
        return year if year is not None and year <= self.length else min(self.periods, self.length)

    @cached_property
    def year(self) -> int:
        """The last periods that means and shares are taken of."""
        return min(A_YEAR.get(self.fit.data.frequency or "", self.length), self.length)

    @cached_property
    def like(self) -> np.ndarray:
        """(ahead,) the period of the table that stands for each of the periods to come."""
        return self.length - self.cycle + np.arange(self.ahead) % self.cycle

    @cached_property
    def columns(self) -> dict[str, np.ndarray]:
        """Column -> (rows of the table,), missing cells at their posterior mean."""
        rows = layout(self.fit.model, self.fit.data).rows
        means = {name: draws.mean(axis=0) for name, draws in self.fit.parameters.items()}
        filled = dict(self.fit.data.columns)
        for node in self.fit.model.measured:
            if np.isnan(filled[node]).any():
                full = np.nan_to_num(filled[node], nan=self.fit.design.scales[node].mean)
                full[rows] = self.fit.design.observed(np, node, means.get(f"{node}_unobserved"))
                filled[node] = full
        return filled

    def grid(self, column: str) -> np.ndarray:
        """Return a column as (units, periods), those that go on; NaN where a unit has no row."""
        full = np.full((len(self.open), self.length), np.nan)
        full[self.codes, self.clock] = self.columns[column]
        return full[self.open]

    def spend(self, node: str) -> np.ndarray:
        """Return what was spent (ahead,) in the periods that stand for those to come, units together."""
        return np.nan_to_num(self.grid(node)).sum(axis=0)[self.like]

    def shares(self, node: str) -> np.ndarray:
        """Return the share of each unit (units,) in a spend of the last year; of all years, or equal ones, if none."""
        spent = np.nan_to_num(self.grid(node))
        for total in (spent[:, -self.year :].sum(axis=1), spent.sum(axis=1)):
            if total.sum() > 0:
                return np.asarray(total / total.sum())
        return np.full(len(spent), 1 / len(spent))

    def last_year(self, column: str) -> np.ndarray:
        """Return a column (units, ahead) as it was; where a unit has no row, its mean (of categories, its last)."""
        known = self.grid(column)
        usual = self.last(known) if column in self.fit.data.levels else self.mean(column)[:, :1]
        found = known[:, self.like]
        return np.where(np.isnan(found), usual, found)

    def mean(self, column: str) -> np.ndarray:
        """Return each unit's mean (units, ahead) over the last year, over all its rows where it has none in it."""
        known = self.grid(column)
        recent = np.where(np.isnan(known[:, -self.year :]).all(axis=1, keepdims=True), np.inf, known[:, -self.year :])
        mean = np.where(np.isinf(recent[:, 0]), np.nanmean(known, axis=1), np.nanmean(recent, axis=1))
        return np.repeat(mean[:, None], self.ahead, axis=1)

    def last(self, known: np.ndarray) -> np.ndarray:
        """Return the last values (units, 1) of a grid (units, periods)."""
        at = known.shape[1] - 1 - np.argmax(~np.isnan(known[:, ::-1]), axis=1)
        return known[np.arange(len(known)), at][:, None]

    def forecast(self, node: str, given: Forecast) -> np.ndarray:
        """Return what a node will be (units, ahead).

        A series has a value for each period of the plan, or of the plan and its run-off, whose values are else those
        of last year; in a panel it may have a row for each unit.

        Raises
        ------
        QueryError
            When the node cannot be forecast so.
        """
        levels = self.fit.data.levels.get(node)
        if isinstance(given, str) and given == LAST_YEAR:
            return self.last_year(node)
        if isinstance(given, str) and given == "mean" and levels is None:
            return self.mean(node)
        values = np.asarray(given) if levels is None else _coded(node, given, levels)
        if values.dtype.kind not in "iuf" or not np.isfinite(values).all():
            raise QueryError(
                f"{node!r} is forecast by 'last_year', 'mean', a number or a number for each period, got {given!r}"
            )
        full = self.last_year(node)
        width = values.shape[-1] if values.ndim else self.ahead
        if width not in (self.periods, self.ahead) or values.shape[:-1] not in ((), (1,), (len(full),)):
            shape = " x ".join(map(str, values.shape))
            raise QueryError(
                f"the forecast of {node!r} has {shape} values; give one number, {self.periods} (the plan) or "
                f"{self.ahead} (with its run-off)"
            )
        full[:, :width] = values
        return full


def _coded(node: str, given: Forecast, levels: tuple[str, ...]) -> np.ndarray:
    """Return labels of a category as their positions."""
    labels = np.asarray(given).astype(str)
    for label in labels.flat:
        if label not in levels:
            known = ", ".join(levels)
            raise QueryError(f"{node!r} has no category {str(label)!r}{nearest(str(label), levels)}; it has {known}")
    return np.array([levels.index(label) for label in labels.flat], float).reshape(labels.shape)


def by_period(values: np.ndarray, units: int) -> np.ndarray:
    """Return values (..., units x periods) summed over units (..., periods)."""
    length = values.shape[-1] // units
    return values if units == 1 else summed(values, np.tile(np.arange(length), units), length)


def known_node(history: History, given: Mapping[str, Forecast]) -> None:
    """Raise unless what is forecast are nodes that can be set from outside: measured, and no spend.

    Raises
    ------
    QueryError
        For the first that is not.
    """
    model = history.fit.model
    free = [n for n in model.measured if n not in (*model.spends, model.outcome)]
    for node in given:
        if node == model.outcome:
            raise QueryError(f"{node!r} is the outcome, which the plan is asked about; leave it out of the other nodes")
        if node in model.spends or node in model.channels:
            raise QueryError(f"{node!r} is spend, which the plan itself says; leave it out of the other nodes")
        if node not in free:
            why = "is computed or unobserved" if node in model.nodes else f"is not in the model{nearest(node, free)}"
            raise QueryError(f"{node!r} {why}; other nodes of a plan can be {', '.join(free) or 'none'}")
