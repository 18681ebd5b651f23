r"""Partial pooling: a parameter of its own for each panel unit or period, drawn around a common one.

$x_u \sim N(\mu, \tau)$ for a parameter of either sign; the same cut off at zero for a positive effect; and
$\log x_u \sim N(\log \mu, \tau)$ for a scale, which differs by factors (Gelman and Hill 2007, chapters 12 and 13). With
few data a unit is drawn to the common value, with many it speaks for itself; $\tau$ is estimated, so that the data
decide how far. Effects of periods are drawn around zero: their common part is the intercept.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from bayes_roi.mechanisms.prior import HalfNormal, Prior

UnitLaw = Literal["normal", "positive", "log"]
"""Normal; normal cut off at zero; normal in the log."""
BY_PERIOD = "by_period"
"""Role of the effects of periods."""
RATIO = 0.5
"""Prior scale of a spread in the log: units within a factor of e^0.5 of each other are no surprise."""


@dataclass(frozen=True)
class Pooled:
    """A parameter that varies by panel unit.

    Parameters
    ----------
    name
        Of the common parameter; the units' are `name.by_unit`, their spread is `name.spread`. An effect is called by
        its term alone: `y.x.effect`, `y.x.spread`, `y.x.by_unit`.
    spread
        Prior of the spread.
    law
        How units are drawn around the common parameter.
    """

    name: str
    spread: Prior
    law: UnitLaw

    @property
    def _stem(self) -> str:
        return self.name.removesuffix(".effect")

    @property
    def spread_name(self) -> str:
        return f"{self._stem}.spread"

    @property
    def units_name(self) -> str:
        return f"{self._stem}.by_unit"

    def of_units(self, u: np.ndarray, common: np.ndarray, spread: np.ndarray) -> np.ndarray:
        """Return the units' parameters (..., units) from uniforms, the common value and the spread (...,)."""
        from scipy.special import ndtr, ndtri

        common, spread = common[..., None], spread[..., None]
        if self.law == "log":
            return common * np.exp(spread * ndtri(u))
        if self.law == "normal":
            return common + spread * ndtri(u)
        above = ndtr(common / spread)  # the probability of a positive one, from whose upper end quantiles are taken
        return np.maximum(common - spread * ndtri((1 - u) * above), 0.0)


@dataclass(frozen=True)
class OfPeriods:
    r"""The effects of periods on all units alike, $a_t \sim N(0, \tau)$.

    Parameters
    ----------
    stem
        What names begin with, the node and the column of the period: the effects are `y.week.by_period`, their spread
        is `y.week.spread`.
    spread
        Prior of the spread.
    """

    stem: str
    spread: Prior

    @property
    def spread_name(self) -> str:
        return f"{self.stem}.spread"

    @property
    def periods_name(self) -> str:
        return f"{self.stem}.{BY_PERIOD}"


def default_spread(size: float, law: UnitLaw) -> Prior:
    """Return the default prior of a spread; `size` is what is a large difference for a parameter of that law."""
    return HalfNormal(RATIO if law == "log" else size)
