"""Hold the verdicts to those of y0 on random graphs of up to six nodes, and y0's formulas to brute force.

    python -m tests.graph.y0_study PYTHON [GRAPHS]

PYTHON is that of an environment with y0 (benchmarks/peer/y0.txt).
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np

from bayes_roi.graph.expression import Expression, Probability, Product, Ratio, Sum
from bayes_roi.graph.identification import hedge_of
from tests.graph.discrete import World, random_graph, random_question

ROUNDING = 1e-9
PEER = Path(__file__).resolve().parents[2] / "benchmarks" / "peer" / "y0_verdicts.py"


def formula(tree: list[Any]) -> Expression:
    """Return the expression that lists are."""
    kind, *parts = tree
    if kind == "P":
        return Probability(tuple(parts[0]), tuple(parts[1]))
    if kind == "sum":
        inner = formula(parts[1])
        return Sum(tuple(n for n in parts[0] if n in inner.free), inner)
    return Ratio(*map(formula, parts)) if kind == "ratio" else Product(tuple(map(formula, parts)))


def main() -> None:
    python, graphs = sys.argv[1], int((*sys.argv[2:], "500")[0])
    asked, ours, worlds = [], [], []
    for seed in range(graphs):
        rng = np.random.default_rng(seed)
        graph = random_graph(rng)
        y, x, _ = random_question(rng, graph)
        arrows = [(p, n) for n in graph.order for p in graph.parents[n]]
        pairs = [sorted(pair) for pair in graph.confounded]
        asked.append({"nodes": graph.order, "arrows": arrows, "pairs": pairs, "x": x, "y": y})
        ours.append(hedge_of(graph, y, x) is None)
        worlds.append(World.of(graph, rng))
    run = subprocess.run([python, str(PEER)], input=json.dumps(asked), capture_output=True, text=True, check=True)
    answers = json.loads(run.stdout)
    theirs = [a["identified"] for a in answers]
    none = [seed for seed in range(graphs) if theirs[seed] is None]
    apart = [seed for seed in range(graphs) if ours[seed] != theirs[seed] and seed not in none]
    by_y0 = sum(map(bool, theirs))
    print(f"{graphs} graphs, {sum(ours)} identified by us, {by_y0} by y0; y0 fails on {none}")
    print(f"verdicts differ on {apart}; {[answers[seed]['error'] for seed in none[:2]]}")
    wrong = []
    for seed, (question, answer, world) in enumerate(zip(asked, answers, worlds, strict=True)):
        if answer["identified"]:
            value = formula(answer["formula"]).evaluate(world.joint(), world.nodes)
            truth = world.effect(question["y"], question["x"])
            wrong += [seed] if np.abs(value - truth).max() > ROUNDING else []
    print(f"of y0's {by_y0} formulas {len(wrong)} are not truncated factorisation: {wrong}")


if __name__ == "__main__":
    main()
