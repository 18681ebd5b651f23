"""The assumptions behind the numbers, in words: what the graph says, what it denies, and what the priors rule out."""

from __future__ import annotations

from bayes_roi.inference.fit import Fit
from bayes_roi.mechanisms import Varying
from bayes_roi.model.language.edges import carry_over
from bayes_roi.model.language.model import Model
from bayes_roi.plain_text import listed
from bayes_roi.queries.identification.identify import identify
from bayes_roi.queries.identification.over_control import moving_together
from bayes_roi.queries.paths.responding import mediations, said_of_held, warnings
from bayes_roi.report.findings import Findings
from bayes_roi.report.rounding import number
from bayes_roi.report.words import capitalised
from bayes_roi.value.priors.never_harms import never_harms, sentence


def causal(model: Model) -> list[str]:
    """Return the causal assumptions of a model's graph, one sentence each; no data can prove them."""
    declared = [f"{node} {_from(model, node)} {listed(list(parents))}." for node, parents in _effects(model).items()]
    absent = [_absent(model), *_budgets(model), *_mediators(model), *_only_through(model), _common_causes(model)]
    return [*declared, *absent, *_unobserved(model), _exogenous(model)]


def _from(model: Model, node: str) -> str:
    return "is computed from" if node in model.identity else "is caused by"


def statistical(fit: Fit) -> list[str]:
    """Return what the equations and priors take for granted beside the graph."""
    model, found = fit.model, [f"{capitalised(line)}." for line in moving_together(fit.model, fit.data)]
    harmless = never_harms(model, fit.design)
    if harmless:
        found.append(f"{capitalised(sentence(harmless))}.")
    media_priors = [n.media for n in fit.forward.nodes.values() if n.media is not None]
    bounded = [m.node for m in media_priors if m.bounded]
    if bounded:
        found.append(
            f"The baseline of {listed(bounded)} is not negative: media together cannot explain more than its mean "
            "(by their prior)."
        )
    found += [f"Before any data, of {m.node}: {m.text()}." for m in media_priors if m.effects]
    found.append(
        f"What the equations leave unexplained is independent {_between_rows(model)}and between nodes: {_noise(model)}."
    )
    found += _of_units(model)
    if shared := [n for n in model.modelled if model.shares_periods(n)]:
        alike = f"What happens to every {model.panel} alike in a {model.time}"
        found.append(f"{alike} moves {listed(shared)}, and does not drive spend.")
    found.append("The parameters stay the same over time: what a channel does for a given spend does not change.")
    if model.weights is not None:
        found.append(
            f"Spends and modelled amounts are taken per unit of {model.weights}: twice as large a "
            f"{model.panel or 'row'} with twice the spend has twice the effect."
        )
    lags = carry_over(model)
    if lags:
        found.append(f"Spend acts for at most {number(lags)} periods after the one it falls in.")
    return found


def adjusted(model: Model) -> str:
    """Return what is held fixed to tell the effect of the spends from their causes."""
    found = identify(model, [n for n in model.nodes if n in model.spends], model.outcome)
    if not found:
        return f"The graph does not identify what spends bring: {found.reason}. The form of the model takes its place."
    if found.adjustment:
        return f"Spends are compared at equal {listed(list(found.adjustment))} (the adjustment set)."
    return f"No adjustment is made: {found.reason}."


def estimands(findings: Findings) -> list[str]:
    """Return the definition of each money quantity."""
    if not findings.model.channels:
        return []
    found = []
    for m in (findings.money, *([findings.money.in_total] if findings.in_total else [])):
        found += [q.estimand for q in (m.contribution, m.roas, m.roi, m.marginal_roas)]
    return [*found, *([findings.money.in_total.induced_spend.estimand] if findings.in_total else [])]


def horizon(findings: Findings) -> str:
    """Return what must be said beside the money numbers: what is assumed after the last row, channels without spend.

    That other spends are held is not: the numbers in total stand beside.
    """
    if not findings.model.channels:
        return ""
    held = said_of_held(findings.model)
    return "; ".join(n for n in findings.money.roi.note.split("; ") if n != held)


