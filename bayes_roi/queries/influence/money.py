"""What each node brings in to the mean outcome, in money."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import islice

import numpy as np

from bayes_roi.inference.fit import Fit, thinned
from bayes_roi.mechanisms.arrays import CELLS
from bayes_roi.mechanisms.uniforms import uniforms
from bayes_roi.model.language.edges import lags_to
from bayes_roi.model.law.additive import additive_blocks
from bayes_roi.model.law.exact_means import mean_is_exact
from bayes_roi.model.rows.design import Design
from bayes_roi.model.rows.during import During
from bayes_roi.numbers import number, plain
from bayes_roi.queries.influence.linear import is_linear
from bayes_roi.queries.influence.noise_sources import NoiseSources
from bayes_roi.queries.influence.switched import Switched
from bayes_roi.queries.shapley import EXACT_PLAYERS, added, exact, orders

FIRST_REPEATS, MOST_REPEATS = 3, 48
ORDERS = 32
"""Orders in which the players of a block join, where they are too many for all coalitions."""
CELLS_IN_ALL = 5.0e8
FEWEST = 400
MEANING = (
    "money that is there because a node takes the values it has instead of zero: for a node with an equation its own "
    "base, what is left of it when its causes are zero; zero of an index such as demand may mean nothing"
)


@dataclass(frozen=True, eq=False)
class MeanGame:
    """The mean of value x outcome over rows, for any set of players.

    Parameters
    ----------
    fit, sources
        What is asked.
    inside, value
        Positions of the rows, and money per unit of the outcome in each.
    seed
        Of the noise.
    """

    fit: Fit
    sources: NoiseSources
    inside: np.ndarray
    value: np.ndarray
    seed: int

    @cached_property
    def parts_of(self) -> dict[str, str]:
        """Node that can be switched off -> its player: those without an equation, and those of an identity link."""
        model = self.fit.model
        player = {s.node: p for s, p in self.sources.players.items()}
        pairs = {str(c) for c in model.confounding}
        return {
            n: p
            for n, p in player.items()
            if n not in pairs and (n not in model.equation or model.family(n).link_name == "identity")
        }

    @cached_property
    def bits(self) -> dict[str, int]:
        return {n: 1 << self.sources.names.index(p) for n, p in self.parts_of.items()}

    @cached_property
    def lags(self) -> dict[str, int]:
        return lags_to(self.fit.model, self.sources.target)

    @cached_property
    def nonlinear(self) -> frozenset[str]:
        return frozenset(self.fit.model.equation) & self.fit.model.spends & frozenset(self.lags)

    @cached_property
    def exact(self) -> bool:
        """Whether conditional means carry the expectation."""
        return not self.nonlinear and mean_is_exact(self.fit.model, frozenset(), frozenset([self.sources.target]))

    @cached_property
    def blocks(self) -> list[list[int]]:
        """The players, by number, of each set of which the mean is a sum."""
        found = additive_blocks(
            self.fit.model, self.sources.target, {n: [p] for n, p in self.parts_of.items()}, nonlinear=self.nonlinear
        )
        return [sorted(self.sources.names.index(p) for p in names) for names in sorted(found, key=sorted)]

    @property
    def rest(self) -> int:
        """The player that what is left with everything switched off goes to: the last node with another link."""
        model = self.fit.model
        player = {s.node: p for s, p in self.sources.players.items()}
        bent = [n for n in player if n in model.equation and model.family(n).link_name != "identity"]
        owner = player.get(self.sources.target, self.sources.names[-1])
        return self.sources.names.index(player[bent[-1]] if bent else owner)

    def coalition_value(self, repeat: int, flip: bool) -> np.ndarray:
        """Return each player's part (draws, players), and in the last column the mean itself."""
        count, rows = self.fit.chains * self.fit.draws, len(self.inside)
        u = None if self.exact else self._uniforms(repeat, flip)
        kept = (len(self.fit.model.nodes) + sum(self.lags.values())) * sum(2 ** min(len(b), 6) for b in self.blocks)
        step = max(min(CELLS, 2**24 // kept) // rows, 1)
        return np.concatenate([self._of_part(slice(i, min(i + step, count)), u) for i in range(0, count, step)])

    def _uniforms(self, repeat: int, flip: bool) -> dict[str, np.ndarray]:
        nodes = [n for n in self.fit.model.computation.order if n in self.lags and n in self.fit.model.equation]
        found = {}
        for i, n in enumerate(nodes):
            rng = np.random.default_rng([self.seed, 3, repeat, i])
            u = uniforms(rng, (self.lags[n] + 1, len(self.inside)))
            found[n] = 1 - u if flip else u
        return found

    def _of_part(self, part: slice, u: Mapping[str, np.ndarray] | None) -> np.ndarray:
        parameters = {n: v[part] for n, v in self.fit.parameters.items()}
        rows = Switched(self.fit, parameters, self.inside, self.bits, u)
        everybody = 2 ** len(self.sources.names) - 1
        length = len(range(*part.indices(self.fit.chains * self.fit.draws)))

        def mean(mask: int) -> np.ndarray:
            y = np.broadcast_to(rows.value(self.sources.target, 0, mask), (length, len(self.inside)))
            return y @ self.value / len(self.inside)

        found = np.zeros((length, len(self.sources.names) + 1))
        found[:, -1] = mean(everybody)
        for turn, block in enumerate(self.blocks):
            others = everybody & ~sum(1 << p for p in block)
            found[:, block] += _shapley(mean, block, others, np.random.default_rng([self.seed, 4, turn]))
        found[:, self.rest] += found[:, -1] - found[:, :-1].sum(axis=-1)
        return found


def _shapley(
    mean: Callable[[int], np.ndarray], block: Sequence[int], others: int, rng: np.random.Generator
) -> np.ndarray:
    """Return the Shapley values (draws, players of the block), all other players switched on."""

    def game(coalition: int) -> np.ndarray:
        return mean(others | sum(1 << p for i, p in enumerate(block) if coalition >> i & 1))

    if len(block) <= EXACT_PLAYERS:
        return exact(game, len(block))
    each = islice(orders(len(block), rng), ORDERS)
    return np.asarray(sum(added(game, order) / ORDERS for order in each))


def money_parts(
    fit: Fit, sources: NoiseSources, during: During, seed: int, tolerance: float
) -> tuple[Fit, tuple[str, ...], np.ndarray, np.ndarray, str]:
    r"""Return the fit that was asked, the players, their parts (draws, players) of the mean in money, errors, a note.

    The Shapley value of $v(S) = \frac{1}{|W|} \sum_t \text{value}_t \, E[Y_t \mid \text{sources outside S} = 0]$. The
    parts sum to v of all. What is left when everything is zero, as under a log link, goes to the last node with a link
    other than the identity, without one to the target.
    """
    game, note = _game(fit, sources, during, seed)
    if game.exact:
        found = game.coalition_value(0, False)
        said = "; ".join(x for x in (MEANING, note) if x)
        return game.fit, sources.names, found[:, :-1], np.zeros(len(sources.names)), said

    def pair(repeat: int) -> np.ndarray:
        return 0.5 * (game.coalition_value(repeat, False) + game.coalition_value(repeat, True))

    repeats = [pair(r) for r in range(FIRST_REPEATS)]
    while (error := _error(repeats)).max() > tolerance and len(repeats) < MOST_REPEATS:
        repeats += [pair(r) for r in range(len(repeats), 2 * len(repeats))]
    said = f"Monte-Carlo standard error of a mean share at most {number(error.max())}"
    if error.max() > tolerance:
        said += f", above the tolerance of {plain(tolerance)} after {len(repeats)} repeats"
    values = np.asarray(sum(repeats) / len(repeats))[:, :-1]
    return game.fit, sources.names, values, error, "; ".join(x for x in (MEANING, said, note) if x)


def _error(repeats: Sequence[np.ndarray]) -> np.ndarray:
    """Return the Monte-Carlo standard error (players,) of the mean share, from how it varies between repeats."""
    shares = np.array([(r[:, :-1] / r[:, -1:]).mean(axis=0) for r in repeats])
    return np.asarray(shares.std(axis=0, ddof=1) / np.sqrt(len(repeats)))


def _game(fit: Fit, sources: NoiseSources, during: During, seed: int) -> tuple[MeanGame, str]:
    """Return the game on the rows of a window: on their mean where all is linear, with fewer draws where it is much."""
    rows = fit.design
    inside = np.flatnonzero(rows.window(during))
    by_row = isinstance(fit.model.value, str)
    value = np.asarray(rows.value_column if by_row else np.full(rows.length, float(fit.model.value)))[inside]
    if is_linear(fit.model, sources.target) and not rows.missing:
        short = _averaged(rows, value if by_row else np.ones(len(value)))
        one = replace(fit)
        vars(one)["design"] = short  # what it would compute from its data
        return MeanGame(one, sources, np.arange(1), np.array([value.mean()]), seed), ""
    game = MeanGame(fit, sources, inside, value, seed)
    evaluations = sum(2 ** len(b) if len(b) <= EXACT_PLAYERS else ORDERS * len(b) for b in game.blocks)
    cells = evaluations * len(inside) * len(game.lags) * (1 if game.exact else 2 * FIRST_REPEATS)
    most = max(int(CELLS_IN_ALL / cells), FEWEST)
    if fit.chains * fit.draws <= most:
        return game, ""
    few = thinned(fit, most)
    return MeanGame(few, sources, inside, value, seed), fewer(fit, few)


def fewer(fit: Fit, few: Fit) -> str:
    """Return what is to be said where not all draws of a fit are answered."""
    if few.draws == fit.draws:
        return ""
    return f"from {few.chains * few.draws} of {fit.chains * fit.draws} draws, evenly thinned"


def _averaged(rows: Design, weights: np.ndarray) -> Design:
    """Return one row with the weighted means of all: a mean of value x outcome that is linear needs no more."""
    short = rows.averaged()
    mean = {n: np.average(x, weights=weights)[None] for n, x in rows.rows.items()}
    return replace(short, rows=mean, value_column=None)
