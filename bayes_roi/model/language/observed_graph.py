"""The graph of what a model observes: what identification runs on.

Unobserved nodes and pairs `a ~~ b` become bidirected edges (`projected`), so that two ways of writing one graph are one
graph. Accounting identities are expanded: a node computed from others without noise is no more than these. A node
stands for its whole series; `unrolled_graph` has a node for each period instead, on which effects that come later than
what confounds them, and noise that goes on from period to period, show.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from itertools import combinations

from bayes_roi.graph.dag import Dag
from bayes_roi.graph.projection import expanded, projected, reached_from
from bayes_roi.mechanisms import Varying
from bayes_roi.mechanisms.node import Lag
from bayes_roi.model.language.model import Model

Pair = frozenset[str]


@dataclass(frozen=True)
class ObservedGraph:
    """Observed nodes with noise of their own, and what unobserved causes they share.

    Parameters
    ----------
    graph
        The graph.
    causes
        Pair of nodes -> the unobserved causes that they share, in words.
    """

    graph: Dag
    causes: Mapping[Pair, tuple[str, ...]] = field(default_factory=dict)

    def named(self, path: Sequence[str]) -> tuple[str, ...]:
        """Return a path of nodes and marks with the first of the unobserved causes of each `<->` that has a name."""
        found = list(path[:1])
        for a, mark, b in zip(path[::2], path[1::2], path[2::2], strict=False):
            cause = self.causes[frozenset((a, b))][0] if mark == "<->" else "~~"
            found += [mark, b] if "~~" in cause else ["<-", cause, "->", b]
        return tuple(found)


@lru_cache(maxsize=64)
def observed_graph(model: Model) -> ObservedGraph:
    r"""Return the graph of a model's observed nodes, a node for each series.

    Examples
    --------
    >>> text = "spend ~ intent \n clicks ~ spend \n orders := 2 * clicks \n sales ~ orders + intent"
    >>> found = observed_graph(Model(name="m", equations=text, outcome="sales", unobserved=("intent",)))
    >>> found.graph.parents
    {'clicks': ('spend',), 'sales': ('clicks',), 'spend': ()}
    >>> {" and ".join(sorted(pair)): names for pair, names in found.causes.items()}
    {'sales and spend': ('intent',)}
    """
    return _observed(model.computation, model.hidden, model.identity, {})


@lru_cache(maxsize=256)
def unrolled_graph(model: Model, *outcomes: str) -> ObservedGraph:
    r"""Return the graph of all that acts on some nodes in one period, a node for each period of what does.

    Nothing earlier acts on them, as effects end with their lags. `x[t-2]` is x two periods before. Of autocorrelated
    noise all periods share an unobserved cause.

    Examples
    --------
    >>> model = Model(name="m", equations="sales ~ lag(spend, 1) \n spend ~~ sales", outcome="sales", time="week")
    >>> found = unrolled_graph(model, "sales").graph
    >>> found.parents, found.confounded
    ({'sales': ('spend[t-1]',), 'spend[t-1]': ()}, frozenset())
    """
    into = _into(model)
    parents: dict[str, tuple[str, ...]] = {}
    hidden, names = set[str](), dict[str, str]()
    todo = [(node, 0) for node in outcomes]
    while todo:
        node, back = todo.pop()
        if (here := at(node, back)) in parents:
            continue
        causes = list(dict.fromkeys((p, back + lag) for p, lag in into.get(node, ())))
        todo += causes
        names[here] = node
        past = [_past(node)] if model.noise_of(node).autoregressive else []
        parents[here] = (*(at(p, k) for p, k in causes), *past)
        hidden |= {here, *past} if node in model.hidden else set(past)
    for node in (n for n in dict.fromkeys(names.values()) if model.noise_of(n).autoregressive):
        parents[_past(node)], names[_past(node)] = (), _past(node)
    computed = {here for here, node in names.items() if node in model.identity and here not in hidden}
    return _observed(Dag(parents), hidden, computed, names)


def joined_through_time(observed: ObservedGraph, nodes: Collection[str]) -> ObservedGraph:
    """Return an unrolled graph in which all periods of each of some nodes share an unobserved cause.

    What has no equation may go on from period to period in any way. With nodes that share no other cause this changes
    no verdict, but what has to be adjusted for.
    """
    pairs = [frozenset(p) for n in nodes for p in combinations(sorted(periods_of(observed.graph, [n])), 2)]
    graph = replace(observed.graph, confounded=observed.graph.confounded.union(pairs))
    return ObservedGraph(graph, {**observed.causes, **dict.fromkeys(pairs, ("what came before",))})


def inputs(model: Model, node: str) -> frozenset[str]:
    """Return what has noise of its own or is given, of what a node is computed from; the node itself of any other."""
    if node not in model.identity:
        return frozenset([node])
    return frozenset().union(*(inputs(model, p) for p in model.identity[node].parents))


def at(node: str, back: int) -> str:
    """Return what a node is called some periods back.

    >>> at("clicks", 2), at("clicks", 0)
    ('clicks[t-2]', 'clicks')
    """
    return f"{node}[t-{back}]" if back else node


def periods_of(graph: Dag, nodes: Collection[str]) -> frozenset[str]:
    """Return the nodes of an unrolled graph that some nodes are in any period."""
    return frozenset(n for n in graph.order if n.partition("[t-")[0] in nodes)


def _past(node: str) -> str:
    """Return what the unobserved cause is called that the periods of a node share; no node is called so."""
    return f"the autocorrelated noise of {node}"


def _into(model: Model) -> dict[str, list[tuple[str, int]]]:
    """Return node -> its parents, with the lag of each way in which they enter it."""
    found: dict[str, list[tuple[str, int]]] = {}
    for node in model.computation.order:
        by_term = [(p, lag) for t in model.terms(node) for p in t.parents for lag in _lags(t)]
        other = [(e.parent, 0) for e in model.edges if e.child == node and e.kind in ("identity", "trials")]
        found[node] = [*by_term, *other]
    return found


def _lags(term: object) -> Iterator[int]:
    """Yield the lags at which a term reads its parents: one alone of `lag`, up to the longest of an adstock."""
    inner = term.term if isinstance(term, Varying) else term
    yield from (inner.k,) if isinstance(inner, Lag) else range(inner.max_lag + 1)  # type: ignore[attr-defined]


def _observed(
    whole: Dag, hidden: Collection[str], computed: Collection[str], names: Mapping[str, str]
) -> ObservedGraph:
    graph = expanded(whole, computed)
    causes: dict[Pair, dict[str, None]] = {}
    reached = reached_from(graph, frozenset(hidden))
    for node in (n for n in graph.order if n in reached):
        for pair in combinations(sorted(reached[node]), 2):
            causes.setdefault(frozenset(pair), {})[names.get(node, node)] = None
    return ObservedGraph(projected(graph, hidden), {pair: tuple(cause) for pair, cause in causes.items()})
