"""Contribution, ROAS, ROI, marginal ROAS and cost per unit of each channel.

Each has two estimands, "other spends held" and "in total" (`increments` has their definitions); where no channel's
spend responds to another's they are one.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from bayes_roi.draws import Draws
from bayes_roi.errors import QueryError
from bayes_roi.inference.fit import Fit
from bayes_roi.model.language.model import Model
from bayes_roi.model.law.forward import NoiseKind
from bayes_roi.model.rows.during import During
from bayes_roi.queries.paths.responding import NAMES
from bayes_roi.value.money.increments import Increments, increments, marginal
from bayes_roi.value.money.parted import By

MARGINAL_STEP = 0.01


ROUNDING = 1e-9
"""Share of a contribution below which a difference of contributions is none."""


@dataclass(frozen=True, eq=False)
class Money:
    """All money quantities of one window, read from one pass; the functions below are its fields.

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
    def increments(self) -> Increments:
        """What each channel's spend added."""
        return increments(
            self.fit,
            during=self.during,
            horizon=self.horizon,
            by=self.by,
            seed=self.seed,
            noise=self.noise,
            hold_spend=self.hold_spend,
            together=self.together,
        )

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
        margin = self.fit.model.margin if self.margin is None else self.margin
        if isinstance(margin, bool) or not 0 < margin <= 1:
            raise QueryError(f"margin must be in (0, 1], got {margin}. Give a share, e.g. margin=0.35")
        values, note = _divided(self.increments)
        return self._ratio(self.increments, margin * values - 1, f"ROI, {self.name}: {margin:g} x ROAS - 1", note)

    @cached_property
    def marginal_roas(self) -> Draws:
        """What the next unit of money would earn."""
        step = marginal(
            self.fit,
            MARGINAL_STEP,
            during=self.during,
            horizon=self.horizon,
            by=self.by,
            seed=self.seed,
            noise=self.noise,
            hold_spend=self.hold_spend,
            together=self.together,
        )
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


def contribution(
    fit: Fit,
    *,
    during: During = None,
    horizon: int | None = None,
    by: By = None,
    hold_spend: bool = True,
    together: bool = False,
    seed: int | None = None,
) -> Draws:
    r"""Return what each channel added to the outcome.

    $\sum_t E[Y_t \mid do(A)] - E[Y_t \mid do(A, x_c = 0 \text{ in } W)]$ over the window W and the horizon after it,
    beyond the last row too: there nothing is spent in either arm, and nodes without an equation are as a year before.
    A are the actual spends, so that the **other spends are held** at what they were. **In total**
    (`hold_spend=False`) A is without the spends R that respond to $x_c$ (a directed path leads to them), which follow
    their equations in both arms:
    $\sum_t E[Y_t \mid do(A \setminus R)] - E[Y_t \mid do(A \setminus R, x_c = 0 \text{ in } W)]$. Where R is empty the
    two are one.

    Parameters
    ----------
    fit
        A fit.
    during
        The window W; all rows when None.
    horizon
        Periods of carry-over counted after W; all of it when None, and 0 for what was seen in W alone.
    by
        The panel's unit, "month", "quarter" or "year", or two of them, for the contribution in each: that of a month is
        what its own spend added, in it and after it. None for the total.
    hold_spend
        True for "other spends held", False for "in total".
    together
        Whether all spends are asked against none at once, under one label: where channels meet in a curve or a product
        their contributions do not add up to it.
    seed
        Of the noise; the fit's own when None.

    Returns
    -------
    Draws
        Dim `channel` (and those of `by`), in units of the outcome.

    Raises
    ------
    QueryError
        When the model has no channels, the window holds no period, or the rows cannot be had by `by`.

    Notes
    -----
    Contributions of disjoint windows add up where the outcome is affine in the path of spend. Behind a saturation or a
    log link each window is a question of its own, whose sum differs from the whole.

    Examples
    --------
    Paid search that follows the searches television sends is a part of what television does, or is held.

    >>> import bayes_roi as br
    >>> text = "search_spend ~ tv_spend \n revenue ~ tv_spend + search_spend"
    >>> channels = {"tv": "tv_spend", "search": "search_spend"}
    >>> model = br.Model(name="shop", equations=text, outcome="revenue", channels=channels)
    >>> fit = br.fit(model, br.simulate(model, periods=200, seed=1), seed=7)
    >>> held, total = br.contribution(fit), br.contribution(fit, hold_spend=False)
    >>> bool((total.sel(channel="tv").mean() > held.sel(channel="tv").mean()).item())
    True
    >>> bool((total.sel(channel="search").values == held.sel(channel="search").values).all())
    True
    """
    return Money(fit, during, horizon, seed=seed, by=by, hold_spend=hold_spend, together=together).contribution


