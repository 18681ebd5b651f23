"""Which units are treated, which stand for them, and when: the question of an estimator with controls, checked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from bayes_roi.errors import QueryError
from bayes_roi.experiments.panel_table import UnitTable, first_few, unit_table

if TYPE_CHECKING:
    from bayes_roi.experiments.panel_table import Table

LEAST_BEFORE, LEAST_CONTROLS = 4, 2
"""Periods before the window, and controls, without which there is nothing to fit."""


@dataclass(frozen=True, eq=False)
class Chosen:
    """Treated units, controls and a window.

    Parameters
    ----------
    data
        The table, up to the last period of the window.
    treated, controls
        Positions of units.
    before
        Number of periods before the window.
    """

    data: UnitTable
    treated: np.ndarray
    controls: np.ndarray
    before: int

    @property
    def length(self) -> int:
        """Number of periods, up to the last of the window."""
        return len(self.data.times)

    @cached_property
    def path(self) -> np.ndarray:
        """(time,) mean of the treated units."""
        return np.asarray(self.data.values[self.treated].mean(axis=0))

    @cached_property
    def donors(self) -> np.ndarray:
        """(time, controls) the untreated units."""
        return self.data.values[self.controls].T

    @cached_property
    def treated_units(self) -> np.ndarray:
        """(time,) how many units are treated."""
        return (np.arange(self.length) >= self.before) * float(len(self.treated))

    def names(self, at: np.ndarray) -> tuple[str, ...]:
        """Return the names of units."""
        return tuple(self.data.units[k] for k in at)

    def until(self, length: int, before: int) -> Chosen:
        """Return the same question of the first `length` periods, with another beginning of the window."""
        times, values = self.data.times[:length], self.data.values[:, :length]
        return Chosen(UnitTable(self.data.outcome, self.data.units, times, values), self.treated, self.controls, before)

    def earlier(self, start: Any, least: int) -> Chosen:
        """Return the same question of a window that begins at `start` and ends where the true one begins.

        Raises
        ------
        QueryError
            When fewer than `least` periods stand before it, or none in it.
        """
        window = self.data.during(start, self.data.times[self.before - 1])
        if window.start < least:
            raise QueryError(f"{window.start} periods before {start} are too few; give a later start")
        return self.until(self.before, window.start)


def chosen(
    table: Table,
    *,
    outcome: str,
    unit: str,
    time: str,
    treated: str | Sequence[str],
    start: Any,
    end: Any,
    controls: Sequence[str] | None,
) -> Chosen:
    """Return the question of an estimator with controls.

    Raises
    ------
    QueryError
        When units are not there or overlap, no row lies in the window, or too few before it.
    DataError
        When the table lacks columns, rows or numbers.
    """
    data = unit_table(table, outcome=outcome, unit=unit, time=time)
    own = data.at([str(treated)] if np.ndim(treated) == 0 else list(treated))
    if not len(own):
        raise QueryError("treated= names no unit")
    others = np.setdiff1d(np.arange(len(data.units)), own) if controls is None else data.at(controls)
    if (both := np.intersect1d(own, others)).size:
        raise QueryError(f"{first_few(data.units[k] for k in both)} cannot be both treated and a control")
    if len(others) < LEAST_CONTROLS:
        raise QueryError(f"{len(others)} controls are too few; give {LEAST_CONTROLS} or more units that are untreated")
    window = data.during(start, end)
    if window.start < LEAST_BEFORE:
        raise QueryError(
            f"{window.start} periods before the window are too few to see how units move; give {LEAST_BEFORE} or more"
        )
    return Chosen(data, own, others, window.start).until(window.stop, window.start)
