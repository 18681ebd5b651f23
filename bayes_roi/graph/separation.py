"""m-separation: whether a set of nodes closes every path between two others in a graph with unobserved causes."""

from __future__ import annotations

from collections import deque
from collections.abc import Collection, Iterator

from bayes_roi.graph.dag import Dag

Step = tuple[str, bool]
"""A node, and whether the path has an arrowhead at it where it comes in."""


def separated(graph: Dag, a: Collection[str], b: Collection[str], given: Collection[str] = ()) -> bool:
    """Return whether `given` m-separates two sets of nodes (Richardson 2003), by Shachter's (1998) Bayes ball.

    Examples
    --------
    >>> m = Dag({"a": (), "w": (), "b": ()}, frozenset({frozenset("aw"), frozenset("wb")}))
    >>> separated(m, ["a"], ["b"]), separated(m, ["a"], ["b"], ["w"])
    (True, False)
    """
    return not _searched(graph, a, b, given)


def open_path(graph: Dag, a: Collection[str], b: Collection[str], given: Collection[str] = ()) -> tuple[str, ...]:
    """Return a shortest open path as nodes and the marks between them; empty where the sets are separated.

    >>> open_path(Dag({"z": (), "x": ("z",), "y": ("z", "x")}), ["x"], ["z"])
    ('x', '<-', 'z')
    """
    came = _searched(graph, a, b, given)
    if not came:
        return ()
    step, path = next(reversed(came)), list[str]()
    while (before := came[step]) is not None:
        mark, origin = before
        path += [step[0], mark]
        step = origin
    return tuple(reversed([*path, step[0]]))


def _searched(
    graph: Dag, a: Collection[str], b: Collection[str], given: Collection[str]
) -> dict[Step, tuple[str, Step] | None]:
    """Return how each step was reached, the last being at `b`; empty where `b` is not reached."""
    blocked, opened = frozenset(given), graph.ancestors(given)
    came: dict[Step, tuple[str, Step] | None] = {(node, False): None for node in graph.sorted(a)}
    todo = deque(came)
    while todo:
        step = todo.popleft()
        for mark, after in _moves(graph, step, blocked, opened):
            if after in came:
                continue
            came[after] = (mark, step)
            if after[0] in b:
                return came
            todo.append(after)
    return {}


def _moves(graph: Dag, step: Step, blocked: frozenset[str], opened: frozenset[str]) -> Iterator[tuple[str, Step]]:
    """Yield where a path may go on from a step: through an arrowhead on both sides only where that is opened."""
    node, head = step
    passes = node not in blocked
    if passes:
        yield from (("->", (child, True)) for child in graph.children[node])
    if node in opened if head else passes:
        yield from (("<-", (parent, False)) for parent in graph.parents[node])
        yield from (("<->", (other, True)) for other in graph.spouses.get(node, ()))
