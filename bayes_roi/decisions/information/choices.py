"""Making a choice between plans: reallocations of a budget, scenarios, or plans that are given."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np

from bayes_roi.decisions.horizon.outlook import Outlook, outlook
from bayes_roi.decisions.information.decision import Decision
from bayes_roi.decisions.information.expected_value import best_plan
from bayes_roi.decisions.information.reallocation import MOVES, check_moves, different, reallocated
from bayes_roi.decisions.optimise.flighting import Flighting, pattern_of
from bayes_roi.decisions.optimise.limits import Limit
from bayes_roi.decisions.optimise.observed_range import observed_range
from bayes_roi.decisions.scenarios.scenario import Scenario, alike
from bayes_roi.errors import QueryError, nearest
from bayes_roi.guards import known_channel, positive_amount, whole_number
from bayes_roi.inference.fit import Fit
from bayes_roi.numbers import amount, plain

STEPS = 2


def decision(
    fit: Fit,
    *,
    periods: int | None = None,
    budget: float | None = None,
    shares: Mapping[str, float] | None = None,
    moves: Sequence[float] = MOVES,
    steps: int = STEPS,
    plans: Sequence[Scenario] | Mapping[str, np.ndarray] | None = None,
    horizon: int | None = None,
    extrapolate: bool = False,
) -> Decision:
    r"""Return a choice between plans for the periods after the fitted history.

    Without `plans` they are reallocations of a budget: as it was split last year, equal parts, a share of each
    channel's spend moved to each other channel, each channel doubled at the cost of the others, each left out with its
    money moved to the others, and each left out with its money saved; and the same again, begun from the best of these
    plans, so that the choice is a close one. Within a channel money is spread over the periods as last year's.

    Parameters
    ----------
    fit
        A fit with channels.
    periods
        Periods to plan; those of the scenarios when they are given.
    budget
        Money to spend in them, in the model's currency; what was spent in the same periods a year before when None.
    shares
        Channel -> share of the budget to start from; last year's when None.
    moves
        The shares that are moved from one channel to another, in (0, 1).
    steps
        How often reallocations begin anew from the best plan so far.
    plans
        Scenarios, or name -> spend (channels, periods) in money, instead of reallocations.
    horizon
        Periods after the plan in which its carry-over is still counted; the longest when None.
    extrapolate
        Whether reallocations may go beyond the largest dose that was observed of a channel, as in `optimise`; those
        that would are else left out, and the note says so. Plans that are given are taken as they are.

    Returns
    -------
    Decision
        Incremental profit of each plan by posterior draw: margin x value x (E[Y | do(plan)] - E[Y | do(no spend)]) -
        spend.

    Raises
    ------
    QueryError
        When there is no time or no channel, the budget is not above zero, shares or moves are out of range, a plan does
        not fit the channels and periods, or no reallocation keeps to what was observed.
    """
    if plans is not None and (budget is not None or shares is not None):
        raise QueryError("give either plans= or a budget (with shares=) to reallocate, not both")
    if plans is not None and not isinstance(plans, Mapping):
        return _of_scenarios(fit, plans, periods, horizon)
    if periods is None:
        raise QueryError("a decision needs periods=, the number of periods to plan")
    ahead = outlook(fit, periods=periods, horizon=horizon)
    if plans is not None:
        return of_plans(ahead, plans)
    check_moves(moves)
    total = float(ahead.reference.sum()) if budget is None else positive_amount(budget, "budget")
    start = "as last year" if shares is None else "as split"
    first = {start: _shares(ahead, shares), "equal parts": np.full(len(ahead.channels), 1 / len(ahead.channels))}
    return _reallocations(
        ahead, total, first, moves, whole_number(steps, "steps", 1), () if extrapolate else _observed(ahead)
    )


def _observed(ahead: Outlook) -> tuple[Limit, ...]:
    """Return how far each channel's total may go inside what was observed, its money spread as last year's."""
    return observed_range(ahead, Flighting(pattern_of(ahead.reference), 1.0, free=False))[1]


def _reallocations(
    ahead: Outlook,
    total: float,
    parts: dict[str, np.ndarray],
    moves: Sequence[float],
    steps: int,
    limits: Sequence[Limit],
) -> Decision:
    """Return the choice between reallocations of a total that keep to limits, begun anew from the best of them."""
    start, base, known = (
        next(iter(parts)),
        next(iter(parts.values())),
        np.zeros((ahead.fit.chains * ahead.fit.draws, 0)),
    )
    beyond: set[str] = set()
    for step in range(steps):
        moved = reallocated(ahead.channels, base, moves)
        named = parts | {(f"{start}; {name}" if step else name): p for name, p in moved.items()}
        kept = {name: p for name, p in named.items() if _keeps(total * p, limits)}
        beyond |= named.keys() - kept.keys()
        parts = different(kept)
        fresh = list(parts.values())[known.shape[1] :]
        if fresh:
            known = np.concatenate([known, ahead.profits([_spread(ahead, total * p) for p in fresh])], axis=1)
        if not parts:
            each = "; ".join(k.text for k in limits)
            raise QueryError(
                f"no split of {amount(total)} that is tried lies inside what was observed ({each}). Lower the budget, "
                "give plans=, or lift the limit with extrapolate=True"
            )
        start = list(parts)[best_plan(known)]
        base = parts[start]
    spends = np.stack([_spread(ahead, total * p) for p in parts.values()])
    count = len(beyond)
    text = f"{count} reallocation{'s' * (count > 1)} beyond what was observed left out; extrapolate=True keeps them"
    return Decision(ahead, tuple(parts), spends, known, text if count else "")


def _keeps(totals: np.ndarray, limits: Sequence[Limit]) -> bool:
    """Whether totals (channels,) keep to limits, to rounding."""
    return all(w @ totals <= most * (1 + 1e-9) for limit in limits for w, most in limit.sides)


def of_plans(ahead: Outlook, plans: Mapping[str, np.ndarray]) -> Decision:
    """Return the choice between plans: name -> spend (channels, periods)."""
    if not plans:
        raise QueryError("plans= names no plan; give scenarios, or name -> spend (channels, periods)")
    spends = np.stack([ahead.checked(spend) for spend in plans.values()])
    return Decision(ahead, tuple(plans), spends, ahead.profits(list(spends)))


def _of_scenarios(fit: Fit, plans: Sequence[Scenario], periods: int | None, horizon: int | None) -> Decision:
    """Return the choice between scenarios, which assume the same of all nodes but spend."""
    alike(plans)
    if not plans:
        raise QueryError("plans= names no plan; give scenarios, or name -> spend (channels, periods)")
    first = plans[0]
    if periods is not None and periods != first.periods:
        raise QueryError(f"the scenarios are of {first.periods} periods, so periods= cannot be {periods!r}")
    for s in plans[1:]:
        if s.nodes.keys() != first.nodes.keys() or any(
            not np.array_equal(s.nodes[n], x) for n, x in first.nodes.items()
        ):
            raise QueryError(
                f"{first.name!r} and {s.name!r} assume different values of other nodes; a decision is about spend alone"
            )
    ahead = outlook(fit, periods=first.periods, horizon=horizon, others=first.nodes)
    if first.labels.tolist() != ahead.labels.tolist():
        raise QueryError(f"{first.name!r} begins at {first.labels[0]}, and the fit goes on from {ahead.labels[0]}")
    order = [_position(first, c) for c in ahead.channels]
    return of_plans(ahead, {s.name: s.money.array[order] for s in plans})


def _position(plan: Scenario, channel: str) -> int:
    if channel not in plan.channels:
        raise QueryError(f"{plan.name!r} has no spend for {channel!r}{nearest(channel, plan.channels)}")
    return plan.channels.index(channel)


def _spread(ahead: Outlook, by_channel: np.ndarray) -> np.ndarray:
    """Return spend by channel (channels,) by period (channels, periods), as last year's; evenly where there is none."""
    return np.asarray(by_channel[:, None] * pattern_of(ahead.reference))


def _shares(ahead: Outlook, shares: Mapping[str, float] | None) -> np.ndarray:
    if shares is None:
        by_channel = ahead.reference.sum(axis=1)
        if not by_channel.any():
            raise QueryError(
                "nothing was spent in the same periods of last year, so there is no split to start from; give shares="
            )
        split: np.ndarray = by_channel / by_channel.sum()
        return split
    for name in shares:
        known_channel(name, ahead.channels, "shares: ")
    found = np.array([float(shares.get(c, 0.0)) for c in ahead.channels])
    if (found < 0).any() or not math.isclose(found.sum(), 1.0, abs_tol=1e-6):
        raise QueryError(f"shares must be 0 or more and sum to one, got {dict(shares)} of sum {plain(found.sum())}")
    return found
