"""What y0 says to questions of identification: reads graphs as JSON on stdin, prints "identified" or not for each.

It runs in an environment of its own, with y0.txt beside this file; `python -m tests.graph.y0_study` asks it.
"""

from __future__ import annotations

import json
import sys
from typing import Any

from y0.algorithm.identify import Identification, Unidentifiable, identify
from y0.dsl import Expression, Fraction, Probability, Product, Sum, Variable
from y0.graph import NxMixedGraph


def tree(e: Expression) -> list[Any]:
    """Return a formula as lists: what it is, then its parts."""
    match e:
        case Probability():
            left, right = e.distribution.children, e.distribution.parents
            return ["P", sorted(v.name for v in left), sorted(v.name for v in right)]
        case Sum():
            return ["sum", sorted(v.name for v in e.ranges), tree(e.expression)]
        case Fraction():
            return ["ratio", tree(e.numerator), tree(e.denominator)]
        case Product():
            return ["product", *map(tree, e.expressions)]
    return ["product"]  # one


def said(question: dict[str, Any]) -> dict[str, object]:
    """Return y0's verdict and formula."""
    graph = NxMixedGraph.from_edges(
        nodes=[Variable(n) for n in question["nodes"]],
        directed=[(Variable(a), Variable(b)) for a, b in question["arrows"]],
        undirected=[(Variable(a), Variable(b)) for a, b in question["pairs"]],
    )
    treated = [Variable(n) for n in question["x"]]
    outcomes = [Variable(n) for n in question["y"]]
    try:
        asked = Identification.from_parts(outcomes=set(outcomes), treatments=set(treated), graph=graph)
        return {"identified": True, "formula": tree(identify(asked))}
    except Unidentifiable:
        return {"identified": False, "formula": None}
    except Exception as error:  # no verdict at all
        return {"identified": None, "formula": None, "error": f"{type(error).__name__}: {error}"}


def main() -> None:
    """Answer all questions."""
    print(json.dumps([said(q) for q in json.load(sys.stdin)]))


if __name__ == "__main__":
    main()