def roas(
    fit: Fit,
    *,
    during: During = None,
    horizon: int | None = None,
    by: By = None,
    hold_spend: bool = True,
    together: bool = False,
    seed: int | None = None,
) -> Draws:
    r"""Return the return on ad spend of each channel, $\text{value} \times \text{contribution}_c / \text{spend}_c$.

    In total (`hold_spend=False`) it is divided by own plus induced spend, draw by draw:
    $\text{value} \times \text{contribution}_c / (\text{spend}_c + \text{induced}_c)$ with
    $\text{induced}_c = \sum_t \sum_{s \in R} E[s_t \mid do(A \setminus R)] - E[s_t \mid do(A \setminus R, x_c = 0
    \text{ in } W)]$, what the channel made others spend in the same periods.

    Dim `channel`, money per unit of money; NaN with a note where there was no spend. Arguments and errors as
    `contribution`.

    Examples
    --------
    >>> import bayes_roi as br
    >>> model = br.read_model(br.shipped("models/acquisition.yaml"))
    >>> fit = br.fit(model, br.read_data(br.shipped("data/acquisition.csv"), model), seed=7)
    >>> br.roas(fit).mean().round(1).values.tolist()
    [1.0, 0.9]
    """
    return Money(fit, during, horizon, seed=seed, by=by, hold_spend=hold_spend, together=together).roas


def roi(
    fit: Fit,
    *,
    during: During = None,
    horizon: int | None = None,
    margin: float | None = None,
    by: By = None,
    hold_spend: bool = True,
    together: bool = False,
    seed: int | None = None,
) -> Draws:
    r"""Return the return on investment of each channel, $\text{margin} \times \text{ROAS}_c - 1$.

    Dim `channel`, money per unit of money: 0 earns back what was spent. In total (`hold_spend=False`) ROAS is the one
    in total, so that 0 earns back own plus induced spend. `margin` is the model's when None; the other arguments as
    `contribution`.

    Raises
    ------
    QueryError
        When `margin` is not in (0, 1], or the window holds no period.

    Examples
    --------
    >>> import bayes_roi as br
    >>> model = br.read_model(br.shipped("models/acquisition.yaml"))
    >>> fit = br.fit(model, br.read_data(br.shipped("data/acquisition.csv"), model), seed=7)
    >>> [str(c) for c in br.roi(fit).values.channel.values]
    ['tv', 'social']
    """
    return Money(fit, during, horizon, margin, seed, by, hold_spend=hold_spend, together=together).roi


def marginal_roas(
    fit: Fit,
    *,
    during: During = None,
    horizon: int | None = None,
    by: By = None,
    hold_spend: bool = True,
    together: bool = False,
    seed: int | None = None,
) -> Draws:
    r"""Return what the next unit of money would earn at the actual spend.

    $\partial E[\text{value} \times Y \mid do(x_c)] / \partial x_c$, a central difference of the
    conditional mean at $x_c (1 \pm 1\,\%)$ in W, per unit of money added; in total (`hold_spend=False`) the spends that
    respond go along, and what they add is money added too. Dim `channel`. Arguments and errors as `contribution`.
    """
    return Money(fit, during, horizon, seed=seed, by=by, hold_spend=hold_spend, together=together).marginal_roas


def cost_per(
    fit: Fit,
    *,
    during: During = None,
    horizon: int | None = None,
    by: By = None,
    hold_spend: bool = True,
    together: bool = False,
    seed: int | None = None,
) -> Draws:
    r"""Return the cost of one unit of the outcome, $\text{spend}_c / \text{contribution}_c$.

    Dim `channel`. Median and interval only: its mean need not exist. In total (`hold_spend=False`) the cost is own plus
    induced spend. Arguments and errors as `contribution`.
    """
    return Money(fit, during, horizon, seed=seed, by=by, hold_spend=hold_spend, together=together).cost_per
