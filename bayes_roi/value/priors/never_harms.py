"""Channels whose spend cannot do harm by the priors: their returns are above zero before any data."""

from __future__ import annotations

from collections.abc import Sequence

from bayes_roi.model.language.model import Model
from bayes_roi.model.law.parameters import TermParameters, node_parameters
from bayes_roi.model.rows.design import Design
from bayes_roi.plain_text import listed


def never_harms(model: Model, design: Design) -> tuple[str, ...]:
    """Return the channels each of whose ways to the outcome, other spends held, has positive effects alone.

    A way through a node whose effect may have either sign can do harm, whatever the prior of its first step; one
    through an accounting identity is not judged.
    """
    graph = model.graph.without_causes_of(model.spends)
    found = []
    for channel, spend in model.channels.items():
        between = graph.descendants([spend]) & graph.ancestors([model.outcome])
        nodes = [n for n in model.nodes if n in between - {spend}]
        own = {n: node_parameters(model, design, n).terms for n in nodes if n in model.equation}
        steps = [t for terms in own.values() for t in terms if set(t.term.parents) & between]
        if steps and len(own) == len(nodes) and all(_positive(t) for t in steps):
            found.append(channel)
    return tuple(found)


def sentence(channels: Sequence[str]) -> str:
    """Return what it means for channels."""
    names = listed(channels)
    return (
        f"spend on {names} never does harm, by its prior: an interval of its return does not hold zero even where it "
        "does nothing; signed=True lets the effect of its term have either sign"
    )


def _positive(term: TermParameters) -> bool:
    if term.effect is None:
        return (term.term.fixed_effect or 0.0) >= 0
    return term.effect.positive
