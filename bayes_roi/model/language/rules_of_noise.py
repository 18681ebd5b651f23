"""Rules of noise: families, panel, what varies by unit and period, unobserved nodes."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NoReturn

from bayes_roi.errors import ModelError, nearest
from bayes_roi.mechanisms import Fixed, Node, Term, Varying
from bayes_roi.mechanisms.families import FAMILIES
from bayes_roi.model.language.equation import Equation
from bayes_roi.model.language.reserved import objection_to_name
from bayes_roi.model.language.structure import Structure, refuse
from bayes_roi.model.language.tokens import normalise

LEAST_INDICATORS = 2
FAMILY = re.compile(r"\s*(?P<name>\w+)\s*(?:\(\s*(?P<trials>[^()]*?)\s*\))?\s*")


def check_families(model: Structure) -> None:
    """Check the family of each node, and its trials."""
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


def check_panel(model: Structure) -> None:
    """Check what varies by panel unit or period."""
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


def check_noise(model: Structure) -> None:
    """Check what is said of the noise of nodes."""
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


def check_unobserved(model: Structure) -> None:
    """Check that unobserved nodes can be told by their indicators."""
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
        read_by = {child: list(terms_on(model, child, node)) for child in model.computation.children[node]}
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


def terms_on(model: Structure, child: str, node: str) -> Iterator[Term]:
    """Yield the terms of a child that read a node."""
    return (t for t in model.terms(child) if node in t.parents)
