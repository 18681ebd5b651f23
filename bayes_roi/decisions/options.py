"""A choice between plans: what could be spent, and what each plan would add under each draw."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from bayes_roi.decisions.outlook import ADDED, Outlook, outlook
from bayes_roi.decisions.reach import reach
from bayes_roi.decisions.reallocation import MOVES, check_moves, different, reallocated
from bayes_roi.decisions.scenario import Scenario, alike
from bayes_roi.decisions.worth import best_plan, known_all
from bayes_roi.draws import WELL_SUPPORTED, Draws
from bayes_roi.errors import QueryError, nearest
from bayes_roi.inference.fit import Fit
from bayes_roi.labelled import Labelled, along
from bayes_roi.queries.evidence import evidence
from bayes_roi.queries.expect import by_chain

if TYPE_CHECKING:
    import pandas as pd

STEPS = 2
SHOWN = 10


@dataclass(frozen=True, eq=False, repr=False)
class Decision:
    """Plans to choose from, and what each earns.

    Parameters
    ----------
    outlook
        The periods that are planned.
    names
        A name for each plan.
    spends
        (plans, channels, periods) in money.
    earned
        (draws, plans) incremental profit over the periods and the run-off after them, in money.
    """

    outlook: Outlook
    names: tuple[str, ...]
    spends: np.ndarray
    earned: np.ndarray

    @property
    def fit(self) -> Fit:
        return self.outlook.fit

    @property
    def unit(self) -> str:
        """Unit of money."""
        return self.fit.model.currency or "money"

    @property
    def best(self) -> str:
        """The plan with the highest expected incremental profit."""
        return self.names[best_plan(self.earned)]

    @cached_property
    def profit(self) -> Draws:
        """Incremental profit of each plan, dim `plan`."""
        model = self.fit.model
        return Draws(
            values=Labelled(by_chain(self.fit, self.earned), ("chain", "draw", "plan"), along(plan=list(self.names))),
            unit=self.unit,
            estimand=f"incremental profit of a plan over {self.outlook.periods} periods: {ADDED}",
            evidence=Labelled(np.array(int(evidence(model, model.spends, model.outcome)))),
            support=Labelled(self.reach.min(axis=1), ("plan",), along(plan=list(self.names))),
            note=self.outlook.note,
        )

    @cached_property
    def reach(self) -> np.ndarray:
        """(plans, channels) share of the way from last year's spend to a plan's that lies inside what was observed."""
        return np.array([reach(self.outlook, self.outlook.today, spend) for spend in self.spends])

    @cached_property
    def note(self) -> str:
        """What must be said beside the numbers: of the outlook, and where the best plan goes beyond what was spent."""
        best = best_plan(self.earned)
        inside = reach(self.outlook, self.outlook.today, self.spends[best])
        far = [c for c, share in zip(self.outlook.channels, inside, strict=True) if share < WELL_SUPPORTED]
        beyond = f"{self.best!r} is extrapolated: it goes beyond what was ever spent on {', '.join(far)}" if far else ""
        return "; ".join(n for n in (self.outlook.note, beyond) if n)

    def to_frame(self) -> pd.DataFrame:
        """Return a table, best plan first: spend, mean profit, P(best) and expected regret, in money."""
        import pandas as pd

        return pd.DataFrame(self._rows()).set_index("plan")

    def _rows(self) -> list[dict[str, Any]]:
        mean, best = self.earned.mean(axis=0), self.earned.argmax(axis=1)
        regret = (self.earned.max(axis=1, keepdims=True) - self.earned).mean(axis=0)
        return [
            {
                "plan": self.names[i],
                "spend": float(self.spends[i].sum()),
                "profit": float(mean[i]),
                "probability_best": float((best == i).mean()),
                "expected_regret": float(regret[i]),
            }
            for i in np.argsort(-mean, kind="stable")
        ]

    def __repr__(self) -> str:
        worth = known_all(self.earned)
        head = (
            f"<Decision between {len(self.names)} plans for {self.outlook.periods} periods; best: {self.best}; "
            f"knowing all is worth {worth.value:,.0f} {self.unit}"
        )
        lines = [
            f"  {r['plan']}: profit {r['profit']:,.0f}, P(best) {r['probability_best']:.0%}, "
            f"expected regret {r['expected_regret']:,.0f}"
            for r in self._rows()[:SHOWN]
        ]
        return "\n".join([head, *lines]) + ">"

    def _repr_html_(self) -> str:
        shown: str = self.to_frame().to_html(max_rows=SHOWN, float_format=lambda v: f"{v:,.4g}")
        return shown


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

    Returns
    -------
    Decision
        Incremental profit of each plan by posterior draw: margin x value x (E[Y | do(plan)] - E[Y | do(no spend)]) -
        spend.

    Raises
    ------
    QueryError
        When there is no time or no channel, the budget is not above zero, shares or moves are out of range, or a plan
        does not fit the channels and periods.
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
    total = float(ahead.today.sum()) if budget is None else _budget(budget)
    parts = {"as last year" if shares is None else "as split": _shares(ahead, shares)}
    parts["equal parts"] = np.full(len(ahead.channels), 1 / len(ahead.channels))
    start, known = next(iter(parts)), np.zeros((fit.chains * fit.draws, 0))
    for step in range(_steps(steps)):
        moved = reallocated(ahead.channels, parts[start], moves)
        parts = different(parts | {(f"{start}; {name}" if step else name): p for name, p in moved.items()})
        fresh = list(parts.values())[known.shape[1] :]
        if fresh:
            known = np.concatenate([known, ahead.profits([_spread(ahead, total * p) for p in fresh])], axis=1)
        start = list(parts)[best_plan(known)]
    return Decision(ahead, tuple(parts), np.stack([_spread(ahead, total * p) for p in parts.values()]), known)


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
    total = ahead.today.sum(axis=1, keepdims=True)
    pattern = np.where(total > 0, ahead.today / np.where(total > 0, total, 1), 1 / ahead.periods)
    spread: np.ndarray = by_channel[:, None] * pattern
    return spread


def _steps(steps: object) -> int:
    if isinstance(steps, bool) or not isinstance(steps, int) or steps < 1:
        raise QueryError(f"steps must be a whole number, 1 or more, got {steps!r}")
    return steps


def _budget(budget: object) -> float:
    if isinstance(budget, bool) or not isinstance(budget, (int, float)) or not 0 < budget < math.inf:
        raise QueryError(f"budget must be an amount of money above zero, got {budget!r}")
    return float(budget)


def _shares(ahead: Outlook, shares: Mapping[str, float] | None) -> np.ndarray:
    if shares is None:
        by_channel = ahead.today.sum(axis=1)
        if not by_channel.any():
            raise QueryError(
                "nothing was spent in the same periods of last year, so there is no split to start from; give shares="
            )
        split: np.ndarray = by_channel / by_channel.sum()
        return split
    for name in shares:
        if name not in ahead.channels:
            known = ", ".join(ahead.channels)
            raise QueryError(f"shares: {name!r} is not a channel{nearest(name, ahead.channels)}; there are {known}")
    found = np.array([float(shares.get(c, 0.0)) for c in ahead.channels])
    if (found < 0).any() or not math.isclose(found.sum(), 1.0, abs_tol=1e-6):
        raise QueryError(f"shares must be 0 or more and sum to one, got {dict(shares)} of sum {found.sum():g}")
    return found
