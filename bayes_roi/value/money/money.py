"""Contribution, ROAS, ROI, marginal ROAS and cost per unit of each channel.

Each has two estimands, "other spends held" and "in total" (`increments` has their definitions); where no channel's
spend responds to another's they are one.
"""

from __future__ import annotations

from dataclasses import KW_ONLY, dataclass, replace
from functools import cached_property

import numpy as np

from bayes_roi.draws import Draws
from bayes_roi.guards import share
from bayes_roi.inference.fit import Fit
from bayes_roi.model.language.model import Model
from bayes_roi.model.law.forward import NoiseKind
from bayes_roi.model.rows.during import During
from bayes_roi.numbers import plain
from bayes_roi.queries.paths.responding import NAMES
from bayes_roi.value.money.increments import Increments, increments, marginal
from bayes_roi.value.money.parted import By
from bayes_roi.value.money.question import MoneyQuestion

MARGINAL_STEP = 0.01
ROUNDING = 1e-9
"""Share of a contribution below which a difference of contributions is none."""


@dataclass(frozen=True, eq=False)
class Money:
    """All money quantities of one window, read from one pass; `contribution`, `roas` and `roi` have its verbs.

    Parameters
    ----------
    fit
        A fit.
    during, horizon
        The window W and the periods counted after it, beyond the last row too: all of its carry-over when None.
    margin
        Profit per unit of money earned; the model's when None.
    seed
        Of the noise, where the conditional mean needs it.
    by
        The panel's unit, "month", "quarter" or "year", or two of them, to have every number by; None for totals.
    noise
        "mean" for expectations, "predictive" for what these periods would show, drawn anew.
    hold_spend
        True for "other spends held", False for "in total": with the spends that respond, as return and as cost.
    together
        Whether all spends are asked against none at once, under one label, and not each channel.
    """

    fit: Fit
    _: KW_ONLY
    during: During = None
    horizon: int | None = None
    margin: float | None = None
    seed: int | None = None
    by: By = None
    noise: NoiseKind = "mean"
    hold_spend: bool = True
    together: bool = False

    @cached_property
    def in_total(self) -> Money:
        """The same in total: where a channel makes others spend, that is return and cost of it too."""
        return replace(self, hold_spend=False) if self.hold_spend else self

    @cached_property
    def of_all(self) -> Money:
        """The same of all channels together: all spends against none."""
        return replace(self, together=True) if not self.together else self

    @cached_property
    def interaction(self) -> Draws:
        """What all channels added together less the sum of what each did: zero where none meets another."""
        joint, each = self.of_all.increments, self.increments
        estimand = "interaction: contribution of all channels together less the sum of theirs"
        rest = _less(joint.outcome, each.outcome.sum(axis=1, keepdims=True))
        return joint.draws(rest, self.outcome_unit, estimand)

    def remainder(self, whole: Money) -> Draws:
        """Return what each channel added in the whole window less the sum over its parts, by which this is."""
        parts, all_ = self.increments, whole.increments
        axes = [2 + at for at, name in enumerate(parts.by) if name not in all_.by]
        estimand = "remainder: contribution in the whole window less the sum of those in its parts"
        return all_.draws(_less(all_.outcome, parts.outcome.sum(axis=tuple(axes))), self.outcome_unit, estimand)

    @cached_property
    def question(self) -> MoneyQuestion:
        """What is asked, margin apart."""
        own = (self.fit, self.during, self.horizon, self.by, self.seed, self.noise, self.hold_spend, self.together)
        return MoneyQuestion(*own)

    @cached_property
    def increments(self) -> Increments:
        """What each channel's spend added."""
        return increments(self.question)

    @property
    def unit(self) -> str:
        """Unit of money."""
        return self.fit.model.currency or "money"

    @property
    def outcome_unit(self) -> str:
        """Unit of the outcome: money where one unit of it is worth one."""
        return outcome_unit(self.fit.model)

    @property
    def name(self) -> str:
        """What the estimand is called."""
        return NAMES[self.hold_spend]

    @property
    def _paid(self) -> str:
        """What the return is divided by."""
        return "spend" if self.hold_spend else "(own + induced spend)"

    @cached_property
    def contribution(self) -> Draws:
        """What each channel added to the outcome."""
        i, actual = self.increments, "A" if self.hold_spend else "A but what responds to x_c"
        what = f"contribution, {self.name}: E[Y | do({actual})] - E[Y | do({actual}, x_c = 0 in W)]"
        return i.draws(i.outcome, self.outcome_unit, what)

    @cached_property
    def induced_spend(self) -> Draws:
        """What each channel made others spend, zero with other spends held."""
        i = self.increments
        what = "induced spend: sum over the other spends s of E[s | do(x_c)] - E[s | do(x_c = 0 in W)]"
        return i.draws(i.induced, self.unit, what)

    @cached_property
    def roas(self) -> Draws:
        """Value x contribution / spend, in total / (own + induced spend)."""
        values, note = _divided(self.increments)
        return self._ratio(self.increments, values, f"ROAS, {self.name}: value x contribution / {self._paid}", note)

    @cached_property
    def roi(self) -> Draws:
        """Margin x ROAS - 1."""
        margin = self.share_kept
        values, note = _divided(self.increments)
        return self._ratio(self.increments, margin * values - 1, f"ROI, {self.name}: {plain(margin)} x ROAS - 1", note)

    @cached_property
    def profit(self) -> Draws:
        """Margin x value x contribution - spend, in total less (own + induced spend)."""
        i = self.increments
        values = self.share_kept * i.money - i.cost
        estimand = f"profit, {self.name}: {plain(self.share_kept)} x value x contribution - {self._paid}"
        return i.draws(values, self.unit, estimand)

    @property
    def share_kept(self) -> float:
        """Profit per unit of money earned: the margin that was asked for, or the model's."""
        return share(self.fit.model.margin if self.margin is None else self.margin, "margin")

    @cached_property
    def marginal_roas(self) -> Draws:
        """What the next unit of money would earn."""
        step = marginal(self.question, MARGINAL_STEP)
        values, note = _divided(step)
        by = "d x_c" if self.hold_spend else "d (own + induced spend)"
        estimand = f"marginal ROAS, {self.name}: d E[value x Y | do(x_c)] / {by} at the actual spend, +-1 %"
        return self._ratio(step, values, estimand, note)

    @cached_property
    def cost_per(self) -> Draws:
        """Spend / contribution, in total (own + induced spend) / contribution."""
        i = self.increments
        with np.errstate(divide="ignore", invalid="ignore"):
            values = np.where(i.cost > 0, i.cost / i.outcome, np.nan)
        estimand = f"cost per unit of {self.fit.model.outcome}, {self.name}: {self._paid} / contribution"
        return i.draws(values, f"{self.unit} per {self.fit.model.outcome}", estimand, has_mean=False)

    def _ratio(self, i: Increments, values: np.ndarray, estimand: str, note: str) -> Draws:
        """Return money per unit of money; its mean need not exist where the cost is uncertain down to zero."""
        return i.draws(values, f"{self.unit} per {self.unit}", estimand, note=note, has_mean=i.cost_has_floor)


