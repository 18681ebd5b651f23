"""Laws of the nodes without an equation."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from pydantic import ConfigDict

from bayes_roi.errors import ModelError
from bayes_roi.panel.categories import read_label
from bayes_roi.plain_text import shown

CHECKED = ConfigDict(strict=True, extra="forbid", allow_inf_nan=False)
"""How pydantic reads these classes from a file."""


@dataclass(frozen=True)
class ExogenousLaw:
    r"""How an exogenous node is drawn: $m + A\sin(2\pi t / P) + \text{AR(1)}$, dark in flights, cut off below.

    Parameters
    ----------
    mean, sd
        Mean and standard deviation of the autoregressive part, in the node's units.
    autocorrelation
        Of one period to the next, in [0, 1).
    season
        Amplitude A of a yearly wave, in the node's units.
    period
        Length P of the wave in rows.
    dark
        Share of periods without any, in flights of about `flight` rows.
    flight
        Mean length of a dark flight, in rows.
    minimum
        Values below are set to it; None for no limit.
    whole
        Whether values are rounded to whole numbers, as counts are.
    """

    __pydantic_config__: ClassVar[ConfigDict] = CHECKED

    mean: float
    sd: float
    autocorrelation: float = 0.0
    season: float = 0.0
    period: float = 52.18
    dark: float = 0.0
    flight: float = 4.0
    minimum: float | None = 0.0
    whole: bool = False

    def __post_init__(self) -> None:
        for name, good, wanted in (
            ("sd", self.sd >= 0, "0 or more"),
            ("autocorrelation", 0 <= self.autocorrelation < 1, "in [0, 1)"),
            ("dark", 0 <= self.dark < 1, "in [0, 1)"),
            ("flight", self.flight >= 1, "1 or more"),
            ("period", self.period > 0, "above zero"),
        ):
            if not good:
                raise ModelError(f"{name} of an exogenous node's law must be {wanted}, got {getattr(self, name)}")

    def draw(self, index: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        """Return one series over the rows `index`."""
        shocks = rng.standard_normal(len(index))
        steps = np.sqrt(1 - self.autocorrelation**2) * shocks
        steps[0] = shocks[0]
        series = np.empty(len(index))
        level = 0.0
        for t, step in enumerate(steps):
            level = self.autocorrelation * level + step
            series[t] = level
        x = self.mean + self.sd * series + self.season * np.sin(2 * math.pi * index / self.period)
        x = x if self.minimum is None else np.maximum(x, self.minimum)
        x = np.round(x) if self.whole else x
        return np.where(self._dark_flights(len(index), rng), 0.0, x)

    def _dark_flights(self, length: int, rng: np.random.Generator) -> np.ndarray:
        """Return which rows are dark: a two-state Markov chain with the wanted share and flight length."""
        leave = 1 / self.flight
        enter = leave * self.dark / (1 - self.dark)
        u, dark = rng.random(length), np.empty(length, bool)
        state = bool(u[0] < self.dark)
        for t in range(length):
            if t:
                state = bool(u[t] >= leave) if state else bool(u[t] < enter)
            dark[t] = state
        return dark


@dataclass(frozen=True)
class Categories:
    """How a categorical exogenous node is drawn: each row by itself, a label by its share.

    Parameters
    ----------
    labels
        The categories, in alphabetical order.
    shares
        Their probabilities; they sum to one.
    """

    __pydantic_config__: ClassVar[ConfigDict] = CHECKED

    labels: tuple[str, ...]
    shares: tuple[float, ...]

    def __post_init__(self) -> None:
        object.__setattr__(self, "labels", tuple(self.labels))
        object.__setattr__(self, "shares", tuple(self.shares))
        if len(self.labels) != len(self.shares) or sorted(self.labels) != list(self.labels) or len(self.labels) < 2:
            raise ModelError(f"labels must be two or more in alphabetical order, a share each, got {self.labels}")
        for label in self.labels:
            if read_label(label) != label:
                raise ModelError(f"{shown(label)} cannot be a label; write a text that is no number with decimals")
        if min(self.shares) <= 0 or not math.isclose(sum(self.shares), 1.0):
            raise ModelError(f"shares must be above zero and sum to one, got {self.shares}")

    def draw(self, index: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        """Return the positions of labels over the rows `index`."""
        return rng.choice(len(self.labels), size=len(index), p=self.shares).astype(float)
