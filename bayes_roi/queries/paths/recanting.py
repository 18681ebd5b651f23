r"""Whether the graph tells an effect along one path from the rest of it, and what carries the number where it does not.

A path-specific effect lets every node on the path answer to the new value of the cause and all else to the old one. A
node W after the cause that also reaches the outcome off the path would have to answer to both at once: a recanting
witness. Then no experiment on the cause identifies the effect (Avin, Shpitser and Pearl 2005). With unobserved
common causes the same goes for a recanting district: nodes joined by them, of which the cause reaches some along the
path and others off it (Shpitser 2013). The natural direct effect is the effect along the
arrow cause -> outcome and is held to the same rule; all mediators are taken together, so that none is a confounder of
another (Pearl 2001).

What is computed from other nodes has no noise of its own and answers as they do; nodes that are not observed are
projected out. Where two paths become one by that, no column tells them apart.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

from bayes_roi.draws import Evidence
from bayes_roi.graph import Dag
from bayes_roi.model.language.model import Model
from bayes_roi.queries.evidence import evidence, unobserved_cause
from bayes_roi.queries.paths.routes import Route, count_routes

FORM = "the form of the equations carries it"


@dataclass(frozen=True)
class Identified:
    """What stands behind the effects of a cause on an outcome and their parts.

    Parameters
    ----------
    model
        The equations.
    graph
        The causal graph without the arrows into what the intervention holds.
    cause, outcome
        The ends of the paths.
    held
        All that the intervention holds, the cause among it.
    """

    model: Model
    graph: Dag
    cause: str
    outcome: str
    held: frozenset[str]

    @cached_property
    def total(self) -> Evidence:
        """Evidence of the total effect."""
        return evidence(self.model, self.held, self.outcome)

    def of_path(self, route: Route) -> Evidence:
        """Return the evidence of the effect along one path."""
        return Evidence.ASSUMED if self.objections(route) else self.total

    @property
    def split(self) -> Evidence:
        """Evidence of the natural direct and indirect effects."""
        return Evidence.ASSUMED if self.objections_to_split else self.total

    @cached_property
    def confounding(self) -> tuple[str, ...]:
        """Why none of the numbers is identified; empty where the total effect is."""
        why = unobserved_cause(self.model, self.held, self.outcome)
        return (why,) if why else ()

    @cached_property
    def mediators(self) -> frozenset[str]:
        """All nodes between the cause and the outcome."""
        between = self.graph.descendants([self.cause]) & self.graph.ancestors([self.outcome])
        return between - {self.cause, self.outcome}

    @cached_property
    def objections_to_split(self) -> tuple[str, ...]:
        """Why the graph does not tell the natural direct from the indirect effect."""
        if self.cause not in self.graph.parents[self.outcome]:
            return ()  # all of the effect is indirect
        found = [
            f"{z} and {self.outcome} share an unobserved cause, so that the graph does not tell direct from indirect "
            f"effect (a recanting district); {FORM}"
            for z in self._district_mates(self.outcome)
        ]
        if self._ways(self.cause, self.outcome) > 1:
            found.append(
                f"no column separates the arrow {self.cause} -> {self.outcome} from what is computed or unobserved "
                f"between the two; {FORM}"
            )
        return tuple(found)

    def objections(self, route: Route) -> tuple[str, ...]:
        """Return why the graph does not identify the effect along one path, one sentence each."""
        seen = tuple(n for n in route if n in self.projected.parents)
        found = [f"{n} on this path is not observed; {FORM}" for n in route[1:-1] if n in self.model.unobserved]
        found += [
            f"{seen[1]} on this path and {z} off it share an unobserved cause (a recanting district), so that the "
            f"graph does not identify this effect; {FORM}"
            for z in self._district_mates(seen[1])
        ]
        for w, on in pairwise(seen[1:]):
            others = [c for c in self._later.children[w] if c != on]
            if others:
                found.append(
                    f"{w} is a recanting witness: it moves {self.outcome} by way of {', '.join(others)} too, and would "
                    f"have to answer to both values of {self.cause} at once, so that the graph does not identify this "
                    f"effect; {FORM}"
                )
        found += [
            f"no column separates the paths from {a} to {b}, which differ in what is computed or unobserved; {FORM}"
            for a, b in pairwise(seen)
            if self._ways(a, b) > 1
        ]
        return tuple(found)

    def _ways(self, a: str, b: str) -> int:
        removed = frozenset(self.graph.parents) - frozenset(self.projected.parents)
        return count_routes(self.graph, a, b, removed)

    @cached_property
    def projected(self) -> Dag:
        """The graph over what is observed and random (the latent projection, Verma and Pearl 1990).

        Computed nodes are read as their parents, unobserved ones are common causes of their children.
        """
        ends = (self.cause, self.outcome)
        graph = self.graph
        for node in (n for n in self.graph.order if n not in ends):
            if node in self.model.identity or node in self.model.unobserved:
                graph = _without(graph, node, common=node in self.model.unobserved)
        return graph

    @cached_property
    def _later(self) -> Dag:
        """The projected graph of the outcome's causes, without the cause: what is asked how it answers."""
        kept = self.projected.without_causes_of([self.cause]).ancestors([self.outcome]) - {self.cause}
        parents = {
            n: tuple(p for p in self.projected.parents[n] if p in kept) for n in self.projected.order if n in kept
        }
        return Dag(parents, frozenset(pair for pair in self.projected.confounded if pair <= kept))

    def _district_mates(self, first: str) -> list[str]:
        """Return the other nodes that the cause acts on and that unobserved causes join to `first`."""
        district, todo = {first}, [first]
        while todo:
            node = todo.pop()
            new = {n for pair in self._later.confounded if node in pair for n in pair} - district
            district |= new
            todo += new
        return [n for n in self._later.order if n in district - {first} and self.cause in self.projected.parents[n]]


def _without(graph: Dag, node: str, *, common: bool) -> Dag:
    """Return a graph without a node, whose children answer to its parents; a `common` one joins its children too."""
    children = graph.children[node]
    parents = {
        n: tuple(dict.fromkeys(q for p in ps for q in (graph.parents[node] if p == node else (p,))))
        for n, ps in graph.parents.items()
        if n != node
    }
    spouses = {n for pair in graph.confounded if node in pair for n in pair} - {node}
    joined = {frozenset((a, b)) for a in children for b in (*children, *spouses) if a != b} if common else set()
    return Dag(parents, frozenset(pair for pair in graph.confounded if node not in pair) | joined)
