"""Two windows of time side by side: which period of one stands for which of the other, and what came before both."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from bayes_roi.inference.fit import Fit
from bayes_roi.model.language.edges import lags_to
from bayes_roi.model.rows.layout import layout

BEFORE, AFTER = 0, 1
Places = slice | np.ndarray


@dataclass(frozen=True, eq=False)
class Runs:
    """Pairs of periods, one of each window, as runs of periods that follow each other in both.

    Parameters
    ----------
    first
        (2, runs): number of the first period of each run in the window before and in the window after.
    length
        (runs,) periods of each.
    weight
        (pairs,) weight of each pair, run by run; they sum to one.
    """

    first: np.ndarray
    length: np.ndarray
    weight: np.ndarray


def matched(before: np.ndarray, after: np.ndarray) -> Runs:
    """Return the periods of two windows matched in order, so that each keeps its weight of one over their number.

    Windows of one length are matched period by period. Otherwise a period is matched with those that stand at the same
    share of the other window, in parts: this is the monotone coupling, whose margins are the two windows exactly.

    Examples
    --------
    >>> runs = matched(np.array([0, 1]), np.array([5, 6, 7]))
    >>> runs.first.tolist(), runs.length.tolist(), runs.weight.round(2).tolist()
    ([[0, 0], [5, 6]], [2, 2], [0.33, 0.17, 0.17, 0.33])
    """
    n, m = len(before), len(after)
    cuts = np.union1d(np.arange(0, n * m + 1, m), np.arange(0, n * m + 1, n))
    pair = np.stack([before[cuts[:-1] // m], after[cuts[:-1] // n]])
    order = np.lexsort([pair[BEFORE], pair[AFTER] - pair[BEFORE]])
    pair, weight = pair[:, order], np.diff(cuts)[order] / (n * m)
    begins = np.flatnonzero(np.r_[True, (np.diff(pair, axis=1) != 1).any(axis=0)])
    return Runs(pair[:, begins], np.diff(np.append(begins, pair.shape[1])), weight)


@dataclass(frozen=True, eq=False)
class Grid:
    """The rows of each node that bear on the target in a run of matched periods, run by run and unit by unit.

    A node's rows reach back as far as it may act on the target. Each stands for two rows of the table, one in the
    state before and one in the state after.
    """

    fit: Fit
    target: str
    runs: Runs

    @cached_property
    def lead(self) -> dict[str, int]:
        """Node -> periods that its rows reach back."""
        return lags_to(self.fit.model, self.target)

    @cached_property
    def weight(self) -> np.ndarray:
        """(rows of the target,) with which its mean per period is a sum over its rows."""
        parts = np.split(self.runs.weight, np.cumsum(self.runs.length)[:-1])
        return np.concatenate([w for w in parts for _ in range(self._units)])

    @property
    def _units(self) -> int:
        return max(len(self.fit.design.units), 1)

    @cached_property
    def _blocks(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """First periods (2, blocks), lengths and units (blocks,) of each run in each unit."""
        runs, units = self.runs, self._units
        return (
            np.repeat(runs.first, units, 1),
            np.repeat(runs.length, units),
            np.tile(np.arange(units), len(runs.length)),
        )

    def rows(self, node: str) -> int:
        """Return the number of rows of a node."""
        return int((self._blocks[1] + self.lead[node]).sum())

    def clock(self, node: str, side: int) -> np.ndarray:
        """Return (rows,) the number of the period of each row of a node in one state."""
        first, length, _ = self._blocks
        lead = self.lead[node]
        return np.concatenate([np.arange(f - lead, f + n) for f, n in zip(first[side], length, strict=True)])

    def codes(self, node: str) -> np.ndarray:
        """Return (rows,) the panel unit of each row of a node, 0 of a single series."""
        return np.repeat(self._blocks[2], self._blocks[1] + self.lead[node])

    def past(self, node: str, parent: str, lag: int) -> Places:
        """Return where in the rows of a parent that of each row of a node stands, some periods before."""
        key = node, parent, lag
        if key not in self._places:
            self._places[key] = self._past(node, parent, lag)
        return self._places[key]

    @cached_property
    def _places(self) -> dict[tuple[str, str, int], Places]:
        """What `past` has found: it is asked again for every draw and mixture."""
        return {}

    def _past(self, node: str, parent: str, lag: int) -> Places:
        length = self._blocks[1]
        begins = np.cumsum(length + self.lead[parent]) - length - self.lead[parent]
        back = self.lead[parent] - self.lead[node] - lag
        if len(length) == 1:
            return slice(back, back + int(length[0]) + self.lead[node])
        each = [np.arange(b + back, b + back + n + self.lead[node]) for b, n in zip(begins, length, strict=True)]
        return np.concatenate(each)

    def table_rows(self, node: str, side: int) -> np.ndarray:
        """Return (rows,) where each row of a node stands in the table in one state, -1 where it has none."""
        clock, place = self.clock(node, side), self._place
        inside = (clock >= 0) & (clock < place.shape[1])
        return np.where(inside, place[self.codes(node), np.where(inside, clock, 0)], -1)

    @cached_property
    def _place(self) -> np.ndarray:
        """(units, periods): where the table has a unit's row of a period, -1 where it has none."""
        data, units = self.fit.data, self.fit.design.units
        assert data.clock is not None
        code = {u: i for i, u in enumerate(units)}
        codes = np.zeros(data.rows, int) if data.units is None else np.array([code[str(u)] for u in data.units])
        place = np.full((self._units, int(data.clock.max()) + 1), -1)
        place[codes, data.clock] = np.arange(data.rows)
        return place

    @cached_property
    def explained(self) -> np.ndarray:
        """(rows of the table + 1,) which row of the likelihood each is, -1 for history and for no row (the last)."""
        found = np.full(self.fit.data.rows + 1, -1)
        rows = layout(self.fit.model, self.fit.data).rows
        found[rows] = np.arange(len(rows))
        return found
