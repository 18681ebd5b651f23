"""A budget question as a search has it: what responds, what is to become large, and what is allowed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import product
from typing import Any

import numpy as np

from bayes_roi.decisions.horizon.outlook import Outlook
from bayes_roi.decisions.optimise.feasible import check_budget, check_limits
from bayes_roi.decisions.optimise.flighting import Flighting
from bayes_roi.decisions.optimise.limits import Limit
from bayes_roi.decisions.optimise.objective import Objective
from bayes_roi.decisions.optimise.region import Region
from bayes_roi.decisions.optimise.response import Response
from bayes_roi.errors import QueryError
from bayes_roi.mechanisms.arrays import spaced
from bayes_roi.numbers import amount

QUICK_DRAWS = 64
"""Draws on which starts are tried."""
FIRST_DRAWS = 400
"""Draws on which the best of them are followed before all draws of the search finish what was found: slopes of a plan
are means over draws, and where the best mix hangs on them a few hundred put it elsewhere."""
MOST_FLIGHTS = 4


@dataclass(frozen=True, eq=False)
class BudgetQuestion:
    """What to make large, by what, within what.

    Parameters
    ----------
    outlook
        The periods to plan.
    flighting
        How a plan is written as a vector.
    objective
        What is to become large.
    budget
        Total spend, None where nothing limits it.
    spend_all
        Whether it is spent in full.
    limits
        All that holds for totals of channels.
    high
        (variables,) the most of each, as far as the observed range says.
    observed_limits
        Those of `limits` that say how far the observed range goes.
    flights
        Channel -> the least it gets over the plan if it gets anything.
    draws
        How many draws the search uses; all of the fit when None.
    seed
        Of the starts, and of noise.
    units_only
        Whether the objective is of units of the outcome instead of profit.
    """

    outlook: Outlook
    flighting: Flighting
    objective: Objective
    budget: float | None
    spend_all: bool
    limits: tuple[Limit, ...]
    high: np.ndarray
    observed_limits: tuple[Limit, ...]
    flights: Mapping[str, float]
    draws: int | None
    seed: int
    units_only: bool = False

    @cached_property
    def response(self) -> Response:
        """Profit by draw, on evenly spaced draws of the posterior."""
        fit = self.outlook.fit
        total = fit.chains * fit.draws
        return Response(self.outlook, spaced(total, self.draws or total), self.seed, self.units_only)

    @cached_property
    def quick(self) -> Response:
        """The same on a few of them."""
        at = self.response.draws
        return replace(self.response, draws=at[spaced(len(at), QUICK_DRAWS)])

    @cached_property
    def first(self) -> Response:
        """The same on some of them."""
        at = self.response.draws
        few = len(at) <= FIRST_DRAWS
        return self.response if few else replace(self.response, draws=at[spaced(len(at), FIRST_DRAWS)])

    def with_budget(self, budget: float) -> BudgetQuestion:
        """Return the same question with another budget, spent in full; what responds is kept."""
        return self.asking(budget=budget, spend_all=True)

    def asking(self, **changes: Any) -> BudgetQuestion:
        """Return a question that differs in its objective or its budget; what responds is kept."""
        other = replace(self, **changes)
        vars(other).update({k: v for k, v in vars(self).items() if k in ("response", "quick", "first")})
        return other

    @property
    def note(self) -> str:
        """What must be said of the search beside its plan."""
        if self.response.exact:
            return ""
        model = self.outlook.fit.model
        between = (
            model.computation.ancestors({model.outcome})
            - {model.outcome}
            - set(self.outlook.held(self.outlook.reference))
        )
        means = sorted(n for n in between & set(model.equation) if model.family(n).link_noise is None)
        text = f", {', '.join(means)} at the conditional mean" if means else ""
        return f"the search averaged over one pair of noise vectors a draw{text}"

    def check(self) -> None:
        """Raise where no plan is allowed.

        Raises
        ------
        QueryError
            Saying what cannot hold together, or how much can be spent.
        """
        if len(self.flights) > MOST_FLIGHTS:
            raise QueryError(f"minimum_flight takes {MOST_FLIGHTS} channels at most, got {len(self.flights)}")
        if not self.flights:
            check_limits(self.limits)
            if self.budget is not None:
                check_budget(self.limits, self.budget, exactly=self.spend_all, observed_limits=self.observed_limits)
        elif not self.branches:
            check_limits(self.limits)
            text = "; ".join(f"{c}: nothing, or at least {amount(least)}" for c, least in self.flights.items())
            raise QueryError(f"no plan can keep to its limits and its minimum flights ({text}). Loosen one of them")

    @cached_property
    def branches(self) -> list[tuple[Limit, ...]]:
        """The limits with each channel of `flights` either off or running: all combinations that can be."""
        found = []
        for runs in product((True, False), repeat=len(self.flights)):
            own = [self._flight(c, least, on) for (c, least), on in zip(self.flights.items(), runs, strict=True)]
            limits = (*self.limits, *own)
            try:
                check_limits(limits)
                if self.budget is not None:
                    check_budget(limits, self.budget, exactly=self.spend_all, observed_limits=())
            except QueryError:
                continue
            found.append(limits)
        return found

    def _flight(self, channel: str, least: float, runs: bool) -> Limit:
        weights = np.array([float(c == channel) for c in self.outlook.channels])
        if runs:
            return Limit(f"{channel}: at least {amount(least)} as it runs", weights, low=least)
        return Limit(f"{channel}: off", weights, high=0.0)

    def region(self, limits: Sequence[Limit]) -> Region:
        """Return the plans allowed by limits: those of one channel as bounds, the others as rows."""
        scale, free, size = self.flighting.scale, self.flighting.free, self.flighting.size
        low, high = np.zeros(size), self.high.copy()
        least, greatest = np.zeros(len(self.flighting.pattern)), np.full(len(self.flighting.pattern), np.inf)
        floor, ceiling = (least, greatest) if free else (low, high)
        rows, most = [], []
        for weights, end in (side for limit in limits for side in limit.sides):
            at, own = np.flatnonzero(weights), self.flighting.totals(weights)
            if not len(at) or (np.all(weights <= 0) and end >= 0) or self._implied(own, end / scale, high):
                continue
            if len(at) == 1:
                c, edge = at[0], end / scale / weights[at[0]]
                floor[c], ceiling[c] = (
                    (floor[c], min(ceiling[c], edge)) if weights[c] > 0 else (max(floor[c], edge), ceiling[c])
                )
            else:
                rows.append(own)
                most.append(end / scale)
        total = None if self.budget is None else self.budget / scale
        tied = free and bool(np.any(least > 0) or np.any(greatest < np.inf))
        return Region(
            low=low,
            high=np.maximum(np.minimum(high, np.inf if total is None else total), low),
            total=total,
            exactly=self.spend_all,
            rows=np.array(rows).reshape(-1, size),
            most=np.array(most),
            least=least if tied else None,
            greatest=greatest if tied else None,
        )

    @staticmethod
    def _implied(weights: np.ndarray, most: float, high: np.ndarray) -> bool:
        """Whether the most of each variable already implies a limit."""
        positive = weights > 0
        return bool(np.all(weights >= 0) and weights[positive] @ high[positive] <= most * (1 + 1e-12))
