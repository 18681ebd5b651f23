"""Whether there is a plan that keeps to its limits, and if not, which of them cannot hold together."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from bayes_roi.decisions.optimise.limits import Limit
from bayes_roi.errors import QueryError
from bayes_roi.numbers import amount


def check_limits(limits: Sequence[Limit]) -> None:
    """Raise where no plan keeps to all limits, naming a smallest set of them that cannot hold together.

    Raises
    ------
    QueryError
        With the limits of an irreducible infeasible set, found by leaving out one after the other (the deletion filter
        of Chinneck and Dravnieks 1991).
    """
    if _totals(limits, 0) is not None:
        return
    kept = list(limits)
    for limit in reversed(limits):
        fewer = [k for k in kept if k is not limit]
        if _totals(fewer, 0) is None:
            kept = fewer
    text = "; ".join(k.text for k in kept)
    raise QueryError(f"no plan can keep to all limits, these cannot hold together: {text}. Loosen one of them")


def check_budget(limits: Sequence[Limit], budget: float, *, exactly: bool, observed_limits: Sequence[Limit]) -> None:
    """Raise where the budget cannot be spent within the limits; `reach` are those of the observed range among them.

    Raises
    ------
    QueryError
        Saying how much can be spent.
    """
    low, high = span(limits)
    slack = 1e-9 * max(budget, 1.0)
    if low > budget + slack:
        raise QueryError(
            f"a budget of {amount(budget)} is too small for the limits of the plan: they need {amount(low)}"
        )
    if not exactly or budget <= high + slack:
        return
    _, wide = span([k for k in limits if k not in observed_limits])
    if wide >= budget - slack:
        each = "; ".join(k.text for k in observed_limits)
        raise QueryError(
            f"a budget of {amount(budget)} lies beyond what was observed: at most {amount(high)} can be spent inside "
            f"the observed range ({each}). extrapolate=True lifts that, spend_all=False lets the rest be kept"
        )
    raise QueryError(
        f"a budget of {amount(budget)} cannot be spent in full within the limits of the plan: they allow {amount(low)} "
        f"to {amount(high)}. Loosen them, or let the rest be kept with spend_all=False"
    )


def span(limits: Sequence[Limit]) -> tuple[float, float]:
    """Return the least and the most that can be spent in total; infinite where nothing limits it."""
    low, high = _totals(limits, 1), _totals(limits, -1)
    assert low is not None
    assert high is not None
    return low, high


def _totals(limits: Sequence[Limit], way: int) -> float | None:
    """Return the least (`way` 1) or most (-1) total spend, 0 where any will do; None where there is no plan."""
    from scipy.optimize import linprog

    sides = [side for limit in limits for side in limit.sides]
    if not sides:
        return -np.inf if way == 1 else np.inf
    a, b = np.array([w for w, _ in sides]), np.array([most for _, most in sides])
    scale = max(float(np.abs(b).max()), 1e-300)  # money of any size to numbers around one
    found = linprog(np.full(a.shape[1], float(way)), A_ub=a, b_ub=b / scale, bounds=(None, None), method="highs")
    if found.status == 2:
        return None
    return float(way * found.fun * scale) if found.status == 0 else way * -np.inf
