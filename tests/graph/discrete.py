"""Random graphs with unobserved causes and random binary mechanisms: their observed law, and what do() makes of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from itertools import combinations, product

import numpy as np

from bayes_roi.graph.dag import Dag
from bayes_roi.graph.identification import Hedge

NAMES = "abcdefgh"
LEVELS = 2
HIDDEN_LEVELS = 3


def random_graph(rng: np.random.Generator, most: int = 6) -> Dag:
    """Return a random graph of 2 to `most` nodes, of any order of names, sparse or dense."""
    names = [str(n) for n in rng.permutation(list(NAMES[: rng.integers(2, most + 1)]))]
    arrows, pairs = rng.uniform(0.2, 0.8), rng.uniform(0.0, 0.6)
    parents = {n: tuple(p for p in names[:at] if rng.random() < arrows) for at, n in enumerate(names)}
    confounded = frozenset(frozenset(p) for p in combinations(names, 2) if rng.random() < pairs)
    return Dag(dict(sorted(parents.items())), confounded)


def random_question(rng: np.random.Generator, graph: Dag) -> tuple[list[str], list[str], list[str]]:
    """Return y, x and given: disjoint, y and x not empty, given mostly so."""
    names = [str(n) for n in rng.permutation(list(graph.order))]
    outcomes = 1 if rng.random() < 0.8 or len(names) < 3 else 2
    treated = int(rng.integers(1, max(2, min(3, len(names) - outcomes) + 1)))
    left = len(names) - outcomes - treated
    given = int(rng.integers(1, left + 1)) if left and rng.random() < 0.4 else 0
    return names[:outcomes], names[outcomes : outcomes + treated], names[outcomes + treated :][:given]


@dataclass(frozen=True, eq=False)
class World:
    """A graph with a mechanism for each node and a law for each unobserved cause; axes are nodes, then causes."""

    graph: Dag
    nodes: tuple[str, ...]
    causes: tuple[frozenset[str], ...]
    mechanisms: Mapping[str, np.ndarray]
    laws: Mapping[frozenset[str], np.ndarray]

    @classmethod
    def of(cls, graph: Dag, rng: np.random.Generator) -> World:
        nodes, causes = graph.order, tuple(sorted(graph.confounded, key=sorted))
        axes = len(nodes) + len(causes)
        mechanisms = {}
        for node in nodes:
            reads = {nodes.index(p) for p in graph.parents[node]}
            reads |= {len(nodes) + i for i, c in enumerate(causes) if node in c}
            shape = [(LEVELS if i < len(nodes) else HIDDEN_LEVELS) if i in reads else 1 for i in range(axes)]
            at = nodes.index(node)
            one = rng.uniform(0.1, 0.9, shape)
            mechanisms[node] = np.concatenate([1 - one, one], axis=at)
        laws = {}
        for i, cause in enumerate(causes):
            weights = rng.uniform(0.2, 1.0, HIDDEN_LEVELS)
            shape = [HIDDEN_LEVELS if j == len(nodes) + i else 1 for j in range(axes)]
            laws[cause] = (weights / weights.sum()).reshape(shape)
        return cls(graph, nodes, causes, mechanisms, laws)

    def joint(self, done: Collection[str] = ()) -> np.ndarray:
        """Return the law of all nodes, that of each treated node left out: P(others | do(treated)) at each value."""
        found = np.ones([1] * (len(self.nodes) + len(self.causes)))
        for node in self.nodes:
            found = found * (
                np.ones([LEVELS if n == node else 1 for n in self.nodes] + [1] * len(self.causes))
                if node in done
                else self.mechanisms[node]
            )
        for law in self.laws.values():
            found = found * law
        return found.sum(axis=tuple(range(len(self.nodes), found.ndim)))

    def effect(self, y: Collection[str], x: Collection[str], given: Collection[str] = ()) -> np.ndarray:
        """Return P(y | do(x), given) by truncated factorisation, axes as in `joint`."""
        done = self.joint(x)
        kept = {*y, *x, *given}
        together = done.sum(axis=tuple(i for i, n in enumerate(self.nodes) if n not in kept), keepdims=True)
        return together / together.sum(axis=tuple(self.nodes.index(n) for n in y), keepdims=True)


def two_models(graph: Dag, hedge: Hedge, y: Collection[str], x: Collection[str]) -> tuple[list[Counter], list[Counter]]:
    """Return the observed laws of two models on a graph, and their laws of y under do(x = 1).

    The proof of Shpitser and Pearl (2006a, theorem 4), with the district that is left as root set. A fair coin stands
    for each unobserved cause of a tree that joins the hedge's district, one that joins what is left of it within it. A
    node of the district is the parity of its coins and of what flows into it along a forest towards the rest; in the
    second model a node of the rest hears of the rest alone. A second bit of each node carries the parity of the rest on
    to the outcome.
    """
    rest, district = hedge.rest, hedge.district
    own = _tree(graph, rest, frozenset())
    coins = [*own, *_tree(graph, district, frozenset(own), start=rest)]
    forest = _forest(graph.among(district), rest)
    left = graph.among(frozenset(graph.order) - frozenset(x))
    paths = _forest(left.among(left.ancestors(y)), frozenset(y))

    def run(model: int, done: Collection[str]) -> Counter:
        seen: Counter = Counter()
        for tossed in product((0, 1), repeat=len(coins)):
            bits: dict[str, tuple[int, int]] = {}
            for node in graph.order:
                hears = [p for p, child in forest.items() if child == node and p in district]
                pairs = [(c, t) for c, t in zip(coins, tossed, strict=True) if node in c]
                if model == 1 and node in rest:
                    hears, pairs = [p for p in hears if p in rest], [(c, t) for c, t in pairs if c <= rest]
                parity = (sum(bits[p][0] for p in hears) + sum(t for _, t in pairs)) % 2 if node in district else 0
                carried = sum(
                    bits[p][1] + (bits[p][0] if p in rest else 0) for p, child in paths.items() if child == node
                )
                bits[node] = (1, 0) if node in done else (parity, carried % 2)
            seen[tuple(bits[n] for n in (y if done else graph.order))] += 1
        return seen

    return [run(m, ()) for m in (0, 1)], [run(m, x) for m in (0, 1)]


def _tree(
    graph: Dag, nodes: frozenset[str], kept: frozenset[frozenset[str]], start: frozenset[str] | None = None
) -> list[frozenset[str]]:
    """Return unobserved causes that join nodes into a tree, beyond those of `start`, which are joined already."""
    reached = set(start) if start else {min(nodes)}
    found = []
    while reached != nodes:
        pair = next(p for p in sorted(graph.confounded, key=sorted) if p <= nodes and len(p & reached) == 1)
        found.append(pair)
        reached |= pair
    return found


def _forest(graph: Dag, roots: frozenset[str]) -> dict[str, str]:
    """Return each node that leads to the roots -> the child by which it gets there, along shortest ways."""
    found: dict[str, str] = {}
    reached = set(roots)
    while True:
        new = {n: c for n in graph.order if n not in reached for c in graph.children[n] if c in reached}
        if not new:
            return found
        found |= new
        reached |= set(new)
