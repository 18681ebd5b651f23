"""Whether the graph identifies a joint intervention's effect from what is observed, and why not where it does not."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import pairwise

from bayes_roi.graph.dag import Dag
from bayes_roi.graph.identification import Hedge, exchanged, hedge_of
from bayes_roi.model.language.model import Model
from bayes_roi.model.language.observed_graph import (
    ObservedGraph,
    inputs,
    joined_through_time,
    observed_graph,
    periods_of,
    unrolled_graph,
)

Nodes = frozenset[str]
ONLY_PRIOR = "prior and form carry the number"


@dataclass(frozen=True)
class ObservedQuestion:
    """A question as it stands on the graph of what is observed.

    Parameters
    ----------
    x, y
        What is treated, of it what acts on the outcome, and the outcome; what is computed is the nodes it is of.
    beside
        What treated computed nodes are of that acts on the outcome in other ways too.
    refused
        Why no graph of observed nodes has the question, in words; empty where one does.
    given
        What is known besides.
    """

    x: Nodes
    y: Nodes
    beside: Nodes = frozenset()
    refused: str = ""
    given: Nodes = frozenset()

    @property
    def parts(self) -> tuple[tuple[Nodes, Nodes], ...]:
        """Treated nodes and outcomes of which all must be identified."""
        own = ((self.x, self.y - self.x),)
        return own if not self.beside else (*own, (self.x - self.beside, (self.y - self.x) | self.beside))


@dataclass(frozen=True)
class Verdict:
    """Whether a question is identified.

    Parameters
    ----------
    asked
        The question on the observed graph.
    observed
        The graph that decided: a node for each series, or for each period where that is what identifies it.
    unrolled
        Whether it is the one with a node for each period.
    reason
        Why it is not identified, in words; empty where it is.
    hedge
        What leaves it unidentified, by the graph; None where nothing does.
    """

    asked: ObservedQuestion
    observed: ObservedGraph
    unrolled: bool = False
    reason: str = ""
    hedge: Hedge | None = None

    def __bool__(self) -> bool:
        return not self.reason


def verdict(
    model: Model,
    treated: Collection[str],
    outcome: str,
    randomised: Collection[str] = (),
    given: Collection[str] = (),
) -> Verdict:
    r"""Return whether P(outcome | do(treated), given) is identified from what is observed, jointly for all treated.

    In a model of time all periods of the treated nodes are set. A node for each series is asked first; where that has a
    hedge, the graph with a node for each period is, on which what is given is known in the period of the outcome.
    Nodes that are `randomised` have no causes, as in an experiment.

    Examples
    --------
    >>> model = Model(name="m", equations="clicks ~ tv \n sales ~ clicks + tv \n clicks ~~ sales", outcome="sales")
    >>> bool(verdict(model, ["tv"], "sales")), verdict(model, ["clicks"], "sales").reason[:52]
    (True, 'an unobserved cause moves clicks and sales (clicks ~')
    """
    return _verdict(model, frozenset(treated), outcome, frozenset(randomised), frozenset(given))


@lru_cache(maxsize=4096)
def _verdict(model: Model, treated: Nodes, outcome: str, randomised: Nodes, given: Nodes) -> Verdict:
    question, observed = _asked(model, treated, outcome, given), _without_causes(observed_graph(model), randomised)
    if question.refused:
        return Verdict(question, observed, reason=f"{question.refused}; {ONLY_PRIOR}")
    hedge = _hedge(observed.graph, question)
    if hedge is None:
        return Verdict(question, observed)
    if model.max_lag:
        later = _without_causes(unrolled_graph(model, outcome, *sorted(given)), randomised)
        untreated = [n for n in model.exogenous if n not in treated]
        in_all = _in_all_periods(question, later.graph)
        if _hedge(later.graph, in_all) is None:
            joined = joined_through_time(later, untreated)
            if not given or _hedge(joined.graph, in_all) is None:
                return Verdict(in_all, joined, unrolled=True)
    return Verdict(question, observed, reason=f"{_said(observed, question, hedge)}; {ONLY_PRIOR}", hedge=hedge)


def _asked(model: Model, treated: Nodes, outcome: str, given: Nodes) -> ObservedQuestion:
    """Return a question with what is given, which no computed node that is treated may be made of."""
    question = observed_question(model, treated, outcome, given)
    computed = [n for n in model.nodes if n in treated & model.identity.keys()]
    parts = [(n, node) for node in computed for n in model.nodes if n in given & inputs(model, node)]
    why = question.refused
    if parts:
        why = f"{parts[0][0]} is given, and {parts[0][1]}, which is set, is computed from it"
    elif given and question.beside and not why:
        text = " and ".join(n for n in model.nodes if n in question.beside)
        acts = "acts" if len(question.beside) == 1 else "act"
        why = f"{computed[0]} is computed from {text}, which {acts} on {outcome} or on what is given in other ways too"
    return replace(question, y=question.y - given, given=given, refused=why)


def _without_causes(observed: ObservedGraph, randomised: Nodes) -> ObservedGraph:
    if not randomised:
        return observed
    return replace(observed, graph=observed.graph.without_causes_of(periods_of(observed.graph, randomised)))


def observed_question(model: Model, treated: Nodes, outcome: str, given: Nodes = frozenset()) -> ObservedQuestion:
    """Return a question on the observed graph.

    Treating a computed node is treating what it is computed from, which has the same effect where that acts through it
    alone. What of it acts in other ways too stays as it is, and then the rest must be able to move the node beside it:
    with nothing left, no data show the node at any value but the one that its inputs give.
    """
    above = model.computation.without_causes_of(treated).ancestors([outcome, *given])
    acting = treated & above
    unseen = [n for n in model.nodes if n in model.unobserved and n in {*acting, outcome}]
    if unseen:
        return ObservedQuestion(
            acting, frozenset([outcome]), refused=f"{' and '.join(unseen)} {_is(unseen)} not observed"
        )
    x, beside = set(acting), set[str]()
    for node in (n for n in model.nodes if n in acting & model.identity.keys()):
        of = inputs(model, node)
        other_ways = of & above
        if other_ways == of:
            text = " and ".join(n for n in model.nodes if n in of)
            why = f"{node} is computed from {text} alone, which acts on {outcome} in other ways too"
            only = f"{why}: no data show {node} at another value beside {text}"
            return ObservedQuestion(acting, frozenset([outcome]), refused=only)
        x = x - {node} | of
        beside |= other_ways
    return ObservedQuestion(frozenset(x), inputs(model, outcome), frozenset(beside))


def _hedge(graph: Dag, question: ObservedQuestion) -> Hedge | None:
    """Return the first hedge of a question's parts, None where all are identified."""
    known = ((y, x) for x, y in question.parts if y)
    return next((hedge for y, x in known if (hedge := hedge_of(graph, y, x, question.given)) is not None), None)


