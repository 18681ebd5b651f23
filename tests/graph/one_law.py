"""Two models on one graph with one observed law and two effects, found along the directions that no data tell.

A random model is moved in a direction that leaves the observed law as it is to first order and the effect not, and is
then brought back to the law by Gauss-Newton steps. So a refusal is shown by two models, with conditions or without,
and without the construction of any proof. Models on a part of a graph are models on the graph, so that what a refusal
can do without is taken out first.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass

import numpy as np

from bayes_roi.graph.dag import Dag
from bayes_roi.graph.identification import hedge_of
from tests.graph.discrete import World

STEP = 1e-30
"""Of a derivative by a complex argument: no rounding."""
FLAT = 1e-6
"""Singular values below this share of the largest are none; the law is judged after the steps, whatever they took."""
TRIES, CORRECTIONS = 6, 25
FAR = 1e-3
"""An effect further apart than this is far enough to stop."""


@dataclass(frozen=True)
class Apart:
    """How far two models are from one another.

    Parameters
    ----------
    law, effect
        Largest difference of a probability, of what is observed and of P(y | do(x), given).
    """

    law: float
    effect: float


def thinned(graph: Dag, y: Collection[str], x: Collection[str], given: Collection[str]) -> Dag:
    """Return a part of a graph in which the question is still refused and no edge can be taken out."""
    graph = graph.among(graph.ancestors([*y, *x, *given]))
    for smaller in (*_without_an_arrow(graph), *_without_a_pair(graph)):
        if hedge_of(smaller, y, x, given) is not None:
            return thinned(smaller, y, x, given)
    return graph


def _without_an_arrow(graph: Dag) -> list[Dag]:
    arrows = [(p, n) for n in graph.order for p in graph.parents[n]]
    return [
        Dag({n: tuple(p for p in ps if (p, n) != arrow) for n, ps in graph.parents.items()}, graph.confounded)
        for arrow in arrows
    ]


def _without_a_pair(graph: Dag) -> list[Dag]:
    return [Dag(graph.parents, graph.confounded - {pair}) for pair in sorted(graph.confounded, key=sorted)]


def two_effects(
    graph: Dag, y: Collection[str], x: Collection[str], given: Collection[str], rng: np.random.Generator
) -> Apart:
    """Return how far two models with one observed law are apart; the furthest of a few tries."""
    small = thinned(graph, y, x, given)
    found = Apart(np.inf, 0.0)
    for _ in range(TRIES):
        tried = _moved(World.of(small, rng), y, x, given)
        found = max(found, tried, key=lambda apart: apart.effect)
        if found.effect > FAR:
            break
    return found


def _moved(world: World, y: Collection[str], x: Collection[str], given: Collection[str]) -> Apart:
    """Return how far a model gets from its effect along its own law."""
    start = np.concatenate([_logit(_ones(m, world.nodes.index(n))).ravel() for n, m in world.mechanisms.items()])

    def law(at: np.ndarray) -> np.ndarray:
        return _at(world, at).joint().ravel()

    def effect(at: np.ndarray) -> np.ndarray:
        return _at(world, at).effect(y, x, given).ravel()

    untold = _null_space(_jacobian(law, start))
    slopes = _jacobian(effect, start) @ untold.T
    way = slopes[np.argmax(np.abs(slopes).sum(axis=1))] @ untold
    if not np.linalg.norm(way) > 0:
        return Apart(0.0, 0.0)
    moved = start + 0.5 * way / np.linalg.norm(way)
    for _ in range(CORRECTIONS):
        off = law(moved) - law(start)
        if np.abs(off).max() < 1e-13:
            break
        moved = moved - np.linalg.lstsq(_jacobian(law, moved), off, rcond=FLAT)[0]
    return Apart(_largest(law(moved) - law(start)), _largest(effect(moved) - effect(start)))


def _at(world: World, logits: np.ndarray) -> World:
    """Return a world with other mechanisms, the laws of its hidden causes as they are."""
    mechanisms, first = {}, 0
    for node, old in world.mechanisms.items():
        at = world.nodes.index(node)
        shape = _ones(old, at).shape
        one = 1 / (1 + np.exp(-logits[first : first + np.prod(shape)].reshape(shape)))
        mechanisms[node] = np.concatenate([1 - one, one], axis=at)
        first += int(np.prod(shape))
    return World(world.graph, world.nodes, world.causes, mechanisms, world.laws)


def _ones(mechanism: np.ndarray, axis: int) -> np.ndarray:
    return np.take(mechanism, [1], axis=axis)


def _logit(p: np.ndarray) -> np.ndarray:
    return np.log(p / (1 - p))


def _jacobian(f: Callable[[np.ndarray], np.ndarray], at: np.ndarray) -> np.ndarray:
    return np.stack([f(at + STEP * 1j * e).imag / STEP for e in np.eye(at.size)], axis=1)


def _null_space(jacobian: np.ndarray) -> np.ndarray:
    _, sizes, rows = np.linalg.svd(jacobian)
    return rows[int((sizes > FLAT * sizes[0]).sum()) :]


def _largest(difference: np.ndarray) -> float:
    return float(np.abs(difference).max())
