"""Shapley values of a game that is a sum of small ones."""

from __future__ import annotations

from collections.abc import Collection

import numpy as np


def coalitions_within(sets: Collection[int], most: int) -> np.ndarray | None:
    """Return every coalition inside one of the sets, ascending; None where there are more than `most`.

    A coalition is a number: the players whose bits are set in it.
    """
    if sum(2 ** s.bit_count() for s in sets) > 2 * most:
        return None
    found = np.unique(np.concatenate([np.zeros(1, int), *(_inside(s) for s in sets)]))
    return found if len(found) <= most else None


def dividend_weights(coalitions: np.ndarray, players: int) -> np.ndarray:
    r"""Return the weights (players, coalitions) with which Shapley values are sums of what these coalitions are worth.

    $\phi_i = \sum_{S \ni i} d(S) / |S|$ with the dividends $d(S) = \sum_{T \subseteq S} (-1)^{|S| - |T|} v(T)$
    (Harsanyi 1963), where those of all other coalitions are zero. With each coalition all inside it must be there.

    Examples
    --------
    >>> dividend_weights(np.arange(4), 2) @ np.array([0.0, 3.0, 1.0, 6.0])
    array([4., 2.])
    """
    weights = np.zeros((players, len(coalitions)))
    for s in coalitions.tolist():
        inside = _inside(s)
        size = s.bit_count()
        sign = np.where((size - np.bitwise_count(inside)) % 2, -1.0, 1.0)
        members = np.array([i for i in range(players) if s >> i & 1], int)
        if size:
            weights[np.ix_(members, np.searchsorted(coalitions, inside))] += sign / size
    return weights


def _inside(s: int) -> np.ndarray:
    """Return every coalition of the players of one."""
    found = np.zeros(1, int)
    for bit in (1 << i for i in range(s.bit_length()) if s >> i & 1):
        found = np.concatenate([found, found | bit])
    return found
