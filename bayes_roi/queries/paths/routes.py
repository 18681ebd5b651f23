"""The directed paths from a cause to an outcome: finding them, counting them, reading one that a user wrote."""

from __future__ import annotations

import difflib
from collections.abc import Collection, Sequence
from itertools import pairwise

from bayes_roi.errors import QueryError
from bayes_roi.graph import Dag
from bayes_roi.model.language.model import Model
from bayes_roi.model.law.intervention import check_node

Route = tuple[str, ...]
"""The nodes of a directed path, from its cause to its outcome."""
ARROW = " -> "
MOST_ROUTES = 60
"""More paths than this are not listed one by one."""
SHOWN = 3


def label(route: Sequence[str]) -> str:
    """Return a path as it is written.

    >>> label(("tv_spend", "clicks", "revenue"))
    'tv_spend -> clicks -> revenue'
    """
    return ARROW.join(route)


def count_routes(graph: Dag, start: str, end: str, inside: Collection[str] | None = None) -> int:
    """Return the number of directed paths, of those whose nodes between the ends are all `inside` where that is given.

    >>> count_routes(Dag({"x": (), "a": ("x",), "b": ("x", "a"), "y": ("a", "b")}), "x", "y")
    3
    """
    ways = {start: 1}
    for node in graph.order:
        if node != start:
            allowed = (p for p in graph.parents[node] if p == start or inside is None or p in inside)
            ways[node] = sum(ways.get(p, 0) for p in allowed)
    return ways.get(end, 0)


def routes(graph: Dag, start: str, end: str) -> tuple[Route, ...]:
    """Return all directed paths, the shortest first.

    >>> routes(Dag({"x": (), "m": ("x",), "y": ("x", "m")}), "x", "y")
    (('x', 'y'), ('x', 'm', 'y'))
    """
    leading = graph.ancestors([end])
    found: list[Route] = []
    todo: list[Route] = [(start,)]
    while todo:
        route = todo.pop()
        if route[-1] == end:
            found.append(route)
            continue
        todo += [(*route, child) for child in reversed(graph.children[route[-1]]) if child in leading]
    return tuple(sorted(found, key=len))


def chosen_routes(
    model: Model, graph: Dag, start: str, end: str, path: str | Sequence[str] | None
) -> tuple[Route, ...]:
    """Return all directed paths from a cause to an outcome, or the one that is named.

    Parameters
    ----------
    graph
        The model's graph, without the arrows into what an intervention holds.
    path
        "a -> b -> c" or its nodes; None for all paths.

    Raises
    ------
    QueryError
        When there is no path, more than `MOST_ROUTES` with none named, or the one named is not there.
    """
    many = count_routes(graph, start, end)
    if not many:
        raise QueryError(_no_way(model, graph, start, end))
    if path is None:
        if many > MOST_ROUTES:
            raise QueryError(
                f"{many} paths lead from {start} to {end}, too many to list (at most {MOST_ROUTES}); name one of them, "
                f"e.g. path={label(shortest_route(graph, start, end))!r}"
            )
        return routes(graph, start, end)
    return (_named(model, graph, start, end, path, many),)


def shortest_route(graph: Dag, start: str, end: str) -> Route:
    """Return a shortest directed path; there must be one."""
    reached: dict[str, Route] = {start: (start,)}
    for node in graph.order:
        ways = [(*reached[p], node) for p in graph.parents[node] if p in reached]
        if ways and node != start:
            reached[node] = min(ways, key=len)
    return reached[end]


def _named(model: Model, graph: Dag, start: str, end: str, path: str | Sequence[str], many: int) -> Route:
    texts = path.split("->") if isinstance(path, str) else path
    if not isinstance(texts, Sequence) or not all(isinstance(t, str) for t in texts):
        raise QueryError(f"path takes 'a -> b -> c' or a tuple of nodes, got {path!r}")
    route = tuple(t.strip() for t in texts)
    for node in route:
        check_node(model, node)
    why = ""
    if len(route) < 2 or (route[0], route[-1]) != (start, end):
        why = f"it must begin with {start} and end with {end}"
    for a, b in pairwise(route):
        if not why and a not in graph.parents[b]:
            held = f"; {b} is held as it was observed" if a in model.graph.parents[b] else ""
            why = f"there is no arrow from {a} to {b}{held}"
    if not why:
        return route
    if many > MOST_ROUTES:
        right = f"one of {many} paths is {label(shortest_route(graph, start, end))!r}"
    else:
        known = [label(r) for r in routes(graph, start, end)]
        near = difflib.get_close_matches(label(route), known, n=SHOWN, cutoff=0.0)
        right = f"{'the nearest' if many > len(near) else 'there'} {'is' if len(near) == 1 else 'are'} " + ", ".join(
            map(repr, near)
        )
    raise QueryError(f"{label(route)!r} is not a path from {start} to {end}: {why}; {right}")


def _no_way(model: Model, graph: Dag, start: str, end: str) -> str:
    led = [n for n in graph.order if n in graph.descendants([start]) and n != start]
    leads = f"it leads to {', '.join(led)}" if led else "it leads to nothing"
    held = "" if end not in model.graph.descendants([start]) else ", with the spends held as they were observed"
    return f"no path leads from {start} to {end}{held}; {leads}"
