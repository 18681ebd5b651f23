"""Markets whose truth is known by construction, not from our own model: what their mean loses without a channel.

A market is a table, the model that an analyst would fit to it, and the function that the table's mean came from. It
owes nothing to our forward pass: carry-over is a convolution and a curve is a formula, so that curves, delays and
links that the fitted model does not have are as easy as those that it has.
"""

from __future__ import annotations

import datetime
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

import bayes_roi as br
from bayes_roi.model.rows.layout import carry_in_rows

WARM_UP = 16
"""Weeks before the table that its first weeks remember, and nobody sees."""
PERIOD = 52.18
Spends = Mapping[str, np.ndarray]

FORMS: dict[str, Callable[[np.ndarray, float], np.ndarray]] = {
    "hill": lambda s, slope: s**slope / (1 + s**slope),
    "tanh": lambda s, slope: np.tanh(s),
    "exponential": lambda s, slope: 1 - np.exp(-s),
    "logarithm": lambda s, slope: np.log1p(s),
    "line": lambda s, slope: s,
}
"""Curves of s = carried spend / half."""


@dataclass(frozen=True, eq=False)
class Response:
    """How one spend works: weights of lags 0, 1, ..., a curve, and what it is multiplied by."""

    weights: np.ndarray
    form: str
    half: float
    slope: float
    retention: float
    effect: float = 1.0

    def __call__(self, spend: np.ndarray) -> np.ndarray:
        """Return what a spend (..., weeks) adds; weeks before the first were dark."""
        carried = np.apply_along_axis(lambda x: np.convolve(x, self.weights)[: len(x)], -1, spend)
        return self.effect * FORMS[self.form](carried / self.half, self.slope)


@dataclass(frozen=True, eq=False)
class Additive:
    """The mean that a base (units, weeks) and the responses of the channels add up to."""

    base: np.ndarray
    responses: Mapping[str, Response]

    def __call__(self, spends: Spends) -> np.ndarray:
        return self.base + sum(r(spends[c]) for c, r in self.responses.items())


@dataclass(frozen=True, eq=False)
class Market:
    """A table with its model and the mean that made it.

    Parameters
    ----------
    model, data
        What an analyst has.
    spends
        Channel -> (units, weeks), the warm-up included.
    mean
        Spends -> E[outcome] (units, weeks).
    responses
        Channel -> how it works, where it works on the outcome itself.
    traits
        What a reader may want to group markets by.
    stated
        Channel -> contribution, where others made the table and its truth; by `mean` where it is empty.
    """

    model: br.Model
    data: br.Panel
    spends: Spends
    mean: Callable[[Spends], np.ndarray]
    responses: Mapping[str, Response] = field(default_factory=dict)
    traits: Mapping[str, Any] = field(default_factory=dict)
    stated: Mapping[str, float] = field(default_factory=dict)

    @property
    def window(self) -> slice:
        """The weeks that the model explains, on the axis of `spends`: what came before is history."""
        return slice(WARM_UP + carry_in_rows(self.model), None)

    @property
    def contributions(self) -> dict[str, float]:
        """Channel -> the outcome that its spend in the window added there, the other spends held as they were."""
        if self.stated:
            return dict(self.stated)
        whole = self.mean(self.spends)
        lost = {}
        for channel, spend in self.spends.items():
            dark = spend.copy()
            dark[:, self.window] = 0.0
            lost[channel] = float((whole - self.mean({**self.spends, channel: dark}))[:, self.window].sum())
        return lost

    @property
    def spent(self) -> dict[str, float]:
        """Channel -> money spent in the window."""
        return {channel: float(x[:, self.window].sum()) for channel, x in self.spends.items()}


def wave(rng: np.random.Generator, length: int, rho: float) -> np.ndarray:
    """Return an AR(1) series with mean 0 and standard deviation 1."""
    x = rng.standard_normal(length)
    for t in range(1, length):
        x[t] = rho * x[t - 1] + np.sqrt(1 - rho**2) * x[t]
    return (x - x.mean()) / x.std()


