"""Whose spend responds to whose: what "other spends held" holds, and what "in total" lets go.

A channel's spend responds to another's when a directed path leads from the one spend to the other, whatever stands
between: a rule of the budget (`search_spend ~ tv_spend`), what the money follows (`searches ~ tv_spend` and
`search_spend ~ searches`), a price times an amount (`search_spend := cpc * search_clicks`). A question about money has
two answers there, which `NAMES` names; elsewhere they are one.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from bayes_roi.draws import Evidence
from bayes_roi.model.language.model import Model
from bayes_roi.queries.evidence import evidence, unobserved_cause
from bayes_roi.queries.identification.identification import Identification
from bayes_roi.queries.identification.identify import identify
from bayes_roi.queries.identification.over_control import over_controls
from bayes_roi.queries.identification.shared_periods import shared_periods
from bayes_roi.queries.paths.routes import Route, label, shortest_route

NAMES = {True: "other spends held", False: "in total"}
"""`hold_spend` -> what the estimand is called."""


def responding(model: Model, node: str) -> tuple[str, ...]:
    r"""Return the spends that a node moves, itself aside, causes first.

    Examples
    --------
    >>> equations = "searches ~ tv_spend + demand \n search_spend ~ searches \n revenue ~ tv_spend + search_spend"
    >>> channels = {"tv": "tv_spend", "search": "search_spend"}
    >>> model = Model(name="m", equations=equations, outcome="revenue", channels=channels)
    >>> responding(model, "tv_spend"), responding(model, "search_spend")
    (('search_spend',), ())
    """
    moved = model.graph.descendants([node]) - {node}
    return tuple(n for n in model.nodes if n in model.spends & moved)


def held_beside(model: Model, node: str, *, hold_spend: bool) -> frozenset[str]:
    """Return the spends that a question about the money of a node holds at what they were, the node's among them.

    With `hold_spend` all of them; in total those that do not respond: that these are held makes the two estimands one
    where none responds.
    """
    return model.spends if hold_spend else model.spends - set(responding(model, node))


def evidence_of_money(model: Model, node: str, *, hold_spend: bool, randomised: Collection[str] = ()) -> Evidence:
    """Return the evidence of what a channel's spend is worth, as the question has it.

    With other spends held it is the joint intervention on all of them; in total it is that on the spends that do not
    respond, and what those that respond cost must be identified too. What a test has `randomised` has no causes.
    """
    free = () if hold_spend else responding(model, node)
    held = held_beside(model, node, hold_spend=hold_spend)
    return min(evidence(model, held, n, randomised) for n in (model.outcome, *free))


def identification_of_money(model: Model, node: str, *, hold_spend: bool) -> Identification:
    """Return by what the graph identifies what a channel's spend is worth, as the question has it."""
    held = held_beside(model, node, hold_spend=hold_spend)
    return identify(model, [n for n in model.nodes if n in held], model.outcome)


def unobserved_cause_of_money(model: Model, node: str, *, hold_spend: bool, randomised: Collection[str] = ()) -> str:
    """Return why `evidence_of_money` is no more than assumed, in words; empty where it is more."""
    free = () if hold_spend else responding(model, node)
    held = held_beside(model, node, hold_spend=hold_spend)
    return next((why for n in (model.outcome, *free) if (why := unobserved_cause(model, held, n, randomised))), "")


@dataclass(frozen=True)
class Mediation:
    """A channel whose spend responds to another's.

    Parameters
    ----------
    channel
        The channel that is asked about.
    mediator
        The channel whose spend responds.
    route
        The shortest path from the one spend to the other.
    """

    channel: str
    mediator: str
    route: Route

    def __str__(self) -> str:
        return f"{self.mediator} is a paid mediator of {self.channel} ({label(self.route)})"


def mediations(model: Model) -> tuple[Mediation, ...]:
    """Return who is a paid mediator of whom, in the order of the channels."""
    owner = {spend: channel for channel, spend in model.channels.items()}
    return tuple(
        Mediation(channel, owner[s], shortest_route(model.graph, spend, s))
        for channel, spend in model.channels.items()
        for s in responding(model, spend)
    )


