"""What a lift test says beside what is known without it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from bayes_roi.numbers import amount, places, plain

MOST_TENSION = 2.576
"""Standard deviations between a result and what was expected, which chance exceeds in one test of a hundred."""

INFORMS = 0.2
"""Share of the variance of an expected lift that a result must take away to say something of it."""


@dataclass(frozen=True)
class LiftReport:
    """A lift test's result beside what the table and the other tests expect of it.

    Parameters
    ----------
    test
        What the test is called.
    estimate, se
        Its result, and the standard error of the side on which the expectation lies.
    expected, sd
        Mean and standard deviation of the lift that is expected without it.
    discount
        The power its likelihood was raised to.
    by
        How the draws came to know it: "weights" or "sampled".
    note
        What must be said of where it lies in time.
    doses
        Spend -> the least and the most that its carried-over dose was in the test, over what it usually is.
    """

    test: str
    estimate: float
    se: float
    expected: float
    sd: float
    discount: float = 1.0
    by: str = ""
    note: str = ""
    doses: Mapping[str, tuple[float, float]] = field(default_factory=dict)

    @property
    def tension(self) -> float:
        """The estimate less what is expected, in standard deviations of their difference."""
        return (self.estimate - self.expected) / (self.se**2 + self.sd**2) ** 0.5

    @property
    def conflict(self) -> bool:
        """Whether the two are further apart than chance puts them in one test of a hundred."""
        return abs(self.tension) > MOST_TENSION

    @property
    def informs(self) -> bool:
        """Whether the result says something: takes a fifth or more of the variance of what is expected, uncontested."""
        spread = self.discount * self.sd**2
        return not self.conflict and spread > 0 and spread / (spread + self.se**2) >= INFORMS

    @property
    def problem(self) -> str:
        """What is wrong and what to try, in a sentence; empty where nothing is."""
        if not self.conflict:
            return ""
        return (
            f"{self.test}: its result of {amount(self.estimate)} (standard error {amount(self.se)}) contradicts the "
            f"{amount(self.expected)} (sd {amount(self.sd)}) that is expected without it, by "
            f"{places(abs(self.tension), 1)} standard deviations: look for what the table or the test lacks, and for "
            "sign, units and window of the result; a discount= below 1 lets the test count less"
        )

    def __str__(self) -> str:
        less = "" if self.discount == 1 else f", counted to the power {plain(self.discount)}"
        text = f"expected {amount(self.expected)} without it (sd {amount(self.sd)})"
        tension = f"tension {places(self.tension, 1)}{less}"
        return f"{self.test}: {amount(self.estimate)} (se {amount(self.se)}), {text}, {tension}"
