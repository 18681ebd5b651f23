"""What the priors say in money, before any fitting."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from bayes_roi.draws import Draws
from bayes_roi.inference.fit import Fit, fit_of
from bayes_roi.model.language.model import Model
from bayes_roi.model.law.prior_draws import prior_draws
from bayes_roi.model.rows.design import design
from bayes_roi.numbers import number, percent, probability
from bayes_roi.panel import Panel
from bayes_roi.value.money.roas import roas

MOST_SHARE, OFTEN = 0.9, 0.25
"""A prior that gives media more than this share of the outcome, with a probability above this, is told."""
MOST_ROAS, LEAST_ROAS = 30.0, 0.03
"""A ROAS whose size is above the one in the median, or below the other, is told."""
PRIOR_DRAWS = 500
"""Draws of the prior that stand beside those of a fit."""
LEAST_SPEND, MOST_SPEND = 0.001, 2.0
"""Spend as a share of the outcome outside which units are asked about."""


def prior_check(model: Model, data: Panel, *, draws: int = 1000, seed: int = 0) -> Draws:
    """Return the ROAS of each channel under the prior alone, dim `channel`.

    A prior that puts ROAS where nobody would believe it is seen here; a posterior close to it says that the data had
    little to add.
    """
    return roas(prior_fit(model, data, draws=draws, seed=seed))


def prior_fit(model: Model, data: Panel, *, draws: int = 1000, seed: int = 0) -> Fit:
    """Return a fit whose draws are of the prior, one chain; any question can be asked of it."""
    return fit_of(model, data, prior_draws(model, design(model, data), draws, seed), seed=seed)


def prior_beside(fit: Fit) -> Fit:
    """Return the fit before its data, with as many draws as are needed beside those of the fit."""
    return prior_fit(fit.model, fit.data, draws=PRIOR_DRAWS, seed=fit.seed)


@dataclass(frozen=True)
class SpendShare:
    """Spend as a share of the outcome in money, over the rows that are explained.

    Parameters
    ----------
    spend, outcome
        Sums, in money.
    """

    spend: float
    outcome: float

    @classmethod
    def of(cls, model: Model, data: Panel) -> SpendShare:
        """Return the sums of all channels' spends and of the outcome times its value."""
        rows = design(model, data)
        value = model.value if rows.value_column is None else rows.value_column
        outcome = float(np.nansum(rows.rows[model.outcome] * value))
        return cls(sum(float(np.nansum(rows.rows[n])) for n in model.channels.values()), outcome)

    @property
    def share(self) -> float:
        """Spend over outcome; NaN where the outcome is not above zero."""
        return self.spend / self.outcome if self.outcome > 0 else float("nan")

    @property
    def question(self) -> str:
        """What to ask where the share is outside what is usual: empty where it is not."""
        if LEAST_SPEND <= self.share <= MOST_SPEND or not np.isfinite(self.share):
            return ""
        way = "less than a thousandth of" if self.share < LEAST_SPEND else "more than twice"
        return (
            f"spend is {way} the outcome's value: is one of the two in another currency, in thousands, or in units "
            "that need value:? The prior of returns takes both for the same money"
        )


def absurdities(roas_draws: Draws, share: np.ndarray) -> list[str]:
    """Return what nobody would believe of the returns by channel and the media share (draws,) under a prior."""
    found = []
    beyond = float(np.mean(share > MOST_SHARE))
    if beyond > OFTEN:
        found.append(
            f"before any data, media make more than {percent(MOST_SHARE)} of the outcome with "
            f"probability {probability(beyond)}"
        )
    values = roas_draws.arrays.values
    for channel in values.coords["channel"].array.tolist():
        middle = float(np.median(np.abs(values.sel(channel=channel).array)))
        if middle > MOST_ROAS or middle < LEAST_ROAS:
            found.append(f"before any data, the ROAS of {channel} is of the size of {number(middle)} in the median")
    return [f"{text}: write media_roas:, media_share: or priors of the effects" for text in found]
