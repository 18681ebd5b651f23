"""What a run folder and its report both say of a fit's money, each computed once."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

from bayes_roi.inference.fit import Fit
from bayes_roi.value.money.money import Money
from bayes_roi.value.priors.media_share import SharePair
from bayes_roi.value.priors.prior_check import prior_beside
from bayes_roi.value.uncertainty.as_wide import as_wide
from bayes_roi.value.uncertainty.prior_weight import PriorWeight, prior_weights


@dataclass(frozen=True, eq=False)
class MoneyAnswers:
    """The money quantities of a window, and what is said beside them.

    Parameters
    ----------
    money
        The money quantities, in total and not by anything.
    """

    money: Money

    @property
    def fit(self) -> Fit:
        """The fit."""
        return self.money.fit

    @cached_property
    def prior(self) -> Fit:
        """The fit before the data: draws of the prior."""
        return prior_beside(self.fit)

    @cached_property
    def before(self) -> Money:
        """The same money quantities before the data."""
        return replace(self.money, fit=self.prior, by=None, noise="mean", together=False)

    @cached_property
    def weights(self) -> dict[str, PriorWeight]:
        """Channel -> what prior and data do to its return."""
        return prior_weights(self.money, self.before) if self.fit.model.channels else {}

    @cached_property
    def share(self) -> SharePair:
        """What all channels together make of the outcome, before the data and with them."""
        return SharePair.of(self.fit, self.prior, during=self.money.during)

    @cached_property
    def widths(self) -> dict[str, float]:
        """Channel -> by what factor its ROAS would have a wider interval (`as_wide`)."""
        return as_wide(self.fit)

    @cached_property
    def by_unit(self) -> Money:
        """The same money quantities by panel unit."""
        return replace(self.money, by=self.fit.model.panel)
