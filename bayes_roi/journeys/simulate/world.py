"""People who see advertising, search and buy, day by day; any channel can be turned off in the same world."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

CHANNELS = ("affiliate", "brand_search", "direct", "display", "email", "social")
PUSHED = {"display": 0.02, "email": 0.012, "social": 0.02}
"""Channels whose touches the advertiser decides on, with their rate a day: by chance, whatever a user wants."""
EFFECT = {"display": 0.5, "email": 0.6, "social": 0.9}
"""What one touch adds to the log-odds of buying on the day; affiliates, brand search and direct visits add nothing."""
KEPT = 0.8
"""Share of what a touch adds that is left a day later."""
BASE = -7.0
"""Log-odds of buying on a day, without intent and advertising."""
INTENT = 1.1
"""What one standard deviation of intent adds to them."""
WANTING = 1.2
"""What one standard deviation of intent adds to the log rate of brand searches and direct visits."""
DRIFT = 0.9
"""Autocorrelation of intent from day to day."""
SEARCHES, VISITS = 0.012, 0.012
"""Brand searches and direct visits a day of a user of no more than mean intent."""
UPSTREAM = 0.6
"""What advertising that is remembered adds to the log rate of brand searches, for each unit of log-odds."""
COUPON = 0.45
"""Share of buyers who fetch a coupon from an affiliate on the way to the checkout; it does not make them buy."""


@dataclass(frozen=True)
class Chance:
    """All that is left to chance in a world: the same whichever channel is on."""

    seed: int
    users: int

    def day(self, t: int) -> np.random.Generator:
        """Return the generator of a day."""
        return np.random.default_rng([self.seed, 21, t])


@dataclass(frozen=True)
class Day:
    """A day of all users: who wants to buy how much, who was touched by what, who bought, and how likely that was."""

    intent: np.ndarray
    touched: dict[str, np.ndarray]
    bought: np.ndarray
    probability: np.ndarray
    hours: np.ndarray


def lived(chance: Chance, days: int, *, without: str | None = None) -> Iterator[Day]:
    """Yield the days of a world.

    Parameters
    ----------
    chance
        What is left to chance.
    days
        How long.
    without
        A channel that is off: nobody is touched by it. All else is left to the same chance.
    """
    n = chance.users
    intent = np.random.default_rng([chance.seed, 22]).normal(size=n)
    moved = np.zeros(n)
    for t in range(days):
        rng = chance.day(t)
        intent = DRIFT * intent + np.sqrt(1 - DRIFT**2) * rng.normal(size=n)
        u, hours = rng.random((len(CHANNELS) + 1, n)), np.sort(rng.random((3, n)) * 24, axis=0)
        draw = dict(zip(CHANNELS, u, strict=False))
        touched = {c: (draw[c] < rate) & (c != without) for c, rate in PUSHED.items()}
        moved = KEPT * moved + sum(EFFECT[c] * touched[c] for c in PUSHED)
        want = np.exp(WANTING * intent - WANTING**2 / 2)
        touched["brand_search"] = draw["brand_search"] < SEARCHES * want * np.exp(UPSTREAM * moved)
        touched["direct"] = draw["direct"] < VISITS * want
        probability = 1 / (1 + np.exp(-(BASE + INTENT * intent + moved)))
        bought = u[-1] < probability
        touched["affiliate"] = bought & (draw["affiliate"] < COUPON)
        if without is not None:
            touched[without] = np.zeros(n, bool)
        yield Day(intent, touched, bought, probability, hours)


def buyers(chance: Chance, days: int) -> dict[str, np.ndarray]:
    """Return the events of a world: user, day, hour, channel (its position, -1 for a conversion)."""
    found = [row for t, day in enumerate(lived(chance, days)) for row in _events(t, day)]
    user, day, hour, channel = (np.concatenate(x) for x in zip(*found, strict=True))
    return {"user": user, "day": day, "hour": hour, "channel": channel}


def expected(chance: Chance, days: int, *, without: str | None = None) -> float:
    """Return the expected number of conversions, given who is touched by what and who wants to buy."""
    return float(sum(day.probability.sum() for day in lived(chance, days, without=without)))


def _events(t: int, day: Day) -> Iterator[tuple[np.ndarray, ...]]:
    """Yield the events of a day: advertising first, then searches and visits, then the affiliate and the purchase."""
    for c, who in {**day.touched, "": day.bought}.items():
        users = np.flatnonzero(who)
        stage = 2 if c in ("", "affiliate") else 1 if c in ("brand_search", "direct") else 0
        lead = {"affiliate": 0.02, "direct": 0.01, "display": 0.05, "email": 0.07, "social": 0.08}.get(c, 0.0)
        hour = np.maximum(day.hours[stage, users] - lead, 0.0)
        yield users, np.full(len(users), t), hour, np.full(len(users), CHANNELS.index(c) if c else -1)
