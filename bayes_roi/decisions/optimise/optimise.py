"""The best plan for a budget, found by climbing the profits of the model with their gradients."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from numbers import Integral, Real
from typing import Literal

import numpy as np

from bayes_roi.decisions.horizon.outlook import Outlook, outlook
from bayes_roi.decisions.optimise.budget_question import BudgetQuestion
from bayes_roi.decisions.optimise.flighting import Flighting, pattern_of
from bayes_roi.decisions.optimise.limits import Bound, Limit, Linear, Names, limits
from bayes_roi.decisions.optimise.objective import SMOOTH, Chance, Mean, TailMean
from bayes_roi.decisions.optimise.observed_range import observed_range
from bayes_roi.decisions.optimise.plan import Plan
from bayes_roi.decisions.optimise.search import best_plan, starts
from bayes_roi.decisions.optimise.target import least_spend, most_at_roi
from bayes_roi.errors import QueryError, nearest
from bayes_roi.guards import is_number, is_share, whole_number
from bayes_roi.inference.fit import Fit
from bayes_roi.numbers import amount, percent, plain
from bayes_roi.queries.horizon.history import Forecast

ObjectiveName = Literal["mean", "cvar", "probability", "least_spend", "roi"]
DUST = 1e-7
"""Share of a plan below which a spend is rounding of the search, and none."""
OBJECTIVES = ("mean", "cvar", "probability", "least_spend", "roi")
FlightingName = Literal["pattern", "even", "free"]
AIMS = 4
WIDE = 0.5
"""Width at which a probability is first climbed, as a share of the sd of profit: a step is flat far away from it."""


def optimise(
    fit: Fit,
    *,
    budget: float | None = None,
    periods: int,
    objective: ObjectiveName = "mean",
    target: float | None = None,
    level: float = 0.1,
    bounds: Mapping[str, Bound] | None = None,
    groups: Mapping[str, Sequence[str]] | None = None,
    most_change: float | Mapping[str, float] | None = None,
    minimum_flight: Mapping[str, float] | None = None,
    constraints: Iterable[Linear] = (),
    flighting: FlightingName = "pattern",
    spend_all: bool = True,
    extrapolate: bool = False,
    horizon: int | None = None,
    others: Mapping[str, Forecast] | None = None,
    margin: float | None = None,
    draws: int | None = None,
    seed: int | None = None,
) -> Plan:
    r"""Return the best plan for a budget over the periods that follow those of the fit.

    $\max_x f(\pi(x))$ over plans x (channels, periods), with the incremental profit of each posterior draw $\pi_d(x) =
    \text{margin} \sum_t v_t (E[Y_t | do(x), \theta_d] - E[Y_t | do(0), \theta_d]) - \sum_{c,t} x_{ct}$ over the plan
    and its run-off; all spend is set by the plan. The search has the gradient of the model, several starts, and shares
    of the budget as its variables; the numbers of the plan are of all draws.

    Parameters
    ----------
    fit
        A fit whose rows are periods.
    budget
        Total spend in the currency of the data. It is spent in full unless `spend_all` is False; for the objectives
        "least_spend" and "roi" it is the most that may be spent, and may be left out.
    periods
        How many are planned.
    objective
        What f is. "mean": expected incremental profit. "cvar": its mean over the worst share `level` of the draws
        (Rockafellar and Uryasev 2000). "probability": P(incremental profit > `target`). "least_spend": the least total
        spend whose expected outcome (units of the outcome in the planned periods, what comes without spend included)
        reaches `target`. "roi": the most spend of which the expected ROI of the whole plan still is `target`.
    target
        Of the last three, in their units.
    level
        Share of draws in the tail of "cvar".
    bounds
        Channel or group -> (least, most) total over the plan; None leaves a side open.
    groups
        Group -> its channels, for `bounds`, `most_change` and `constraints`.
    most_change
        The most that the total of each channel may change, as a share of what it was in the same periods a year before:
        one share for all, or by channel or group.
    minimum_flight
        Channel -> the least it gets over the plan if it gets anything; it may also be off.
    constraints
        Pairs ({channel or group: coefficient}, most): the weighted sum of totals is at most so much.
    flighting
        "pattern": each channel's total is spread over the periods as a year before (evenly if nothing was spent);
        "even": evenly; "free": every period of every channel is chosen.
    spend_all
        Whether the budget must be spent in full.
    extrapolate
        Whether a channel may go beyond the largest dose (adstocked spend per period) that was observed.
    horizon, others, margin
        As in `outlook`: periods of run-off, forecasts of other nodes, profit per unit of money earned.
    draws
        Posterior draws the plan is best for, evenly spaced; all when None.
    seed
        Of the random starts, and of noise where the expectation needs it; the fit's own when None.

    Raises
    ------
    QueryError
        When an option cannot be right, limits cannot hold together, the budget lies outside them or outside what was
        observed, or a target cannot be reached.

    Examples
    --------
    >>> import bayes_roi as br
    >>> model = br.read_model(br.shipped("models/weekly_funnel.yaml"))
    >>> fit = br.fit(model, br.read_data(br.shipped("data/weekly_funnel.csv"), model), seed=7)
    >>> plan = br.optimise(fit, budget=400_000, periods=13)
    >>> round(plan.budget), bool(plan.kkt)
    (400000, True)
    """
    _check(objective, target, level, budget, flighting, draws)
    ahead = outlook(fit, periods=periods, horizon=horizon, others=others, margin=margin)
    seed = fit.seed if seed is None else seed
    asked, flights = _limits(ahead, bounds, groups, most_change, constraints, minimum_flight)
    scale = _scale(ahead, budget)
    pattern = pattern_of(np.ones_like(ahead.reference) if flighting == "even" else ahead.reference)
    spread = Flighting(pattern, scale, flighting == "free")
    most, observed = (np.full(spread.size, np.inf), ()) if extrapolate else observed_range(ahead, spread)
    question = BudgetQuestion(
        outlook=ahead,
        flighting=spread,
        objective=Mean(),
        budget=budget,
        spend_all=spend_all and objective not in ("least_spend", "roi"),
        limits=(*asked, *observed),
        high=most,
        observed_limits=observed,
        flights=flights,
        draws=draws,
        seed=seed,
    )
    question.check()
    return replace(_solved(question, objective, target, level), nodes=dict(others or {}))


def _solved(question: BudgetQuestion, objective: str, target: float | None, level: float) -> Plan:
    """Return the best plan for an objective."""
    currency = question.outlook.fit.model.currency or "money"
    if objective in ("least_spend", "roi"):
        assert target is not None
        return _aimed(question, objective, target)
    if objective == "mean":
        return _plan((question, *best_plan(question)), "expected incremental profit")
    spread = float(question.response(question.flighting.spend(_begin(question))).profit.std())
    if objective == "cvar":
        asked = question.asking(objective=TailMean(level, SMOOTH * spread))
        return _plan((asked, *best_plan(asked)), f"mean incremental profit of the worst {percent(level)}")
    assert target is not None
    wide = question.asking(objective=Chance(target, WIDE * spread))
    asked = question.asking(objective=Chance(target, SMOOTH * spread))
    mean, _, _ = best_plan(question)
    found = [best_plan(asked, begin) for begin in (mean, best_plan(wide)[0])]
    best = max(found, key=lambda f: f[1])
    text = f"P(incremental profit > {amount(target)} {currency})"
    note = f"the search smoothed the step at {amount(target)} over {amount(SMOOTH * spread)} {currency}"
    return _plan((asked, *best), text, note)


def _aimed(question: BudgetQuestion, objective: str, target: float) -> Plan:
    """Return the plan that meets a target by all draws: what the draws of the search miss of it is added to the aim."""
    aim, budget = target, None
    for _ in range(AIMS):
        if objective == "least_spend":
            found = _plan(
                least_spend(replace(question, units_only=True), aim), f"least spend for {amount(target)} units"
            )
            reached = float(found.outcome.centre().array)
        else:
            found = _plan(most_at_roi(question, aim), f"most spend at an ROI of {plain(target)}")
            reached = float(found.roi.centre().array)
        missed = target - reached
        at_an_end = budget is not None and abs(found.budget - budget) <= 1e-6 * found.budget
        if at_an_end or abs(missed) <= 1e-6 * max(abs(target), 1e-3):
            break
        aim, budget = aim + missed, found.budget
    return found


def _begin(question: BudgetQuestion) -> np.ndarray:
    region = question.region(question.branches[0] if question.flights else question.limits)
    return np.asarray(starts(question, region)[0])


def _plan(found: tuple[BudgetQuestion, np.ndarray, float, tuple[Limit, ...]], objective: str, note: str = "") -> Plan:
    question, shares, _, kept = found
    shares = np.where(shares < DUST * max(float(shares.sum()), 1e-300), 0.0, shares)
    return Plan(question, shares, kept, objective, "; ".join(n for n in (note, question.note) if n))


def _check(
    objective: str, target: float | None, level: float, budget: float | None, flighting: str, draws: int | None
) -> None:
    for name, value, known in (
        ("objective", objective, OBJECTIVES),
        ("flighting", flighting, ("pattern", "even", "free")),
    ):
        if value not in known:
            raise QueryError(f"{name} must be one of {', '.join(known)}, got {value!r}{nearest(str(value), known)}")
    if budget is None and objective not in ("least_spend", "roi"):
        raise QueryError(f"the objective {objective!r} needs a budget, the total to spend over the plan")
    if budget is not None and (not is_number(budget, kind=Real) or budget <= 0):
        raise QueryError(f"budget must be a number above 0, the total spend over the plan, got {budget!r}")
    wants = {
        "probability": "an incremental profit",
        "least_spend": "an outcome of the planned periods",
        "roi": "an ROI, e.g. 0.2",
    }
    if objective in wants and target is None:
        raise QueryError(f"the objective {objective!r} needs target=, {wants[objective]}")
    if objective not in wants and target is not None:
        raise QueryError(f"the objective {objective!r} takes no target; {', '.join(wants)} do")
    if target is not None and not is_number(target, kind=Real):
        raise QueryError(f"target must be a number, got {target!r}")
    if not is_share(level):
        raise QueryError(f"level must be in (0, 1], the share of draws in the tail, got {level!r}")
    if draws is not None:
        whole_number(draws, "draws", 1, kind=Integral)


def _limits(
    ahead: Outlook,
    bounds: Mapping[str, Bound] | None,
    groups: Mapping[str, Sequence[str]] | None,
    most_change: float | Mapping[str, float] | None,
    constraints: Iterable[Linear],
    minimum_flight: Mapping[str, float] | None,
) -> tuple[tuple[Limit, ...], dict[str, float]]:
    """Return what the plan was told to keep to, and its minimum flights."""
    names = Names(ahead.channels, groups or {})
    found = limits(names, ahead.reference.sum(axis=1), bounds=bounds, most_change=most_change, constraints=constraints)
    flights = dict(minimum_flight or {})
    for channel, least in flights.items():
        if channel not in ahead.channels:
            raise QueryError(f"minimum_flight names {names.unknown(channel)}")
        if not is_number(least, kind=Real) or least <= 0:
            raise QueryError(f"the minimum flight of {channel!r} must be a number above 0, got {least!r}")
    return found, flights


def _scale(ahead: Outlook, budget: float | None) -> float:
    """Return the money that a share of one stands for."""
    if budget is not None:
        return float(budget)
    reference = float(ahead.reference.sum())
    rows = ahead.fit.design.rows
    usual = sum(float(np.nanmean(rows[n])) for n in ahead.fit.model.channels.values()) * ahead.periods
    return reference or usual or 1.0
