"""The joint prior of the spends of an equation on the scale of its data: the table of docs/priors.md."""

from __future__ import annotations

import numpy as np

from bayes_roi.errors import ModelError
from bayes_roi.mechanisms import Term
from bayes_roi.mechanisms.media import MediaPrior, Roas, Room, Room_, Share
from bayes_roi.model.language.media_rule import default_media_terms, media_rule
from bayes_roi.model.language.model import Model
from bayes_roi.model.rows.design import Design


def media_prior(model: Model, design: Design, node: str) -> MediaPrior | None:
    """Return the joint prior of a node's spends, None where each has its own and there is no bound to keep.

    Raises
    ------
    ModelError
        When the model file gives a share of an outcome that has negative values.
    """
    rule = media_rule(model, node)
    if rule == "none":
        return None
    room, terms, own = _room(model, design, node), default_media_terms(model, node), _written(model, node)
    effects = tuple(f"{t.prefix(node)}.effect" for t in terms)
    top = _mean(design, node) if room == "log" else design.outcome_scales[node].mean
    common = {"node": node, "others": own, "top": top, "room": room}
    if rule == "roas":
        spends = tuple(_spend(design, t) / _value(model, design) for t in terms)
        labels = tuple(t.prefix(node) for t in terms)
        return Roas(effects=effects, labels=labels, spends=spends, **common, **model.media_roas)  # type: ignore[arg-type]
    if rule == "share" and room != "open":
        given = {"share": model.shares[node]} if node in model.shares else {}
        return Share(effects=effects, **common, **given)  # type: ignore[arg-type]
    if node in model.shares:
        raise ModelError(
            f"media_share: {node} has values below zero, and a share of its mean has no meaning; use media_roas, or "
            f"give the effects priors",
            where=("media_share",),
        )
    if room != "bounded" or not (effects or own):
        return None
    return Room(effects=(), **{**common, "others": (*own, *effects)})  # type: ignore[arg-type]


def of_either_sign(model: Model, design: Design, node: str, term: Term) -> float | None:
    """Return the sd of what a spend contributes that may have either sign, on the scale of the linear predictor.

    Where the outcome is money it is the most that is no surprise of a return, times mean spend; else None. Such an
    effect stands outside the joint prior and takes no room.
    """
    link, name = model.family(node).link_name, "effect"
    if node != model.outcome or not (model.in_money or model.media_roas) or link not in ("identity", "log"):
        return None
    room, top = _room(model, design, node), _mean(design, node)
    spends = (_spend(design, term) / _value(model, design),)
    usual = Roas(
        node=node, effects=(name,), others=(), top=top, room=room, labels=(name,), spends=spends, **model.media_roas
    ).usual(name)  # fmt: skip
    return usual / (top if room == "log" else 1.0)


def _written(model: Model, node: str) -> tuple[str, ...]:
    """Return the effects of spends with a written prior that is positive."""
    terms = (t for t in model.terms(node) if t.is_media(model.spends) and t.share_or_none is None)
    names = (f"{t.prefix(node)}.effect" for t in terms if t.fixed_effect is None)
    return tuple(n for n in names if n in model.priors and model.priors[n].support[0] == 0)


def _room(model: Model, design: Design, node: str) -> Room_:
    scale = design.outcome_scales[node]
    if model.family(node).link_name == "log":
        return "log"
    return "bounded" if scale.never_negative and scale.mean > 0 else "open"


def _spend(design: Design, term: Term) -> float:
    """Return the mean spend that goes through a term, per unit of size; that of active periods where rows have none."""
    found = 0.0
    for node in (p for p in term.parents if p in design.spends):
        mean = _mean(design, node)
        found += mean if mean > 0 else design.scales[node].positive_mean
    return found


def _mean(design: Design, node: str) -> float:
    """Return the mean of a node's rows per unit of size; one where there are no rows yet, as in a simulation."""
    return float(np.nanmean(design.per_size(node, design.rows[node]))) if node in design.rows else 1.0


def _value(model: Model, design: Design) -> float:
    """Return the money that a unit of the outcome is worth, in the mean."""
    if isinstance(model.value, str):
        return 1.0 if design.value_column is None else float(np.mean(design.value_column))
    return float(model.value)
