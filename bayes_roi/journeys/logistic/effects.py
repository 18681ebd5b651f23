"""What taking a channel's touches out would change: `br.touch_effects`."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING, Literal, get_args

import numpy as np

from bayes_roi.draws import Draws, Evidence, evidence_array
from bayes_roi.errors import QueryError
from bayes_roi.guards import is_number, known_channel, whole_number
from bayes_roi.journeys.log.touch_log import TouchLog
from bayes_roi.journeys.logistic.days import UserDays, user_days
from bayes_roi.journeys.logistic.intent import intent_table
from bayes_roi.journeys.logistic.posterior import Posterior, Regression, posterior
from bayes_roi.journeys.logistic.removed import removed
from bayes_roi.journeys.logistic.unseen import UnseenIntent
from bayes_roi.labelled import Labelled, along
from bayes_roi.numbers import percent, ratio
from bayes_roi.plain_text import listed

if TYPE_CHECKING:
    import pandas as pd

Unit = Literal["share", "conversions", "value"]
CHAINS = 4
DRAWS = 1_000
KEPT = 0.8
BOT_TOUCHES = 200
FETCHED = 0.3
"""Share of touches on the day of a purchase, from which they look as if fetched on the way to the checkout."""
WITHOUT = (
    "without intent: channels that people use because they are about to buy get what their intent did; give the "
    "intent where it was measured, or unobserved=br.UnseenIntent(...)"
)
MEASURED = "given the measured intent nothing else may move both touches and purchases of a day"
UNSEEN = "an unseen intent is as strong as its priors say, and nothing else moves both touches and purchases of a day"


def touch_effects(
    log: TouchLog,
    *,
    intent: pd.DataFrame | None = None,
    unobserved: UnseenIntent | None = None,
    unit: Unit = "share",
    kept: float = KEPT,
    lagged: Collection[str] = (),
    prior_sd: float = 2.5,
    bot_touches: int = BOT_TOUCHES,
    draws: int = DRAWS,
    seed: int = 0,
) -> Draws:
    r"""Return how many conversions there would be fewer without each channel's touches, by a regression on users' days.

    Purchases of a day are regressed on the touches that are remembered (Bayesian logistic regression), and each
    channel's are then taken out of all days (g-computation). What a channel leads people to, as display to
    brand searches, is held: it is the channel's own effect.

    Parameters
    ----------
    log
        What `read_log` returns.
    intent
        How much each user wanted to buy, as it was measured before the touches of the day: columns user, time (a day
        or a stamp) and intent; a value holds until the next one. Days before the first one are left out.
    unobserved
        Priors of an intent that was not measured, whose part is taken off the coefficients.
    unit
        "share" of the conversions; "conversions"; or "value", in money, where a conversion is worth as much whatever
        led to it.
    kept
        Share of what a touch adds that is left a day later; half of it in log(0.5) / log(kept) days.
    lagged
        Channels whose touches count from the next day on, as of affiliates that are fetched on the way to the checkout:
        on the day itself the purchase came before the touch.
    prior_sd
        Standard deviation, a priori, of what one touch adds to the log-odds of buying, and two standard deviations of
        the intent.
    bot_touches
        Users with more touches in a day are set aside.
    draws
        How many, a hundred or more.
    seed
        The same seed gives the same draws.

    Returns
    -------
    Draws
        Dim `channel`. Evidence assumed with an intent, measured or unobserved, otherwise descriptive. They do not
        sum to the whole: most conversions may have come without any touch.

    Raises
    ------
    DataError
        When the table of intent is not as it must be.
    QueryError
        When an option is not as it must be, nobody bought after a touch, or the posterior cannot be trusted.

    Notes
    -----
    Days, the posterior, g-computation and the unseen intent are a file each of `bayes_roi/journeys/logistic/`, with
    their sources.

    Examples
    --------
    >>> import bayes_roi as br
    >>> log = br.read_log(br.shipped("data/journeys.csv"))
    >>> br.touch_effects(log, lagged=["affiliate"], draws=200).words().array[()]
    'descriptive'
    """
    _checked(log, unobserved, unit, kept, lagged, prior_sd)
    count = -(-whole_number(draws, "draws", 100) // CHAINS) * CHAINS
    whole_number(bot_touches, "bot_touches", 1)
    rng = np.random.default_rng([whole_number(seed, "seed", 0), 31])
    table = None if intent is None else intent_table(intent, log.time_zone)
    days = user_days(log, kept=float(kept), lagged=lagged, intent=table, bot_touches=bot_touches)
    if unit == "value" and not days.value > 0:
        raise QueryError("no conversion has a value; name its column with read_log(..., columns={'value': ...})")
    regression = Regression.of(days.rows, float(prior_sd))
    found = posterior(regression, count, rng)
    share = _shares(days, regression, found, unobserved, rng)
    total = {"share": 1.0, "conversions": float(days.conversions), "value": days.value}[unit]
    return _draws_of(share * total, days, found, unit, intent is not None, unobserved, lagged)


def _checked(
    log: TouchLog, unobserved: UnseenIntent | None, unit: Unit, kept: float, lagged: Collection[str], prior_sd: float
) -> None:
    if not isinstance(log, TouchLog):
        raise QueryError(f"effects are found in what br.read_log returns, got a {type(log).__name__}")
    if unit not in get_args(Unit):
        raise QueryError(f"unit must be share, conversions or value, got {unit!r}")
    if not is_number(kept) or not 0 < kept < 1:
        raise QueryError(f"kept must be in (0, 1), the share of a touch that is left a day later, got {kept!r}")
    if not is_number(prior_sd) or prior_sd <= 0:
        raise QueryError(f"prior_sd must be a number above zero, got {prior_sd!r}")
    if isinstance(lagged, str):
        raise QueryError(f"lagged must be a list of channels, e.g. [{lagged!r}]")
    for name in lagged:
        known_channel(name, log.channels, "lagged: ")
    if unobserved is not None and not isinstance(unobserved, UnseenIntent):
        raise QueryError(f"unobserved must be a br.UnseenIntent, got a {type(unobserved).__name__}")


def _shares(
    days: UserDays, regression: Regression, found: Posterior, unobserved: UnseenIntent | None, rng: np.random.Generator
) -> np.ndarray:
    """Return shares of the conversions (draws, channels); those before any touch counted are nobody's."""
    adds = found.points[:, 1 : 1 + len(days.channels)]
    if unobserved is not None:
        adds = adds - unobserved.drawn(days.channels, len(adds), rng)
    total, fewer = removed(days.rows, regression, found.points, adds)
    a_day = days.counted / days.rows.bought.sum()  # conversions on a day with a purchase
    return np.asarray(a_day * fewer / (a_day * total + days.before)[:, None])


