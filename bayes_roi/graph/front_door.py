"""The front door: mediators that carry all of an effect and share no unobserved cause with its ends."""

from __future__ import annotations

from collections.abc import Collection
from itertools import combinations, islice

from bayes_roi.graph.adjustment import causal_nodes, without_causal_paths
from bayes_roi.graph.dag import Dag
from bayes_roi.graph.separation import separated

LARGEST = 3
MOST_TRIED = 500


def front_door(graph: Dag, x: Collection[str], y: Collection[str]) -> tuple[str, ...]:
    """Return a smallest front door of the effect of x on y, empty where there is none (Pearl 2009, definition 3.3.3).

    It carries every directed path, no back-door path leads from x to it, and x closes those from it to y.

    Examples
    --------
    >>> tar = Dag({"smoke": (), "tar": ("smoke",), "cancer": ("tar",)}, frozenset({frozenset(("smoke", "cancer"))}))
    >>> front_door(tar, ["smoke"], ["cancer"])
    ('tar',)
    """
    behind = graph.without_effects_of(x)
    between = graph.sorted(causal_nodes(graph, x, y) - frozenset(y))
    fit = [m for m in between if separated(behind, x, [m])]
    tried = (c for size in range(1, LARGEST + 1) for c in combinations(fit, size))
    return next((c for c in islice(tried, MOST_TRIED) if _carries(graph, x, y, c)), ())


def _carries(graph: Dag, x: Collection[str], y: Collection[str], between: tuple[str, ...]) -> bool:
    """Return whether nodes carry every directed path and x closes the back doors from them to y."""
    around = graph.among(frozenset(graph.order) - frozenset(between))
    if not around.descendants(x).isdisjoint(y):
        return False
    return separated(without_causal_paths(graph, between, y), between, y, x)
