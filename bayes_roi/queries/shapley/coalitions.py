"""Shapley values: the shares of players in what their coalitions are worth."""

from __future__ import annotations

from collections.abc import Iterator
from math import comb

import numpy as np

EXACT_PLAYERS = 12
"""The most players whose coalitions (two to their power) are all asked."""


def coalition_weights(players: int) -> np.ndarray:
    r"""Return the weights (players, 2**players) with which Shapley values are sums of what coalitions are worth.

    $\phi_i = \sum_{S \not\ni i} \frac{|S|! (n - |S| - 1)!}{n!} (v(S \cup i) - v(S))$ (Shapley 1953). Coalition s holds
    the players whose bits are set in s, so that values may be added up coalition by coalition and none need be kept.

    Examples
    --------
    >>> worth = np.array([0.0, 3.0, 1.0, 6.0])  # of nobody, the first, the second, both
    >>> (coalition_weights(2) @ worth).tolist()
    [4.0, 2.0]
    """
    coalitions = np.arange(2**players)
    member = (coalitions >> np.arange(players)[:, None]) & 1
    size = member.sum(axis=0)
    joining = np.array([1 / (players * comb(players - 1, k)) for k in range(players)])
    return np.where(member == 1, joining[np.maximum(size - 1, 0)], -joining[np.minimum(size, players - 1)])


def orders(players: int, rng: np.random.Generator) -> Iterator[np.ndarray]:
    """Yield orders in which players join, without end, each followed by its reverse.

    Over uniformly drawn orders the mean of what each player adds when it joins is its Shapley value; reversed pairs
    take away most of the noise where players interact in pairs (Mitchell et al. 2022, section 4.1).
    """
    while True:
        order = rng.permutation(players)
        yield order
        yield order[::-1]
