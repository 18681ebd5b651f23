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
        found: dict[str, list[str]] = {node: [] for node in self.order}
        for node in self.order:
            for parent in self.parents[node]:
                found[parent].append(node)
        return {node: tuple(children) for node, children in found.items()}

    @cached_property
    def spouses(self) -> dict[str, tuple[str, ...]]:
        """Node -> the nodes with which it shares an unobserved cause."""
        found: dict[str, list[str]] = {node: [] for node in self.order}
        for a, b in (sorted(pair) for pair in self.confounded):
            found[a].append(b)
            found[b].append(a)
        return {node: tuple(n for n in self.order if n in set(others)) for node, others in found.items() if others}

    @cached_property
    def districts(self) -> tuple[frozenset[str], ...]:
        """The nodes that chains of unobserved causes join, causes first (c-components, Tian and Pearl 2002)."""
        found: dict[str, frozenset[str]] = {}
        for node in self.order:
            if node not in found:
                found |= dict.fromkeys(joined := self.district([node]), joined)
        return tuple(dict.fromkeys(found[node] for node in self.order))

    def district(self, nodes: Iterable[str]) -> frozenset[str]:
        """Return `nodes` and what chains of unobserved causes join to them."""
        return self._reach(nodes, self.spouses)

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

    def without_effects_of(self, nodes: Collection[str]) -> Dag:
        """Return the graph without the arrows out of `nodes`."""
        return Dag({n: tuple(p for p in ps if p not in nodes) for n, ps in self.parents.items()}, self.confounded)

    def among(self, nodes: Collection[str]) -> Dag:
        """Return the part of the graph that is among `nodes`."""
        kept = frozenset(nodes)
        parents = {n: tuple(p for p in self.parents[n] if p in kept) for n in self.order if n in kept}
        return Dag(parents, frozenset(pair for pair in self.confounded if pair <= kept))

    def sorted(self, nodes: Iterable[str]) -> tuple[str, ...]:
        """Return `nodes`, each after its causes."""
        return tuple(sorted(set(nodes), key=self._place.__getitem__))

    @cached_property
    def _place(self) -> dict[str, int]:
        return {node: at for at, node in enumerate(self.order)}

    @staticmethod
    def _reach(nodes: Iterable[str], step: Mapping[str, tuple[str, ...]]) -> frozenset[str]:
        seen: set[str] = set()
        todo = list(nodes)
        while todo:
            node = todo.pop()
            if node not in seen:
                seen.add(node)
                todo += step.get(node, ())
        return frozenset(seen)
