"""Contribution, ROAS, ROI, marginal ROAS and cost per unit of each channel."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from bayes_roi.draws import Draws
from bayes_roi.errors import QueryError
from bayes_roi.inference.fit import Fit
from bayes_roi.model.design import During
from bayes_roi.model.forward import NoiseKind
from bayes_roi.model.model import Model
from bayes_roi.value.increments import Increments, increments, margin_of_money

MARGINAL_STEP = 0.01


@dataclass(frozen=True, eq=False)
class Money:
    """All money quantities of one window, read from one pass; the functions below are its fields.

    Parameters
    ----------
    fit
        A fit.
    during, horizon
        The window W and the periods of carry-over counted after it.
    margin
        Profit per unit of money earned; the model's when None.
    seed
        Of the noise, where the conditional mean needs it.
    by
        The panel's unit, to have every number by unit; None for totals.
    noise
        "mean" for expectations, "predictive" for what these periods would show, drawn anew.
    """

    fit: Fit
    during: During = None
    horizon: int | None = None
    margin: float | None = None
    seed: int | None = None
    by: str | None = None
    noise: NoiseKind = "mean"

    @cached_property
    def increments(self) -> Increments:
        """What each channel's spend added."""
        return increments(
            self.fit, during=self.during, horizon=self.horizon, by=self.by, seed=self.seed, noise=self.noise
        )

    @property
    def unit(self) -> str:
        """Unit of money."""
        return self.fit.model.currency or "money"

    @property
    def outcome_unit(self) -> str:
        """Unit of the outcome: money where one unit of it is worth one."""
        return outcome_unit(self.fit.model)

    @cached_property
    def contribution(self) -> Draws:
        """What each channel added to the outcome."""
        i = self.increments
        return i.draws(i.outcome, self.outcome_unit, "contribution: E[Y | do(A)] - E[Y | do(A, x_c = 0 in W)]")

    @cached_property
    def roas(self) -> Draws:
        """Value x contribution / spend."""
        i = self.increments
        values, note = _divided(i, i.money, i.spend, "no spend in the window")
        return i.draws(values, f"{self.unit} per {self.unit}", "ROAS: value x contribution / spend", note=note)

    @cached_property
    def roi(self) -> Draws:
        """Margin x ROAS - 1."""
        margin = self.fit.model.margin if self.margin is None else self.margin
        if isinstance(margin, bool) or not 0 < margin <= 1:
            raise QueryError(f"margin must be in (0, 1], got {margin}. Give a share, e.g. margin=0.35")
        values, note = _divided(self.increments, self.increments.money, self.increments.spend, "no spend in the window")
        estimand = f"ROI: {margin:g} x ROAS - 1"
        return self.increments.draws(margin * values - 1, f"{self.unit} per {self.unit}", estimand, note=note)

    @cached_property
    def marginal_roas(self) -> Draws:
        """What the next unit of money would earn."""
        step = margin_of_money(
            self.fit, MARGINAL_STEP, during=self.during, by=self.by, seed=self.seed, noise=self.noise
        )
        values, note = _divided(step, step.money, step.spend, "no spend in the window")
        estimand = "marginal ROAS: d E[value x Y | do(x_c)] / d x_c at the actual spend, +-1 %"
        return step.draws(values, f"{self.unit} per {self.unit}", estimand, note=note)

    @cached_property
    def cost_per(self) -> Draws:
        """Spend / contribution."""
        i = self.increments
        with np.errstate(divide="ignore", invalid="ignore"):
            values = np.where(i.spend > 0, i.spend / i.outcome, np.nan)
        estimand = f"cost per unit of {self.fit.model.outcome}: spend / contribution"
        return i.draws(values, f"{self.unit} per {self.fit.model.outcome}", estimand, has_mean=False)


def outcome_unit(model: Model) -> str:
    """Return the unit of the outcome: the currency where one unit of it is worth one, else its name."""
    return model.currency if model.value == 1 and model.currency else model.outcome


def _divided(i: Increments, money: np.ndarray, spend: np.ndarray, reason: str) -> tuple[np.ndarray, str]:
    """Return money / spend, NaN with a reason where there was no spend."""
    empty = [c for c, s in zip(i.channels, spend, strict=True) if np.any(s <= 0)]
    if i.by is not None and empty:
        reason += f" for some {i.by}"
    with np.errstate(divide="ignore", invalid="ignore"):
        values = np.where(spend > 0, money / spend, np.nan)
    return values, f"{', '.join(empty)}: {reason}" if empty else ""


def contribution(
    fit: Fit,
    *,
    during: During = None,
    horizon: int | None = None,
    by: str | None = None,
    seed: int | None = None,
) -> Draws:
    r"""Return what each channel added to the outcome.

    $\sum_t E[Y_t \mid do(A)] - E[Y_t \mid do(A, x_c = 0 \text{ in } W)]$ over the window W and the horizon after it; A
    are the actual spends, so that the other spends are held at what they were.

    Parameters
    ----------
    fit
        A fit.
    during
        The window W; all rows when None.
    horizon
        Periods of carry-over counted after W; the longest carry-over when None, cut at the last row (with a note).
    by
        The panel's unit, e.g. "geo", for the contribution in each unit; the total of all units when None.
    seed
        Of the noise; the fit's own when None.

    Returns
    -------
    Draws
        Dim `channel` (and the unit's), in units of the outcome.
    """
    return Money(fit, during, horizon, seed=seed, by=by).contribution


def roas(
    fit: Fit,
    *,
    during: During = None,
    horizon: int | None = None,
    by: str | None = None,
    seed: int | None = None,
) -> Draws:
    r"""Return the return on ad spend of each channel, $\text{value} \times \text{contribution}_c / \text{spend}_c$.

    Dim `channel`, money per unit of money; NaN with a note where there was no spend. Arguments as `contribution`.
    """
    return Money(fit, during, horizon, seed=seed, by=by).roas


def roi(
    fit: Fit,
    *,
    during: During = None,
    horizon: int | None = None,
    margin: float | None = None,
    by: str | None = None,
    seed: int | None = None,
) -> Draws:
    r"""Return the return on investment of each channel, $\text{margin} \times \text{ROAS}_c - 1$.

    Dim `channel`, money per unit of money: 0 earns back what was spent. `margin` is the model's when None; the other
    arguments as `contribution`.

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
    return Money(fit, during, horizon, margin, seed, by).roi


def marginal_roas(fit: Fit, *, during: During = None, by: str | None = None, seed: int | None = None) -> Draws:
    r"""Return what the next unit of money would earn at the actual spend.

    $\partial E[\text{value} \times Y \mid do(x_c)] / \partial x_c$, a central difference of the
    conditional mean at $x_c (1 \pm 1\,\%)$ in W, per unit of money added. Dim `channel`.
    """
    return Money(fit, during, seed=seed, by=by).marginal_roas


def cost_per(
    fit: Fit,
    *,
    during: During = None,
    horizon: int | None = None,
    by: str | None = None,
    seed: int | None = None,
) -> Draws:
    r"""Return the cost of one unit of the outcome, $\text{spend}_c / \text{contribution}_c$.

    Dim `channel`. Median and interval only: its mean need not exist. Arguments as `contribution`.
    """
    return Money(fit, during, horizon, seed=seed, by=by).cost_per
