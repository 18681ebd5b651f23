"""Transitions between the last few channels of a journey, its start, its conversion and its end without one."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from bayes_roi.journeys.counts.path_types import PathTypes

AT_ONCE = 200_000
"""Path types whose steps are held at once."""


@dataclass(frozen=True, eq=False)
class Transitions:
    """How often each history was followed by each channel, a conversion or nothing.

    Parameters
    ----------
    channels
        Their names: the next steps 0 to K - 1; K is a conversion, K + 1 the end without one.
    order
        Touches that a history has.
    histories
        The last touches (histories, order), the latest last, K where the journey had not begun; ascending, the start
        last.
    counts
        (histories, K + 2).
    """

    channels: tuple[str, ...]
    order: int
    histories: np.ndarray
    counts: np.ndarray

    @property
    def keys(self) -> np.ndarray:
        """Each history as one number, ascending."""
        return keyed(self.histories, len(self.channels))

    def follows(self) -> np.ndarray:
        """Return the position (histories, K) of the history that each has after each channel, -1 where it never was."""
        k, keys = len(self.channels), self.keys
        after = keys[:, None] % (k + 1) ** (self.order - 1) * (k + 1) + np.arange(k)
        at = np.minimum(np.searchsorted(keys, after), len(keys) - 1)
        return np.where(keys[at] == after, at, -1)


def keyed(histories: np.ndarray, channels: int) -> np.ndarray:
    """Return histories (..., order) as numbers in base K + 1."""
    return histories @ (channels + 1) ** np.arange(histories.shape[-1])[::-1]


def transitions(paths: PathTypes, order: int = 1) -> Transitions:
    """Return the transitions of journeys, of an order.

    >>> one = np.ones(1)
    >>> walk = PathTypes(("a", "b"), np.array([0, 1, 0]), np.array([0, 3]), one, one, one, one, np.zeros(3))
    >>> transitions(walk).counts.astype(int).tolist()  # after a, after b, at the start: to a, to b, converted, ended
    [[0, 1, 1, 0], [1, 0, 0, 0], [1, 0, 0, 0]]
    """
    k = len(paths.channels)
    table = np.zeros((k + 1) ** order * (k + 2))
    for start in range(0, len(paths), AT_ONCE):
        some = paths.taken(np.arange(start, min(start + AT_ONCE, len(paths))))
        state, step, often = _steps(some, order)
        table += np.bincount(state * (k + 2) + step, often, len(table))
    counts = table.reshape(-1, k + 2)
    keys = np.flatnonzero(counts.any(axis=1))
    histories = keys[:, None] // (k + 1) ** np.arange(order)[::-1] % (k + 1)
    return Transitions(paths.channels, order, histories, counts[keys])


def _steps(paths: PathTypes, order: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the history before each step as a number, the step, and how often it was taken."""
    k, codes, place = len(paths.channels), paths.codes.astype(np.int64), paths.place
    before = np.full((len(codes), order), k)
    for lag in range(1, order + 1):
        there = np.flatnonzero(place >= lag)
        before[there, order - lag] = codes[there - lag]
    earlier = keyed(before, k)
    ends = paths.starts[1:] - 1
    last = earlier[ends] % (k + 1) ** (order - 1) * (k + 1) + codes[ends]
    state = np.concatenate([earlier, last, last])
    step = np.concatenate([codes, np.full(len(ends), k), np.full(len(ends), k + 1)])
    often = np.concatenate([paths.journeys[paths.owner], paths.conversions, paths.journeys - paths.conversions])
    return state, step, often
