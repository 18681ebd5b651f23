"""What a model must be: every rule that can be told before there are data, each with the way to mend it."""

from __future__ import annotations

from dataclasses import fields, replace

from bayes_roi.errors import ModelError, QueryError, nearest
from bayes_roi.graph import Dag
from bayes_roi.mechanisms import Node, Term, Varying
from bayes_roi.model.language.rules_of_money import check_media_priors, check_money, check_signs
from bayes_roi.model.language.rules_of_noise import check_families, check_noise, check_panel, check_unobserved, terms_on
from bayes_roi.model.language.structure import Structure, refuse
from bayes_roi.model.language.tokens import normalise
from bayes_roi.panel.clean import as_clean
from bayes_roi.panel.shaping.every import EVERY, MAY_BE


def check_structure(model: Structure) -> None:
    """Raise for the first thing about a model that is not right.

    Raises
    ------
    ModelError
        With the place in the model file (`where`) and the way to mend it.
    """
    _check_name(model)
    check_families(model)
    _check_graph(model)
    _check_time(model)
    _check_table(model)
    check_money(model)
    check_signs(model)
    check_panel(model)
    check_noise(model)
    check_unobserved(model)
    _check_categories(model)
    _check_shares(model)
    check_media_priors(model)


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


def _check_table(model: Structure) -> None:
    if model.every is not None and model.every not in EVERY:
        refuse(f"every must be {MAY_BE}, got {model.every!r}", "every")
    if model.every is not None and model.time is None:
        refuse(f"every: {model.every} sums rows over time; name the period's column with time:", "every")
    try:
        as_clean(model.clean)
    except QueryError as error:
        refuse(str(error), "clean")


def _instant_parents(model: Structure, node: str) -> list[str]:
    if node in model.identity:
        return list(model.identity[node].parents)
    trials = model.trials(node)
    return [p for t in model.terms(node) if not _only_past(t) for p in t.parents] + ([] if trials is None else [trials])


def _only_past(term: Term) -> bool:
    return (term.term if isinstance(term, Varying) else term).name == "lag"


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
        odd = next((t for t in terms_on(model, child, node) if t.name != "factor"), None)
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
