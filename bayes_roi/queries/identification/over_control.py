"""Mediators without an equation: what money buys, taken as if it came by itself.

A model with clicks in the equation of revenue and none for the clicks holds them where they are: the effect of the
money that buys them goes through them and is lost (over-control; Cinelli, Forney and Pearl 2022, model 11).
"""

from __future__ import annotations

import numpy as np

from bayes_roi.model.language.model import Model
from bayes_roi.numbers import ratio
from bayes_roi.panel import Panel

BOUGHT = frozenset(
    f"{thing}{s}"
    for thing in ("click", "impression", "visit", "session", "lead", "view", "signup", "install")
    for s in ("", "s")
)
"""Words in the name of a node that spend is likely to move."""
TOGETHER, STANDARD_ERRORS = 0.5, 4.0
"""A correlation is told from here on, and from so many standard errors of one between independent rows."""


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


def moving_together(model: Model, panel: Panel) -> tuple[str, ...]:
    """Return which causes of the outcome go with a spend while neither has an equation, a sentence each.

    The graph then says that the two have nothing to do with one another, and no test looks at it. What spend moves is
    a mediator, whose equation is missing; what moves spend is to be adjusted for, by the equation of the spend.
    Units of a panel are compared with themselves.

    Examples
    --------
    >>> model = Model(name="m", equations="sales ~ tv_spend + pages", outcome="sales", channels={"tv": "tv_spend"})
    >>> tv = np.arange(100.0)
    >>> columns = {"tv_spend": tv, "pages": 50 + 0.4 * tv, "sales": 2 * tv}
    >>> panel = Panel(columns=columns, periods=None, time=None, frequency=None, source="made")
    >>> (warning,) = moving_together(model, panel)
    >>> print(warning.partition(";")[0])
    pages goes with tv_spend (correlation 1.00) and neither has an equation
    """
    acting = [n for n in model.exogenous if n in model.graph.ancestors([model.outcome])]
    spends = [n for n in acting if n in model.spends]
    return tuple(
        f"{node} goes with {spend} (correlation {ratio(r)}) and neither has an equation; if spend moves it, write "
        f"{node} ~ {spend}, else what spend does by way of it is not counted; if it moves spend, write {spend} ~ {node}"
        for node in acting
        if node not in model.spends and node not in model.categorical
        for spend in spends
        if abs(r := _correlation(panel, node, spend)) > max(TOGETHER, STANDARD_ERRORS / np.sqrt(panel.rows))
    )


def _correlation(panel: Panel, a: str, b: str) -> float:
    """Return the correlation of two columns within units, over the rows that have both; 0 where one does not vary."""
    values = np.stack([panel.columns[n] for n in (a, b)])
    known = np.isfinite(values).all(axis=0)
    values = values[:, known]
    units = np.zeros(known.sum()) if panel.units is None else panel.units[known]
    for unit in np.unique(units):
        values[:, units == unit] -= values[:, units == unit].mean(axis=1, keepdims=True)
    size = np.sqrt((values**2).sum(axis=1))
    return float(values[0] @ values[1] / size.prod()) if (size > 0).all() else 0.0
