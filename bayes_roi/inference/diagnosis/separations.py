"""What a graph says does not hang together: the pairs of observed nodes that an observed set separates."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from bayes_roi.graph.adjustment import minimal_separators
from bayes_roi.graph.dag import Dag
from bayes_roi.graph.separation import separated
from bayes_roi.model.language.model import Model
from bayes_roi.model.language.observed_graph import observed_graph


@dataclass(frozen=True)
class Separation:
    """Two observed nodes that are independent once others are known, if the graph is right.

    Parameters
    ----------
    one, node
        The two; `node` has an equation, and `one` is not among what it causes.
    given
        Observed nodes that separate them: the causes of `node` where these do.
    upstream
        Whether `one` acts on `node` through others, or is given from outside: then its values are held against what
        is left of `node`, else what is left of both is.
    """

    one: str
    node: str
    given: tuple[str, ...]
    upstream: bool


def separations(model: Model) -> tuple[Separation, ...]:
    r"""Return the pairs without an edge that observed nodes separate.

    Two nodes without an equation are none of them: that spends do not hang together is no claim of the model. With
    `a ~~ b` a node hangs on its whole district (Richardson 2003), within which no pair is told of here.

    Examples
    --------
    >>> text = "clicks ~ tv \n sales ~ clicks + price"
    >>> for s in separations(Model(name="m", equations=text, outcome="sales")):
    ...     print(s.one, s.node, s.given)
    price clicks ('tv',)
    tv sales ('price', 'clicks')
    """
    return tuple(_found(model, observed_graph(model).graph))


def _found(model: Model, graph: Dag) -> Iterator[Separation]:
    seen = [n for n in graph.order if n in model.measured and n not in model.categorical]
    for at, node in enumerate(seen):
        others = seen[:at] if node in model.modelled else ()
        above = graph.ancestors([node])
        for one in others:
            if one in graph.parents[node] or one in graph.district([node]):
                continue
            given = _given(graph, one, node)
            if given is not None:
                yield Separation(one, node, given, one in above or one in model.exogenous)


def _given(graph: Dag, one: str, node: str) -> tuple[str, ...] | None:
    """Return an observed set that separates two nodes, None where none does."""
    causes = graph.sorted(graph.parents[node])
    if separated(graph, [one], [node], causes):
        return causes
    known = graph.ancestors([one, node]) - {one, node}
    found = minimal_separators(graph, [one], [node], known)
    return found[0] if found else None
