"""Variance of a part of the outcome that several sources move: Shapley values by mixing two samples (pick-freeze)."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence

import numpy as np

from bayes_roi.mechanisms.arrays import Array
from bayes_roi.queries.influence.noise_sources import Source
from bayes_roi.queries.influence.resampled import FEW_PLAYERS, Choice, Noise, Resampled, World
from bayes_roi.queries.quasi_random import points
from bayes_roi.queries.shapley import added, coalition_weights, orders

REPEATS = 8
"""Sets of samples, each of its own: how their answers differ tells the Monte-Carlo error."""
FIRST_SAMPLES, MOST_SAMPLES = 128, 2**15
"""Samples of every source in one repeat."""


def sampled_part(world: World, block: Sequence[Source], samples: int, seed: Sequence[int]) -> np.ndarray:
    """Return each player's part of the variance of a block, (draws, players of the block), from one set of samples.

    The same uniforms serve all draws, so that what differs from draw to draw is their parameters: Monte-Carlo error
    moves the draws together, and is told from repeat to repeat.
    """
    names = players_of(world, block)
    if len(names) > FEW_PLAYERS and samples > FIRST_SAMPLES:  # more orders, each with samples of its own
        sets = range(samples // FIRST_SAMPLES)
        return np.mean([sampled_part(world, block, FIRST_SAMPLES, (*seed, i)) for i in sets], axis=0)
    rng = np.random.default_rng([world.seed, 2, *seed])
    sizes = [world.lags[s.node] + 1 if s.kind == "noise" else 1 for s in block]
    arms = 1 if len(names) == 1 else 2
    u = points(samples, arms * sum(sizes), rng).T
    cuts = np.split(u, np.cumsum(arms * sizes)[:-1])
    bits = {s: 1 << names.index(world.sources.players[s]) for s in block}
    game = _one if arms == 1 else _all_coalitions if len(names) <= FEW_PLAYERS else _joining(len(names), rng)
    found = []
    for part in world.parts(samples, world.cells(len(names))):
        made = [_choice(world, s, part, cut) for s, cut in zip([*block] * arms, cuts, strict=True)]
        choices = {s: (made[i], made[i + len(block) * (arms - 1)]) for i, s in enumerate(block)}
        rows = Resampled(world, part, choices, bits)
        shape = (len(range(*part.indices(world.draws))), samples)

        def ask(mask: int, rows: Resampled = rows, shape: tuple[int, int] = shape) -> Array:
            return np.broadcast_to(rows.value(world.sources.target, 0, mask), shape)

        found.append(game(ask, len(names)))
    return np.concatenate(found)


def players_of(world: World, block: Collection[Source]) -> tuple[str, ...]:
    """Return the players that have a source in a block."""
    own = {world.sources.players[s] for s in block}
    return tuple(n for n in world.sources.names if n in own)


def _choice(world: World, source: Source, part: slice, u: np.ndarray) -> Choice:
    """Return what uniforms (offsets, samples) choose of a source."""
    if source.kind == "noise":
        return Noise(u=u)
    if source.kind == "time":
        return world.inside[(u * len(world.inside)).astype(int)]
    return drawn(world.weights[source.node][part], u)


def drawn(weights: np.ndarray, u: np.ndarray) -> np.ndarray:
    """Return positions (draws, samples) that uniforms (1, samples) draw by weights (draws, atoms)."""
    below = np.cumsum(weights, axis=-1)
    below /= below[:, -1:]
    apart = np.arange(len(below))[:, None]
    at = np.searchsorted((below + apart).ravel(), (u + apart).ravel(), side="right").reshape(len(below), -1)
    return np.clip(at - apart * below.shape[1], 0, below.shape[1] - 1)


Ask = Callable[[int], Array]
"""From players, as bits, to the target (draws, samples) with their sources from the first samples, all other from the
second."""


def _one(ask: Ask, players: int) -> np.ndarray:
    return ask(1).var(axis=-1)[:, None]


def _all_coalitions(ask: Ask, players: int) -> np.ndarray:
    r"""Return Shapley values (draws, players) from all $2^k$ mixtures of two samples.

    $v(S) = Cov(Y_T, Y_{T'})$ for every pair of mixtures that share the sources of S and no other (Janon et al. 2014;
    Janzing et al. 2024, equation 6), on average over the pairs: an autocorrelation over the cube of mixtures, which the
    Walsh-Hadamard transform turns into squares.
    """
    y = np.stack([ask(mask) for mask in range(2**players)])
    for i in range(players):
        y = y.reshape(2 ** (players - 1 - i), 2, 2**i, *y.shape[-2:])
        y = np.stack([y[:, 0] + y[:, 1], y[:, 0] - y[:, 1]], axis=1)
    square = (y.reshape(2**players, *y.shape[-2:]) ** 2).mean(axis=-1) / 4**players
    sets = np.arange(2**players)
    odd = np.array([[(a & ~s).bit_count() & 1 for a in sets.tolist()] for s in sets.tolist()])
    values = (1.0 - 2.0 * odd) @ square
    return np.asarray((coalition_weights(players) @ (values - values[0])).T)


def _joining(players: int, rng: np.random.Generator) -> Callable[[Ask, int], np.ndarray]:
    """Return Shapley values (draws, players) from one order in which players join, and its reverse."""
    order = next(orders(players, rng))

    def game(ask: Ask, players: int) -> np.ndarray:
        full = ask(2**players - 1)

        def shared(coalition: int) -> np.ndarray:
            return _covariance(full, ask(coalition)) if coalition else np.zeros(len(full))

        return 0.5 * (added(shared, order) + added(shared, order[::-1]))

    return game


def _covariance(a: Array, b: Array) -> np.ndarray:
    middle = 0.5 * (a.mean(axis=-1, keepdims=True) + b.mean(axis=-1, keepdims=True))
    return ((a - middle) * (b - middle)).mean(axis=-1)