def _noise(model: Model) -> str:
    """Return which family the noise of which nodes has, in words."""
    nodes: dict[str, list[str]] = {}
    for node in model.modelled:
        nodes.setdefault(model.family(node).name.replace("_", " "), []).append(node)
    return listed([f"{family} for {listed(names)}" for family, names in nodes.items()])


def _between_rows(model: Model) -> str:
    """Return from what to what noise is independent, in words that stand before "and between nodes"."""
    series = [n for n in model.modelled if model.noise_of(n).autoregressive]
    if not series:
        return "from row to row "
    return f"from row to row (of {listed(series)}: but for what it takes over from the period before, AR(1)) "


def _of_units(model: Model) -> list[str]:
    """Return what differs between panel units and what does not."""
    if model.panel is None:
        return []
    varying = [f"{t.label_or_default} on {n}" for n in model.modelled for t in model.terms(n) if isinstance(t, Varying)]
    levels = [n for n in model.modelled if model.pools_intercept(n)]
    noisy = [n for n in model.modelled if model.noise_of(n).unit is not None]
    parts = [f"the level of {listed(levels)}"] if levels else []
    parts += [f"the effect of {listed(varying)}"] if varying else []
    parts += [f"the size of the noise of {listed(noisy)}"] if noisy else []
    if not parts:
        return [f"Every {model.panel} answers alike."]
    return [
        f"Each {model.panel} has its own value of {'; '.join(parts)}, drawn to a common one as far as the data allow; "
        "all else is common to all."
    ]


def _effects(model: Model) -> dict[str, tuple[str, ...]]:
    return {n: model.graph.parents[n] for n in model.nodes if model.graph.parents[n]}


def _absent(model: Model) -> str:
    """Return how many arrows the order of the nodes would allow and the graph leaves out."""
    count = len(model.nodes)
    drawn = sum(len(p) for p in model.graph.parents.values())
    absent = count * (count - 1) // 2 - drawn
    arrows = f"{number(drawn)} {'arrow is' if drawn == 1 else 'arrows are'} drawn"
    if not absent:
        return f"{arrows}, every one that the order of the nodes allows."
    return f"{arrows}; the {number(absent)} others that the order of the nodes would allow are assumed absent."


def _budgets(model: Model) -> list[str]:
    free = [s for s in model.channels.values() if not model.graph.parents[s]]
    if not free:
        return []
    verb = "was" if len(free) == 1 else "were"
    return [
        f"{listed(free)} {verb} set without regard to anything else that moves {model.outcome}. If a budget followed "
        "demand, add the arrow from demand: else part of what demand did is credited to the channel."
    ]


def _mediators(model: Model) -> list[str]:
    """Return whose spend responds to whose, and what of that can hardly be meant."""
    found = [
        f"{m}: when {m.channel} spends more, so does {m.mediator}, as its equation says." for m in mediations(model)
    ]
    return [*found, *(f"{w[:1].upper()}{w[1:]}." for w in warnings(model))]


def _only_through(model: Model) -> list[str]:
    found = []
    for spend in model.channels.values():
        children = model.graph.children[spend]
        if model.outcome not in children and children:
            found.append(f"{spend} moves {model.outcome} only through {listed(list(children))}.")
    return found


def _common_causes(model: Model) -> str:
    pairs = [" and ".join(sorted(p)) for p in sorted(model.graph.confounded, key=sorted)]
    if not pairs and model.unobserved:
        return ""
    if not pairs:
        return "All common causes are observed: nothing outside the graph moves two of its nodes."
    return f"Unobserved common causes are allowed for between {'; '.join(pairs)}, and nowhere else."


def _unobserved(model: Model) -> list[str]:
    """Return how each unobserved node is known, and what it is taken to be."""
    found = []
    for node in model.unobserved:
        children = list(model.graph.children[node])
        found.append(
            f"{node} is not observed. It is known only by what it moves, {listed(children)}, and is taken to be the "
            "only thing outside the table that moves two of them; what rests on it is assumed, not shown."
        )
    return found


def _exogenous(model: Model) -> str:
    names = list(model.exogenous)
    verb = "is" if len(names) == 1 else "are"
    return f"{listed(names)} {verb} taken as given, with no causes inside the graph." if names else ""
