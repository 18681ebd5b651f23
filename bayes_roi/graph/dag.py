"""A directed acyclic graph with unobserved common causes (an ADMG)."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from graphlib import CycleError, TopologicalSorter

from bayes_roi.errors import ModelError


@dataclass(frozen=True)
class Dag:
    """Nodes with their parents, and the pairs that share an unobserved cause.

    Parameters
    ----------
    parents
        Node -> its parents; every node is a key.
    confounded
        Pairs `a ~~ b` of nodes with an unobserved common cause.

    Examples
    --------
    >>> funnel = Dag({"spend": (), "clicks": ("spend",), "revenue": ("clicks",)})
    >>> sorted(funnel.ancestors(["revenue"]))
    ['clicks', 'revenue', 'spend']
    """

    parents: Mapping[str, tuple[str, ...]]
    confounded: frozenset[frozenset[str]] = frozenset()

    @cached_property
    def order(self) -> tuple[str, ...]:
        """Nodes, each after its parents.

        Raises
        ------
        ModelError
            When there is a cycle, which it prints.
        """
        try:
            return tuple(TopologicalSorter(self.parents).static_order())
        except CycleError as error:
            cycle = " -> ".join(reversed(error.args[1]))
            raise ModelError(
                f"the equations form a cycle: {cycle}; a node cannot cause itself within a period, "
                "so leave out the edge that is not a cause"
            ) from None

    @cached_property
    def children(self) -> dict[str, tuple[str, ...]]:
        """Node -> the nodes it causes directly."""
        return {node: tuple(c for c in self.order if node in self.parents[c]) for node in self.order}

    def ancestors(self, nodes: Iterable[str]) -> frozenset[str]:
        """Return `nodes` and everything that causes them."""
        return self._reach(nodes, self.parents)

    def descendants(self, nodes: Iterable[str]) -> frozenset[str]:
        """Return `nodes` and everything they cause."""
        return self._reach(nodes, self.children)

    def without_causes_of(self, nodes: Collection[str]) -> Dag:
        """Return the graph after an intervention on `nodes`: no arrow and no unobserved cause enters them."""
        return Dag(
            {n: () if n in nodes else p for n, p in self.parents.items()},
            frozenset(pair for pair in self.confounded if not pair & set(nodes)),
        )

    @staticmethod
    def _reach(nodes: Iterable[str], step: Mapping[str, tuple[str, ...]]) -> frozenset[str]:
        seen: set[str] = set()
        todo = list(nodes)
        while todo:
            node = todo.pop()
            if node not in seen:
                seen.add(node)
                todo += step[node]
        return frozenset(seen)