def _in_all_periods(question: ObservedQuestion, graph: Dag) -> ObservedQuestion:
    treated, beside = periods_of(graph, question.x), periods_of(graph, question.beside)
    return replace(question, x=treated, beside=beside)


def _said(observed: ObservedGraph, question: ObservedQuestion, hedge: Hedge) -> str:
    """Return a hedge in words: what is shared, and what acts on what."""
    chain = hidden_chain(observed.graph, question, hedge)
    lines = []
    for pair in pairwise(chain):
        a, b = observed.graph.sorted(pair)
        lines.append(f"an unobserved cause moves {a} and {b} ({', '.join(observed.causes[frozenset(pair)])})")
    ways = (directed(observed.graph, chain[0], n) for n in observed.graph.sorted(question.y | question.given))
    way = next((w for w in ways if w), chain[:1])
    return f"{', '.join(lines)} beside {' -> '.join(way)}, and no observed column tells the two apart"


def hidden_chain(graph: Dag, question: ObservedQuestion, hedge: Hedge) -> tuple[str, ...]:
    """Return a shortest chain of unobserved causes by which a hedge joins a treated node to the rest of it."""
    treated, _ = exchanged(graph, question.y, question.x, question.given)
    return shared(graph, treated & hedge.district, hedge)


def shared(graph: Dag, treated: Nodes, hedge: Hedge) -> tuple[str, ...]:
    """Return a shortest chain of unobserved causes from a treated node to what is left, inside a hedge."""
    inside = graph.among(hedge.district)
    chains: list[tuple[str, ...]] = [(n,) for n in graph.sorted(treated)]
    seen = set(treated)
    for chain in chains:
        if chain[-1] in hedge.rest:
            return chain
        for other in inside.spouses.get(chain[-1], ()):
            if other not in seen:
                seen.add(other)
                chains.append((*chain, other))
    return chains[0]


def directed(graph: Dag, start: str, end: str) -> tuple[str, ...]:
    """Return a shortest directed path, empty where there is none."""
    ways: list[tuple[str, ...]] = [(start,)]
    seen = {start}
    for way in ways:
        if way[-1] == end:
            return way
        for child in graph.children[way[-1]]:
            if child not in seen:
                seen.add(child)
                ways.append((*way, child))
    return ()


def _is(nodes: Collection[str]) -> str:
    return "is" if len(nodes) == 1 else "are"
