"""What scenarios bring, side by side: outcome, what their spend adds, and their differences draw by draw."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Literal, Self, get_args

import numpy as np

from bayes_roi.decisions.horizon.outcomes import Outcomes, apart, outcomes
from bayes_roi.decisions.horizon.outlook import Outlook
from bayes_roi.decisions.horizon.plan_support import plan_support, support_of_plan
from bayes_roi.decisions.scenarios.scenario import Scenario
from bayes_roi.draws import Draws, evidence_array, support_array
from bayes_roi.errors import QueryError, nearest
from bayes_roi.inference.fit import Fit
from bayes_roi.labelled import Labelled, along
from bayes_roi.model.law.forward import NoiseKind
from bayes_roi.numbers import plain
from bayes_roi.panel.periods import following
from bayes_roi.queries.evidence import Support, evidence_in, why_assumed
from bayes_roi.queries.expect import by_chain
from bayes_roi.value.money.money import outcome_unit

if TYPE_CHECKING:
    import xarray as xr

What = Literal["profit", "outcome", "incremental_outcome", "roi"]
ADDED_OUTCOME = "E[Y | do(plan)] - E[Y | do(no spend)]"


@dataclass(frozen=True, eq=False, repr=False)
class ComparedPlans:
    """The numbers of a comparison; fields as of `Comparison`."""

    fit: Fit
    scenarios: tuple[Scenario, ...]
    outlooks: tuple[Outlook, ...]
    noise: NoiseKind
    seed: int

    @cached_property
    def predictive(self) -> Self:
        """The same with the noise of every node and period: what the books would show, not what is expected."""
        return replace(self, noise="predictive")

    @property
    def names(self) -> tuple[str, ...]:
        """The scenarios' names."""
        return tuple(s.name for s in self.scenarios)

    @property
    def ahead(self) -> Outlook:
        """The periods that are compared."""
        return self.outlooks[0]

    @property
    def spend(self) -> Labelled:
        """Spend by `scenario` and `channel`, in money."""
        totals = np.array([s.money.array.sum(axis=1) for s in self.scenarios])
        return Labelled(totals, ("scenario", "channel"), along(scenario=self.names, channel=self.ahead.channels))

    @cached_property
    def outcome(self) -> Draws:
        r"""The outcome of the planned periods, $\sum_t Y_t$, what comes without spend included; dim `scenario`."""
        values, note = self._outcomes.outcome.sum(axis=-1), self.ahead.of_outcome
        return self._draws(values, outcome_unit(self.fit.model), "sum of Y over the planned periods", note=note)

    @cached_property
    def by_period(self) -> Draws:
        """The outcome of each planned period, panel units together; dims `scenario`, `time`."""
        values, unit, note = self._outcomes.outcome, outcome_unit(self.fit.model), self.ahead.of_outcome
        return self._draws(values, unit, "Y of each period", time=self.ahead.labels, note=note)

    @cached_property
    def incremental_outcome(self) -> Draws:
        r"""What the spend adds, $\sum_t Y_t - Y^0_t$ over the plan and its run-off; dim `scenario`.

        $Y^0$ is the outcome of the same periods, with the same other nodes, without the plan's spend.
        """
        values, unit = self._outcomes.added.sum(axis=-1), outcome_unit(self.fit.model)
        return self._draws(values, unit, f"sum of {ADDED_OUTCOME}", support=self._support_of_all)

    @cached_property
    def incremental_by_period(self) -> Draws:
        """What the spend adds in each period of the plan and of its run-off, panel units together."""
        labels = following(np.asarray(self.fit.data.periods), self.ahead.periods + self.ahead.horizon)
        unit, inside = outcome_unit(self.fit.model), self._support_of_all
        return self._draws(self._outcomes.added, unit, f"{ADDED_OUTCOME} of each period", time=labels, support=inside)

    @cached_property
    def profit(self) -> Draws:
        r"""The incremental profit, $m \sum_t v_t (Y_t - Y^0_t) - \sum_{c,t} x_{ct}$; dim `scenario`."""
        values = self.ahead.margin * self._outcomes.money - self._spent
        estimand = f"incremental profit: {plain(self.ahead.margin)} x value x ({ADDED_OUTCOME}) - spend"
        return self._draws(values, self.unit, estimand, support=self._support_of_all)

    @cached_property
    def roi(self) -> Draws:
        r"""The return of the whole plan, incremental profit over spend; dim `scenario`, NaN where nothing is spent."""
        with np.errstate(divide="ignore", invalid="ignore"):
            values = np.where(self._spent > 0, self.ahead.margin * self._outcomes.money / self._spent - 1, np.nan)
        estimand = "ROI of the plan: incremental profit / spend"
        return self._draws(values, f"{self.unit} per {self.unit}", estimand, support=self._support_of_all)

    @cached_property
    def standing(self) -> Draws:
        """What gains are differences of: incremental profit, and margin x value x the planned periods without spend.

        Where plans assume the same of all nodes but spend, the second part is the same in all of them, and a gain is
        the difference of incremental profits. Where a price or a promotion differs, what that brings in the planned
        periods is in the gain too. Dim `scenario`.
        """
        without = self.ahead.margin * self._outcomes.money_without
        values = self.ahead.margin * self._outcomes.money - self._spent + without
        return self._draws(values, self.unit, "profit of the planned periods and the run-off of the plan")

    @property
    def difference(self) -> Draws:
        """The profit of each scenario less that of the first, draw by draw; dim `scenario`, without the first."""
        if len(self.names) < 2:
            raise QueryError("a difference needs two scenarios; compare(fit, [reference, plan])")
        return self._gain(0, "profit", slice(1, None))

    def against(self, name: str, *, what: What = "profit") -> Draws:
        """Return what each scenario has over another, draw by draw; dim `scenario`.

        Parameters
        ----------
        name
            The other scenario.
        what
            "profit", "outcome", "incremental_outcome" or "roi". A gain in profit counts what other nodes bring in the
            planned periods where the scenarios assume different values of them: see `standing`.

        Raises
        ------
        QueryError
            When there is no scenario of that name, or no such quantity.
        """
        if name not in self.names:
            known = ", ".join(self.names)
            raise QueryError(f"there is no scenario {name!r}{nearest(name, self.names)}; there are {known}")
        if what not in get_args(What):
            known = ", ".join(map(repr, get_args(What)))
            raise QueryError(f"what must be one of {known}, got {what!r}")
        return self._gain(self.names.index(name), what, slice(None))

    def _gain(self, of: int, what: What, kept: slice) -> Draws:
        own: Draws = self.standing if what == "profit" else getattr(self, what)
        values = own.arrays.values
        gained = apart(values.array, values.array[..., [of]]).reshape(-1, len(self.names))
        inside = self._support_of_all if what in ("incremental_outcome", "roi") else self._from_reference
        less = [min(s, inside[of], key=lambda s: s.share) for s in inside]
        estimand = f"gain in {what.replace('_', ' ')} over {self.names[of]!r}"
        return self._draws(gained[:, kept], own.unit, estimand, support=less, kept=kept)

    @property
    def better(self) -> Labelled:
        """The probability that a `scenario` makes more profit than `another`; NaN on the diagonal."""
        profit = self.standing.arrays.values.array.reshape(-1, len(self.names))
        wins = (profit[:, :, None] > profit[:, None, :]).mean(axis=0)
        np.fill_diagonal(wins, np.nan)
        return Labelled(wins, ("scenario", "another"), along(scenario=self.names, another=self.names))

    @property
    def probability_better(self) -> xr.DataArray:
        """The probability that a `scenario` makes more profit than `another`, as xarray; NaN on the diagonal."""
        return self.better.xarray

    @cached_property
    def support(self) -> Labelled:
        """Share of the way from last year's spend to a plan's that was observed; dims `scenario`, `channel`."""
        shares = np.array(
            [plan_support(o, o.reference, s.money.array) for o, s in zip(self.outlooks, self.scenarios, strict=True)]
        )
        return Labelled(shares, ("scenario", "channel"), along(scenario=self.names, channel=self.ahead.channels))

    @cached_property
    def reasons(self) -> tuple[str, ...]:
        """Why what a scenario's spend adds is only assumed, and why its gain is; empty for what is more than that."""
        pairs = zip(self._reasons(self._support_of_all), self._reasons(self._from_reference), strict=True)
        return tuple("; ".join(dict.fromkeys(r for r in pair if r)) for pair in pairs)

    def _reasons(self, supports: Sequence[Support]) -> tuple[str, ...]:
        graph = why_assumed(self.fit, self._treated, self.fit.model.outcome)
        return tuple(graph or s.reason for s in supports)

    @property
    def _spent(self) -> np.ndarray:
        """Total spend (scenarios,)."""
        return np.asarray(self.spend.array.sum(axis=1))

    @property
    def unit(self) -> str:
        """Unit of money."""
        return self.fit.model.currency or "money"

    @property
    def note(self) -> str:
        """What must be said beside every number."""
        named = [f"{s.name}: {s.note}" for s in self.scenarios if s.note]
        return "; ".join([*([self.ahead.note] if self.ahead.note else []), *named])

    @cached_property
    def _outcomes(self) -> Outcomes:
        plans = [s.money.array for s in self.scenarios]
        return outcomes(self.outlooks, plans, noise=self.noise, seed=self.seed)

    @property
    def _evidence(self) -> int:
        return int(evidence_in(self.fit, self._treated, self.fit.model.outcome))

    @property
    def _treated(self) -> frozenset[str]:
        """What the plans set: all spends, and what else has an equation."""
        model = self.fit.model
        return model.spends | {n for s in self.scenarios for n in s.nodes if n in model.equation}

    @cached_property
    def _from_reference(self) -> list[Support]:
        """The support of each scenario's way from last year's spend."""
        pairs = zip(self.outlooks, self.scenarios, strict=True)
        return [support_of_plan(o, o.reference, s.money.array) for o, s in pairs]

    @cached_property
    def _support_of_all(self) -> list[Support]:
        """The same of the way from no spend at all, as what is incremental has it."""
        pairs = zip(self.outlooks, self.scenarios, strict=True)
        return [support_of_plan(o, 0 * o.reference, s.money.array) for o, s in pairs]

    def _draws(
        self,
        values: np.ndarray,
        unit: str,
        estimand: str,
        *,
        support: Sequence[Support] | None = None,
        time: np.ndarray | None = None,
        kept: slice = slice(None),
        note: str = "",
    ) -> Draws:
        """Return values (draws, scenarios, ...) as draws; a plan's support is the least of its channels'."""
        names = self.names[kept]
        of = along(scenario=names)
        dims, coords = (("time",), along(time=time)) if time is not None else ((), {})
        inside = (self._from_reference if support is None else support)[kept]
        return Draws(
            values=Labelled(by_chain(self.fit, values), ("chain", "draw", "scenario", *dims), of | coords),
            unit=unit,
            estimand=estimand if self.noise == "mean" else f"{estimand}, with noise",
            evidence=evidence_array(self._evidence, of),
            support=support_array([s.share for s in inside], of),
            note="; ".join(n for n in (self.note, note) if n),
            reason="; ".join(f"{n}: {r}" for n, r in zip(names, self._reasons(inside), strict=True) if r),
        )
