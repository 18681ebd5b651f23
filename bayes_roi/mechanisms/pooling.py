r"""Partial pooling: a parameter of its own for each panel unit, drawn around a common one.

$x_u \sim N(\mu, \tau)$ where the parameter may have either sign, $\log x_u \sim N(\log \mu, \tau)$ where it is positive
(Gelman and Hill 2007, chapters 12 and 13). With few data a unit is drawn to the common value, with many it speaks for
itself; $\tau$ is estimated, so that the data decide how far.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from bayes_roi.mechanisms.prior import HalfNormal, Prior

RATIO = 0.5
"""Prior scale of the spread of positive parameters: units within a factor of e^0.5 of each other are no surprise."""


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
    positive
        Whether the parameter is positive, so that units differ by factors.
    """

    name: str
    spread: Prior
    positive: bool

    @property
    def _stem(self) -> str:
        return self.name.removesuffix(".effect")

    @property
    def spread_name(self) -> str:
        return f"{self._stem}.spread"

    @property
    def units_name(self) -> str:
        return f"{self._stem}.by_unit"

    def of_units(self, standard: np.ndarray, common: np.ndarray, spread: np.ndarray) -> np.ndarray:
        """Return the units' parameters (..., units) from standard normals, the common value and the spread (...,)."""
        if self.positive:
            return common[..., None] * np.exp(spread[..., None] * standard)
        return common[..., None] + spread[..., None] * standard


def default_spread(size: float, *, positive: bool) -> Prior:
    """Return the default prior of a spread; `size` is what the common parameter's prior calls large."""
    return HalfNormal(RATIO if positive else size)
