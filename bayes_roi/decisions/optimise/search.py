"""The search for the best plan of a budget question: from many starts on few draws to one on all."""

from __future__ import annotations

import numpy as np

from bayes_roi.decisions.optimise.ascent import Climb, ascend
from bayes_roi.decisions.optimise.budget_question import BudgetQuestion
from bayes_roi.decisions.optimise.limits import Limit
from bayes_roi.decisions.optimise.objective import Chance
from bayes_roi.decisions.optimise.region import Region
from bayes_roi.decisions.optimise.response import Response

FOLLOWED = 2
ALMOST_NOTHING = 1e-10
"""Share that stands for none while slopes are taken: many curves are infinitely steep at zero itself."""
SLOW_STEPS = 100
"""Steps a round where every period is free and limits tie periods together."""
Found = tuple[np.ndarray, float, tuple[Limit, ...]]
"""A plan (variables,), its value, and the limits that it was found under."""


def starts(question: BudgetQuestion, region: Region) -> np.ndarray:
    """Return plans (starts, variables) to begin from: reference, equal, heavy on one channel, some at random."""
    size = len(question.outlook.channels)
    reference = question.outlook.reference.sum(axis=1)
    total = question.flighting.scale if question.budget is None else question.budget
    mix = reference / reference.sum() if reference.sum() > 0 else np.full(size, 1 / size)
    heavy = 0.1 / size + 0.9 * np.eye(size)
    random = np.random.default_rng([question.seed, 6]).dirichlet(np.ones(size), 3)
    mixes = np.concatenate([mix[None], np.full((1, size), 1 / size), heavy, random])
    return region.project(question.flighting.shares(total * mixes))


def climb(question: BudgetQuestion, response: Response) -> Climb:
    """Return what `ascend` climbs on: the objective per unit of scale, and its gradient by share."""
    unit = unit_of(question)

    def at(shares: np.ndarray, _: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        values, slopes = np.empty(len(shares)), np.empty(shares.shape)
        for i, x in enumerate(shares):
            earned = response(question.flighting.spend(np.maximum(x, ALMOST_NOTHING)))
            values[i], weights = question.objective.smoothed(earned.profit)
            slopes[i] = question.flighting.back(earned.pull(weights)) * question.flighting.scale
        return values / unit, slopes / unit

    return at


def unit_of(question: BudgetQuestion) -> float:
    """What the objective is counted in while it is searched: the scale where it is money."""
    return 1.0 if isinstance(question.objective, Chance) else question.flighting.scale


def best_plan(question: BudgetQuestion, near: np.ndarray | None = None) -> Found:
    """Return the best plan found (variables,), its value, and the limits it was found under.

    Parameters
    ----------
    near
        A plan of a question close by, to begin from instead of the usual starts.
    """
    found: Found | None = None
    for limits in question.branches if question.flights else [question.limits]:
        region = question.region(limits)
        slow = question.flighting.free and len(region.most) > 0
        if near is None:
            tried, reached = ascend(
                climb(question, question.quick), starts(question, region), region, tolerance=1e-3, steps=60, rounds=2
            )
            begin = tried[np.argsort(-reached)[: 1 if slow else FOLLOWED]]
        else:
            begin = near[None]
        close, steps, rounds = (1e-5, SLOW_STEPS, 12) if slow else (1e-7, 500, 30)
        if near is None and question.first is not question.response:
            begin, _ = ascend(
                climb(question, question.first), begin, region, tolerance=close, steps=steps, rounds=rounds
            )
        plans, values = ascend(
            climb(question, question.response), begin, region, tolerance=close, steps=steps, rounds=rounds
        )
        top = int(np.argmax(values))
        if found is None or values[top] > found[1]:
            found = plans[top], float(values[top]), limits
    assert found is not None
    return found
