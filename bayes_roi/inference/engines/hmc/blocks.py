"""Which blocks have a density here."""

from __future__ import annotations

from collections.abc import Collection, Iterator

import numpy as np

from bayes_roi.inference.engines.hmc.coordinates import COORDINATES, Positive
from bayes_roi.inference.engines.hmc.equation import collapses
from bayes_roi.inference.engines.hmc.terms import gaps, middle
from bayes_roi.mechanisms.media import Joint
from bayes_roi.model.language.model import Model
from bayes_roi.model.law.parameters import NodeParameters, node_parameters
from bayes_roi.model.pymc.marginal import integrable
from bayes_roi.model.rows.design import Design
from bayes_roi.model.rows.view import View

MOST_CELLS = 400_000
"""Rows times curves: beyond, a compiled gradient of one chain at a time is the faster."""

MOST_READ = 20_000_000
"""Rows times columns, or products of columns by period: where effects of periods are integrated out."""

MOST_OF_UNITS = 120
"""Parameters of panel units: its steps learn how each moves with each."""


def objections(model: Model, rows: Design, nodes: Collection[str]) -> Iterator[str]:
    """Yield what stands against sampling a block here."""
    graph = model.computation
    reads = set(nodes) | {p for n in nodes for p in graph.parents[n]}
    yield from _of_gaps(model, rows, nodes, reads)
    hidden = [n for n in graph.order if n in nodes and n in model.hidden]
    if hidden and not integrable(model, rows, nodes):
        yield f"{hidden[0]} is not observed and cannot be integrated out"
    for node in (n for n in graph.order if n in nodes and n in model.equation):
        yield from _of_equation(
            model, rows, node_parameters(model, rows, node), {c for h in hidden for c in graph.children[h]}
        )


def _of_gaps(model: Model, rows: Design, nodes: Collection[str], reads: Collection[str]) -> Iterator[str]:
    """Yield what stands against missing cells.

    Those of causes from outside the model are sampled; those of a node that no equation reads are left out where its
    noise is normal, and drawn afterwards.
    """
    for node in sorted(set(reads) & set(rows.missing)):
        if node in model.equation and not _can_be_left_out(model, rows, nodes, node):
            yield f"{node} has an equation and missing cells that are left to the model"
        if computed := [
            n for n in model.computation.children[node] if n in model.identity and node not in model.equation
        ]:
            yield f"{computed[0]} is computed from {node}, which has missing cells that are left to the model"


def _can_be_left_out(model: Model, rows: Design, nodes: Collection[str], node: str) -> bool:
    """Whether no other equation of the block could read a node, and its missing rows tell nothing of its parameters."""
    alone = {n for n in nodes if n in model.equation or n in model.hidden} == {node}
    plain = collapses(model, node) and model.family(node).link_name == "identity"
    return alone and plain and not rows.units and rows.size is None


def _of_equation(model: Model, rows: Design, node: NodeParameters, beside_hidden: Collection[str]) -> Iterator[str]:
    integrated = node.pooled_intercept is not None and node.node not in beside_hidden and collapses(model, node.node)
    if (count := len(rows.units) * (len(node.pooled) - integrated)) > MOST_OF_UNITS:
        yield f"{count:,} parameters of its {model.panel}s are too many for it"
    if node.periods is not None:
        yield from _of_periods(model, rows, node, integrated=node.node not in beside_hidden)
    view = View(np, rows, {n: rows.observed(np, n) for n in rows.rows})
    curves = sum(bool(t.shape) for t in node.terms)
    if rows.length * (1 + curves) > MOST_CELLS:
        yield f"{rows.length:,} rows are too many for it"
    for t in node.terms:
        if t.term.share_or_none is not None:
            yield f"{t.term} shares its parameters"
        moves = bool(t.shape or gaps(t, view))
        if moves and (t.width or t.effect is None):
            yield f"{t.term} has {'parameters' if t.shape else 'missing cells'} in its curve, and not one effect"
        by_log = moves and t.effect is not None and t.effect.support == (0.0, np.inf)
        bounded = node.media is not None and node.media.bounded and t.effect_name in node.jointly
        coordinates = Positive if by_log or bounded else object
        kind = COORDINATES.get(type(t.effect)) if t.effect is not None and not isinstance(t.effect, Joint) else Positive
        if kind is None or not issubclass(kind, coordinates):
            yield f"the prior of {t.effect_name} is {t.effect}"
        if (by_log or bounded) and not t.curve(view, middle(t)).any():
            yield f"{t.term} is zero in every row"


def _of_periods(model: Model, rows: Design, node: NodeParameters, *, integrated: bool) -> Iterator[str]:
    """Yield what stands against integrating out what units share in a period."""
    if not integrated or not collapses(model, node.node):
        yield f"what units share in a {model.time} can be integrated out under independent normal noise alone"
    periods = len(np.unique(rows.reference))
    beside = sum(t.width or 1 for t in node.terms) + len(rows.units) * (node.pooled_intercept is not None)
    if max(rows.length * (periods + beside), periods * beside**2) > MOST_READ:
        yield f"{periods:,} {model.time}s beside {beside:,} effects and units are too many for it"
