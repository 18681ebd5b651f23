"""A forecast that knows no model, and what it may look at."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from bayes_roi.queries.horizon.history import A_YEAR


@dataclass(frozen=True, eq=False)
class Past:
    """The past of the outcome, and what the model is given of the periods ahead: nothing that came later.

    Parameters
    ----------
    series
        (units, time) the outcome up to the origin; NaN where a unit has no row.
    known
        Node -> (units, time + periods) what is known of it, the periods ahead among it; NaN where a unit has no row.
    periods
        How many periods ahead.
    frequency
        What a period is.
    """

    series: np.ndarray
    known: Mapping[str, np.ndarray]
    periods: int
    frequency: str | None

    @property
    def year(self) -> int:
        """Periods in a year; 0 where none is known."""
        return A_YEAR.get(self.frequency or "", 0)


class Rival(Protocol):
    """Draws what is to come."""

    def __call__(self, past: Past, rng: np.random.Generator) -> np.ndarray:
        """Return draws (draws, units, periods)."""
