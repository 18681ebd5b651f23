"""Which sources of a node's variation add up, and which interact on the way to it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

from bayes_roi.model.language.model import Model

Blocks = frozenset[frozenset[str]]
"""Sets of sources: a value is a sum of one function of each set."""


def additive_blocks(
    model: Model,
    target: str,
    sources: Mapping[str, Collection[str]],
    *,
    held: Collection[str] = (),
    nonlinear: Collection[str] = (),
) -> Blocks:
    r"""Return the sets of sources of which a node's value is a sum: f(a, b, c) = g(a, b) + h(c) gives {a, b} and {c}.

    What holds of functions holds of everything linear in them: the Shapley value of an expectation, and that of a
    variance where the sources are independent, can be found set by set.

    Parameters
    ----------
    model
        The equations.
    target
        The node whose value is asked for.
    sources
        Node -> names of what may vary there: the values of an exogenous or held node, the noise or the time terms of
        one with an equation.
    held
        Nodes that an intervention holds: their equations do not count.
    nonlinear
        Nodes that join all that reaches them, their own sources too, whatever their equation: because they are cut off
        at zero, say, or because a source of theirs is the equation itself.

    Examples
    --------
    >>> from bayes_roi.model.language.model import Model
    >>> model = Model(name="m", outcome="y", equations="m ~ a + interact(a, b)  \n y ~ m + hill(c)")
    >>> blocks = additive_blocks(model, "y", {"a": ["a"], "b": ["b"], "c": ["c"], "y": ["noise of y"]})
    >>> sorted(sorted(block) for block in blocks)
    [['a', 'b'], ['c'], ['noise of y']]
    """
    graph = model.computation.without_causes_of(frozenset(held))
    found: dict[str, Blocks] = {}
    for node in (n for n in graph.order if n in graph.ancestors([target])):
        varying = {p for p in graph.parents[node] if found[p]}
        own = [{s} for s in sources.get(node, ())]
        if node in held or (node not in model.equation and node not in model.identity):
            parts: list[Iterable[Collection[str]]] = []
        elif node in model.identity:
            bent = [p for p in varying if not model.identity[node].affine_in(p, varying)]
            parts = [found[p] for p in varying if p not in bent] + [_through(found, bent, affine=False)]
        else:
            terms = [(t, [p for p in t.parents if p in varying]) for t in model.terms(node)]
            parts = [_through(found, ps, all(t.affine_in(p, varying) for p in ps)) for t, ps in terms]
            trials = model.trials(node)
            parts += [found[trials]] if trials in varying else []
        sets = [*own, *(s for part in parts for s in part)]
        linked = node in model.equation and node not in held and model.family(node).link_name != "identity"
        found[node] = _joined([frozenset().union(*sets)] if sets and (linked or node in nonlinear) else sets)
    return found[target]


def _through(found: Mapping[str, Blocks], parents: Collection[str], affine: bool) -> Iterable[Collection[str]]:
    """Return the sets of a term's parents: as they are where it is affine in each, else all in one."""
    sets = [s for p in parents for s in found[p]]
    return sets if affine or not sets else [frozenset().union(*sets)]


def _joined(sets: Iterable[Collection[str]]) -> Blocks:
    """Return the finest partition of which every given set is inside one part."""
    parts: list[frozenset[str]] = []
    for s in sets:
        touched = [p for p in parts if p & set(s)]
        parts = [p for p in parts if p not in touched] + [frozenset(s).union(*touched)]
    return frozenset(p for p in parts if p)
