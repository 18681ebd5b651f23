r"""Adjustment sets: P(y | do(x)) as $\sum_z P(y \mid x, z) P(z)$.

The criterion is complete for joint interventions and unobserved causes (Shpitser, VanderWeele and Robins 2010;
Perkovic et al. 2018): Z holds nothing that a treated node moves on its way to the outcome, nor what follows from that,
and closes every path between them that is no such way. Minimal sets are minimal separators of the moral graph of the
ancestors (van der Zander, Liskiewicz and Textor 2019).
"""

from __future__ import annotations

from collections import deque
from collections.abc import Collection
from itertools import combinations

from bayes_roi.graph.dag import Dag
from bayes_roi.graph.expression import Expression, Probability, product, summed
from bayes_roi.graph.separation import open_path, separated

MOST_SETS = 20
"""More minimal sets than this are not listed."""
MOST_SEARCHED = 200
"""Of so many the smallest are listed."""

Undirected = dict[str, set[str]]
START, END = "", " "
"""Stand for all treated nodes and for the outcome; no node is called so."""


def causal_nodes(graph: Dag, x: Collection[str], y: Collection[str]) -> frozenset[str]:
    """Return the nodes on directed paths from x to y that leave x once, x itself aside."""
    after = graph.without_causes_of(x).descendants(x) - frozenset(x)
    return after & graph.without_effects_of(x).ancestors(y)


def without_causal_paths(graph: Dag, x: Collection[str], y: Collection[str]) -> Dag:
    """Return the proper back-door graph: the first arrow of every directed path from x to y is taken out."""
    causal = causal_nodes(graph, x, y)
    return Dag(
        {n: tuple(p for p in ps if not (p in x and n in causal)) for n, ps in graph.parents.items()}, graph.confounded
    )


def forbidden(graph: Dag, x: Collection[str], y: Collection[str]) -> frozenset[str]:
    """Return what must not be adjusted for: what is moved by x on its way to y, and all that follows from it."""
    return graph.descendants(causal_nodes(graph, x, y)) | frozenset(x) | frozenset(y)


def adjusts(graph: Dag, x: Collection[str], y: Collection[str], z: Collection[str]) -> bool:
    """Return whether z is an adjustment set of the effect of x on y.

    >>> m = Dag({"x": (), "w": (), "y": ("x",)}, frozenset({frozenset("wx"), frozenset("wy")}))
    >>> adjusts(m, "x", "y", ""), adjusts(m, "x", "y", "w")
    (True, False)
    """
    allowed = forbidden(graph, x, y).isdisjoint(z)
    return allowed and separated(without_causal_paths(graph, x, y), x, y, z)


def adjustment_sets(graph: Dag, x: Collection[str], y: Collection[str], most: int = MOST_SETS) -> list[tuple[str, ...]]:
    """Return the minimal adjustment sets, the smallest first; none where no set will do.

    Parameters
    ----------
    graph
        The observed nodes; `confounded` pairs have an unobserved common cause.
    x, y
        Treated nodes and outcomes.
    most
        No more than these are returned.

    Examples
    --------
    >>> parents = {"a": (), "b": (), "w": ("a", "b"), "x": ("a", "w"), "y": ("b", "w", "x")}
    >>> adjustment_sets(Dag(parents), ["x"], ["y"])
    [('a', 'w'), ('b', 'w')]
    """
    cut = without_causal_paths(graph, x, y)
    return minimal_separators(cut, x, y, frozenset(graph.order) - forbidden(graph, x, y))[:most]


def adjusted(x: Collection[str], y: Collection[str], z: Collection[str]) -> Expression:
    """Return the adjustment formula.

    >>> print(adjusted(["x"], ["y"], ["z"]))
    sum_{z} P(y | x, z) P(z)
    """
    of_z = [Probability(tuple(z))] if z else []
    return summed(z, product([Probability(tuple(y), (*x, *z)), *of_z]))


def open_back_door(graph: Dag, x: Collection[str], y: Collection[str], z: Collection[str] = ()) -> tuple[str, ...]:
    """Return a shortest path between x and y that carries no effect and that z leaves open, nodes and marks."""
    return open_path(without_causal_paths(graph, x, y), x, y, z)


def minimal_separators(
    graph: Dag, a: Collection[str], b: Collection[str], allowed: Collection[str]
) -> list[tuple[str, ...]]:
    """Return the minimal sets of allowed nodes that m-separate a from b, the smallest first.

    All stand among the ancestors of a and b, where m-separation is separation in the moral graph. What is not allowed
    is taken out of it, its neighbours joined. The separators are then generated from the one closest to a, each from
    another by moving one of its nodes to the side of a (Shen and Liang 1997).
    """
    moral = _without(_moral(graph.among(graph.ancestors([*a, *b])), a, b), frozenset(allowed))
    if END in moral[START]:
        return []
    first = _bordering(moral, {START})
    found, todo = {first}, deque([first])
    while todo and len(found) < MOST_SEARCHED:
        separator = todo.popleft()
        side = _component(moral, START, separator)
        for node in sorted(separator):
            if END not in moral[node] and (further := _bordering(moral, side | {node})) not in found:
                found.add(further)
                todo.append(further)
    return sorted(map(graph.sorted, found), key=lambda s: (len(s), [graph.order.index(n) for n in s]))


def _moral(graph: Dag, a: Collection[str], b: Collection[str]) -> Undirected:
    """Return the moral graph: a district and its parents are all joined; a and b are one node each."""
    called = dict.fromkeys(a, START) | dict.fromkeys(b, END)
    found: Undirected = {name: set() for name in (START, END, *(called.get(n, n) for n in graph.order))}
    for district in graph.districts:
        around = district.union(*(graph.parents[n] for n in district))
        _join(found, {called.get(n, n) for n in around})
    return found


def _without(graph: Undirected, kept: frozenset[str]) -> Undirected:
    """Return the graph without the nodes that are not kept, what lies around each joined."""
    for node in [n for n in graph if n not in kept and n not in (START, END)]:
        around = graph.pop(node)
        for other in around:
            graph[other].discard(node)
        _join(graph, around)
    return graph


def _join(graph: Undirected, nodes: Collection[str]) -> None:
    for a, b in combinations(sorted(nodes), 2):
        graph[a].add(b)
        graph[b].add(a)


def _component(graph: Undirected, node: str, removed: Collection[str]) -> set[str]:
    """Return what is connected to a node once others are removed."""
    seen, todo = {node}, [node]
    while todo:
        new = graph[todo.pop()] - seen - set(removed)
        seen |= new
        todo += new
    return seen


def _bordering(graph: Undirected, side: set[str]) -> frozenset[str]:
    """Return the separator closest to a side: of its neighbours those that the end can reach without the others."""
    around = side.union(*(graph[n] for n in side)) - side
    beyond = _component(graph, END, around)
    return frozenset(n for n in around if graph[n] & beyond)
