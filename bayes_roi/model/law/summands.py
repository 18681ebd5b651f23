"""Of which small functions a node's value is the sum, when equations themselves may change."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from bayes_roi.model.language.model import Model

Sets = frozenset[frozenset[str]]
"""Sets of sources, none inside another: a value is a sum of one function of each."""


@dataclass(frozen=True)
class OwnSources:
    """What may vary at a node with an equation or at an exogenous one, by name; None for what stays as it is.

    Parameters
    ----------
    values
        The values of an exogenous node.
    noise, time, mechanism
        The noise, the time terms and the parameters of an equation.
    """

    values: str | None = None
    noise: str | None = None
    time: str | None = None
    mechanism: str | None = None

    @property
    def names(self) -> tuple[str, ...]:
        """All that vary."""
        return tuple(n for n in (self.values, self.time, self.mechanism, self.noise) if n is not None)


NONE = OwnSources()


def summands(model: Model, target: str, sources: dict[str, OwnSources]) -> Sets:
    r"""Return the sets of sources of which a node's value is a sum of functions.

    f(a, b) + g(b, c) gives {a, b} and {b, c}.

    Unlike `additive_blocks` the sets may overlap, which keeps them small where an equation's parameters are a source:
    these meet every parent in a product of two, but do not make the parents meet one another. What is linear in such
    a value is known from the coalitions inside these sets alone (Harsanyi 1963: the dividends of all others are zero).

    Examples
    --------
    >>> model = Model(name="m", outcome="y", equations="y ~ a + hill(c)")
    >>> varying = {"a": OwnSources("a"), "c": OwnSources("c"), "y": OwnSources(noise="noise", mechanism="mechanism")}
    >>> sorted(sorted(s) for s in summands(model, "y", varying))
    [['a', 'mechanism'], ['c', 'mechanism'], ['noise']]
    """
    graph, found = model.computation, dict[str, Sets]()
    for node in (n for n in graph.order if n in graph.ancestors([target])):
        own = sources.get(node, NONE)
        if node in model.equation:
            found[node] = _of_equation(model, node, own, found)
        elif node in model.identity:
            varying = {p for p in graph.parents[node] if found[p]}
            bent = [p for p in varying if not model.identity[node].affine_in(p, varying)]
            straight = [s for p in varying if p not in bent for s in found[p]]
            found[node] = _largest([*straight, _all(found, bent)])
        else:
            found[node] = _largest([frozenset(own.names)])
    return found[target]


def _of_equation(model: Model, node: str, own: OwnSources, found: dict[str, Sets]) -> Sets:
    """Return the sets of a node with an equation: those of each term, met by what the equation's own parameters are."""
    mechanism, noise = _only(own.mechanism), _only(own.noise)
    parts: list[frozenset[str]] = [mechanism]
    for term in model.terms(node):
        varying = [p for p in term.parents if found[p]]
        if all(term.affine_in(p, varying) for p in varying):
            parts += [s | mechanism for p in varying for s in found[p]]
        else:
            parts.append(_all(found, varying) | mechanism)
        parts.append(mechanism if term.parents else mechanism | _only(own.time))
    trials = model.trials(node)
    parts += [noise, *(found[trials] if trials else ())]
    if model.family(node).link_name != "identity" or model.family(node).link_noise is None:
        parts = [frozenset[str]().union(*parts)]
    return _largest(parts)


def _only(name: str | None) -> frozenset[str]:
    return frozenset() if name is None else frozenset({name})


def _all(found: dict[str, Sets], nodes: Collection[str]) -> frozenset[str]:
    return frozenset().union(*(s for p in nodes for s in found[p]))


def _largest(sets: Iterable[frozenset[str]]) -> Sets:
    """Return the sets that are not inside another."""
    distinct = {s for s in sets if s}
    return frozenset(s for s in distinct if not any(s < other for other in distinct))
