"""Blocks: the factors of the posterior.

With every node observed the posterior is a product over nodes of p(theta_v) p(data_v | data_parents(v), theta_v): the
parameters of different nodes share no term, so each node is a block of its own and is fitted alone. A missing cell that
is left to the model stands in the likelihood of its node and of every node that reads it, and joins them; an unobserved
common cause joins the two it acts on.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

from bayes_roi.mechanisms.arrays import Array, Namespace
from bayes_roi.model.language.model import Model
from bayes_roi.model.rows.design import Design

OWN = "its parents are observed and its parameters its own"


LogDensity = Callable[[Namespace, Mapping[str, Array]], Array]
"""What is known of a block's parameters beside the rows: their log likelihood (...,) over an array namespace."""


@dataclass(frozen=True)
class Block:
    """Nodes whose parameters are dependent a posteriori, causes first.

    `beside` is what else is known of them, as from an experiment; None where the rows are all there is.
    """

    nodes: tuple[str, ...]
    why: str = OWN
    beside: LogDensity | None = field(default=None, compare=False, repr=False)

    def __str__(self) -> str:
        return " + ".join(self.nodes)


def blocks(model: Model, rows: Design) -> tuple[Block, ...]:
    """Return the connected components of the relation "share an unknown of the posterior"."""
    group = {node: {node} for node in model.equation}
    why: dict[str, str] = {}
    for reason, nodes in shared_unknowns(model, rows):
        joined = set().union(*(group.get(n, {n}) for n in nodes))
        group |= dict.fromkeys(joined, joined)
        why |= dict.fromkeys(nodes, reason)
    order = model.computation.order
    found = {tuple(n for n in order if n in g) for g in group.values()}
    return tuple(
        Block(nodes, why[nodes[0]]) if nodes[0] in why else Block(nodes)
        for nodes in sorted(found, key=lambda ns: [order.index(n) for n in ns])
    )


def shared_unknowns(model: Model, rows: Design) -> Iterator[tuple[str, set[str]]]:
    """Yield each unknown that is not a parameter of one node's own: what it is, and the nodes whose factors hold it."""
    for cause in rows.missing:
        yield "missing cells are left to the model", {cause, *_readers(model, cause)}
    for cause in model.hidden:
        yield f"{cause}: an unobserved cause is shared", {cause, *_readers(model, cause)}
    for share, nodes in _shares(model).items():
        if len(nodes) > 1:
            yield f"terms share the parameters {share!r}", nodes


def _readers(model: Model, cause: str) -> set[str]:
    """Return the nodes with an equation that read a node, themselves or what is computed from it."""
    found: set[str] = set()
    for child in model.computation.children[cause]:
        found |= _readers(model, child) if child in model.identity else {child}
    return found


def _shares(model: Model) -> dict[str, set[str]]:
    """Return name -> the nodes whose terms share their parameters under it."""
    found: dict[str, set[str]] = {}
    for node in model.equation:
        for term in model.terms(node):
            if term.share_or_none is not None:
                found.setdefault(term.share_or_none, set()).add(node)
    return found
