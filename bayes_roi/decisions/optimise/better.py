"""What a plan leaves on the table: the rest of a budget kept where it loses money, and another timing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from bayes_roi.decisions.optimise.ascent import ascend
from bayes_roi.decisions.optimise.budget_question import QUICK_DRAWS, BudgetQuestion
from bayes_roi.decisions.optimise.flighting import Flighting
from bayes_roi.decisions.optimise.limits import Limit
from bayes_roi.decisions.optimise.objective import Mean
from bayes_roi.decisions.optimise.observed_range import observed_range
from bayes_roi.decisions.optimise.search import best_plan, climb
from bayes_roi.numbers import amount

CLOSE, STEPS, ROUNDS = 1e-3, 40, 2
"""How far a climb goes that is to tell what another timing would add."""
Found = tuple[BudgetQuestion, np.ndarray, tuple[Limit, ...]]
"""A question, its best plan (variables,), and the limits it keeps to."""


def keeping_the_rest(question: BudgetQuestion) -> Found:
    """Return the best plan that need not spend its whole budget, else within the same limits."""
    asked = question.asking(spend_all=False)
    shares, _, limits = best_plan(asked)
    return asked, shares, limits


def freely_timed(question: BudgetQuestion, shares: np.ndarray, limits: Sequence[Limit]) -> Found:
    """Return about the best timing of a plan's totals, every period free, by a short climb from the plan.

    The observed range stays where it was one: then of each period.
    """
    ahead, old = question.outlook, question.flighting
    free = Flighting(old.pattern, old.scale, True)
    bounded = bool(np.isfinite(question.high).any())
    high, observed_limits = observed_range(ahead, free) if bounded else (np.full(free.size, np.inf), ())
    kept = (limit for limit in limits if limit not in question.observed_limits)
    allowed = (*kept, *observed_limits, *_as_planned(ahead.channels, old.spend(shares).sum(axis=1)))
    asked = replace(
        question,
        flighting=free,
        limits=allowed,
        high=high,
        observed_limits=observed_limits,
        flights={},
        draws=QUICK_DRAWS,
    )
    region = asked.region(allowed)
    begin = region.project(old.spend(shares).ravel()[None] / old.scale)
    found, _ = ascend(climb(asked, asked.response), begin, region, tolerance=CLOSE, steps=STEPS, rounds=ROUNDS)
    return asked, found[0], allowed


def _as_planned(channels: Sequence[str], totals: np.ndarray) -> list[Limit]:
    """Return that each channel spends in all what it is planned to."""
    each = zip(channels, np.eye(len(channels)), totals.tolist(), strict=True)
    return [Limit(f"{c}: {amount(total)} in all", one, low=total, high=total) for c, one, total in each]


def copies_last_year(question: BudgetQuestion) -> bool:
    """Whether the timing of plans is last year's, and what another would add is a question of expected profit."""
    flighting, reference = question.flighting, question.outlook.reference
    if (
        flighting.free
        or question.units_only
        or not isinstance(question.objective, Mean)
        or question.outlook.periods < 2
    ):
        return False
    even = np.allclose(flighting.pattern, 1 / flighting.pattern.shape[1])
    return bool(reference.sum() > 0) and not even
