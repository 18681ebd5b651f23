"""What a model must be: every rule that can be told before there are data, each with the way to mend it."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from dataclasses import fields, replace
from typing import NoReturn

from bayes_roi.errors import ModelError, nearest
from bayes_roi.graph import Dag
from bayes_roi.mechanisms import Fixed, Node, Term, Varying
from bayes_roi.mechanisms.families import FAMILIES
from bayes_roi.model.language.equations import Equation, normalise, objection_to_name
from bayes_roi.model.language.structure import Structure, refuse

LARGEST = sys.float_info.max
LEAST_INDICATORS = 2
FAMILY = re.compile(r"\s*(?P<name>\w+)\s*(?:\(\s*(?P<trials>[^()]*?)\s*\))?\s*")


def check_structure(model: Structure) -> None:
    """Raise for the first thing about a model that is not right.

    Raises
    ------
    ModelError
        With the place in the model file (`where`) and the way to mend it.
    """
    _check_name(model)
    _check_families(model)
    _check_graph(model)
    _check_time(model)
    _check_money(model)
    _check_signs(model)
    _check_panel(model)
    _check_noise(model)
    _check_unobserved(model)
    _check_categories(model)
    _check_shares(model)
    _check_media_priors(model)


def _check_name(model: Structure) -> None:
    if not model.name.strip():
        refuse("name is empty; write what reports call the model", "name")


def _check_graph(model: Structure) -> None:
    within = {n: tuple(_instant_parents(model, n)) for n in model.computation.parents}
    try:
        Dag(within).order  # noqa: B018  a cycle within a period raises here
    except ModelError as error:
        refuse(error.message, "equations")
    try:
        model.graph.order  # noqa: B018
    except ModelError:
        refuse(
            "the equations feed back through lag() or lagged terms; feedback over time is not supported yet, "
            "so leave out one of the edges",
            "equations",
        )
    for pair in model.confounding:
        for node in (n for n in (pair.a, pair.b) if n in model.identity):
            why = f"{model.identity[node]} has no noise of its own to share; name what it is computed of"
            refuse(f"{pair}: {why}", "equations")
    if model.outcome in model.unobserved:
        refuse(f"unobserved: {model.outcome!r} is the outcome, which must be observed; leave it out", "unobserved")
    if model.outcome not in (*model.modelled, *model.identity):
        hint = nearest(model.outcome, (*model.modelled, *model.identity))
        refuse(f"the outcome {model.outcome!r} has no equation{hint}; write {model.outcome} ~ its causes", "outcome")
    for node in model.columns:
        if node not in model.graph.parents:
            hint = nearest(node, model.graph.parents)
            refuse(f"columns: {node!r} is not a node{hint}; write node: column", "columns", node)
        if node not in model.measured:
            refuse(f"columns: {node!r} has no column: it is computed or unobserved; leave it out", "columns", node)


def _check_time(model: Structure) -> None:
    if model.carry_in not in ("rows", "zero"):
        refuse(f"carry_in must be rows or zero, got {model.carry_in!r}", "carry_in")
    if model.time is not None:
        if model.time in model.graph.parents and model.time not in model.categorical:
            refuse(
                f"{model.time!r} is the time column and cannot be a node; use trend(), season() or "
                f"factor({model.time})",
                "time",
            )
        return
    for node in model.equation:
        for term in model.terms(node):
            if term.needs_time:
                refuse(f"{node}: {term} runs over time; name the period's column with time:", "equations", node)


def _instant_parents(model: Structure, node: str) -> list[str]:
    if node in model.identity:
        return list(model.identity[node].parents)
    trials = model.trials(node)
    return [p for t in model.terms(node) if not _only_past(t) for p in t.parents] + ([] if trials is None else [trials])


def _only_past(term: Term) -> bool:
    return (term.term if isinstance(term, Varying) else term).name == "lag"


def _check_money(model: Structure) -> None:
    _check_channels(model)
    if isinstance(model.margin, bool) or not isinstance(model.margin, (int, float)) or not 0 < model.margin <= 1:
        refuse(f"margin must be in (0, 1], got {model.margin}. Give a share, e.g. margin: 0.35", "margin")
    if not isinstance(model.value, str) and (isinstance(model.value, bool) or not 0 < model.value <= LARGEST):
        refuse(
            f"value must be a number above zero or a column, got {model.value}. "
            "Give the money that one unit of the outcome is worth",
            "value",
        )


def _check_media_priors(model: Structure) -> None:
    from bayes_roi.mechanisms.media import DEFAULT_ROAS

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


def _check_signs(model: Structure) -> None:
    for node in model.equation:
        for term in (t for t in model.terms(node) if t.either_sign and not t.is_media(model.spends)):
            refuse(f"{node}: {term}: it holds no spend, so that its effect has either sign as it is; leave signed= out",
                   "equations", node)  # fmt: skip


def _check_channels(model: Structure) -> None:
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


def _check_families(model: Structure) -> None:
    for node, text in model.families.items():
        where = ("families", node)
        read = FAMILY.fullmatch(text)
        if read is None:
            refuse(
                f"families: {node}: {text!r} is not a family; write for example lognormal, or binomial(impressions) "
                "with the node of its trials",
                *where,
            )
        family, trials = read["name"], normalise(read["trials"] or "")
        if family not in FAMILIES:
            hint = nearest(family, FAMILIES)
            refuse(f"families: {node}: unknown family {family!r}{hint}; known are {', '.join(FAMILIES)}", *where)
        if node not in model.modelled:
            _no_noise(model, node, "families", "a family")
        takes = FAMILIES[family].takes_trials
        if takes and not trials:
            refuse(f"families: {node}: {family} needs the node of its trials, as in {family}(impressions)", *where)
        if not takes and read["trials"] is not None:
            refuse(f"families: {node}: {family} has no trials; write {family} alone", *where)
        if takes and not trials.isidentifier():
            refuse(f"families: {node}: {trials!r} is not the name of a node; write {family}(impressions)", *where)
        if takes and (objection := objection_to_name(trials)) is not None:
            refuse(f"families: {node}: {objection}", *where)
        if trials in (node, *model.hidden):
            refuse(f"families: {node}: {trials!r} cannot be the number of its trials; name an observed count", *where)


def _no_noise(model: Structure, node: str, key: str, what: str) -> NoReturn:
    """Say why a node has no family or noise of its own."""
    why = f"has no equation{nearest(node, model.modelled)}; only a node with an equation has {what}"
    if node in model.identity:
        why = f"is computed by := without noise; only a node with an equation has {what}"
    elif node in model.hidden:
        why = "is unobserved, and its noise is normal with standard deviation one; leave it out"
    refuse(f"{key}: {node!r} {why}", key, node)


def _check_panel(model: Structure) -> None:
    for key in ("panel", "weights"):
        if (column := getattr(model, key)) is not None and column in model.graph.parents:
            refuse(f"{key}: {column!r} is a node and cannot be the column of the {key} too; rename one", key)
    if model.panel is not None and model.panel == model.time:
        refuse(f"panel: {model.panel!r} is the column of the period already; name the column of the unit", "panel")
    for key in ("weights", "value"):
        column = getattr(model, key)
        if isinstance(column, str) and column in (model.time, model.panel):
            taken = "period" if column == model.time else "panel unit"
            refuse(f"{key}: {column!r} is the column of the {taken} already; name a column of numbers", key)
    for node, equation in model.equation.items():
        _check_pooled_intercepts(model, equation)
        for term in model.terms(node):
            if isinstance(term, Varying) and term.panel != model.panel:
                _not_the_panel(model, f"{node}: {term} varies by {term.panel!r}", "equations", node)
    if model.weights is not None:
        try:
            model.amounts  # noqa: B018  an identity that adds amounts to rates raises here
        except ModelError as error:
            refuse(error.message, "equations")


def _check_pooled_intercepts(model: Structure, equation: Equation) -> None:
    """Check each `(1 | column)` of an equation: of the panel's units, or of its periods."""
    node, where = equation.node, ("equations", equation.node)
    for column in equation.by:
        if column != model.time and column != model.panel:
            _not_the_panel(model, f"{node}: (1 | {column}) varies by {column!r}", *where)
    if model.panel in equation.by and equation.intercept != "implied":
        said = {"none": "0 + says no intercept", "common": "1 + says one for all"}[equation.intercept]
        refuse(f"{node}: {said} and (1 | {model.panel}) one for each {model.panel}; keep one of the two", *where)
    if model.time not in equation.by:
        return
    if model.panel is None:
        refuse(
            f"{node}: (1 | {model.time}) is what the units of a panel share in a period, and the model has no panel: "
            "of a single series it is the noise; leave it out, or name the column of the panel unit with panel:",
            *where,
        )
    if any(t.label_or_default == model.time for t in equation.terms):
        refuse(f"{node}: a term is called {model.time!r}, as (1 | {model.time}) is; give it another label=", *where)


