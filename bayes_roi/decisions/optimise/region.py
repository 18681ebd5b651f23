"""The plans allowed, as a search has them, and the nearest of them to any other."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

HALVINGS = 100


@dataclass(frozen=True, eq=False)
class Region:
    r"""The plans allowed, in shares: $l \le x \le u$, $Ax \le b$, and $\sum x = $ `total` (or at most that).

    Parameters
    ----------
    low, high
        (variables,).
    total
        What the shares add up to; None where nothing limits them.
    exactly
        Whether they must add up to it; else it is the most.
    rows, most
        (limits, variables) and (limits,): A and b.
    least, greatest
        (channels,) between what the shares of each channel, one after the other, add up to; None where nothing limits
        them.
    """

    low: np.ndarray
    high: np.ndarray
    total: float | None = 1.0
    exactly: bool = True
    rows: np.ndarray = field(default_factory=lambda: np.zeros((0, 0)))
    most: np.ndarray = field(default_factory=lambda: np.zeros(0))
    least: np.ndarray | None = None
    greatest: np.ndarray | None = None

    def project(self, x: np.ndarray, metric: np.ndarray | None = None) -> np.ndarray:
        r"""Return the nearest plans (plans, variables) within bounds and totals; the limits A are not looked at.

        The distance is $\sum_i (y_i - x_i)^2 / d_i$ with the `metric` d (plans, variables), ones when None. They are x
        less a multiple of d, cut at the bounds; of a channel whose total binds less a multiple of its own.
        """
        d = np.ones_like(x) if metric is None else metric
        if self.least is not None:
            return self._by_channel(x, d)
        cut = np.clip(x, self.low, self.high)
        if self.total is None:
            return cut
        over = np.ones(len(x), bool) if self.exactly else cut.sum(axis=1) > self.total
        cut[over] = filled(x[over], d[over], self.low, self.high, np.full(int(over.sum()), self.total))
        return cut

    def _by_channel(self, x: np.ndarray, d: np.ndarray) -> np.ndarray:
        """Return the nearest plans where channels have totals: what is taken off all is found by halving."""
        assert self.least is not None
        channels = len(self.least)

        def cut(level: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
            y = np.clip(x - level[:, None] * d, self.low, self.high)
            return y, y.reshape(len(x), channels, -1).sum(axis=2)

        level = np.zeros(len(x))
        if self.total is not None:
            below, above = ((x - self.high) / d).min(axis=1), ((x - self.low) / d).max(axis=1)
            for _ in range(HALVINGS):
                level = 0.5 * (below + above)
                over = np.clip(cut(level)[1], self.least, self.greatest).sum(axis=1) > self.total
                below, above = np.where(over, level, below), np.where(over, above, level)
            level = level if self.exactly else np.maximum(level, 0.0)
        y, totals = cut(level)
        wanted = np.clip(totals, self.least, self.greatest)
        parts, each = (
            y.reshape(len(x), channels, -1),
            (x.reshape(len(x), channels, -1), d.reshape(len(x), channels, -1)),
        )
        ends = self.low.reshape(channels, -1), self.high.reshape(channels, -1)
        for c in range(channels):
            bound = np.flatnonzero(wanted[:, c] != totals[:, c])
            if bound.size:
                parts[bound, c] = filled(each[0][bound, c], each[1][bound, c], ends[0][c], ends[1][c], wanted[bound, c])
        return y


def filled(x: np.ndarray, d: np.ndarray, low: np.ndarray, high: np.ndarray, total: np.ndarray) -> np.ndarray:
    """Return x (plans, variables) less the multiple of d that makes them add up to `total` (plans,), cut at the bounds.

    The sum falls with the multiple along straight pieces between the points where a variable meets a bound.
    """
    breaks = np.concatenate([(x - high) / d, (x - low) / d], axis=1)
    order = np.argsort(breaks, axis=1)
    fall = np.take_along_axis(np.concatenate([d, -d], axis=1), order, axis=1).cumsum(axis=1)
    at = np.take_along_axis(breaks, order, axis=1)
    lost = np.concatenate([np.zeros((len(x), 1)), np.cumsum(fall[:, :-1] * np.diff(at, axis=1), axis=1)], axis=1)
    wanted = high.sum() - total
    last = np.clip((lost < wanted[:, None]).sum(axis=1) - 1, 0, at.shape[1] - 2)[:, None]
    here, steep, so_far = (np.take_along_axis(a, last, axis=1)[:, 0] for a in (at, fall, lost))
    level = here + np.where(steep > 0, (wanted - so_far) / np.where(steep > 0, steep, 1.0), 0.0)
    return np.clip(x - level[:, None] * d, low, high)
