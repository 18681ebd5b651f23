"""Which joint prior the spends of an equation have, as far as a model alone decides it: see docs/priors.md."""

from __future__ import annotations

from typing import Literal

from bayes_roi.mechanisms import Term
from bayes_roi.mechanisms.media import Roas
from bayes_roi.mechanisms.prior import Prior
from bayes_roi.model.language.structure import Structure

Rule = Literal["roas", "share", "room", "none"]


def default_media_terms(model: Structure, node: str) -> tuple[Term, ...]:
    """Return the spend terms of an equation whose effects are positive and have no prior of their own.

    Neither a written one, nor fixed, nor shared, nor of either sign.
    """
    return tuple(
        t
        for t in model.terms(node)
        if t.is_media(model.spends)
        and t.fixed_effect is None
        and t.share_or_none is None
        and not t.either_sign
        and f"{t.prefix(node)}.effect" not in model.priors
    )


def media_rule(model: Structure, node: str) -> Rule:
    """Return the kind of joint prior that a node's spends have, data with negative values apart."""
    link, terms = model.family(node).link_name, default_media_terms(model, node)
    if node in model.hidden or link not in ("identity", "log"):
        return "none"
    if node in model.shares and terms:
        return "share"
    if node == model.outcome and terms and (model.in_money or model.media_roas):
        return "roas"
    if len(terms) > 1:
        return "share"
    return "room" if link == "identity" else "none"


def roas_names(model: Structure, node: str) -> dict[str, Prior]:
    """Return the parameters of a node's joint prior and their priors: none but for `Roas`."""
    if media_rule(model, node) != "roas":
        return {}
    labels = tuple(t.prefix(node) for t in default_media_terms(model, node))
    return Roas(
        node=node, effects=labels, others=(), top=1.0, room="open", labels=labels, spends=(1.0,) * len(labels),
        **model.media_roas,
    ).hyper  # fmt: skip
