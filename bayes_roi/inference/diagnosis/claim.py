"""A claim of the model about a node's noise, held against what is left of its rows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Kind = Literal["dispersion", "autocorrelation", "shocks", "driven", "variance"]

LEVEL = 0.01
"""Probability that any test of a fit rings where all claims hold: its parts add up over tests and nodes (Boole)."""
NARROW = 1.15
"""An interval this much too narrow is a problem: what is said to be 90 % then holds 85 %."""
NARROW_LEVEL = 1.36
"""The same of a node's level, which no effect hangs on: what an autocorrelation of 0.3 makes of it."""


@dataclass(frozen=True)
class Claim:
    """What became of one claim.

    Parameters
    ----------
    kind
        Which claim it is.
    size
        The estimate: a standard deviation, an autocorrelation, a correlation.
    chance
        Probability of an estimate so far off where the claim holds, both sides together.
    weight
        Its part of the level, beside the other tests'.
    narrow, of
        By which factor the failing makes the interval of a cause's effect too narrow, the worst, and whose that is.
    narrow_level
        The same of the node's level, its mean over the rows.
    lag, by
        The lag of an autocorrelation; what a variance follows, or the spend that goes with the effects of periods.
    """

    kind: Kind
    size: float
    chance: float
    weight: float = 1.0
    narrow: float = 1.0
    of: str = ""
    narrow_level: float = 1.0
    lag: int = 0
    by: str = ""

    def rings(self, level: float) -> bool:
        """Whether so much would be seen by chance less often than `level` a unit of weight."""
        return self.chance < level * self.weight

    @property
    def material(self) -> bool:
        """Whether intervals are so much too narrow that they should not be used.

        Of shocks that is asked of effects alone: where spends differ enough between the units of a period, effects are
        told apart from shocks, and only totals are less certain than they look.
        """
        return self.narrow >= NARROW or (self.kind != "shocks" and self.narrow_level >= NARROW_LEVEL)
