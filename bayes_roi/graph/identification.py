r"""P(y | do(x)) from the observed law: the ID and IDC algorithms (Tian and Pearl 2002; Shpitser and Pearl 2006a, b).

Nodes are those of a graph in which unobserved causes are bidirected edges (`projected`). A district is what chains of
these join (the papers' c-component), C(G) the districts of G, An(Y) the ancestors of Y, those in it included. ID is
complete: where it fails there is a hedge, and then two models have the same observed law and different effects.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Collection
from dataclasses import dataclass

from bayes_roi.graph.dag import Dag
from bayes_roi.graph.expression import Expression, Probability, product, ratio, summed
from bayes_roi.graph.separation import separated

Nodes = frozenset[str]


@dataclass(frozen=True)
class Hedge:
    """Why an effect is not identified: a district F, and the district F' of it that is left under the intervention.

    All of F acts on F' inside F, and unobserved causes join all of it, so that no data tell what F' answers to the
    treated nodes in F from what it shares with them.

    Parameters
    ----------
    district
        F, with treated nodes in it.
    rest
        F', of which the outcome is made.
    """

    district: Nodes
    rest: Nodes


def effect(graph: Dag, y: Collection[str], x: Collection[str], given: Collection[str] = ()) -> Expression | Hedge:
    """Return the formula of P(y | do(x), given) in the observed law, or the hedge that leaves it without one.

    Parameters
    ----------
    graph
        The observed nodes; `confounded` pairs have an unobserved common cause.
    y, x, given
        Disjoint sets of nodes.

    Examples
    --------
    >>> front = Dag({"x": (), "z": ("x",), "y": ("z",)}, frozenset({frozenset("xy")}))
    >>> print(effect(front, ["y"], ["x"]))
    sum_{z} P(z | x) sum_{x'} P(y | x', z) P(x')
    """
    return idc(graph, frozenset(y), frozenset(x), frozenset(given))


def hedge_of(graph: Dag, y: Collection[str], x: Collection[str], given: Collection[str] = ()) -> Hedge | None:
    """Return the hedge that leaves P(y | do(x), given) unidentified, None where it is identified; without any formula.

    Each district of what is left of An(Y) under the intervention must be what remains of the whole when one takes, in
    turn, its ancestors and its district (Tian and Pearl 2002). What is given is asked with y, but for what may be taken
    for an intervention.
    """
    x, z = exchanged(graph, frozenset(y), frozenset(x), frozenset(given))
    y = frozenset(y) | z
    above = graph.among(graph.ancestors(y))
    left = above.among(above.without_causes_of(x).ancestors(y) - frozenset(x))
    for rest in left.districts:
        inside, before = above, None
        while inside.order != before:
            before = inside.order
            inside = inside.among(inside.district(rest))
            inside = inside.among(inside.ancestors(rest))
        if (district := frozenset(inside.order)) != rest:
            return Hedge(district, rest)
    return None


def idc(graph: Dag, y: Nodes, x: Nodes, z: Nodes) -> Expression | Hedge:
    """Return P(y | do(x), z): what of z may be taken for an intervention is so; the rest divides."""
    x, z = exchanged(graph, y, x, z)
    joint = identified(graph, y | z, x, Observed(graph))
    if isinstance(joint, Hedge) or not z:
        return joint
    return ratio(joint, summed(graph.sorted(y), joint))


def exchanged(graph: Dag, y: Nodes, x: Nodes, z: Nodes) -> tuple[Nodes, Nodes]:
    """Return x with all of z that may be taken for an intervention (rule 2 of do-calculus), and what is left of z."""
    for node in graph.sorted(z):
        cut = graph.without_causes_of(x).without_effects_of([node])
        if separated(cut, y, [node], x | z - {node}):
            return exchanged(graph, y, x | {node}, z - {node})
    return x, z


def identified(graph: Dag, y: Nodes, x: Nodes, law: Law) -> Expression | Hedge:
    """Return P(y | do(x)), a formula in `law`, that of the nodes of `graph`; the lines are the paper's."""
    v = frozenset(graph.order)
    if not x:
        return line_1(y, law)
    if graph.ancestors(y) != v:
        return line_2(graph, y, x, law)
    if w := v - x - graph.without_causes_of(x).ancestors(y):
        return line_3(graph, y, x, w, law)
    districts = graph.among(v - x).districts
    if len(districts) > 1:
        return line_4(graph, y, x, districts, law)
    (s,) = districts
    if len(graph.districts) == 1:
        return line_5(v, s)
    if s in graph.districts:
        return line_6(graph, y, s, law)
    return line_7(graph, y, x, s, law)


def line_1(y: Nodes, law: Law) -> Expression:
    """Without an intervention it is the law's own marginal."""
    return law.marginal(y)


def line_2(graph: Dag, y: Nodes, x: Nodes, law: Law) -> Expression | Hedge:
    """Return the same among An(Y): what is no ancestor of Y is summed out."""
    above = graph.ancestors(y)
    return identified(graph.among(above), y, x & above, law.among(above))


def line_3(graph: Dag, y: Nodes, x: Nodes, w: Nodes, law: Law) -> Expression | Hedge:
    """Return the same with w treated too, at any value: what does not act on Y under do(x) may be set."""
    return identified(graph, y, x | w, law)


def line_4(graph: Dag, y: Nodes, x: Nodes, districts: Collection[Nodes], law: Law) -> Expression | Hedge:
    """Return the product of the districts' own effects, summed over all but Y and x."""
    v = frozenset(graph.order)
    factors: list[Expression] = []
    for s in districts:
        factor = identified(graph, s, v - s, law)
        if isinstance(factor, Hedge):
            return factor
        factors.append(factor)
    return summed(graph.sorted(v - y - x), product(factors))


def line_5(v: Nodes, s: Nodes) -> Hedge:
    """Return the hedge: the whole graph is one district, and so is what is left of it."""
    return Hedge(v, s)


def line_6(graph: Dag, y: Nodes, s: Nodes, law: Law) -> Expression:
    """Return the product of each node's law given all before it: a district of the whole graph is read off the law."""
    return summed(graph.sorted(s - y), product(_conditionals(graph, s, law)))


def line_7(graph: Dag, y: Nodes, x: Nodes, s: Nodes, law: Law) -> Expression | Hedge:
    """Return the same within the district around s, whose law is a product of conditionals."""
    around = next(d for d in graph.districts if s < d)
    inside = Derived(product(_conditionals(graph, around, law)), around)
    return identified(graph.among(around), y, x & around, inside)


def _conditionals(graph: Dag, nodes: Nodes, law: Law) -> list[Expression]:
    """Return P(v | all before v) of each of some nodes, effects first."""
    before = {v: graph.order[:at] for at, v in enumerate(graph.order)}
    return [law.conditional(v, before[v]) for v in reversed(graph.order) if v in nodes]


class Law(ABC):
    """The law of some nodes, as formulas in the observed one."""

    @abstractmethod
    def marginal(self, nodes: Collection[str]) -> Expression:
        """Return the law of some of its nodes."""

    @abstractmethod
    def conditional(self, node: str, before: tuple[str, ...]) -> Expression:
        """Return the law of a node given others."""

    @abstractmethod
    def among(self, nodes: Nodes) -> Law:
        """Return the law of some of its nodes, as a law."""


@dataclass(frozen=True)
class Observed(Law):
    """The observed law; a conditional names no more than what the node depends on, given the rest, by the graph."""

    graph: Dag

    def marginal(self, nodes: Collection[str]) -> Expression:
        return Probability(self.graph.sorted(nodes))

    def conditional(self, node: str, before: tuple[str, ...]) -> Expression:
        given = list(before)
        for other in before:
            rest = [n for n in given if n != other]
            if separated(self.graph, [node], [other], rest):
                given = rest
        return Probability((node,), tuple(given))

    def among(self, nodes: Nodes) -> Law:
        return self


@dataclass(frozen=True)
class Derived(Law):
    """A law of some nodes that is an expression in the observed one."""

    expression: Expression
    nodes: Nodes

    def marginal(self, nodes: Collection[str]) -> Expression:
        return summed(sorted(self.nodes - frozenset(nodes)), self.expression)

    def conditional(self, node: str, before: tuple[str, ...]) -> Expression:
        return ratio(self.marginal({node, *before}), self.marginal(before))

    def among(self, nodes: Nodes) -> Law:
        return Derived(self.marginal(nodes), self.nodes & nodes)
