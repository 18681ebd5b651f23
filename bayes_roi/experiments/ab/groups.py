"""Two groups of users and what they did: the noun that both kinds of A/B tests share."""

from __future__ import annotations

import html
from dataclasses import dataclass, field
from functools import cached_property
from typing import ClassVar

import numpy as np

from bayes_roi.draws import DEFAULT_PROB, Draws, tails
from bayes_roi.experiments.ab.textbook import TextbookInterval
from bayes_roi.experiments.as_draws import as_draws, flat
from bayes_roi.numbers import level, number, probability, span
from bayes_roi.showing import Guessed

UNASSIGNED = "users of the two groups would have done the same without treatment; chance did not decide who is in which"


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class TwoGroups(Guessed):
    """Means of a control and a treated group, with their posterior.

    Parameters
    ----------
    outcome
        What is counted, e.g. "orders": the unit of totals.
    users
        Number of users of the control and of the treated.
    observed
        Their means.
    means
        (draws, 2) posterior draws of the two means.
    randomised
        Whether chance decided who is in which group.
    window
        First and last period of the test, where they were given.
    assumption
        What must hold.
    textbook
        Confidence intervals of the difference beside the posterior's.
    """

    it: ClassVar[str] = "test"
    method: ClassVar[str] = "A/B"

    outcome: str
    users: tuple[int, int]
    observed: tuple[float, float]
    means: np.ndarray = field(repr=False)
    randomised: bool
    window: tuple[str, str] | None
    assumption: str
    textbook: tuple[TextbookInterval, ...]

    @property
    def units(self) -> tuple[str, ...]:
        """Who was treated."""
        return ("treated",)

    @cached_property
    def difference(self) -> Draws:
        """Mean of the treated less that of the control, a user."""
        return self._draws(
            self.means[:, 1] - self.means[:, 0], "difference of means, a user", f"{self.outcome} per user"
        )

    @property
    def average(self) -> Draws:
        """Effect on a user: the difference."""
        return self.difference

    @cached_property
    def ratio(self) -> Draws:
        """Mean of the treated over that of the control."""
        return self._draws(self.means[:, 1] / self.means[:, 0], "ratio of means", "share", has_mean=False)

    @cached_property
    def relative(self) -> Draws:
        """Effect as a share of what would have been without treatment."""
        return self.ratio - 1.0

    @cached_property
    def estimate(self) -> Draws:
        """Effect in total: the difference times the treated users."""
        total = (self.means[:, 1] - self.means[:, 0]) * self.users[1]
        return self._draws(
            total, f"effect on {self.outcome} of treating {self.users[1]:,} users, in total", self.outcome
        )

    @property
    def better(self) -> float:
        """Posterior probability that the treated have the larger mean."""
        return float((self.means[:, 1] > self.means[:, 0]).mean())

    def _draws(self, values: np.ndarray, estimand: str, unit: str, *, has_mean: bool = True) -> Draws:
        return as_draws(
            values,
            unit=unit,
            estimand=estimand,
            randomised=self.randomised,
            assumption=self.assumption,
            has_mean=has_mean,
        )

    def __str__(self) -> str:
        values = flat(self.difference)
        low, high = np.quantile(values, tails(DEFAULT_PROB))
        means = " against ".join(
            f"{number(m)} ({n:,} users)" for m, n in zip(self.observed[::-1], self.users[::-1], strict=True)
        )
        kind = "randomised" if self.randomised else "assumed"
        return "\n".join(
            [
                f"{self.method}: {self.outcome} per user, treated {means}",
                f"posterior: {number(float(np.median(values)))} ({span(low, high)}), {level(DEFAULT_PROB)} credible "
                f"interval, P(treated better) {probability(self.better)}",
                *(f"textbook: {interval}" for interval in self.textbook),
                f"{kind}: {self.assumption}",
            ]
        )

    def __repr__(self) -> str:
        return f"<{self}>"

    def _repr_html_(self) -> str:
        return f"<pre>{html.escape(str(self))}</pre>"
