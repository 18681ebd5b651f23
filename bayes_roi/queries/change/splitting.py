"""The difference of a target between two states, split over what varies by Shapley values."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property, partial

import numpy as np

from bayes_roi.errors import QueryError
from bayes_roi.mechanisms.arrays import CELLS
from bayes_roi.model.language.model import Model
from bayes_roi.model.law.forward import Parameters
from bayes_roi.model.law.summands import OwnSources, summands
from bayes_roi.queries.change.matching import AFTER, BEFORE
from bayes_roi.queries.change.mixtures import Mixture, States
from bayes_roi.queries.shapley import EXACT_PLAYERS, added, coalitions_within, dividend_weights, orders, weighted

FIRST_ORDERS, MOST_ORDERS = 16, 128
"""Pairs of orders that are drawn where there are too many coalitions to ask all."""
FEWEST_DRAWS = 16
"""Draws that are worked on at once, however many rows there are: fewer would leave the time to what each call costs."""
TOLERANCE = 0.1
"""Monte-Carlo error allowed, as a share of the posterior standard deviation."""


@dataclass(frozen=True)
class Cause:
    """One thing that a difference is split over: its name, its node, and what of the node it is."""

    name: str
    node: str
    kind: str


@dataclass(frozen=True, eq=False)
class Split:
    """What each cause adds to the difference, (draws, causes), and the Monte-Carlo error of their means (causes,)."""

    causes: tuple[Cause, ...]
    shares: np.ndarray
    before: np.ndarray
    after: np.ndarray
    error: np.ndarray


def sources_of(states: States, *, drift: bool) -> dict[str, OwnSources]:
    """Return node -> what varies there between the two states."""
    model, found = states.model, dict[str, OwnSources]()
    for node in states.nodes:
        if node in model.equation:
            times = [t.name for t in model.terms(node) if not t.parents]
            alone = node in model.hidden and not model.terms(node)
            found[node] = OwnSources(
                noise=f"{node} (unobserved)" if alone else f"noise of {node}",
                time=f"{' and '.join(dict.fromkeys(times))} of {node}" if times else None,
                mechanism=f"mechanism of {node}" if drift else None,
            )
        else:
            found[node] = OwnSources(values=node if node in states.moved else None)
    return found


def causes_of(model: Model, sources: dict[str, OwnSources]) -> tuple[Cause, ...]:
    """Return all that varies, first what varies at the last node."""
    found = []
    for node, own in reversed(sources.items()):
        noise = "unobserved" if node in model.hidden else "noise"
        kinds = [(own.noise, noise), (own.time, "time"), (own.mechanism, "mechanism"), (own.values, "input")]
        found += [Cause(name, node, kind) for name, kind in kinds if name is not None]
    return tuple(found)


@dataclass(frozen=True, eq=False)
class DifferenceGame:
    """The game whose players are the sources: a coalition is worth the target's mean with them as they were after."""

    states: States
    sources: dict[str, OwnSources]

    @cached_property
    def causes(self) -> tuple[Cause, ...]:
        return causes_of(self.states.model, self.sources)

    @cached_property
    def _players(self) -> tuple[str, ...]:
        return tuple(c.name for c in self.causes)

    @property
    def _everyone(self) -> int:
        return 2 ** len(self._players) - 1

    def split(self) -> Split:
        """Return the Shapley value of every player in every draw.

        It is exact where the target is a sum of functions of few players, which is asked of the equations; otherwise
        the mean over orders in which they join, in pairs of an order and its reverse.
        """
        bit = {name: 1 << i for i, name in enumerate(self._players)}
        sets = summands(self.states.model, self.states.grid.target, self.sources)
        inside = coalitions_within([sum(bit[n] for n in s) for s in sets], 2**EXACT_PLAYERS)
        return self._by_orders() if inside is None else self._by_dividends(inside)

    def _by_dividends(self, coalitions: np.ndarray) -> Split:
        weights = dividend_weights(coalitions, len(self._players))
        parts, ends = [], []
        for mixture in self._mixtures():
            parts.append(weighted(partial(self._mean, mixture), coalitions.tolist(), weights))
            ends.append(self._ends(mixture))
        return self._answer(np.concatenate(parts), ends, np.zeros(len(self._players)))

    def _by_orders(self) -> Split:
        total: np.ndarray | float = 0.0
        means: list[np.ndarray] = []
        wanted = FIRST_ORDERS
        while True:
            added, new, ends = self._pairs(len(means), wanted)
            total, means = total + added, [*means, *new]
            shares = np.asarray(total) / len(means)
            error = np.std(means, axis=0, ddof=1) / np.sqrt(len(means))
            if wanted >= MOST_ORDERS or (error <= TOLERANCE * shares.std(axis=0)).all():
                return self._answer(shares, ends, error)
            wanted *= 2

    def _pairs(self, first: int, end: int) -> tuple[np.ndarray, list[np.ndarray], list[np.ndarray]]:
        """Return the sum over pairs of orders (draws, players), the mean over draws of each pair, and the ends."""
        sums, ends = [], []
        means = np.zeros((end - first, len(self._players)))
        count = 0
        for mixture in self._mixtures():
            drawn = orders(len(self._players), np.random.default_rng([self.states.seed, 1]))
            total: np.ndarray | float = 0.0
            for pair in range(end):
                both = [next(drawn), next(drawn)]
                if pair >= first:
                    one, other = (added(partial(self._mean, mixture), order) for order in both)
                    gained = 0.5 * (one + other)
                    total = total + gained
                    means[pair - first] += gained.sum(axis=0)
            sums.append(np.asarray(total))
            count += len(sums[-1])
            ends.append(self._ends(mixture))
        return np.concatenate(sums), list(means / count), ends

    def _mean(self, mixture: Mixture, coalition: int) -> np.ndarray:
        """Return the target's mean per period (draws,) with the sources of a coalition as they were after."""
        values = mixture.value(coalition) @ self.states.grid.weight
        return np.broadcast_to(values, (len(next(iter(mixture.parameters[BEFORE].values()))),))

    def _ends(self, mixture: Mixture) -> np.ndarray:
        return np.stack([self._mean(mixture, 0), self._mean(mixture, self._everyone)])

    def _answer(self, shares: np.ndarray, ends: list[np.ndarray], error: np.ndarray) -> Split:
        before, after = np.concatenate(ends, axis=1)
        if not np.isfinite(shares).all():
            bad = [c.name for c, s in zip(self.causes, shares.T, strict=True) if not np.isfinite(s).all()]
            raise QueryError(
                f"the split has no finite value for {', '.join(bad)}: some mixture of the two states lies outside what "
                "an equation allows"
            )
        return Split(self.causes, shares, before, after, error)

    def _mixtures(self) -> Iterator[Mixture]:
        """Yield chunks of the draws."""
        states, model = self.states, self.states.model
        total = states.fit.chains * states.fit.draws
        rng = {n: np.random.default_rng([states.seed, 0, i]) for i, n in enumerate(model.computation.order)}
        rows = max(states.fit.design.length, *(states.grid.rows(n) for n in states.nodes))
        size = max(CELLS // rows, FEWEST_DRAWS)
        for start in range(0, total, size):
            part = slice(start, min(start + size, total))
            before = {n: v[part] for n, v in states.sides[BEFORE].parameters.items()}
            same = states.sides[BEFORE] is states.sides[AFTER]
            after = before if same else {n: v[part] for n, v in states.sides[AFTER].parameters.items()}
            shape = (part.stop - start, states.fit.design.length)
            open_ones = [n for n in states.nodes if n in model.equation and model.family(n).atoms]
            uniforms = {n: rng[n].random(shape) for n in open_ones}
            yield Mixture(states, _both(before, after), uniforms, self.sources, self._players)


def _both(before: Parameters, after: Parameters) -> tuple[Parameters, Parameters]:
    return before, after
