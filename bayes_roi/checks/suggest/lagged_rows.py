"""Rows that a search sees: what trend and season leave of the columns, each beside its earlier values."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import ndtri
from scipy.stats import rankdata

from bayes_roi.panel import Panel

SEASONS = {"day": ((7.0, 3), (365.25, 2)), "week": ((52.18, 2),), "month": ((12.0, 2),), "quarter": ((4.0, 1),)}
"""Length in rows and order of the seasons that are taken out, by frequency; none that is longer than the table."""


@dataclass(frozen=True, eq=False)
class LaggedRows:
    """Rows beside their past.

    Parameters
    ----------
    values
        (rows, lags x nodes), normal scores; column lag x nodes + node has the node so many periods before.
    runs
        (rows,), the number of the unit and stretch without gaps in which a row stands: blocks do not cross it.
    seasons
        How many waves were taken out.
    """

    values: np.ndarray
    runs: np.ndarray
    seasons: int

    def resampled(self, rng: np.random.Generator, length: float) -> np.ndarray:
        r"""Return as many rows in blocks of geometric length (the stationary bootstrap, Politis and Romano 1994).

        Each next row follows the one before with probability $1 - 1 / \text{length}$, where it has one that follows.
        """
        rows = len(self.values)
        follows = np.append(self.runs[1:] == self.runs[:-1], False)
        starts, stops = rng.integers(rows, size=rows), rng.random(rows) < 1 / length
        at = np.empty(rows, np.int64)
        at[0] = starts[0]
        for i in range(1, rows):
            before = at[i - 1]
            at[i] = starts[i] if stops[i] or not follows[before] else before + 1
        return self.values[at]


def lagged_rows(panel: Panel, names: tuple[str, ...], max_lag: int) -> LaggedRows:
    """Return the columns of a panel without trend and season, in normal scores, beside their values at each lag.

    Time terms are taken out by least squares, a trend and a level of each unit; of exchangeable rows the mean. Rows
    whose past or present has a value that is missing are left out.
    """
    units = np.zeros(panel.rows, np.int64) if panel.units is None else np.unique(panel.units, return_inverse=True)[1]
    clock = np.arange(panel.rows) if panel.clock is None else panel.clock
    raw = np.column_stack([panel.columns[name] for name in names])
    whole = np.isfinite(raw).all(axis=1)
    raw, units, clock = raw[whole], units[whole], clock[whole]
    basis, seasons = _time_terms(clock, units, panel.frequency)
    left = raw - basis @ np.linalg.lstsq(basis, raw, rcond=None)[0]
    scores = ndtri((rankdata(left, axis=0) - 0.5) / len(left))
    near = (units[1:] == units[:-1]) & (clock[1:] == clock[:-1] + 1)
    runs = np.concatenate([[0], np.cumsum(~near)]) if len(raw) else np.zeros(0, np.int64)
    now = np.arange(max_lag, len(raw))
    now = now[runs[now] == runs[now - max_lag]]
    return LaggedRows(np.hstack([scores[now - lag] for lag in range(max_lag + 1)]), runs[now], seasons)


def _time_terms(clock: np.ndarray, units: np.ndarray, frequency: str | None) -> tuple[np.ndarray, int]:
    """Return a level and a trend of each unit and waves of the seasons, (rows, terms), and how many waves they are."""
    own = (units[:, None] == np.unique(units)).astype(float)
    if frequency is None:
        return own, 0
    span = max(float(np.ptp(clock)), 1.0) if len(clock) else 1.0
    waves = [
        wave(2 * np.pi * k * clock / period)
        for period, order in SEASONS.get(frequency, ())
        if period < span
        for k in range(1, order + 1)
        for wave in (np.sin, np.cos)
    ]
    return np.column_stack([own, own * (clock / span)[:, None], *waves]), len(waves)
