"""Which rows of a table the model explains, and where what came before each of them stands."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from bayes_roi.model.language.edges import longest_lag
from bayes_roi.model.language.model import Model
from bayes_roi.panel import Panel


@dataclass(frozen=True, eq=False)
class Layout:
    """The rows of the likelihood and their past, by position in the table.

    A row is explained where all periods that its equations look back to are in the table; the others (the first rows of
    each unit, those after a gap, those that are set aside) are history: read by later rows, explained by nothing. With
    `carry_in: zero` what is not in the table was zero, and only lags of nodes that are not spend need rows.

    Parameters
    ----------
    rows, history
        Positions of the explained rows and of those that are history only.
    earlier
        (longest lag, rows): where the row one, two, ... periods before stands in zero, history, rows one after the
        other; 0 where the table has no such row.
    starts
        (rows,) whether the row one period before is not itself explained: a series begins here.
    """

    rows: np.ndarray
    history: np.ndarray
    earlier: np.ndarray
    starts: np.ndarray

    @cached_property
    def contiguous(self) -> bool:
        """Whether the explained rows are one series without a break, right after its history."""
        if len(self.rows) == 0:
            return True
        before = np.maximum(len(self.history) - np.arange(len(self.earlier)), 0)  # places of the first row's past
        unbroken = int(self.starts.sum()) == 1 and bool((np.diff(self.rows) == 1).all())
        return unbroken and np.array_equal(self.earlier[:, 0], before)


def layout(model: Model, panel: Panel, *, since: int | None = None, whole: bool = False) -> Layout:
    """Return where the rows of a panel stand in a model.

    With `since`, the number of a period, the rows from then on are those to explain, and what the longest lag reaches
    before it is their history; a period of it that the table lacks counts as zero. With `whole` the rows before it that
    have their past are explained too.
    """
    lags, need = model.max_lag, carry_in_rows(model)
    if panel.clock is None:
        return Layout(
            rows=np.arange(panel.rows),
            history=np.arange(0),
            earlier=np.zeros((lags, panel.rows), int),
            starts=np.arange(panel.rows) == 0,
        )
    before = _before(_unit_codes(panel), panel.clock, max(lags, 1))
    complete = (before[:need] >= 0).all(axis=0)
    if panel.set_aside is not None:
        complete &= ~panel.set_aside
    explained = complete if since is None else (panel.clock >= since) | (complete & whole)
    reached = ~explained if since is None or whole else ~explained & (panel.clock >= since - lags)
    rows, history = np.flatnonzero(explained), np.flatnonzero(reached)
    place = np.zeros(panel.rows + 1, int)  # the last entry serves the position -1, which is no row
    place[history] = 1 + np.arange(len(history))
    place[rows] = 1 + len(history) + np.arange(len(rows))
    last = before[0, rows]
    return Layout(rows=rows, history=history, earlier=place[before[:lags, rows]], starts=(last < 0) | ~explained[last])


def carry_in_rows(model: Model) -> int:
    """Return how many periods before it a row needs in the table to be explained.

    With `carry_in: zero` that is none for a spend, whose past is taken as zero; a lag of anything else still needs its
    rows.
    """
    return longest_lag(model, beside=model.spends if model.carry_in == "zero" else ())


def _unit_codes(panel: Panel) -> np.ndarray:
    if panel.units is None:
        return np.zeros(panel.rows, int)
    return np.unique(panel.units, return_inverse=True)[1]


def _before(units: np.ndarray, clock: np.ndarray, lags: int) -> np.ndarray:
    """Return (lags, rows): the position of each unit's row 1, 2, ... periods before, -1 where there is none."""
    span = int(clock.max(initial=0)) + lags + 1
    keys = units * span + clock
    order = np.argsort(keys)
    found = np.full((lags, len(keys)), -1)
    for lag in range(1, lags + 1):
        wanted = keys - lag
        at = np.minimum(np.searchsorted(keys, wanted, sorter=order), len(keys) - 1)
        there = (keys[order[at]] == wanted) & (clock >= lag)
        found[lag - 1, there] = order[at[there]]
    return found
