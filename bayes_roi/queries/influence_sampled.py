"""Influence of any model: Shapley values of variances, block by block, exact where a block allows it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from bayes_roi.inference.fit import Fit
from bayes_roi.mechanisms.arrays import CELLS, Array
from bayes_roi.model.additive import additive_blocks
from bayes_roi.model.conditional import Conditional
from bayes_roi.model.forward import Parameters
from bayes_roi.model.model import Model
from bayes_roi.queries.evaluated import Evaluated, carry_of, long_series, taken, time_pieces
from bayes_roi.queries.influence_linear import variance_of_noise
from bayes_roi.queries.lattice import points
from bayes_roi.queries.noise_sources import Observed, Source, Sources, reach
from bayes_roi.queries.shapley import coalition_weights, orders

REPEATS = 8
"""Sets of samples, each of its own: how their answers differ tells the Monte-Carlo error."""
FIRST_SAMPLES, MOST_SAMPLES = 128, 2**15
"""Samples of every source in one repeat."""
FEW_PLAYERS = 5
"""The most players of one block whose coalitions are all asked; beyond, they join in random orders."""
MIDDLE = 0.5
MEMORY = 2**27
"""Bytes that the values of one part of the draws may take."""


@dataclass(frozen=True, eq=False)
class Noise:
    """Noise of a node by period before the row: uniforms to draw it from, or the standardised noise itself."""

    u: np.ndarray | None = None
    z: np.ndarray | None = None


Choice = np.ndarray | Noise
"""Of values: positions of atoms (draws or 1, samples). Of time terms: positions of rows (1, samples). Of noise: of each
period before, (offsets, samples)."""


class Resampled(Evaluated):
    """Rows in which each source comes from a choice of its own; a source without one stays at its reference."""

    def __init__(
        self,
        world: World,
        part: slice,
        choices: Mapping[Source, tuple[Choice, Choice]],
        bits: Mapping[Source, int],
    ) -> None:
        self.world, self.choices, self.bits = world, choices, bits
        at_node: dict[str, int] = {}
        for s, bit in bits.items():
            at_node[s.node] = at_node.get(s.node, 0) | bit
        super().__init__(world.fit, world.parameters(part), at_node)
        self.tables: dict[Source, Array] = {}

    def _choice(self, source: Source, mask: int) -> Choice | None:
        if source not in self.choices:
            return None
        return self.choices[source][0 if mask & self.bits[source] else 1]

    def observed(self, node: str, offset: int, mask: int) -> Array:
        source, law = Source(node, "values"), self.world.laws[node]
        at = self._choice(source, mask)
        place = np.zeros((1, 1), int) if at is None else at
        assert isinstance(place, np.ndarray)
        if law.rows is None:
            assert law.values is not None
            return law.values[place]
        if source not in self.tables:
            self.tables[source] = long_series(self.fit, node, self.parameters)
        return taken(self.tables[source], len(carry_of(self.fit, node)) + law.rows[place] - offset)

    def base(self, node: str, offset: int, mask: int) -> Array:
        source = Source(node, "time")
        if source not in self.bits and source not in self.world.timed:
            return self.intercept(node)
        if source not in self.tables:
            self.tables[source] = time_pieces(self.fit, node, self.parameters)
        at = self._choice(source, mask)
        place = self.world.inside[:1][None] if at is None else at
        # Rows before the first have the time terms of the first: that matters to lags of what moves with time alone.
        return self.intercept(node) + taken(self.tables[source], np.asarray(place) - offset)

    def response(self, node: str, offset: int, mask: int, law: Conditional) -> Array:
        return law.respond(self.noise(node, offset, mask, law))

    def noise(self, node: str, offset: int, mask: int, law: Conditional) -> Array:
        """Return the standardised noise of a node (draws or 1, samples)."""
        choice = self._choice(Source(node, "noise"), mask)
        if choice is None:
            return law.family.noise(np.full((1, 1), MIDDLE), law.parameters)
        assert isinstance(choice, Noise)
        if choice.z is not None:
            return choice.z[offset][None]
        assert choice.u is not None
        return self.noise_from(node, offset, choice.u, law)


@dataclass(frozen=True, eq=False)
class World:
    """A fit with the sources of a target and their laws.

    Parameters
    ----------
    fit, sources, laws
        What is asked, and node -> the observed law of each node without an equation.
    inside
        Positions of the rows of the window.
    seed
        Of everything that is drawn.
    """

    fit: Fit
    sources: Sources
    laws: Mapping[str, Observed]
    inside: np.ndarray
    seed: int

    @property
    def model(self) -> Model:
        return self.fit.model

    @property
    def draws(self) -> int:
        return self.fit.chains * self.fit.draws

    @cached_property
    def timed(self) -> frozenset[Source]:
        """The sources that are terms of time."""
        return frozenset(s for s in self.sources.sources if s.kind == "time")

    @cached_property
    def reach(self) -> dict[str, int]:
        return reach(self.model, self.sources.target)

    @cached_property
    def weights(self) -> dict[str, np.ndarray]:
        """Node without an equation -> (draws, atoms) weights."""
        nodes = enumerate(self.laws)
        return {n: self.laws[n].weights(self.draws, np.random.default_rng([self.seed, 1, i])) for i, n in nodes}

    @cached_property
    def bends(self) -> frozenset[str]:
        """The spends that are cut off at zero."""
        return frozenset(self.model.equation) & self.model.spends

    def parameters(self, part: slice) -> Parameters:
        return {name: values[part] for name, values in self.fit.parameters.items()}

    def cells(self, players: int) -> int:
        """Return how many cells of a node can be worked on at once, while those of all coalitions are kept."""
        coalitions = 2**players if players <= FEW_PLAYERS else 2 * players
        kept = coalitions * sum(back + 1 for back in self.reach.values())
        return max(min(CELLS, MEMORY // (8 * kept)), 1)

    def parts(self, cells: int, size: int = CELLS) -> list[slice]:
        """Return parts of the draws, with about `size` cells of `cells` a draw."""
        step = max(size // max(cells, 1), 1)
        return [slice(i, min(i + step, self.draws)) for i in range(0, self.draws, step)]

    def blocks(self) -> list[tuple[Source, ...]]:
        """Return the sets of sources that the target is a sum over, in the order of the sources."""
        found = additive_blocks(self.model, self.sources.target, self.sources.by_node(), bends=self.bends)
        return [tuple(s for s in self.sources.sources if str(s) in names) for names in sorted(found, key=sorted)]


def exact_part(world: World, block: Sequence[Source]) -> np.ndarray | None:
    """Return the variance (draws,) of a block of one source, where it needs no samples; else None."""
    if len(block) > 1:
        return None
    (source,) = block
    if source.kind == "noise":
        return _of_noise(world, source) if _affine(world, source.node) else None
    count = len(world.inside) if source.kind == "time" else len(world.laws[source.node].group)
    at = world.inside[None] if source.kind == "time" else np.arange(count)[None]
    found = np.zeros(world.draws)
    for part in world.parts(count):
        y = Resampled(world, part, {source: (at, at)}, {source: 1}).value(world.sources.target)
        weights = np.full((1, count), 1 / count) if source.kind == "time" else world.weights[source.node][part]
        found[part] = weighted_variance(y, weights)
    return found


def weighted_variance(y: Array, weights: np.ndarray) -> np.ndarray:
    """Return the variance (draws,) of values under weights that sum to one, both (draws or 1, atoms)."""
    y = y - y.mean(axis=-1, keepdims=True)  # no digits are lost
    return np.asarray((weights * y**2).sum(axis=-1) - (weights * y).sum(axis=-1) ** 2)


def _of_noise(world: World, source: Source) -> np.ndarray:
    r"""Return the variance (draws,) of noise that enters affinely: $\sum_{o, o'} g_o g_{o'} Cov(e_{t-o}, e_{t-o'})$.

    g is what a unit of noise o periods before adds, found by adding one.
    """
    node, offsets = source.node, world.reach[source.node] + 1
    step = Noise(z=np.concatenate([np.zeros((offsets, 1)), np.eye(offsets)], axis=1))
    (whole,) = [slice(0, world.draws)]
    y = Resampled(world, whole, {source: (step, step)}, {source: 1}).value(world.sources.target)
    effect = y[:, 1:] - y[:, :1]
    own = world.fit.parameters
    scale = own.get(f"{node}.sigma", np.ones(world.draws))
    spread = variance_of_noise(world.fit, node) / scale**2 * np.ones(world.draws)
    if (rho := own.get(f"{node}.autocorrelation")) is None:
        return spread * (effect**2).sum(axis=-1)
    apart = np.abs(np.subtract.outer(np.arange(offsets), np.arange(offsets)))
    hang = rho[:, None, None] ** apart / (1 - rho[:, None, None] ** 2)
    return spread * np.einsum("di,dij,dj->d", effect, hang, effect)


def _affine(world: World, node: str) -> bool:
    """Whether the target is an affine function of a node's noise, all else held."""
    model, target = world.model, world.sources.target
    graph = model.computation
    moved = graph.descendants([node]) & graph.ancestors([target])
    if moved & world.bends or model.family(node).link_name != "identity" or model.family(node).link_noise is None:
        return False
    for child in moved - {node}:
        varying = moved & set(graph.parents[child])
        if child in model.identity:
            if any(not model.identity[child].affine_in(p, varying) for p in varying):
                return False
            continue
        if model.family(child).link_name != "identity":
            return False
        if any(not t.affine_in(p, varying) for t in model.terms(child) for p in t.parents if p in varying):
            return False
    return True


def sampled_part(world: World, block: Sequence[Source], samples: int, seed: Sequence[int]) -> np.ndarray:
    """Return each player's part of the variance of a block, (draws, players of the block), from one set of samples.

    The same uniforms serve all draws, so that what differs from draw to draw is their parameters: Monte-Carlo error
    moves the draws together, and is told from repeat to repeat.
    """
    names = players_of(world, block)
    rng = np.random.default_rng([world.seed, 2, *seed])
    sizes = [world.reach[s.node] + 1 if s.kind == "noise" else 1 for s in block]
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
    worth = (1.0 - 2.0 * odd) @ square
    return np.asarray((coalition_weights(players) @ (worth - worth[0])).T)


def _joining(players: int, rng: np.random.Generator) -> Callable[[Ask, int], np.ndarray]:
    """Return Shapley values (draws, players) from one order in which players join, and its reverse."""
    order = next(orders(players, rng))

    def game(ask: Ask, players: int) -> np.ndarray:
        full = ask(2**players - 1)
        found = np.zeros((len(full), players))
        for way in (order, order[::-1]):
            before, mask = np.zeros(len(full)), 0
            for player in way.tolist():
                mask |= 1 << player
                now = _covariance(full, ask(mask))
                found[:, player] += 0.5 * (now - before)
                before = now
        return found

    return game


def _covariance(a: Array, b: Array) -> np.ndarray:
    middle = 0.5 * (a.mean(axis=-1, keepdims=True) + b.mean(axis=-1, keepdims=True))
    return ((a - middle) * (b - middle)).mean(axis=-1)