def _draws_of(
    values: np.ndarray,
    days: UserDays,
    found: Posterior,
    unit: Unit,
    measured: bool,
    unobserved: UnseenIntent | None,
    lagged: Collection[str],
) -> Draws:
    known = measured or unobserved is not None
    what = {"share": "share of conversions", "conversions": "conversions", "value": "value of conversions"}[unit]
    array = values.reshape(CHAINS, -1, len(days.channels))
    return Draws(
        values=Labelled(array, ("chain", "draw", "channel"), along(channel=list(days.channels))),
        unit="share of conversions" if unit == "share" else unit,
        estimand=f"effect of taking a channel's touches out: {what}",
        evidence=evidence_array(Evidence.ASSUMED if known else Evidence.DESCRIPTIVE),
        note="; ".join(_notes(days, found, measured, unobserved, lagged)),
        reason=UNSEEN if unobserved is not None else MEASURED if measured else "",
    )


def _notes(
    days: UserDays, found: Posterior, measured: bool, unobserved: UnseenIntent | None, lagged: Collection[str]
) -> list[str]:
    """Return what must be known beside the numbers."""
    notes = [] if measured or unobserved is not None else [WITHOUT]
    notes += [] if unobserved is None else [f"unseen intent: {unobserved.told}"]
    if days.without_intent:
        share = days.without_intent / (days.without_intent + days.rows.days.sum())
        notes.append(f"{percent(share)} of the days of users are left out, as no intent had been measured")
    near = days.before_purchase / np.maximum(days.touches, 1)
    fetched = [c for c, x in zip(days.channels, near, strict=True) if x > FETCHED and c not in lagged]
    if fetched:
        notes.append(
            f"many touches of {listed(fetched)} come on the day of a purchase; if they are fetched on the way to the "
            f"checkout, say lagged={fetched!r}"
        )
    return [*notes, f"Pareto k of the weights of draws {ratio(found.pareto_k)}"]
