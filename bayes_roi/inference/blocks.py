"""Blocks: the factors of the posterior.

With every node observed the posterior is a product over nodes of p(theta_v) p(data_v | data_parents(v), theta_v): the
parameters of different nodes share no term, so each node is a block of its own and is fitted alone. A missing cell that
is left to the model stands in the likelihood of its node and of every node that reads it, and joins them.
"""

from __future__ import annotations

from dataclasses import dataclass

from bayes_roi.model.design import Design
from bayes_roi.model.model import Model


@dataclass(frozen=True)
class Block:
    """Nodes whose parameters are dependent a posteriori, causes first."""

    nodes: tuple[str, ...]
    why: str = "its parents are observed and its parameters its own"

    def __str__(self) -> str:
        return " + ".join(self.nodes)


def blocks(model: Model, rows: Design) -> tuple[Block, ...]:
    """Return the connected components of the relation "share a term of the posterior"."""
    group = {node: {node} for node in model.equation}
    for cause in rows.missing:
        group.setdefault(cause, {cause})
        for reader in model.graph.children[cause]:
            joined = group[cause] | group[reader]
            group |= dict.fromkeys(joined, joined)
    found = {tuple(n for n in model.nodes if n in g) for g in group.values()}
    reason = "missing cells left to the model tie the nodes that read them"
    return tuple(
        Block(nodes, reason) if set(nodes) & set(rows.missing) else Block(nodes)
        for nodes in sorted(found, key=lambda ns: [model.nodes.index(n) for n in ns])
    )