def _less(whole: np.ndarray, parts: np.ndarray) -> np.ndarray:
    """Return what a sum of parts lacks of the whole; zero where that is rounding."""
    rest = whole - parts
    return np.where(np.abs(rest) <= ROUNDING * np.abs(whole), 0.0, rest)


def outcome_unit(model: Model) -> str:
    """Return the unit of the outcome: the currency where one unit of it is worth one, else its name."""
    return model.currency if model.value == 1 and model.currency else model.outcome


def _divided(i: Increments) -> tuple[np.ndarray, str]:
    """Return money / cost, NaN with a reason where there was no spend or more was saved by others than spent."""
    reason = "no spend in the window" + (f" for some {' and '.join(i.by)}" if i.by else "")
    empty = [c for c, s in zip(i.channels, i.spend, strict=True) if np.any(s <= 0)]
    paid = i.spend > 0
    values = np.full(i.money.shape, np.nan)
    np.divide(i.money, i.cost, out=values, where=paid & (i.cost > 0))
    saved = [c for at, c in enumerate(i.channels) if np.any((i.cost[:, at] <= 0) & paid[at])]
    notes = [f"{', '.join(empty)}: {reason}"] if empty else []
    notes += [f"{', '.join(saved)}: own plus induced spend is not above zero in some draws"] if saved else []
    return values, "; ".join(notes)
