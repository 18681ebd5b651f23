"""The total spend that meets a target: the least for an outcome, the most at an ROI.

At each budget the best plan is found anew, begun from that of the budget before; what it reaches is a function of the
budget alone, whose crossing with the target is looked for.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from bayes_roi.decisions.optimise.feasible import span
from bayes_roi.decisions.optimise.limits import Limit
from bayes_roi.decisions.optimise.problem import Problem
from bayes_roi.errors import QueryError
from bayes_roi.numbers import amount, number, plain

Found = tuple[Problem, np.ndarray, float, tuple[Limit, ...]]
"""The question at the budget that was found, its best plan (variables,), the value, and the limits it keeps to."""
CLOSE = 1e-6
STEPS = 40
GRID, LEAST = 16, 1e-5
"""Budgets at which an ROI is looked for, down from the most that may be spent to this share of it."""


def least_spend(problem: Problem, target: float) -> Found:
    """Return the cheapest plan whose expected outcome in the planned periods is `target`.

    Raises
    ------
    QueryError
        When no budget allowed reaches it.
    """
    low, high = _span(problem)
    top = _at(problem, high, None)
    most = _reached(top)
    if most < target * (1 - CLOSE) if target > 0 else most < target:
        raise QueryError(
            f"an outcome of {amount(target)} cannot be reached: a spend of {amount(high)} brings {amount(most)} at "
            "best. Aim lower, or widen the budget, the bounds or, by extrapolate=True, the observed range"
        )
    bottom = _at(problem, low, None)
    if _reached(bottom) >= target:
        return bottom
    return _bisected(problem, top, high, low, lambda found: _reached(found) >= target)


def most_at_roi(problem: Problem, target: float) -> Found:
    """Return the largest plan whose expected ROI is `target` or more.

    Raises
    ------
    QueryError
        When no budget allowed has that ROI.
    """
    low, high = _span(problem)

    def roi(found: Found) -> float:
        spent = float(found[0].flighting.spend(found[1]).sum())
        return found[2] * problem.flighting.scale / spent

    tried: list[Found] = []
    for share in np.geomspace(1.0, LEAST, GRID):
        budget = max(low + share * (high - low), CLOSE * problem.flighting.scale)
        tried.append(_at(problem, budget, tried[-1] if tried else None))
        if roi(tried[-1]) >= target:
            break
    else:
        best = max(tried, key=roi)
        raise QueryError(f"no plan has an expected ROI of {plain(target)}; the best found has {number(roi(best))}")
    if len(tried) == 1:
        return tried[0]
    good, bad = (float(found[0].budget or 0.0) for found in (tried[-1], tried[-2]))
    return _bisected(problem, tried[-1], good, bad, lambda found: roi(found) >= target)


def _bisected(problem: Problem, best: Found, good: float, bad: float, holds: Callable[[Found], bool]) -> Found:
    """Return the plan that holds nearest to the budget `bad`, where none does, from `best` at the budget `good`."""
    last = best
    for _ in range(STEPS):
        if abs(good - bad) <= CLOSE * max(good, bad):
            break
        middle = 0.5 * (good + bad)
        last = _at(problem, middle, last)
        if holds(last):
            best, good = last, middle
        else:
            bad = middle
    return best


def _span(problem: Problem) -> tuple[float, float]:
    """Return the least and the most that may be spent."""
    ends = [span(limits) for limits in (problem.branches if problem.flights else [problem.limits])]
    low, high = min(e[0] for e in ends), max(e[1] for e in ends)
    high = high if problem.budget is None else min(high, problem.budget)
    if high == np.inf:
        raise QueryError("nothing limits what may be spent: give budget=, the most, or leave extrapolate=False")
    return max(low, 0.0), high


def _at(problem: Problem, budget: float, near: Found | None) -> Found:
    """Return the best plan at a budget, begun from that of another."""
    there = problem.with_budget(budget)
    if near is None:
        return (there, *there.best())
    before = near[0].budget or 1.0
    return (there, *there.best(near[1] * (budget / before)))


def _reached(found: Found) -> float:
    return found[2] * found[0].flighting.scale
