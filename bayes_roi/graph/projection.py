"""The graph over what is observed: latent projection (Verma and Pearl 1990)."""

from __future__ import annotations

from collections.abc import Collection
from itertools import combinations

from bayes_roi.graph.dag import Dag


def projected(graph: Dag, removed: Collection[str]) -> Dag:
    """Return the graph over the other nodes, in which a removed one is an unobserved cause of what it leads to.

    a -> u -> b becomes a -> b, and a <- u -> b becomes an unobserved common cause of a and b, through any number of
    removed nodes. So a hidden node and a pair `a ~~ b` are one thing.

    Examples
    --------
    >>> graph = Dag({"intent": (), "spend": ("intent",), "sales": ("spend", "intent")})
    >>> found = projected(graph, ["intent"])
    >>> found.parents, [sorted(pair) for pair in found.confounded]
    ({'sales': ('spend',), 'spend': ()}, [['sales', 'spend']])
    """
    gone = frozenset(removed) & frozenset(graph.parents)
    reached = reached_from(graph, gone)
    into: dict[str, dict[str, None]] = {n: {} for n in graph.order if n not in gone}
    for node in graph.order:
        for child in graph.children[node]:
            for seen in () if node in gone else reached[child] if child in gone else (child,):
                into[seen][node] = None
    pairs = {frozenset(pair) for node in gone for pair in combinations(sorted(reached[node]), 2)}
    for a, b in map(sorted, graph.confounded):
        ends = [sorted(reached[n]) if n in gone else [n] for n in (a, b)]
        pairs |= {frozenset((x, y)) for x in ends[0] for y in ends[1] if x != y}
    return Dag({n: tuple(sorted(into[n])) for n in sorted(into)}, frozenset(pairs))  # by name: however it was written


def reached_from(graph: Dag, removed: Collection[str]) -> dict[str, frozenset[str]]:
    """Return each removed node -> the nodes that stay which it acts on, directly or through removed ones."""
    found: dict[str, frozenset[str]] = {}
    for node in (n for n in reversed(graph.order) if n in removed):
        steps = (found[c] if c in removed else frozenset([c]) for c in graph.children[node])
        found[node] = frozenset().union(*steps)
    return found


def expanded(graph: Dag, computed: Collection[str]) -> Dag:
    """Return the graph without nodes that are computed from their parents, which act on their children instead.

    They have no noise of their own, so that nothing is shared by what they act on but their parents.

    Examples
    --------
    >>> graph = Dag({"price": (), "units": (), "sales": ("price", "units"), "tax": ("sales",), "profit": ("sales",)})
    >>> expanded(graph, ["sales"]).parents["profit"]
    ('price', 'units')
    """
    stands: dict[str, tuple[str, ...]] = {}
    for node in graph.order:
        parents = tuple(dict.fromkeys(q for p in graph.parents[node] for q in stands[p]))
        stands[node] = parents if node in computed else (node,)
    kept = [n for n in graph.order if n not in computed]
    return Dag(
        {n: tuple(dict.fromkeys(q for p in graph.parents[n] for q in stands[p])) for n in kept}, graph.confounded
    )
