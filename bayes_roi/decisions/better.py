"""What a plan leaves on the table: the rest of a budget kept where it loses money, and another timing."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from bayes_roi.decisions.flighting import Flighting
from bayes_roi.decisions.limits import Limit
from bayes_roi.decisions.objective import Mean
from bayes_roi.decisions.observed_range import observed_range
from bayes_roi.decisions.problem import QUICK_DRAWS, Problem

Found = tuple[Problem, np.ndarray, tuple[Limit, ...]]
"""A question, its best plan (variables,), and the limits it keeps to."""


def keeping_the_rest(problem: Problem) -> Found:
    """Return the best plan that need not spend its whole budget, else within the same limits."""
    asked = problem.asking(spend_all=False)
    shares, _, limits = asked.best()
    return asked, shares, limits


def freely_timed(problem: Problem, shares: np.ndarray) -> Found:
    """Return the best plan whose every period is free, by a short search from a plan; its totals may move too.

    Limits on totals stay, and so does the observed range where it was one: then of each period.
    """
    ahead, old = problem.outlook, problem.flighting
    free = Flighting(old.pattern, old.scale, True)
    told = tuple(limit for limit in problem.limits if limit not in problem.reach)
    bounded = bool(np.isfinite(problem.high).any())
    high, reach = observed_range(ahead, free) if bounded else (np.full(free.size, np.inf), ())
    asked = replace(problem, flighting=free, limits=(*told, *reach), high=high, reach=reach, draws=QUICK_DRAWS)
    near = old.spend(shares).ravel() / old.scale
    found, _, limits = asked.best(near)
    return asked, found, limits


def copies_last_year(problem: Problem) -> bool:
    """Whether the timing of plans is last year's, and what another would add is a question of expected profit."""
    flighting, today = problem.flighting, problem.outlook.today
    if flighting.free or problem.units_only or not isinstance(problem.objective, Mean) or problem.outlook.periods < 2:
        return False
    even = np.allclose(flighting.pattern, 1 / flighting.pattern.shape[1])
    return bool(today.sum() > 0) and not even
