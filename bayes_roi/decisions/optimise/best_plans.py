"""The posterior of the best plan: what would be best if a draw were the truth, and what not knowing it costs."""

from __future__ import annotations

import html
from dataclasses import dataclass
from functools import cached_property
from numbers import Integral

import numpy as np

from bayes_roi.decisions.optimise.ascent import ascend
from bayes_roi.decisions.optimise.plan import Plan
from bayes_roi.decisions.optimise.response import Response
from bayes_roi.decisions.optimise.search import ALMOST_NOTHING, starts
from bayes_roi.draws import DEFAULT_PROB, Draws
from bayes_roi.errors import QueryError
from bayes_roi.guards import whole_number
from bayes_roi.labelled import Labelled, along
from bayes_roi.mechanisms.arrays import spaced
from bayes_roi.numbers import amount, level, probability


@dataclass(frozen=True, eq=False, repr=False)
class BestPlans:
    """The plan with the most incremental profit under each of some posterior draws, within the limits of a plan.

    Parameters
    ----------
    plan
        The plan that was chosen.
    money
        (draws, channels) totals of the best plan of each draw.
    gain
        (draws,) its profit less that of the chosen plan, under the same draw: never negative.
    """

    plan: Plan
    money: np.ndarray
    gain: np.ndarray

    @cached_property
    def spend(self) -> Draws:
        """Total by channel of the best plan, dim `channel`."""
        coords = along(channel=list(self.plan.outlook.channels))
        values = Labelled(self.money[None], ("chain", "draw", "channel"), coords)
        return self._draws(values, "spend of the plan with the most profit, draw by draw")

    @cached_property
    def regret(self) -> Draws:
        r"""Profit that perfect information would add, $\max_x \pi_d(x) - \pi_d(\text{plan})$.

        Its mean is what not knowing costs: for a plan that maximises expected profit the expected value of perfect
        information (Raiffa and Schlaifer 1961).
        """
        values = Labelled(self.gain[None], ("chain", "draw"))
        return self._draws(values, "regret: profit of the best plan less profit of this plan, draw by draw")

    @cached_property
    def more_than_reference(self) -> dict[str, float]:
        """Channel -> probability that the best plan gives it more than it got in the same periods a year before."""
        outlook = self.plan.outlook
        share = (self.money > outlook.reference.sum(axis=1)).mean(axis=0)
        return dict(zip(outlook.channels, share.tolist(), strict=True))

    @cached_property
    def more_than_plan(self) -> dict[str, float]:
        """Channel -> probability that the best plan gives it more than the chosen plan does."""
        near = 1e-6 * self.plan.budget
        share = (self.money > np.array(list(self.plan.totals.values())) + near).mean(axis=0)
        return dict(zip(self.plan.totals, share.tolist(), strict=True))

    def _draws(self, values: Labelled, estimand: str) -> Draws:
        model = self.plan.model
        return Draws(
            values=values,
            unit=model.currency or "money",
            estimand=estimand,
            evidence=self.plan.profit.arrays.evidence,
            support=self.plan.profit.arrays.support,
            reason=self.plan.profit.reason,
            note=self.plan.profit.note,
        )

    def __repr__(self) -> str:
        low, high = self.spend.arrays.interval(DEFAULT_PROB)
        lines = [f"<Best plans of {len(self.gain)} draws; expected regret of the plan {amount(self.gain.mean())}"]
        for i, (name, total) in enumerate(self.plan.totals.items()):
            lines.append(
                f"{name}: plan {amount(total)}, best {amount(self.money[:, i].mean())} "
                f"({level(DEFAULT_PROB)}: {amount(low.array[i])} to {amount(high.array[i])}), "
                f"P(more than the reference) {probability(self.more_than_reference[name])}"
            )
        return "\n".join(lines) + ">"

    def _repr_html_(self) -> str:
        return f"<pre>{html.escape(repr(self)[1:-1])}</pre>"


def best_plans(plan: Plan, *, draws: int = 200) -> BestPlans:
    r"""Return the plan with the most profit under each of some posterior draws.

    $x^*_d = \arg\max_x \pi_d(x)$ within the limits, the budget and the flighting of a plan. All draws are climbed at
    once, each from the plan, from the reference's mix and from equal shares, so that none is worse than the plan.

    Parameters
    ----------
    plan
        A plan that `optimise` returned.
    draws
        How many posterior draws, evenly spaced.

    Raises
    ------
    QueryError
        When `draws` is not a whole number above 0, or the plan's objective is not of profit.
    """
    whole_number(draws, "draws", 1, kind=Integral)
    if plan.question.units_only:
        raise QueryError("the plan has the least spend for an outcome; best plans need one made for profit")
    question, total = plan.question, plan.fit.chains * plan.fit.draws
    at = spaced(total, draws)
    response = Response(question.outlook, at, question.seed)
    scale, spread = question.flighting.scale, question.flighting

    def climb(shares: np.ndarray, which: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        some = response.only(which)
        earned = some(spread.spend(np.maximum(shares, ALMOST_NOTHING)))
        return earned.profit / scale, spread.back(earned.pull(np.ones(len(which))))

    everyone = np.arange(len(at))
    chosen = np.repeat(plan.shares[None], len(at), axis=0)
    base, _ = climb(chosen, everyone)
    best, top = chosen.copy(), base.copy()
    for limits in question.branches if question.flights else [question.limits]:
        region = question.region(limits)
        for start in [plan.shares, *starts(question, region)[:2]]:
            tried, reached = ascend(
                climb, np.repeat(start[None], len(at), axis=0), region, tolerance=1e-5, steps=100, rounds=8
            )
            better = reached > top
            best[better], top[better] = tried[better], reached[better]
    return BestPlans(plan, spread.spend(best).sum(axis=-1), scale * (top - base))
