"""Rules of money: margin and value, joint priors of media, signs, channels."""

from __future__ import annotations

import sys

from bayes_roi.errors import nearest
from bayes_roi.mechanisms.media import DEFAULT_ROAS
from bayes_roi.model.language.structure import Structure, refuse

LARGEST = sys.float_info.max


def check_money(model: Structure) -> None:
    """Check channels, margin, value and currency."""
    check_channels(model)
    if isinstance(model.margin, bool) or not isinstance(model.margin, (int, float)) or not 0 < model.margin <= 1:
        refuse(f"margin must be in (0, 1], got {model.margin}. Give a share, e.g. margin: 0.35", "margin")
    if not isinstance(model.value, str) and (isinstance(model.value, bool) or not 0 < model.value <= LARGEST):
        refuse(
            f"value must be a number above zero or a column, got {model.value}. "
            "Give the money that one unit of the outcome is worth",
            "value",
        )


def check_media_priors(model: Structure) -> None:
    """Check `media_roas` and `media_share`."""
    for name, value in model.media_roas.items():
        where = ("media_roas", name)
        if name not in DEFAULT_ROAS:
            hint = nearest(name, DEFAULT_ROAS)
            refuse(f"media_roas: unknown key {name!r}{hint}; known are {', '.join(DEFAULT_ROAS)}", *where)
        if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 < value <= LARGEST:
            refuse(f"media_roas: {name} must be a number above zero, got {value}", *where)
    if model.media_roas and model.outcome in model.shares:
        refuse(
            f"media_roas and media_share both say what media bring to {model.outcome}; keep one of the two",
            "media_share",
        )
    for node in model.shares:
        if node not in model.modelled:
            hint = nearest(node, model.modelled)
            refuse(
                f"media_share: {node!r} has no equation{hint}; name a node whose equation has spends",
                "media_share",
                node,
            )
        if model.family(node).link_name not in ("identity", "log"):
            why = f"{node} is {model.family(node).name}, whose rows are shares themselves"
            refuse(f"media_share: {why}; give the effects of its spends priors", "media_share", node)
        if not any(t.is_media(model.spends) for t in model.terms(node)):
            refuse(f"media_share: the equation of {node} has no spend; leave it out", "media_share", node)
    if model.media_roas and not any(t.is_media(model.spends) for t in model.terms(model.outcome)):
        refuse(
            f"media_roas: the equation of the outcome {model.outcome} has no spend (they act through other nodes), so "
            "that this prior has no place; leave it out",
            "media_roas",
        )


def check_signs(model: Structure) -> None:
    """Check that `signed=` stands on terms of spends alone."""
    for node in model.equation:
        for term in (t for t in model.terms(node) if t.either_sign and not t.is_media(model.spends)):
            refuse(f"{node}: {term}: it holds no spend, so that its effect has either sign as it is; leave signed= out",
                   "equations", node)  # fmt: skip


def check_channels(model: Structure) -> None:
    """Check that each channel has a spend of its own, which a table holds."""
    owner: dict[str, str] = {}
    for channel, spend in model.channels.items():
        where = ("channels", channel)
        if spend not in model.graph.parents:
            hint = nearest(spend, model.graph.parents)
            refuse(f"channel {channel!r}: its spend {spend!r} is in no equation{hint}; add it where it acts", *where)
        if spend in model.identity:
            parts = model.identity[spend].parents
            refuse(
                f"channel {channel!r}: its spend is computed, {model.identity[spend]}, and money questions set what a "
                f"column of the table says was spent; keep the column and write {spend} ~ {' + '.join(parts)}, or "
                f"name what was spent of {' and '.join(parts)} as the spend",
                *where,
            )
        if spend == model.outcome:
            refuse(f"channel {channel!r}: the outcome {spend!r} cannot be its spend; name the spend's column", *where)
        if spend in owner:
            taken = f"its spend {spend!r} is that of {owner[spend]!r} already"
            refuse(f"channel {channel!r}: {taken}; a spend belongs to one channel", *where)
        owner[spend] = channel
