"""Shapley values: the shares of players in what their coalitions achieve; exact, by dividends, or over sampled orders.

A coalition is a number, the players whose bits are set in it; a game is a function from coalitions to values (...,).
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from math import comb

import numpy as np

from bayes_roi.mechanisms.arrays import Array

Game = Callable[[int], Array]
"""From a coalition to its value (...,)."""
EXACT_PLAYERS = 12
"""The most players whose coalitions (two to their power) are all asked."""


def coalition_weights(players: int) -> np.ndarray:
    r"""Return the weights (players, 2**players) with which Shapley values are sums of the values of coalitions.

    $\phi_i = \sum_{S \not\ni i} \frac{|S|! (n - |S| - 1)!}{n!} (v(S \cup i) - v(S))$ (Shapley 1953). Values may be
    added up coalition by coalition, so that none need be kept.

    Examples
    --------
    >>> values = np.array([0.0, 3.0, 1.0, 6.0])  # of nobody, the first, the second, both
    >>> (coalition_weights(2) @ values).tolist()
    [4.0, 2.0]
    """
    coalitions = np.arange(2**players)
    member = (coalitions >> np.arange(players)[:, None]) & 1
    size = member.sum(axis=0)
    joining = np.array([1 / (players * comb(players - 1, k)) for k in range(players)])
    return np.where(member == 1, joining[np.maximum(size - 1, 0)], -joining[np.minimum(size, players - 1)])


def exact(game: Game, players: int) -> np.ndarray:
    """Return the Shapley values (..., players) of a game, every coalition asked once."""
    return weighted(game, range(2**players), coalition_weights(players))


def weighted(game: Game, coalitions: Collection[int], weights: np.ndarray) -> np.ndarray:
    """Return sums (..., players) of the values of coalitions, by weights (players, coalitions)."""
    each = zip(coalitions, weights.T, strict=True)
    return np.asarray(sum(np.multiply.outer(game(coalition), w) for coalition, w in each))


def coalitions_within(sets: Collection[int], most: int) -> np.ndarray | None:
    """Return every coalition inside one of the sets, ascending; None where there are more than `most`."""
    if sum(2 ** s.bit_count() for s in sets) > 2 * most:
        return None
    found = np.unique(np.concatenate([np.zeros(1, int), *(_inside(s) for s in sets)]))
    return found if len(found) <= most else None


def dividend_weights(coalitions: np.ndarray, players: int) -> np.ndarray:
    r"""Return the weights (players, coalitions) of a game that is a sum of small ones, inside these coalitions.

    $\phi_i = \sum_{S \ni i} d(S) / |S|$ with the dividends $d(S) = \sum_{T \subseteq S} (-1)^{|S| - |T|} v(T)$
    (Harsanyi 1963), where those of all other coalitions are zero. With each coalition all inside it must be there.

    Examples
    --------
    >>> dividend_weights(np.arange(4), 2) @ np.array([0.0, 3.0, 1.0, 6.0])
    array([4., 2.])
    """
    return dividend_shares(coalitions, players) @ dividends(coalitions)


def dividends(coalitions: np.ndarray) -> np.ndarray:
    r"""Return the weights (coalitions, coalitions) with which dividends are sums of values.

    $d(S) = \sum_{T \subseteq S} (-1)^{|S| - |T|} v(T)$. With each coalition all inside it must be there.

    >>> dividends(np.arange(4)) @ np.array([0.0, 3.0, 1.0, 6.0])  # of nobody, the first, the second, what both add
    array([0., 3., 1., 2.])
    """
    odd = np.bitwise_count(coalitions).astype(np.int8) % 2
    sign = 1 - 2 * (odd[:, None] ^ odd)
    return ((coalitions[:, None] & coalitions) == coalitions) * sign  # in bytes: there may be thousands of coalitions


def dividend_shares(coalitions: np.ndarray, players: int) -> np.ndarray:
    """Return the share (players, coalitions) that each player has in the dividend of a coalition: alike for all."""
    member = (coalitions >> np.arange(players)[:, None]) & 1
    return np.asarray(member / np.maximum(np.bitwise_count(coalitions), 1))


def orders(players: int, rng: np.random.Generator) -> Iterator[np.ndarray]:
    """Yield orders in which players join, without end, each followed by its reverse.

    Over uniformly drawn orders the mean of what each player adds when it joins is its Shapley value; reversed pairs
    take away most of the noise where players interact in pairs (Mitchell et al. 2022, section 4.1).
    """
    while True:
        order = rng.permutation(players)
        yield order
        yield order[::-1]


def joining(order: np.ndarray) -> Iterator[tuple[int, int, int]]:
    """Yield each player of an order with the coalition that it joins and the one that it makes.

    >>> list(joining(np.array([1, 0])))
    [(1, 0, 2), (0, 2, 3)]
    """
    before = 0
    for player in order.tolist():
        after = before | 1 << player
        yield player, before, after
        before = after


def added(game: Game, order: np.ndarray) -> np.ndarray:
    """Return what each player adds (..., players) when they join in an order; every coalition is asked once."""
    found: list[Array] = [0.0] * len(order)
    value = game(0)
    for player, _, after in joining(order):
        now = game(after)
        found[player], value = now - value, now
    return np.stack(found, axis=-1)


def _inside(s: int) -> np.ndarray:
    """Return every coalition of the players of one."""
    found = np.zeros(1, int)
    for bit in (1 << i for i in range(s.bit_length()) if s >> i & 1):
        found = np.concatenate([found, found | bit])
    return found
