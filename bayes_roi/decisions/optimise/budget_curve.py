"""The best incremental profit at each of several budgets."""

from __future__ import annotations

import html
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from bayes_roi.decisions.horizon.plan_support import plan_support
from bayes_roi.decisions.optimise.feasible import check_budget
from bayes_roi.decisions.optimise.plan import Plan
from bayes_roi.decisions.optimise.search import best_plan
from bayes_roi.draws import DEFAULT_PROB, Draws, support_array
from bayes_roi.errors import QueryError
from bayes_roi.labelled import Labelled, along
from bayes_roi.numbers import amount, level, ratio
from bayes_roi.queries.expect import by_chain
from bayes_roi.showing import Guessed

MULTIPLES = (0.25, 0.5, 0.75, 0.9, 1.0, 1.1, 1.25, 1.5)


@dataclass(frozen=True, eq=False, repr=False)
class BudgetCurve(Guessed):
    """The best plan at each of several budgets, within the limits of a plan.

    Parameters
    ----------
    budgets
        (budgets,) total spend.
    spend
        (budgets, channels) totals of the best plan.
    profit
        Its incremental profit, dim `budget`, all draws of the fit.
    marginal
        (budgets,) what one more unit of budget would add to the objective.
    support
        (budgets, channels) share of the way from the reference to the plan that was observed.
    left_out
        Budgets that the limits do not allow.
    """

    it = "curve"

    budgets: np.ndarray
    spend: Labelled
    profit: Draws
    marginal: np.ndarray
    support: Labelled
    left_out: tuple[float, ...] = ()

    def __repr__(self) -> str:
        low, high = self.profit.arrays.interval(DEFAULT_PROB)
        centre = self.profit.centre().array
        lines = [f"<Best incremental profit by budget [{self.profit.unit}], {level(DEFAULT_PROB)} intervals"]
        for i, budget in enumerate(self.budgets):
            ends = f"{amount(low.array[i])} to {amount(high.array[i])}"
            lines.append(f"{amount(budget)}: {amount(centre[i])} ({ends}), next unit adds {ratio(self.marginal[i])}")
        left = ", ".join(amount(b) for b in self.left_out)
        return "\n".join(lines) + (f"\nnot within the limits: {left}>" if left else ">")

    def _repr_html_(self) -> str:
        return f"<pre>{html.escape(repr(self)[1:-1])}</pre>"


def budget_curve(plan: Plan, *, multiples: Sequence[float] = MULTIPLES) -> BudgetCurve:
    """Return the best plan at multiples of a plan's budget, each spent in full within the same limits.

    Parameters
    ----------
    plan
        A plan that `optimise` returned.
    multiples
        Of its budget, above 0.

    Raises
    ------
    QueryError
        When a multiple is not above 0, or the limits allow none of the budgets.
    """
    if not len(multiples) or min(multiples) <= 0:
        raise QueryError(f"multiples of a budget must be above 0, got {list(multiples)}")
    if plan.question.units_only:
        raise QueryError("the plan has the least spend for an outcome; the curve of a budget needs one made for profit")
    found, left_out = [], []
    for budget in sorted(m * plan.budget for m in multiples):
        there = plan.question.with_budget(budget)
        try:
            check_budget(there.limits, budget, exactly=True, observed_limits=())
        except QueryError:
            left_out.append(budget)
            continue
        shares, _, limits = best_plan(there)
        found.append(Plan(there, shares, limits, plan.objective, plan.note))
    if not found:
        raise QueryError("the limits of the plan allow none of these budgets")
    budgets = np.array([p.budget for p in found])
    profits = plan.outlook.profits([p.money.array for p in found], seed=plan.question.seed)
    coords = along(budget=budgets)
    profit = Draws(
        values=Labelled(by_chain(plan.fit, profits), ("chain", "draw", "budget"), coords),
        unit=plan.profit.unit,
        estimand="incremental profit of the best plan at each budget",
        evidence=plan.profit.arrays.evidence,
        support=support_array([float(p.profit.arrays.support.array) for p in found], coords),  # type: ignore[union-attr]
        note=plan.profit.note,
    )
    totals = np.array([list(p.totals.values()) for p in found])
    of_both = coords | along(channel=list(plan.totals))
    spend = Labelled(totals, ("budget", "channel"), of_both)
    inside = np.array([plan_support(p.outlook, p.outlook.reference, p.money.array) for p in found])
    support = Labelled(inside, ("budget", "channel"), of_both)
    marginal = np.array([p.kkt.multipliers.get("budget", 0.0) for p in found])
    return BudgetCurve(budgets, spend, profit, marginal, support, tuple(left_out))
