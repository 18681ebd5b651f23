"""Mediators without an equation: what money buys, taken as if it came by itself.

A model with clicks in the equation of revenue and none for the clicks holds them where they are: the effect of the
money that buys them goes through them and is lost (over-control; Cinelli, Forney and Pearl 2022, model 11).
"""

from __future__ import annotations

from bayes_roi.model.language.model import Model

BOUGHT = frozenset(
    f"{thing}{s}"
    for thing in ("click", "impression", "visit", "session", "lead", "view", "signup", "install")
    for s in ("", "s")
)
"""Words in the name of a node that spend is likely to move."""


def over_controls(model: Model, outcome: str | None = None) -> tuple[str, ...]:
    r"""Return which nodes are likely mediators of spend and have no equation, a sentence each.

    They are told by their names alone: the graph says that nothing moves them.

    Examples
    --------
    >>> model = Model(name="m", equations="sales ~ tv_spend + clicks", outcome="sales", channels={"tv": "tv_spend"})
    >>> print(*over_controls(model))
    clicks has no equation: what spend does by way of it is not counted; if spend moves it, write clicks ~ tv_spend
    """
    if not model.spends:
        return ()
    acting = model.graph.ancestors([outcome or model.outcome])
    spends = " + ".join(n for n in model.nodes if n in model.spends)
    return tuple(
        f"{node} has no equation: what spend does by way of it is not counted; if spend moves it, write "
        f"{node} ~ {spends}"
        for node in model.exogenous
        if node in acting - model.spends and BOUGHT & set(node.lower().split("_"))
    )
