"""A test of an assumption: what it shows, and how often so much would be seen where the assumption holds."""

from __future__ import annotations

import math
from dataclasses import dataclass

from bayes_roi.numbers import places, probability

LEVEL = 0.05


@dataclass(frozen=True)
class Check:
    """What a test of an assumption shows. Its truth value is whether the data leave the assumption standing.

    Parameters
    ----------
    what
        What was tested, in words.
    shown
        The statistic, in standard deviations of its noise.
    chance
        Probability of so much where the assumption holds; NaN where it cannot be told.

    Examples
    --------
    >>> print(Check("differences before the window", 3.1, 0.002))
    differences before the window: 3.1 sd (chance <1 %), which speaks against the assumption
    """

    what: str
    shown: float
    chance: float

    def __bool__(self) -> bool:
        return not self.chance < LEVEL

    def __str__(self) -> str:
        if math.isnan(self.chance):
            return f"{self.what}: cannot be tested with these rows"
        verdict = "as the assumption has it" if self else "which speaks against the assumption"
        return f"{self.what}: {places(self.shown, 1)} sd (chance {probability(self.chance)}), {verdict}"
