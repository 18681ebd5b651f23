"""What DoWhy says to questions of identification: reads graphs as JSON on stdin, prints what it finds for each.

It runs in an environment of its own, with dowhy.txt beside this file; `python -m tests.graph.dowhy_study` asks it. An
unobserved cause of two nodes is a node of its own that is not among the observed.
"""

from __future__ import annotations

import json
import logging
import sys
import warnings
from typing import Any

import networkx as nx
from dowhy.causal_identifier import EstimandType, identify_effect_auto, identify_effect_id


def drawn(question: dict[str, Any], pairs: list[list[str]]) -> nx.DiGraph:
    """Return the graph with a hidden node for each pair."""
    graph = nx.DiGraph([tuple(arrow) for arrow in question["arrows"]])
    graph.add_nodes_from(question["nodes"])
    for i, pair in enumerate(pairs):
        graph.add_edges_from((f"hidden{i}", node) for node in pair)
    return graph


def tree(e: Any) -> list[Any]:
    """Return a formula as lists: what it is, then its parts."""
    if isinstance(e, dict):
        return ["P", sorted(e["outcome_vars"].get_all()), sorted(e["condition_vars"].get_all())]
    parts = ["product", *map(tree, e.get_val(return_type="prod"))]
    over = sorted(set(e.get_val(return_type="sum")))
    return ["sum", over, parts] if over else parts


def said(question: dict[str, Any]) -> dict[str, object]:
    """Return the sets and nodes that DoWhy names, and the formulas of its ID with and without the hidden causes."""
    x, y = question["x"], question["y"]
    graph = drawn(question, question["pairs"])
    found = identify_effect_auto(graph, x, y, question["nodes"], EstimandType.NONPARAMETRIC_ATE)
    if found.no_directed_path:
        return {"no_effect": True}
    sets = [*(found.backdoor_variables or {}).values(), *(found.general_adjustment_variables or {}).values()]
    return {
        "no_effect": False,
        "sets": [sorted(z) for z in sets if z is not None],
        "front_door": sorted(found.frontdoor_variables or ()),
        "instruments": sorted(found.instrumental_variables or ()),
        "id": by_id(graph, x, y),
        "id_without_hidden": by_id(drawn(question, []), x, y),
    }


def by_id(graph: nx.DiGraph, x: list[str], y: list[str]) -> list[Any] | str | None:
    """Return the formula of DoWhy's ID, None where it refuses, the error where it raises one."""
    try:
        found = identify_effect_id(graph, x, y)
        return None if found is None else tree(found)
    except Exception as error:  # no verdict at all
        return f"{type(error).__name__}: {error}"


def main() -> None:
    """Answer all questions."""
    warnings.filterwarnings("ignore")
    logging.disable(logging.CRITICAL)
    print(json.dumps([said(q) for q in json.load(sys.stdin)]))


if __name__ == "__main__":
    main()