def flights(rng: np.random.Generator, length: int) -> np.ndarray:
    """Return 1 where a channel is on air: campaigns of two to twelve weeks with pauses of one to nine."""
    on, t, state = np.zeros(length), 0, bool(rng.random() < 0.5)
    while t < length:
        weeks = int(rng.integers(2, 13) if state else rng.integers(1, 10))
        on[t : t + weeks], t, state = state, t + weeks, not state
    return on


def budgets(rng: np.random.Generator, amounts: np.ndarray, demand: np.ndarray) -> tuple[list[np.ndarray], list[str]]:
    """Return one series (weeks,) for each amount a week, and how each is planned.

    A third never pauses; all chase demand, by chance more or less; in half of the markets the second copies the first.
    """
    count, length, copied = len(amounts), len(demand), rng.random() < 0.5
    steady = [int(j) for j in rng.permutation(count) if not (copied and j == 1)][: max(count // 3, 1)]
    found: list[np.ndarray] = []
    planned = []
    for j, amount in enumerate(amounts):
        chased = rng.uniform(0.1, 0.7)
        own = wave(rng, length, rng.uniform(0.2, 0.8))
        shape = np.exp(rng.uniform(0.25, 0.6) * (chased * demand + np.sqrt(1 - chased**2) * own))
        kind = "never pauses" if j in steady else "flights"
        shape = shape if j in steady else shape * flights(rng, length)
        if j == 1 and copied:
            shape, kind = found[0] * np.exp(0.15 * rng.standard_normal(length)), "tied to the first"
        found.append(shape * amount / shape.mean() if shape.any() else np.full(length, amount))
        planned.append(kind)
    return found, planned


def response(rng: np.random.Generator, spend: np.ndarray, earned: float, *, own: bool, lags: int = 8) -> Response:
    """Return a response whose mean is `earned` a week: a Hill curve with geometric carry-over where `own`."""
    retention = rng.uniform(0.1, 0.8)
    form = "hill" if own else str(rng.choice(["tanh", "exponential", "logarithm", "hill"]))
    delayed = not own and rng.random() < 0.4
    peak, age = rng.uniform(1.0, 3.0) if delayed else 0.0, np.arange(lags + (0 if own else 4) + 1)
    weights = retention ** ((age - peak) ** 2 if delayed else age)
    half = float(spend[spend > 0].mean() * rng.lognormal(0.0, 0.6))
    unscaled = Response(weights / weights.sum(), form, half, rng.uniform(0.8, 2.2), retention)
    return scaled(unscaled, spend, earned)


def scaled(response: Response, spend: np.ndarray, earned: float) -> Response:
    """Return a response with the effect that makes its mean after the warm-up `earned`."""
    mean = response(spend)[..., WARM_UP:].mean()
    return Response(**{**vars(response), "effect": response.effect * earned / mean})


def weeks(count: int) -> np.ndarray:
    """Return the first days of weeks, as ISO dates."""
    first = datetime.date(2022, 1, 3)
    return np.array([(first + datetime.timedelta(weeks=t)).isoformat() for t in range(count)])


def table(
    columns: Mapping[str, np.ndarray], *, units: Sequence[str] = (), source: str = "a made-up market"
) -> br.Panel:
    """Return columns (weeks,) or (units, weeks), the warm-up included, as a table without it."""
    shown = {name: np.atleast_2d(x)[:, WARM_UP:] for name, x in columns.items()}
    length = next(iter(shown.values())).shape[1]
    regions = max(len(units), 1)
    return br.Panel(
        columns={name: np.broadcast_to(x, (regions, length)).ravel() for name, x in shown.items()},
        periods=np.tile(weeks(length), regions),
        time="week",
        frequency="week",
        source=source,
        unit="geo" if units else None,
        units=np.repeat(units, length) if units else None,
    )
