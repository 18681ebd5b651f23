"""Worlds in which a spend varies by itself, hardly does or not at all, each with what is true of its return."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

import bayes_roi as br

WEEKS = 130
CHANNELS = {"tv": "tv_spend", "search": "search_spend"}
LINEAR = "revenue ~ demand + tv_spend + search_spend"
CURVED = "revenue ~ demand + tv_spend + adstock(search_spend, max_lag=4)"


@dataclass(frozen=True, eq=False)
class World:
    """Columns of a world and its truth.

    Parameters
    ----------
    equation
        What is fitted.
    told
        What may be said of the return on search: "identified", "extrapolated" or "assumed".
    columns
        Name -> (weeks,).
    roas
        True return of each channel.
    """

    equation: str
    told: str
    columns: dict[str, np.ndarray]
    roas: dict[str, float] = field(default_factory=lambda: {"tv": 2.0, "search": 1.5})

    @property
    def model(self) -> br.Model:
        return br.Model(
            name="world", time="week", equations=self.equation, outcome="revenue", channels=CHANNELS, currency="EUR"
        )

    def panel(self, seed: int) -> br.Panel:
        """Return the table, with revenue drawn from the truth."""
        rng = np.random.default_rng([seed, 7])
        seen = dict(self.columns)
        search = seen["search_spend"]
        if "adstock" in self.equation:
            weights = 0.5 ** np.arange(5) / (0.5 ** np.arange(5)).sum()
            search = np.convolve(search, weights)[: len(search)]
        base = 0.0 if "0 +" in self.equation else 60_000.0
        noise = rng.normal(0, 3000, len(search))
        moved = 4000 * seen["demand"] + self.roas["tv"] * seen["tv_spend"] + self.roas["search"] * search
        seen["revenue"] = base + moved + noise
        weeks = np.datetime64("2022-01-03") + 7 * np.arange(len(search))
        return br.Panel(
            columns=seen, periods=weeks.astype(str), time="week", frequency="week", source="made",
            clock=np.arange(len(search)),
        )  # fmt: skip


Make = Callable[[np.random.Generator], World]


def _demand(rng: np.random.Generator) -> np.ndarray:
    steps = rng.normal(size=WEEKS)
    for t in range(1, WEEKS):
        steps[t] = 0.6 * steps[t - 1] + 0.8 * steps[t]
    return np.asarray(3.0 + 0.6 * steps)


def _bursts(rng: np.random.Generator, share: float = 0.6) -> np.ndarray:
    """Return a spend that is off in some weeks."""
    return np.asarray(rng.gamma(4.0, 1500.0, WEEKS) * (rng.random(WEEKS) < share))


def _world(
    told: str,
    search: Callable[[np.ndarray, np.ndarray, np.random.Generator], np.ndarray],
    equation: str = LINEAR,
    roas: float = 1.5,
) -> Make:
    def make(rng: np.random.Generator) -> World:
        demand, tv = _demand(rng), _bursts(rng)
        columns = {"demand": demand, "tv_spend": tv, "search_spend": np.maximum(search(demand, tv, rng), 0.0)}
        return World(equation, told, columns, {"tv": 2.0, "search": roas})

    return make


def _year() -> np.ndarray:
    return np.asarray(2 * np.pi * np.arange(WEEKS) / 52.18)


def _some_weeks_off(demand: np.ndarray, tv: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    spend = 1500 * demand
    spend[60:72] = 0.0
    return spend


WORLDS: dict[str, Make] = {
    "independent bursts": _world("identified", lambda d, tv, rng: _bursts(rng)),
    "independent bursts, adstock": _world("identified", lambda d, tv, rng: _bursts(rng), CURVED),
    "independent bursts, no effect": _world("identified", lambda d, tv, rng: _bursts(rng), roas=0.0),
    "follows demand with as much of its own": _world(
        "identified", lambda d, tv, rng: 1500 * d * rng.gamma(1.5, 1 / 1.5, WEEKS)
    ),
    "rule of demand, twelve weeks off": _world("identified", _some_weeks_off),
    "tied to tv with bursts of its own": _world("identified", lambda d, tv, rng: 0.5 * tv + _bursts(rng, 0.3)),
    "never pauses, wide": _world("extrapolated", lambda d, tv, rng: 3000 + rng.gamma(2.0, 1000.0, WEEKS)),
    "never pauses, narrow": _world("extrapolated", lambda d, tv, rng: 5000 + rng.normal(0, 250, WEEKS)),
    "rule of demand, a tenth of its own": _world(
        "extrapolated", lambda d, tv, rng: 1500 * d * (1 + 0.1 * rng.normal(size=WEEKS))
    ),
    "never pauses, 0 +": _world(
        "assumed", lambda d, tv, rng: 3000 + rng.gamma(2.0, 1000.0, WEEKS), LINEAR.replace("~", "~ 0 +")
    ),
    "tied: half of tv": _world("assumed", lambda d, tv, rng: 0.5 * tv),
    "tied: half of tv, adstock": _world(
        "assumed",
        lambda d, tv, rng: 0.5 * tv,
        LINEAR.replace("tv_spend + search_spend", "adstock(tv_spend, max_lag=4) + adstock(search_spend, max_lag=4)"),
    ),
    "tied: a budget less tv": _world("assumed", lambda d, tv, rng: 20_000 - tv),
    "rule of demand": _world("assumed", lambda d, tv, rng: 1500 * d),
    "rule of demand, no effect": _world("assumed", lambda d, tv, rng: 1500 * d, roas=0.0),
    "rule of demand and tv": _world("assumed", lambda d, tv, rng: 1000 * d + 0.3 * tv),
    "near rule of demand": _world("assumed", lambda d, tv, rng: 1500 * d * (1 + 0.003 * rng.normal(size=WEEKS))),
    "rule of the season": _world(
        "assumed", lambda d, tv, rng: 5000 + 3000 * np.sin(_year()), f"{LINEAR} + season(period=52.18, order=1)"
    ),
    "rule of the trend": _world("assumed", lambda d, tv, rng: 2000 + 40.0 * np.arange(WEEKS), f"{LINEAR} + trend()"),
    "always the same": _world("assumed", lambda d, tv, rng: np.full(WEEKS, 4000.0)),
}