def _not_the_panel(model: Structure, what: str, *where: str) -> NoReturn:
    is_now = "the model has no panel" if model.panel is None else f"the panel is {model.panel!r}"
    refuse(f"{what}, but {is_now}; name the column of the panel unit with panel:", *where)


def _check_noise(model: Structure) -> None:
    for node in model.noise:
        where, noise = ("noise", node), model.noise_of(node)
        family = model.family(node) if node in model.equation else None
        if family is None:
            _no_noise(model, node, "noise", "noise")
        if noise.autoregressive and model.time is None:
            refuse(f"noise: {node}: ar(1) runs over time; name the period's column with time:", *where)
        if noise.autoregressive and family.link_noise != "normal":
            refuse(
                f"noise: {node}: ar(1) needs a normal or lognormal family, and {node} is {family.name}; "
                "give it another family, or model what moves slowly (trend, season, a demand column)",
                *where,
            )
        if noise.unit is not None and noise.unit != model.panel:
            _not_the_panel(model, f"noise: {node}: its sigma varies by {noise.unit!r}", *where)
        if noise.unit is not None and "sigma" not in family.priors(1.0):
            if node in model.hidden:
                refuse(f"noise: {node}: by({noise.unit}) varies sigma, and that of an unobserved node is one", *where)
            refuse(f"noise: {node}: by({noise.unit}) varies sigma, and the {family.name} family has none", *where)


