"""A touch log with known effects: `br.simulate_journeys`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from bayes_roi.guards import whole_number
from bayes_roi.journeys.simulate.world import CHANNELS, Chance, buyers, expected, lived
from bayes_roi.numbers import percent

if TYPE_CHECKING:
    import pandas as pd

START = "2025-01-01"
WORTH = 60.0
"""Mean value of a conversion; its logarithm has a standard deviation of a half."""


@dataclass(frozen=True, eq=False, repr=False)
class SimulatedJourneys:
    """A touch log and what its channels did.

    Parameters
    ----------
    log
        Columns user, time, channel, event, value: what `read_log` reads.
    conversions
        How many there are.
    expected
        How many were to be expected, given who was touched by what and who wanted to buy.
    effects
        Channel -> how many fewer were to be expected with the channel off, all else left to the same chance.
    intent
        How much each user wanted to buy on each day: columns user, time (the day) and intent, in standard deviations.
        No log has it; `touch_effects` can be told it.
    """

    log: pd.DataFrame
    conversions: int
    expected: float
    effects: Mapping[str, float]
    intent: pd.DataFrame

    @property
    def shares(self) -> dict[str, float]:
        """Channel -> share of the conversions that it caused; they do not sum to one: most would have come anyway."""
        return {c: e / self.expected for c, e in self.effects.items()}

    def __repr__(self) -> str:
        text = ", ".join(f"{c} {percent(s)}" for c, s in self.shares.items())
        return f"SimulatedJourneys: {len(self.log):,} rows, {self.conversions:,} conversions; caused by {text}"


def simulate_journeys(seed: int = 0, *, users: int = 2_000, days: int = 90) -> SimulatedJourneys:
    """Return a touch log of people whose intent nobody sees, and what each channel caused in truth.

    Intent drives purchases and, with them, brand searches and direct visits; affiliates are fetched on the way to the
    checkout. None of these three makes anybody buy. Display, email and social are shown by chance and do; what
    they do also leads to brand searches.

    Parameters
    ----------
    seed
        The same seed gives the same log.
    users, days
        Size of the world; about one user in eight buys within 90 days.

    Returns
    -------
    SimulatedJourneys
        The log, and what do(channel off) would change in that world.

    Raises
    ------
    QueryError
        When an option is not as it must be.

    Examples
    --------
    >>> import bayes_roi as br
    >>> world = br.simulate_journeys(1, users=500)
    >>> world.effects["affiliate"]
    0.0
    """
    chance = Chance(whole_number(seed, "seed", 0), whole_number(users, "users", 10))
    whole_number(days, "days", 10, 3_650)
    events, count = buyers(chance, days), expected(chance, days)
    effects = {c: count - expected(chance, days, without=c) for c in CHANNELS}
    sold = int((events["channel"] < 0).sum())
    return SimulatedJourneys(log_frame(events, chance), sold, count, effects, intent_frame(chance, days))


def intent_frame(chance: Chance, days: int) -> pd.DataFrame:
    """Return the intent of each user on each day."""
    import pandas as pd

    intent = np.concatenate([day.intent for day in lived(chance, days)])
    each = pd.Timestamp(START) + pd.to_timedelta(np.arange(days), unit="D")
    user = np.tile(np.arange(chance.users), days)
    return pd.DataFrame({"user": user, "time": np.repeat(each, chance.users), "intent": intent})


def log_frame(events: Mapping[str, np.ndarray], chance: Chance) -> pd.DataFrame:
    """Return events as a log, by time."""
    import pandas as pd

    converted = events["channel"] < 0
    values = np.random.default_rng([chance.seed, 23]).lognormal(np.log(WORTH) - 0.125, 0.5, len(converted))
    names = np.array([*CHANNELS, ""], dtype=object)[events["channel"]]
    offset = pd.to_timedelta(np.round((events["day"] * 24 + events["hour"]) * 3600).astype(np.int64), unit="s")
    log = pd.DataFrame(
        {
            "user": events["user"],
            "time": pd.Timestamp(START) + offset,
            "channel": names,
            "event": np.where(converted, "conversion", "touch"),
            "value": np.where(converted, values.round(2), np.nan),
        }
    )
    return log.sort_values(["time", "user", "event"], ascending=[True, True, False], kind="stable", ignore_index=True)
