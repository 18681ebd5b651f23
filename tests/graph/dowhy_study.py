"""Hold adjustment sets, front doors and instruments to DoWhy's on random graphs, and what differs to brute force.

    python -m tests.graph.dowhy_study PYTHON [GRAPHS]

PYTHON is that of an environment with DoWhy (benchmarks/peer/dowhy.txt). Questions have one treatment and one outcome.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections import defaultdict
from pathlib import Path
from typing import Any

import numpy as np

from bayes_roi.graph.adjustment import adjusted, adjustment_sets
from bayes_roi.graph.dag import Dag
from bayes_roi.graph.expression import Expression, P, Probability, product, summed
from bayes_roi.graph.front_door import front_door
from bayes_roi.graph.identification import hedge_of
from bayes_roi.graph.instruments import instruments
from tests.graph.discrete import World, random_graph
from tests.graph.y0_study import ROUNDING, formula

MOST = 5
"""Nodes of a graph: DoWhy tries every subset of them."""
PEER = Path(__file__).resolve().parents[2] / "benchmarks" / "peer" / "dowhy_verdicts.py"


def question(rng: np.random.Generator, graph: Dag) -> tuple[str, str]:
    """Return a treatment and an outcome, of which the one causes the other where the graph has such a pair."""
    pairs = [(x, y) for y in graph.order for x in graph.sorted(graph.ancestors([y]) - {y})]
    return pairs[rng.integers(len(pairs))] if pairs else (graph.order[0], graph.order[1])


def by_front_door(x: str, y: str, between: list[str]) -> Expression:
    """Return the formula of a front door."""
    inner = summed([x], product([P(y, given=[x, *between]), P(x)]))
    return summed(between, product([Probability(tuple(between), (x,)), inner]))


def compared(seed: int, answer: dict[str, Any], world: World, x: str, y: str) -> list[str]:
    """Return what can be said of one graph, in words that are counted."""
    graph = world.graph
    if answer["no_effect"]:
        return ["no effect by both" if x not in graph.ancestors([y]) else "no effect by DoWhy alone"]
    joint, truth = world.joint(), world.effect([y], [x])

    def right(found: Expression) -> bool:
        return bool(np.abs(found.evaluate(joint, world.nodes) - truth).max() < ROUNDING)

    ours, theirs = adjustment_sets(graph, [x], [y]), answer["sets"]
    told = [f"adjustment set by {_whose(bool(ours), bool(theirs))}"]
    told += ["a set of DoWhy's that is wrong" for z in theirs if not right(adjusted([x], [y], z))]
    door = answer["front_door"]
    told += [f"front door by {_whose(bool(front_door(graph, [x], [y])), bool(door))}"]
    told += ["a front door of DoWhy's that is wrong"] if door and not right(by_front_door(x, y, door)) else []
    own = {i.node for i in instruments(graph, x, y)}
    for z in answer["instruments"]:
        hidden = z.startswith("hidden")
        told.append(f"an instrument of DoWhy's {'that is hidden' if hidden else 'by both' if z in own else 'alone'}")
    told += [f"ID: {_by_id(answer['id'], hedge_of(graph, [y], [x]) is None)}"]
    bare = World.of(Dag(graph.parents), np.random.default_rng(seed))
    if isinstance(answer["id_without_hidden"], list):
        value = formula(answer["id_without_hidden"]).evaluate(bare.joint(), bare.nodes)
        wrong = np.abs(value - bare.effect([y], [x])).max() > ROUNDING
        told += [f"ID without hidden causes: formula {'wrong' if wrong else 'right'}"]
    else:
        told += ["ID without hidden causes: no formula"]
    return told


def _whose(ours: bool, theirs: bool) -> str:
    return "both" if ours and theirs else "neither" if not (ours or theirs) else "us alone" if ours else "DoWhy alone"


def _by_id(theirs: list[Any] | str | None, ours: bool) -> str:
    if not isinstance(theirs, list):
        return "refused by DoWhy" if theirs is None else "an error"
    asks = "with what is hidden in its formula" if "hidden" in json.dumps(theirs) else "from what is observed"
    return f"{'identified by both' if ours else 'identified by DoWhy, and by our hedge not'}, {asks}"


def main() -> None:
    python, graphs = sys.argv[1], int((*sys.argv[2:], "500")[0])
    asked, worlds = [], []
    for seed in range(graphs):
        rng = np.random.default_rng(seed)
        graph = random_graph(rng, MOST)
        x, y = question(rng, graph)
        arrows = [(p, n) for n in graph.order for p in graph.parents[n]]
        pairs = sorted(sorted(pair) for pair in graph.confounded)
        asked.append({"nodes": graph.order, "arrows": arrows, "pairs": pairs, "x": [x], "y": [y]})
        worlds.append(World.of(graph, rng))
    run = subprocess.run([python, str(PEER)], input=json.dumps(asked), capture_output=True, text=True, check=True)
    found: dict[str, list[int]] = defaultdict(list)
    for seed, (known, answer, world) in enumerate(zip(asked, json.loads(run.stdout), worlds, strict=True)):
        for what in compared(seed, answer, world, *known["x"], *known["y"]):
            found[what].append(seed)
    for what, seeds in sorted(found.items()):
        print(f"{what}: {len(seeds)}, as in {seeds[:3]}")


if __name__ == "__main__":
    main()