def mediators(model: Model) -> dict[str, tuple[str, ...]]:
    """Return channel -> the channels whose spend responds to its own, of those that have any."""
    found: dict[str, tuple[str, ...]] = {}
    for m in mediations(model):
        found[m.channel] = (*found.get(m.channel, ()), m.mediator)
    return found


def named(model: Model, nodes: Collection[str], *, hold_spend: bool) -> str:
    r"""Return the name of the estimand of an intervention, after a comma; empty where no spend responds to it.

    Examples
    --------
    >>> equations = "search_spend ~ tv_spend \n revenue ~ tv_spend + search_spend"
    >>> channels = {"tv": "tv_spend", "search": "search_spend"}
    >>> model = Model(name="m", equations=equations, outcome="revenue", channels=channels)
    >>> named(model, ["tv_spend"], hold_spend=True), named(model, ["tv_spend"], hold_spend=False)
    (', other spends held', ', in total (search_spend responds)')
    """
    free = [s for s in dict.fromkeys(s for n in nodes for s in responding(model, n)) if s not in nodes]
    if not free:
        return ""
    text = f" ({', '.join(free)} {'responds' if len(free) == 1 else 'respond'})"
    return f", {NAMES[hold_spend]}{'' if hold_spend else text}"


def said_of_held(model: Model, node: str | None = None) -> str:
    """Return what must be said beside money that holds the other spends, empty where none responds (to `node`)."""
    lines = [f"{m.mediator} to {m.channel}" for m in mediations(model) if node in (None, model.channels[m.channel])]
    if not lines:
        return ""
    return f"{NAMES[True]}, though spend responds ({', '.join(lines)}): in total (hold_spend=False) is another number"


def warnings(model: Model) -> tuple[str, ...]:
    """Return what a model says that can hardly be meant, or takes for granted, one sentence each."""
    money_first = "money that follows what it buys still comes first, so write what it buys ~"
    nowhere = [f"{said}; {money_first} {model.channels[c]}" for c, said in leading_nowhere(model).items()]
    return (*_unpriced(model), *nowhere, *over_controls(model), *shared_periods(model))


def _unpriced(model: Model) -> list[str]:
    """Return which channels have clicks that another's spend moves, while the money they cost does not respond.

    What belongs to a channel is told by name: a node that begins with the name of the channel, or of its spend up to
    the last underscore, and "_". The other spends are held, so that clicks which another channel moves by way of a
    spend that has its equation are no matter.
    """
    found = []
    graph = model.graph.without_causes_of(model.spends)
    leading = graph.ancestors([model.outcome]) - {model.outcome} - model.spends
    for channel, spend in model.channels.items():
        own = {f"{channel}_", f"{spend.rpartition('_')[0] or spend}_"}
        clicks = [n for n in model.nodes if n in leading and n.startswith(tuple(own))]
        for other, moving in model.channels.items():
            if other == channel or spend in responding(model, moving):
                continue
            reached = [n for n in clicks if n in graph.descendants([moving])]
            if reached:
                why = "has no equation" if not model.graph.parents[spend] else f"does not respond to {moving}"
                found.append(
                    f"{other} moves {', '.join(reached)} of {channel}, but {spend} {why}: what they cost is taken as "
                    f"nothing in the return of {other}. If they are paid for as they come, write {spend} ~ "
                    f"{' + '.join([moving, *model.graph.parents[spend]])}, or what stands between"
                )
    return found


def leading_nowhere(model: Model) -> dict[str, str]:
    """Return channel -> why it returns nothing whatever the data, of those whose spend is no cause of the outcome."""
    return {
        channel: f"{channel} returns nothing by the graph: no path leads from {spend} to {model.outcome}"
        for channel, spend in model.channels.items()
        if model.outcome not in model.graph.descendants([spend])
    }
