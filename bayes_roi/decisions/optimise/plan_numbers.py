"""What a plan that a search found spends, what it brings, and how good it is: its numbers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Self

import numpy as np

from bayes_roi.decisions.horizon.outcomes import Outcomes, apart, outcomes
from bayes_roi.decisions.horizon.outlook import ADDED, Outlook
from bayes_roi.decisions.horizon.plan_support import support_of_plan
from bayes_roi.decisions.optimise.better import copies_last_year, freely_timed, keeping_the_rest
from bayes_roi.decisions.optimise.budget_question import BudgetQuestion
from bayes_roi.decisions.optimise.kkt import Kkt, kkt
from bayes_roi.decisions.optimise.limits import Limit
from bayes_roi.decisions.scenarios.scenario import Scenario, planned
from bayes_roi.draws import Draws, evidence_array, support_array
from bayes_roi.inference.fit import Fit
from bayes_roi.labelled import Labelled, along
from bayes_roi.model.language.model import Model
from bayes_roi.queries.evidence import Support, evidence_in, why_assumed
from bayes_roi.queries.expect import by_chain
from bayes_roi.queries.horizon.history import Forecast
from bayes_roi.value.money.money import outcome_unit

if TYPE_CHECKING:
    import xarray as xr


@dataclass(frozen=True, eq=False, repr=False)
class PlanNumbers:
    """The numbers of a plan; fields as of `Plan`."""

    question: BudgetQuestion
    shares: np.ndarray
    limits: tuple[Limit, ...]
    objective: str
    note: str = ""
    nodes: Mapping[str, Forecast] = field(default_factory=dict)

    @property
    def outlook(self) -> Outlook:
        """The periods that it plans."""
        return self.question.outlook

    @property
    def fit(self) -> Fit:
        """The fit it was made from."""
        return self.outlook.fit

    @property
    def model(self) -> Model:
        return self.fit.model

    @cached_property
    def money(self) -> Labelled:
        """Spend by channel and time, as `spend` without xarray."""
        outlook = self.outlook
        spend = self.question.flighting.spend(self.shares)
        return Labelled(spend, ("channel", "time"), along(channel=list(outlook.channels), time=outlook.labels))

    @property
    def spend(self) -> xr.DataArray:
        """Spend, dims `channel` and `time`, in money."""
        return self.money.xarray

    @cached_property
    def scenario(self) -> Scenario:
        """The same as a scenario, to be compared with others and written to a file."""
        return planned(self.outlook, "plan", self.money.array, nodes=self.nodes, note=self.objective)

    @cached_property
    def totals(self) -> dict[str, float]:
        """Channel -> spend over the plan."""
        return dict(zip(self.outlook.channels, self.money.array.sum(axis=1).tolist(), strict=True))

    @property
    def budget(self) -> float:
        """Total spend."""
        return float(self.money.array.sum())

    @cached_property
    def kkt(self) -> Kkt:
        """Whether it is a maximum, and what one more unit of money would add where something is reached."""
        return kkt(self.question, self.shares, self.limits)

    @cached_property
    def outcome(self) -> Draws:
        """The outcome of the planned periods, what comes without spend included; all draws of the fit."""
        values = self._outcomes.outcome[:, 0].sum(axis=-1)
        what = f"{self.model.outcome}: E[Y | do(plan)], summed over the planned periods"
        return self._draws(values, outcome_unit(self.model), what, note=self.outlook.of_outcome)

    @cached_property
    def incremental_outcome(self) -> Draws:
        """What the spend of the plan adds to the outcome, in the planned periods and by carry-over after them."""
        values = self._outcomes.added[:, 0].sum(axis=-1)
        what = f"{self.model.outcome}: E[Y | do(plan)] - E[Y | do(no spend)], summed over the plan and its run-off"
        return self._draws(values, outcome_unit(self.model), what, support=self._support_of_all)

    @property
    def marginal(self) -> float:
        """What one more unit of budget would add to the objective; 0 where none is asked for, NaN where undefined."""
        return self.kkt.multipliers.get("budget", 0.0)

    @cached_property
    def rest_kept(self) -> Self | None:
        """The best plan that may keep the rest of the budget, where the last unit of it loses; None elsewhere."""
        if not self.question.spend_all or self.question.units_only or not self.marginal < 0:
            return None
        return self._other(*keeping_the_rest(self.question))

    @cached_property
    def freely_timed(self) -> Self | None:
        """About the best plan whose every period is free, where this one copies last year's timing; None elsewhere."""
        if not copies_last_year(self.question) or self.budget == 0:
            return None
        return self._other(*freely_timed(self.question, self.shares, self.limits))

    def _other(self, question: BudgetQuestion, shares: np.ndarray, limits: tuple[Limit, ...]) -> Self:
        return replace(self, question=question, shares=shares, limits=limits)

    @cached_property
    def profit(self) -> Draws:
        r"""Incremental profit of the plan, all draws of the fit.

        $\text{margin} \sum_t v_t (E[Y_t | do(plan)] - E[Y_t | do(no spend)]) - \sum_{c,t} x_{ct}$ over the plan and its
        run-off: what comes without the spend is no part of it.
        """
        what = f"incremental profit: {ADDED}"
        return self._draws(self._profits[:, 0], self._currency, what, support=self._support_of_all)

    @cached_property
    def roi(self) -> Draws:
        """Incremental profit of the whole plan, per unit of money spent."""
        unit = f"{self._currency} per {self._currency}"
        values = self._profits[:, 0] / (self.budget or np.nan)
        return self._draws(values, unit, "ROI of the plan: incremental profit / spend", support=self._support_of_all)

    @cached_property
    def gain(self) -> Draws:
        """Profit less that of the same periods a year before, draw by draw; `gain.probability(above=0)` is P(better).

        Where the budget differs from the reference's, so does the money compared; `mix` compares at the same budget.
        """
        gain = apart(self._profits[:, 0], self._profits[:, 1])
        return self._draws(
            gain, self._currency, "profit of the plan less profit of the reference, the spend of last year"
        )

    @cached_property
    def mix(self) -> Draws:
        """Profit less that of the reference made larger or smaller in all to the same budget, draw by draw."""
        gain = apart(self._profits[:, 0], self._profits[:, 2])
        return self._draws(
            gain, self._currency, "profit of the plan less profit of the reference's mix at the same budget"
        )

    @cached_property
    def mix_keeps(self) -> bool:
        """Whether the reference's mix at the plan's budget keeps to the plan's limits, its observed range among them.

        Where it does not, what it would bring is no alternative, and mostly beyond what the data know.
        """
        totals, spread = self._mixed.sum(axis=1), self.question.flighting
        kept = all(w @ totals <= end + 1e-9 * self.budget for limit in self.limits for w, end in limit.sides)
        shares = self._mixed.ravel() / spread.scale if spread.free else spread.shares(totals)
        return kept and bool((shares <= self.question.high + 1e-9).all())

    @cached_property
    def _mixed(self) -> np.ndarray:
        """The reference's mix at the plan's budget, (channels, periods)."""
        reference = self.outlook.reference
        if reference.sum() > 0:
            return np.asarray(reference * (self.budget / reference.sum()))
        return np.full_like(reference, self.budget / reference.size)

    @cached_property
    def _outcomes(self) -> Outcomes:
        """What the plan, the reference and the reference's mix at the plan's budget bring."""
        ahead = self.outlook
        plans = [self.money.array, ahead.reference, self._mixed]
        return outcomes([ahead] * len(plans), plans, noise="mean", seed=self.question.seed)

    @cached_property
    def _profits(self) -> np.ndarray:
        """Incremental profit (draws, 3) of the plan, of the reference, and of its mix at the plan's budget."""
        spent = [plan.sum() for plan in (self.money.array, self.outlook.reference, self._mixed)]
        return self.outlook.margin * self._outcomes.money - np.array(spent)

    @property
    def _currency(self) -> str:
        return self.model.currency or "money"

    def _draws(
        self, values: np.ndarray, unit: str, estimand: str, *, support: Support | None = None, note: str = ""
    ) -> Draws:
        outlook, inside = self.outlook, support or self._support
        return Draws(
            values=Labelled(by_chain(self.fit, values), ("chain", "draw")),
            unit=unit,
            estimand=estimand,
            evidence=evidence_array(evidence_in(self.fit, self.model.spends, self.model.outcome)),
            support=support_array(inside.share),
            reason=why_assumed(self.fit, self.model.spends, self.model.outcome) or inside.reason,
            note="; ".join(n for n in (outlook.note, self.note, note) if n),
        )

    @cached_property
    def _support(self) -> Support:
        """The least support of the way from the reference to the plan."""
        outlook = self.outlook
        return support_of_plan(outlook, outlook.reference, self.money.array)

    @cached_property
    def _support_of_all(self) -> Support:
        """Of the way from no spend at all."""
        outlook = self.outlook
        return support_of_plan(outlook, 0 * outlook.reference, self.money.array)
