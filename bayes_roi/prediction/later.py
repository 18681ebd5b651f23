"""What came after an origin."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from bayes_roi.inference.fit import Fit
from bayes_roi.panel import Panel
from bayes_roi.queries.horizon.history import History


@dataclass(frozen=True, eq=False)
class Later:
    """What came after an origin, by unit and period, of the units that a fit goes on with."""

    fit: Fit
    data: Panel
    origin: int
    horizon: int

    @property
    def units(self) -> tuple[str, ...]:
        going = History(self.fit, 1, 1).open
        return tuple(np.asarray(self.fit.design.units)[going].tolist()) if self.fit.design.units else ("",)

    @property
    def labels_before(self) -> np.ndarray:
        assert self.fit.data.periods is not None
        return np.unique(self.fit.data.periods)

    def grid(self, node: str, *, filled: bool = True) -> np.ndarray:
        """Return a node (units, periods) as it came; rows that are not there as in the last of the unit, or NaN."""
        found = np.full((len(self.units), self.horizon), np.nan)
        values, clock = self.data.columns[node], self.data.clock
        assert clock is not None
        for u, own in enumerate(self._of_units()):
            there = own & (clock > self.origin) & (clock <= self.origin + self.horizon)
            found[u, clock[there] - self.origin - 1] = values[there]
            if filled and np.isnan(found[u]).any():
                before = values[own & (clock <= self.origin)]
                found[u, np.isnan(found[u])] = before[-1]
        return found

    def labelled(self, node: str) -> np.ndarray:
        """Return the same with the labels of a category."""
        values, levels = self.grid(node), self.data.levels.get(node)
        return values if levels is None else np.array(levels)[values.astype(int)]

    def series(self, node: str, *, ahead: int = 0) -> np.ndarray:
        """Return a node (units, time) up to the origin and some periods ahead of it; NaN where a unit has no row."""
        clock = self.data.clock
        assert clock is not None
        found = np.full((len(self.units), self.origin + 1 + ahead), np.nan)
        for u, own in enumerate(self._of_units()):
            there = own & (clock <= self.origin + ahead)
            found[u, clock[there]] = self.data.columns[node][there]
        return found

    def _of_units(self) -> list[np.ndarray]:
        labels = self.data.units
        return [np.ones(self.data.rows, bool) if labels is None else labels.astype(str) == u for u in self.units]