def _check_unobserved(model: Structure) -> None:
    for i, node in enumerate(model.unobserved):
        where = ("unobserved",)
        if node in model.unobserved[:i]:
            refuse(f"unobserved: {node!r} is there twice; keep one of the two", *where)
        if node in model.identity:
            refuse(f"unobserved: {node!r} is computed by :=; leave it out", *where)
        if node in model.spends:
            refuse(f"unobserved: {node!r} is a spend, which must be observed; leave it out", *where)
        equation = model.equation.get(node)
        if equation is not None and (equation.intercept == "common" or equation.by):
            refuse(
                f"unobserved: {node}: its level cannot be separated from those of its indicators; leave the 1 out",
                "equations",
                node,
            )
        read_by = {child: list(_terms_on(model, child, node)) for child in model.computation.children[node]}
        for child, terms in read_by.items():
            if child in model.identity:
                refuse(
                    f"{model.identity[child]}: {node!r} is unobserved, and an identity is computed of what is "
                    "observed; write an equation with ~",
                    "equations",
                    child,
                )
            odd = next((t for t in terms if not isinstance(t, (Node, Fixed))), None)
            if odd is not None:
                refuse(f"{child}: {odd}: an unobserved node enters as itself only; write {node}", "equations", child)
        indicators = [child for child in read_by if child not in model.hidden]
        if len(indicators) < LEAST_INDICATORS:
            refuse(
                f"unobserved: {node} is known by its indicators only, the observed nodes with it in their equations, "
                f"and needs at least {LEAST_INDICATORS} (it has {', '.join(indicators) or 'none'}); its scale is fixed "
                "by noise of standard deviation one, its sign by a positive effect on the first indicator",
                *where,
            )


def _terms_on(model: Structure, child: str, node: str) -> Iterator[Term]:
    return (t for t in model.terms(child) if node in t.parents)


def _check_categories(model: Structure) -> None:
    for node in model.equation:
        for factor in (t for t in model.terms(node) if t.name == "factor"):
            x = factor.parents[0]
            if x in model.spends:
                why = f"{x!r} is a spend, not a category; write {x} or a curve of it"
                refuse(f"{node}: {factor}: {why}", "equations", node)
            if x not in model.exogenous:
                refuse(
                    f"{node}: {factor}: {x!r} is modelled, computed or unobserved, and a category is a column that "
                    "nothing of the model causes; write a term of numbers",
                    "equations",
                    node,
                )
            if (other := _numbers_of(model, x)) is not None:
                refuse(
                    f"{node}: {factor} reads {x!r} as labels, and {other} as numbers; give one of them a column of "
                    "its own (columns: may name the same column of the table twice)",
                    "equations",
                    node,
                )


def _numbers_of(model: Structure, node: str) -> str | None:
    """Return what reads a node as numbers, if anything does."""
    for child in model.computation.children[node]:
        if child in model.identity:
            return str(model.identity[child])
        if node == model.trials(child):
            return f"{child}'s {model.families[child]}"
        odd = next((t for t in _terms_on(model, child, node) if t.name != "factor"), None)
        if odd is not None:
            return f"{odd} (of {child})"
    return None


def _check_shares(model: Structure) -> None:
    first: dict[str, tuple[str, Term]] = {}
    for node in model.equation:
        for term in model.terms(node):
            share = term.share_or_none
            if share is None:
                continue
            if share in model.graph.parents or normalise(share) in model.graph.parents:
                refuse(f"{node}: share={share!r} is the name of a node; choose another", "equations", node)
            other_node, other = first.setdefault(share, (node, term))
            same = _kind(term) == _kind(other) and term.is_media(model.spends) == other.is_media(model.spends)
            if not same:
                refuse(
                    f"{node}: {term} and {other} (of {other_node}) share {share!r}, but are of different kinds; terms "
                    "that share their parameters have the same form and options, and are all of spend or none",
                    "equations",
                    node,
                )


def _kind(term: Term) -> Term:
    """Return a term without the names of its nodes and its label."""
    if isinstance(term, Node):
        return Node("_")
    inner = {f.name: _kind(v) for f in fields(term) if isinstance(v := getattr(term, f.name), Term)}
    label = {"label": None} if hasattr(term, "label") else {}
    return replace(term, **inner, **label)
