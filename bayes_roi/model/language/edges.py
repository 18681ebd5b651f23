"""The edges of a model, and how many periods an effect takes along them: what every walk over the graph goes by."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Literal, Protocol

from bayes_roi.graph import Dag
from bayes_roi.mechanisms import Term
from bayes_roi.model.language.equation import Confounding, Equation, Structural
from bayes_roi.model.language.identity import Identity

Kind = Literal["term", "identity", "trials", "latent"]


@dataclass(frozen=True)
class Edge:
    """One way in which a node's value enters another's.

    Parameters
    ----------
    parent, child
        Nodes of `Model.computation`.
    kind
        "term": a term of the child's equation reads the parent, be it a curve, a lag or an interaction. "identity":
        the child is computed of it. "trials": it is how often the child could have happened. "latent": it is the
        unobserved common cause that the child shares.
    lag
        The most periods from a value of the parent to what it does to the child.
    """

    parent: str
    child: str
    kind: Kind
    lag: int = 0


class Written(Protocol):
    """What edges are read from: the text of a model, as `Structure` has it."""

    @property
    def structural(self) -> tuple[Structural, ...]: ...
    @property
    def confounding(self) -> tuple[Confounding, ...]: ...
    @property
    def equation(self) -> dict[str, Equation]: ...
    @property
    def identity(self) -> dict[str, Identity]: ...
    @property
    def edges(self) -> tuple[Edge, ...]: ...
    @property
    def computation(self) -> Dag: ...
    @property
    def spends(self) -> frozenset[str]: ...
    @property
    def outcome(self) -> str: ...
    def terms(self, node: str) -> tuple[Term, ...]: ...
    def trials(self, node: str) -> str | None: ...


def edges(model: Written) -> tuple[Edge, ...]:
    r"""Return the edges of a model, in the order in which equations and parents are written.

    A parent that is read twice, by two terms or as trials and by a term, has an edge for each.

    `Model.edges` are the same, computed once.

    Examples
    --------
    >>> from bayes_roi.model.language.model import Model
    >>> text = "shows ~ hill(adstock(tv, max_lag=8)) \n clicks ~ price \n revenue ~ clicks"
    >>> model = Model(name="m", equations=text, outcome="revenue", time="week", families={"clicks": "binomial(shows)"})
    >>> for edge in edges(model):
    ...     print(edge.parent, edge.child, edge.kind, edge.lag)
    tv shows term 8
    price clicks term 0
    shows clicks trials 0
    clicks revenue term 0
    """
    written = [e.node for e in model.structural]
    return tuple(e for n in dict.fromkeys([*written, *model.equation]) for e in _into(model, n))


def _into(model: Written, node: str) -> list[Edge]:
    """Return the edges into a node."""
    if node in model.identity:
        return [Edge(p, node, "identity") for p in model.identity[node].parents]
    latents, trials = {str(c) for c in model.confounding}, model.trials(node)
    terms = [(p, t) for t in model.terms(node) for p in t.parents]
    return [
        *(Edge(p, node, "term", t.max_lag) for p, t in terms if p not in latents),
        *([] if trials is None else [Edge(trials, node, "trials")]),
        *(Edge(p, node, "latent") for p, _ in terms if p in latents),
    ]


def lags_to(model: Written, target: str) -> dict[str, int]:
    r"""Return, of each node that acts on a target, how many periods back its values still do, along any path.

    The lags of a path add up; of several paths the longest counts. The target itself is among them, with 0.

    Examples
    --------
    >>> from bayes_roi.model.language.model import Model
    >>> text = "clicks ~ adstock(tv, max_lag=8) \n revenue ~ lag(clicks, 2) + tv"
    >>> lags_to(Model(name="m", equations=text, outcome="revenue", time="week"), "revenue")
    {'revenue': 0, 'clicks': 2, 'tv': 10}
    """
    found, into = {target: 0}, dict[str, list[Edge]]()
    for edge in model.edges:
        into.setdefault(edge.child, []).append(edge)
    for node in (n for n in reversed(model.computation.order) if n in found):
        for edge in into.get(node, ()):
            found[edge.parent] = max(found.get(edge.parent, 0), found[node] + edge.lag)
    return found


def longest_lag(model: Written, *, beside: Collection[str] = ()) -> int:
    """Return the most periods back that one node reads another: the history that a row needs, `beside` these nodes."""
    return max((e.lag for e in model.edges if e.parent not in beside), default=0)


def carry_over(model: Written, target: str | None = None) -> int:
    """Return the most periods that an effect of a spend on a target (the outcome when None) takes, on any path."""
    lags = lags_to(model, target or model.outcome)
    return max((lags.get(s, 0) for s in model.spends), default=0)
