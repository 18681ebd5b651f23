"""A plan that a search found: what is spent, what it brings, and how good it is."""

from __future__ import annotations

import html
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from bayes_roi.decisions.history import Forecast
from bayes_roi.decisions.kkt import Kkt, kkt
from bayes_roi.decisions.limits import Limit
from bayes_roi.decisions.problem import Problem
from bayes_roi.decisions.reach import reaches
from bayes_roi.decisions.scenario import Scenario, planned
from bayes_roi.draws import DEFAULT_PROB, Draws
from bayes_roi.inference.fit import Fit
from bayes_roi.labelled import Labelled, along
from bayes_roi.model.model import Model
from bayes_roi.queries.evidence import Support, evidence, unobserved_cause
from bayes_roi.queries.expect import by_chain
from bayes_roi.value.money import outcome_unit

if TYPE_CHECKING:
    import xarray as xr

UNFINISHED = "the search ended before the slopes were level: the plan keeps to its limits, but a better one may be near"


@dataclass(frozen=True, eq=False, repr=False)
class Plan:
    """The best plan found for a question.

    Parameters
    ----------
    problem
        The question: the periods to come, what was to become large, and within what.
    shares
        (variables,) the plan as the search has it.
    limits
        What it was found under.
    objective
        What was asked for, in words.
    note
        What must be said beside it.
    nodes
        Forecasts of other nodes that were given.
    """

    problem: Problem
    shares: np.ndarray
    limits: tuple[Limit, ...]
    objective: str
    note: str = ""
    nodes: Mapping[str, Forecast] = field(default_factory=dict)

    @property
    def fit(self) -> Fit:
        """The fit it was made from."""
        return self.problem.outlook.fit

    @property
    def model(self) -> Model:
        return self.fit.model

    @cached_property
    def money(self) -> Labelled:
        """Spend by channel and time, as `spend` without xarray."""
        outlook = self.problem.outlook
        spend = self.problem.flighting.spend(self.shares)
        return Labelled(spend, ("channel", "time"), along(channel=list(outlook.channels), time=outlook.labels))

    @property
    def spend(self) -> xr.DataArray:
        """Spend, dims `channel` and `time`, in money."""
        return self.money.xarray

    @cached_property
    def scenario(self) -> Scenario:
        """The same as a scenario, to be compared with others and written to a file."""
        return planned(self.problem.outlook, "plan", self.money.array, nodes=self.nodes, note=self.objective)

    @cached_property
    def totals(self) -> dict[str, float]:
        """Channel -> spend over the plan."""
        return dict(zip(self.problem.outlook.channels, self.money.array.sum(axis=1).tolist(), strict=True))

    @property
    def budget(self) -> float:
        """Total spend."""
        return float(self.money.array.sum())

    @cached_property
    def kkt(self) -> Kkt:
        """Whether it is a maximum, and what one more unit of money would add where something binds."""
        return kkt(self.problem, self.shares, self.limits)

    @cached_property
    def profit(self) -> Draws:
        r"""Profit over the plan and its carry-out, all draws of the fit.

        $\text{margin} \sum_t v_t E[Y_t | do(plan)] - \sum_{c,t} x_{ct}$; what would be earned without any spend is part
        of it.
        """
        return self._draws(self._profits[:, 0], self._currency, "profit: margin x value x E[Y | do(plan)] - spend")

    @cached_property
    def outcome(self) -> Draws:
        """The outcome summed over the plan and its carry-out, all draws of the fit."""
        values = self.problem.outlook.outcome([self.money.array], seed=self.problem.seed)[:, 0].sum(axis=-1)
        return self._draws(values, outcome_unit(self.model), f"{self.model.outcome}: E[Y | do(plan)], summed")

    @cached_property
    def roi(self) -> Draws:
        """Profit that the whole plan adds to no spend at all, per unit of money spent."""
        unit = f"{self._currency} per {self._currency}"
        spent = self.budget or np.nan
        values = (self._profits[:, 0] - self._profits[:, 2]) / spent
        return self._draws(values, unit, "ROI of the plan: (profit - profit of no spend) / spend")

    @cached_property
    def today(self) -> Draws:
        """Profit less that of the same periods a year before, draw by draw; `today.probability(above=0)` is P(better).

        Where the budget is another than today's, so is the money that is compared; `mix` compares at the same budget.
        """
        gain = self._profits[:, 0] - self._profits[:, 1]
        return self._draws(gain, self._currency, "profit of the plan less profit as today")

    @cached_property
    def mix(self) -> Draws:
        """Profit less that of today's plan made larger or smaller in all to the same budget, draw by draw."""
        gain = self._profits[:, 0] - self._profits[:, 3]
        return self._draws(gain, self._currency, "profit of the plan less profit of today's mix at the same budget")

    @cached_property
    def mix_keeps(self) -> bool:
        """Whether today's mix at the plan's budget keeps to the limits of the plan, its observed range among them.

        Where it does not, what it would bring is no alternative, and mostly beyond what the data know.
        """
        totals, spread = self._mixed.sum(axis=1), self.problem.flighting
        kept = all(w @ totals <= end + 1e-9 * self.budget for limit in self.limits for w, end in limit.sides)
        shares = self._mixed.ravel() / spread.scale if spread.free else spread.shares(totals)
        return kept and bool((shares <= self.problem.high + 1e-9).all())

    @cached_property
    def _mixed(self) -> np.ndarray:
        """Today's mix at the plan's budget, (channels, periods)."""
        today = self.problem.outlook.today
        if today.sum() > 0:
            return np.asarray(today * (self.budget / today.sum()))
        return np.full_like(today, self.budget / today.size)

    @cached_property
    def _profits(self) -> np.ndarray:
        """Profit (draws, 4) of the plan, of today, of no spend, and of today's mix at the plan's budget."""
        outlook, own = self.problem.outlook, self.money.array
        return outlook.profits([own, outlook.today, np.zeros_like(own), self._mixed], seed=self.problem.seed)

    @property
    def _currency(self) -> str:
        return self.model.currency or "money"

    def _draws(self, values: np.ndarray, unit: str, estimand: str) -> Draws:
        outlook = self.problem.outlook
        return Draws(
            values=Labelled(by_chain(self.fit, values), ("chain", "draw")),
            unit=unit,
            estimand=estimand,
            evidence=Labelled(np.array(int(evidence(self.model, self.model.spends, self.model.outcome)))),
            support=Labelled(np.array(self._support.share)),
            reason=unobserved_cause(self.model, self.model.spends, self.model.outcome) or self._support.reason,
            note="; ".join(n for n in (outlook.note, self.note) if n),
        )

    @cached_property
    def _support(self) -> Support:
        """The least support of the way from today's spend to the plan."""
        outlook = self.problem.outlook
        return min(reaches(outlook, outlook.today, self.money.array), key=lambda s: s.share)

    def __repr__(self) -> str:
        rows = self._rows()
        widths = [max(len(row[i]) for row in rows) for i in range(3)]
        lines = [
            f"{name.ljust(widths[0])}  {new.rjust(widths[1])}  {old.rjust(widths[2])}".rstrip()
            for name, new, old in rows
        ]
        return "\n".join([f"<Plan: {self._title()}", *lines, *self._told(), f"{self.kkt!r}>"])

    def _repr_html_(self) -> str:
        head, *body = self._rows()
        cells = "".join(f"<tr><td>{html.escape(n)}</td><td>{a}</td><td>{b}</td></tr>" for n, a, b in body)
        top = "".join(f"<th>{html.escape(h)}</th>" for h in head)
        told = "".join(f"<p>{html.escape(line)}</p>" for line in [*self._told(), repr(self.kkt)])
        return f"<p>{html.escape(self._title())}</p><table><tr>{top}</tr>{cells}</table>{told}"

    def _title(self) -> str:
        outlook = self.problem.outlook
        span = f"{outlook.labels[0]} to {outlook.labels[-1]}" if outlook.periods > 1 else str(outlook.labels[0])
        return f"{self.objective}, {outlook.periods} periods, {span}"

    def _rows(self) -> list[tuple[str, str, str]]:
        before = self.problem.outlook.today.sum(axis=1)
        each = [(c, f"{x:,.0f}", f"{b:,.0f}") for (c, x), b in zip(self.totals.items(), before, strict=True)]
        return [("channel", "plan", "today"), *each, ("total", f"{self.budget:,.0f}", f"{before.sum():,.0f}")]

    def _told(self) -> list[str]:
        each = (("outcome", self.outcome), ("profit", self.profit), ("less today's", self.today))
        lines = [f"{name}: {_said(draws)}" for name, draws in each]
        if abs(self.budget / max(float(self.problem.outlook.today.sum()), 1e-300) - 1) > 1e-3:
            said = _said(self.mix) if self.mix_keeps else "no comparison, it does not keep to the limits"
            lines.append(f"less today's mix at this budget: {said}")
        lines.append(f"P(better than today) {float(self.today.share(above=0).array):.0%}; {self.profit.words().array}")
        notes = [self.profit.note] if self.profit.note else []
        lines += [f"assumed: {self.profit.why_assumed}"] if self.profit.why_assumed else []
        return [*lines, *(f"note: {n}" for n in [*notes, *([] if self.kkt else [UNFINISHED])])]


def _said(draws: Draws) -> str:
    low, high = (float(end.array) for end in draws.ends(DEFAULT_PROB))
    return f"{float(draws.centre().array):,.0f} {draws.unit}, {DEFAULT_PROB:.0%} interval {low:,.0f} to {high:,.0f}"
