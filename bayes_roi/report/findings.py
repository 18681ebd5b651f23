"""Findings: everything that a report says about a fit, each computed once."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from bayes_roi.draws import DEFAULT_PROB, Draws, Evidence, check_prob, evidence_label, tails
from bayes_roi.inference.fit import Fit, thinned
from bayes_roi.inference.predictive import drawn_between, posterior_predictive
from bayes_roi.inference.predictive_check import PredictiveCheck, predictive_check
from bayes_roi.labelled import Labelled, along
from bayes_roi.model.language.model import Model
from bayes_roi.queries.paths.responding import NAMES, mediators
from bayes_roi.report.rounding import Estimate, estimates
from bayes_roi.value.answers import MoneyAnswers
from bayes_roi.value.attribution.channel_table import ChannelTable, channel_table
from bayes_roi.value.money.curves import contribution_over_time, response_curve
from bayes_roi.value.money.money import Money
from bayes_roi.value.money.never_paused import MARK, never_paused
from bayes_roi.value.money.window import part_of_calendar
from bayes_roi.value.uncertainty.prior_weight import PriorWeight

PICTURE_DRAWS = 400
"""Draws behind a picture; every number in a table or a sentence is read from all draws."""
UNNAMED = "money"
"""What a first model calls its currency where no column names one."""
MULTIPLES = (0.0, 0.15, 0.3, 0.45, 0.6, 0.75, 0.9, 1.0, 1.15, 1.3, 1.5)


@dataclass(frozen=True)
class Channel:
    """What is known of one channel.

    Parameters
    ----------
    name
        The channel.
    spend
        Money spent in the window.
    contribution
        In units of the outcome.
    roas, roi, marginal_roas
        Money per unit of money; undefined without spend.
    probability_positive
        P(ROI > 0).
    evidence, support
        What stands behind the numbers, and the share of the range from actual to zero spend covered by data.
    induced
        Money that it made other channels spend, where the numbers are those in total; None with other spends held.
    mediators
        The channels whose spend responds to it.
    reason
        Why its numbers are only assumed; empty where they are more than that.
    never_pauses
        What must be said of a channel with spend in every row; empty of others.
    prior
        What the prior does to its return, where that was asked for.
    """

    name: str
    spend: float
    contribution: Estimate
    roas: Estimate
    roi: Estimate
    marginal_roas: Estimate
    probability_positive: float
    evidence: Evidence
    support: float
    induced: Estimate | None = None
    mediators: tuple[str, ...] = ()
    reason: str = ""
    never_pauses: str = ""
    prior: PriorWeight | None = None

    @property
    def title(self) -> str:
        """The channel with the name of the estimand, where it has two."""
        return f"{self.name} ({NAMES[self.induced is None]})" if self.mediators else self.name

    @property
    def label(self) -> str:
        """The words for evidence and support."""
        return evidence_label(self.evidence, self.support)

    @property
    def marked(self) -> str:
        """The label, and what else must be read beside the numbers."""
        marks = [MARK] if self.never_pauses else []
        marks += [self.prior.word] if self.prior is not None and self.prior.word else []
        return ", ".join([self.label, *marks])


@dataclass(frozen=True)
class Compared:
    """A quantity under the prior alone and under the posterior: draws (n,) of each."""

    name: str
    prior: np.ndarray
    posterior: np.ndarray

    def width_ratio(self, prob: float) -> float:
        """Return the width of the posterior's credible interval as a share of the prior's; NaN where undefined."""
        prior, posterior = (float(np.diff(np.quantile(x, tails(prob)))[0]) for x in (self.prior, self.posterior))
        return posterior / prior if prior > 0 else float("nan")


@dataclass(frozen=True, eq=False)
class Findings:
    """A fit with the quantities of its report.

    Parameters
    ----------
    fit
        A fit.
    prob
        Posterior probability inside every credible interval.
    known, known_table
        What has been computed already: the money quantities with what is said beside them, credit beside cause.
    """

    fit: Fit
    prob: float = DEFAULT_PROB
    known: MoneyAnswers | None = None
    known_table: ChannelTable | None = None

    def __post_init__(self) -> None:
        check_prob(self.prob)

    @property
    def model(self) -> Model:
        return self.fit.model

    @property
    def currency(self) -> str:
        """The currency, empty where the model names none or only says that it is money."""
        return "" if self.model.currency in (None, UNNAMED) else str(self.model.currency)

    @cached_property
    def answers(self) -> MoneyAnswers:
        """The money quantities and what is said beside them."""
        return self.known or MoneyAnswers(Money(self.fit))

    @property
    def money(self) -> Money:
        """The money quantities, from all draws."""
        return self.answers.money

    @cached_property
    def few(self) -> Fit:
        """The fit with evenly thinned draws, for pictures."""
        return thinned(self.fit, PICTURE_DRAWS)

    @cached_property
    def channels(self) -> tuple[Channel, ...]:
        """The channels, in the order of the model, other spends held."""
        return self._channels(self.money) if self.model.channels else ()

    @cached_property
    def in_total(self) -> dict[str, Channel]:
        """The channels whose spend makes others spend, in total."""
        if not mediators(self.model):
            return {}
        return {c.name: c for c in self._channels(self.money.in_total) if c.mediators}

    @cached_property
    def together(self) -> Channel | None:
        """All channels together, all spends against none; None where there is one channel or none."""
        if len(self.model.channels) < 2:
            return None
        return self._channels(self.money.of_all)[0]

    @cached_property
    def interaction(self) -> Estimate:
        """What all channels together added less the sum of what each did, in units of the outcome."""
        return next(iter(estimates(self.money.interaction, self.prob).values()))

    @property
    def estimands(self) -> tuple[Channel, ...]:
        """Every channel, and below those that have two estimands the one in total."""
        return tuple(x for c in self.channels for x in (c, *([self.in_total[c.name]] if c.mediators else [])))

    @cached_property
    def roi_by_estimand(self) -> Draws:
        """ROI of each channel, and in total of those that have two estimands: dim `channel`, their titles."""
        if not self.in_total:
            return self.money.roi
        held, total = (m.roi.arrays for m in (self.money, self.money.in_total))
        at = {name: i for i, name in enumerate(self.model.channels)}
        picked = [((held, total)[c.induced is not None], at[c.name]) for c in self.estimands]
        coords = along(channel=[c.title for c in self.estimands])
        values = np.stack([arrays.values.array[:, :, i] for arrays, i in picked], axis=-1)
        return Draws(
            values=Labelled(values, ("chain", "draw", "channel"), coords),
            unit=self.money.roi.unit,
            estimand="ROI, by channel and estimand",
            evidence=Labelled(np.array([int(c.evidence) for c in self.estimands]), ("channel",), coords),
            support=Labelled(np.array([c.support for c in self.estimands]), ("channel",), coords),
            has_mean=self.money.in_total.roi.has_mean,
            reason="; ".join(f"{c.title}: {c.reason}" for c in self.estimands if c.reason),
            skewed=True,
        )

    def _channels(self, money: Money) -> tuple[Channel, ...]:
        spend, moving = money.increments.spend, mediators(self.model)
        names = money.increments.channels
        induced = {} if money.hold_spend else estimates(money.induced_spend, self.prob)
        added, roas, roi, marginal = (
            estimates(q, self.prob) for q in (money.contribution, money.roas, money.roi, money.marginal_roas)
        )
        positive = money.roi.arrays.probability(above=0).array
        always = never_paused(self.fit)
        return tuple(
            Channel(
                name=name,
                spend=float(spend[i]),
                contribution=added[name],
                roas=roas[name],
                roi=roi[name],
                marginal_roas=marginal[name],
                probability_positive=float(positive[i]),
                evidence=Evidence(int(money.roi.arrays.evidence.array[i])),
                support=float(money.increments.support[i]),
                induced=induced.get(name),
                mediators=moving.get(name, ()),
                reason=money.increments.reasons[i],
                never_pauses=always.get(name, ""),
                prior=self.answers.weights.get(name) if money.hold_spend else None,
            )
            for i, name in enumerate(names)
        )

    @cached_property
    def contributions(self) -> Draws:
        """Contributions by channel: over time where the rows have periods, else in total."""
        return self.money.contribution if self.fit.design.periods is None else contribution_over_time(self.few)

    @cached_property
    def by_period(self) -> Money | None:
        """The money quantities by quarter, or by month of a short table; None where there is but one or no dates."""
        split = part_of_calendar(self.fit) if self.model.channels else None
        return None if split is None else replace(self.money, by=split)

    @cached_property
    def channel_table(self) -> ChannelTable | None:
        """Credit beside cause; None without channels."""
        if not self.model.channels:
            return None
        return self.known_table or channel_table(self.fit, prob=self.prob, money=self.money)

    @cached_property
    def curves(self) -> dict[str, Draws]:
        """Channel -> its response curve."""
        return {c: response_curve(self.few, c, multiples=MULTIPLES) for c in self.model.channels}

    @cached_property
    def predictive(self) -> dict[str, Draws]:
        """Node -> its posterior predictive draws, the outcome first."""
        nodes = sorted(self.model.modelled, key=lambda n: n != self.model.outcome)
        return {n: posterior_predictive(self.fit, n) for n in nodes}

    @cached_property
    def predictive_checks(self) -> dict[str, tuple[PredictiveCheck, PredictiveCheck | None]]:
        """Node -> how its rows lie to what is predicted given its parents, and given spends where that is less."""
        return {
            n: (
                predictive_check(self.fit, n, prob=self.prob, draws=draws),
                predictive_check(self.fit, n, prob=self.prob, given="spend") if drawn_between(self.model, n) else None,
            )
            for n, draws in self.predictive.items()
        }

    @cached_property
    def roas_compared(self) -> tuple[Compared, ...]:
        """The ROAS of each channel with any spend, before and after the data."""
        if not self.model.channels:
            return ()
        both = [draws.arrays.values for draws in (self.answers.before.roas, self.money.roas)]
        spent = [c.name for c in self.channels if c.roas.defined]
        return tuple(Compared(c, *(x.sel(channel=c).array.ravel() for x in both)) for c in spent)

    @cached_property
    def parameters_compared(self) -> tuple[Compared, ...]:
        """The effect and the shape of each term with spend or with a curve (of every term, without channels)."""
        prior = self.answers.prior.parameters
        terms = [t for node in self.fit.forward.nodes.values() for t in node.terms]
        shown = [t for t in terms if t.media or t.shape or not self.model.channels]
        names = [name for t in shown for name in (t.effect_name, *t.shape_names.values()) if name in prior]
        return tuple(Compared(n, prior[n], self.fit.parameters[n]) for n in names if prior[n].ndim == 1)
