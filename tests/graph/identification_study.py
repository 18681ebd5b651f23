"""Hold identification to brute force on random graphs of up to six nodes with random binary mechanisms.

    python -m tests.graph.identification_study [GRAPHS] [FIRST]

For each graph a random question, mostly of one outcome and one to three treatments, with and without conditions. What
is called identified: its formula on the observed law against truncated factorisation. What is refused: two models on
the same graph with one observed law and two effects, those of the completeness proof, or with conditions found by
moving a random model along its law. Of questions without conditions also the adjustment sets: each subset of the other
nodes by its formula, and of those that are right the minimal ones. A question of one outcome is asked of
`br.identify` too, of the equations that are the graph.
"""

from __future__ import annotations

import sys
from collections import Counter
from itertools import combinations

import numpy as np

import bayes_roi as br
from bayes_roi.graph.adjustment import adjusted, adjustment_sets, adjusts
from bayes_roi.graph.dag import Dag
from bayes_roi.graph.expression import Expression
from bayes_roi.graph.front_door import front_door
from bayes_roi.graph.identification import Hedge, effect, hedge_of
from tests.graph.discrete import World, random_graph, random_question, two_models
from tests.graph.one_law import two_effects

ROUNDING = 1e-9
ONE_LAW, TWO_EFFECTS = 1e-12, 1e-4
"""Models have one law where no probability differs by more, and two effects where one does by more."""


def study(graphs: int, first: int = 0) -> Counter[str]:
    """Return how many graphs were judged how; a disagreement raises and names its seed."""
    found: Counter[str] = Counter()
    for seed in range(first, first + graphs):
        try:
            found.update(judged(seed))
        except AssertionError as error:
            raise AssertionError(f"seed {seed}: {error}") from error
    return found


def judged(seed: int) -> list[str]:
    """Return what one random question showed."""
    rng = np.random.default_rng(seed)
    graph = random_graph(rng)
    y, x, given = random_question(rng, graph)
    formula = effect(graph, y, x, given)
    assert (hedge_of(graph, y, x, given) is None) == isinstance(formula, Expression), f"{graph}: two verdicts"
    asked = [br.identify(written(graph, y[0]), x, y[0], given=given)] if len(y) == 1 else []
    assert all(bool(a) == isinstance(formula, Expression) for a in asked), f"{graph}: two verdicts, {asked}"
    if isinstance(formula, Hedge):
        return [_refused(graph, formula, y, x) if not given else _refused_given(graph, y, x, given, rng)]
    world = World.of(graph, rng)
    truth = world.effect(y, x, given)
    formulas = [formula, *(a.expression for a in asked if a.expression is not None)]
    assert all(_same(f, world, truth) for f in formulas), f"{graph}: P({y} | do({x}), {given}) is not {formulas}"
    told = ["identified" if not given else "identified, with conditions"]
    if given:
        return told
    if front_door(graph, x, y):
        told.append("front door")
    return [*told, *_adjusted(graph, y, x, world, truth)]


def written(graph: Dag, outcome: str) -> br.Model:
    """Return the model whose equations are a graph."""
    lines = [f"{n} ~ {' + '.join(graph.parents[n]) or '1'}" for n in graph.order]
    pairs = [" ~~ ".join(sorted(pair)) for pair in sorted(graph.confounded, key=sorted)]
    return br.Model(name="m", equations="\n".join([*lines, *pairs]), outcome=outcome)


def _same(formula: Expression, world: World, truth: np.ndarray) -> bool:
    value = formula.evaluate(world.joint(), world.nodes)
    return bool(np.abs(value - truth).max() < ROUNDING)


def _refused(graph: Dag, hedge: Hedge, y: list[str], x: list[str]) -> str:
    assert hedge_of(graph, y, x) is not None
    observed, done = two_models(graph, hedge, y, x)
    assert observed[0] == observed[1], f"{graph}: {hedge}: the two models are told apart by what is observed"
    assert done[0] != done[1], f"{graph}: {hedge}: P({y} | do({x})) is the same in both models"
    return "refused, two effects shown"


def _refused_given(graph: Dag, y: list[str], x: list[str], given: list[str], rng: np.random.Generator) -> str:
    apart = two_effects(graph, y, x, given, rng)
    assert apart.law < ONE_LAW, f"{graph}: P({y} | do({x}), {given}): no second model with this law, {apart}"
    assert apart.effect > TWO_EFFECTS, f"{graph}: P({y} | do({x}), {given}) is the same in both models, {apart}"
    return "refused with conditions, two effects shown"


def _adjusted(graph: Dag, y: list[str], x: list[str], world: World, truth: np.ndarray) -> list[str]:
    others = [n for n in graph.order if n not in (*y, *x)]
    right = []
    for size in range(len(others) + 1):
        for z in combinations(others, size):
            holds = _same(adjusted(x, y, z), world, truth)
            assert holds == adjusts(graph, x, y, z), f"{graph}: {z} for {x} on {y}: by its formula {holds}"
            right += [frozenset(z)] if holds else []
    minimal = {z for z in right if not any(other < z for other in right)}
    named = adjustment_sets(graph, x, y)
    assert {frozenset(z) for z in named} == minimal, f"{graph}: {named} for {x} on {y}, by brute force {minimal}"
    return ["adjustment sets"] if minimal else []


def main() -> None:
    graphs, first = (int(a) for a in (*sys.argv[1:], *("2000", "0")[len(sys.argv) - 1 :]))
    found = study(graphs, first)
    for what, times in sorted(found.items()):
        print(f"{what}: {times}")
    print(f"{graphs} graphs, no disagreement")


if __name__ == "__main__":
    main()
