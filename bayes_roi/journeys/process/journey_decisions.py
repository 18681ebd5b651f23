"""Decisions of a touch log, one a day and user: `br.journey_decisions`.

An episode is a user, from the day after his first event to the end of the log. On each day the advertiser does one of
his actions or none; the state is the channel of the last touch before that day and how many touches there were
since the last conversion, or that he bought, or that he has lapsed. No episode ends: a journey that is left alone does
not take the purchases with it that would have come later anyway. Days without an event are counted and not written out:
a run of them is one step that is taken several times.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from bayes_roi.errors import QueryError
from bayes_roi.guards import known_channel, whole_number
from bayes_roi.journeys.counts.events import Events, events, joined, persons
from bayes_roi.journeys.counts.slices import slices
from bayes_roi.journeys.log.touch_log import TouchLog
from bayes_roi.journeys.process.decision_log import DecisionLog
from bayes_roi.journeys.process.read_decisions import costs_of

NONE, BOUGHT, LAPSED = "none", "bought", "lapsed"
BOT_TOUCHES = 200


def journey_decisions(
    log: TouchLog,
    actions: Sequence[str],
    *,
    gap: int = 30,
    touches: int = 3,
    reward: str = "value",
    costs: Mapping[str, float] | None = None,
    bot_touches: int = BOT_TOUCHES,
) -> DecisionLog:
    """Return the decisions of a touch log: on each day of a user, after his first in the log, an action or none.

    Parameters
    ----------
    log
        What `read_log` returns.
    actions
        Channels whose touches the advertiser decides on. Of several on a day the last one is taken. "none" is added.
    gap
        Days without an event after which a user has lapsed.
    touches
        Touches that the state counts to; more are as many.
    reward
        "value" of a conversion, or "conversions", each of which brings 1.
    costs
        Channel -> what one touch costs, in the unit of the reward.
    bot_touches
        Users with more touches in a day are set aside.

    Returns
    -------
    DecisionLog
        States are "last touch, touches so far", e.g. "email, 2", "bought" and "lapsed"; features of states are the last
        channel, the logarithm of the touches, and these two. Evidence assumed: who is targeted differs from who is not.

    Raises
    ------
    QueryError
        When an option is not as it must be, or nobody is in the log for a second day.

    Examples
    --------
    >>> import bayes_roi as br
    >>> log = br.read_log(br.shipped("data/journeys.csv"))
    >>> br.journey_decisions(log, ["display", "email", "social"]).actions
    ('none', 'display', 'email', 'social')
    """
    if isinstance(actions, str) or not actions or len(set(actions)) < len(actions):
        raise QueryError(f"actions must be channels, each once, got {actions!r}")
    for name in actions:
        known_channel(name, log.channels, "actions: ")
    whole_number(gap, "gap", 1)
    whole_number(touches, "touches", 1, 20)
    whole_number(bot_touches, "bot_touches", 1)
    if reward not in ("value", "conversions"):
        raise QueryError(f"reward must be value or conversions, got {reward!r}")
    people = joined([persons(events(log, part)[0], len(log.channels), bot_touches)[0] for part in slices(log)])
    names = (NONE, *actions)
    states = (*(f"{c}, {n}" for c in log.channels for n in range(1, touches + 1)), BOUGHT, LAPSED)
    code = np.zeros(len(log.channels) + 1, np.int64)
    code[[log.channels.index(a) for a in actions]] = np.arange(1, len(names))
    steps = _steps(people, code, touches=touches, gap=gap, in_value=reward == "value")
    if not len(steps["state"]):
        raise QueryError("nobody is in the log for a second day: there are no decisions")
    last = np.repeat(np.eye(len(log.channels) + 2), [touches] * len(log.channels) + [1, 1], axis=0)
    often = np.append(np.tile(np.log(np.arange(1, touches + 1)), len(log.channels)), [0.0, 0.0])
    return DecisionLog(
        states,
        names,
        propensity=None,
        costs=costs_of(costs or {}, names),
        features=np.column_stack([last, often]),
        feature_names=(*log.channels, BOUGHT, LAPSED, "log touches"),
        **steps,
    )


def _steps(found: Events, code: np.ndarray, *, touches: int, gap: int, in_value: bool) -> dict[str, np.ndarray]:
    """Return the steps of all users: days with an event, and runs of days without one after each of them."""
    k = len(code) - 1
    bought, lapsed = k * touches, k * touches + 1
    converts, day = found.code == k, found.day
    anew = np.diff(found.user, prepend=-1) != 0  # touches are counted anew
    anew[1:] |= converts[:-1] | (np.diff(day) > gap)
    count = _counted(~converts, anew)
    own_state = np.where(converts, bought, found.code.astype(np.int64) * touches + np.minimum(count, touches) - 1)
    cell = (np.diff(found.user, prepend=-1) != 0) | (np.diff(day, prepend=day[0] - 1) != 0)  # a day of a user
    number, first = np.cumsum(cell) - 1, np.flatnonzero(cell)
    last = np.append(first[1:], len(found)) - 1
    user, when, state = found.user[first], day[first], own_state[last]
    amounts = np.where(converts, found.value if in_value else 1.0, 0.0)
    gained = np.bincount(number, amounts, len(first))
    acted = np.zeros(len(first), np.int64)
    moves = np.flatnonzero(code[found.code] > 0)
    acted[number[moves]] = code[found.code[moves]]  # the last one of the day stays
    opens = np.diff(user, prepend=-1) != 0
    until = np.where(np.append(opens[1:], True), day.max() + 1, np.append(when[1:], 0))
    idle = until - when - 1
    lapses = idle >= gap
    before = np.where(lapses, lapsed, state)  # the state in which the next day with an event begins
    zero = np.zeros(len(first), np.int64)
    parts = [  # which, state, action, reward, next state, times
        (~opens, np.append(0, before[:-1]), acted, gained, state, zero + 1),
        (np.minimum(idle, gap) - lapses > 0, state, zero, zero, state, np.minimum(idle, gap) - lapses),
        (lapses, state, zero, zero, zero + lapsed, zero + 1),
        (idle > gap, zero + lapsed, zero, zero, zero + lapsed, idle - gap),
    ]
    names = ("state", "action", "reward", "after", "times")
    whole = {n: np.concatenate([part[i + 1][part[0]] for part in parts]) for i, n in enumerate(names)}
    place = np.concatenate([len(parts) * np.flatnonzero(part[0]) + i for i, part in enumerate(parts)])
    order = np.argsort(place, kind="stable")
    steps = {n: values[order].astype(float if n in ("reward", "times") else np.int64) for n, values in whole.items()}
    return steps | {"episode": user[place[order] // len(parts)]}


def _counted(touch: np.ndarray, anew: np.ndarray) -> np.ndarray:
    """Return how many touches there were up to each event since the count began anew.

    >>> _counted(np.array([1, 1, 0, 1], bool), np.array([1, 0, 0, 1], bool)).tolist()
    [1, 2, 2, 1]
    """
    total = np.cumsum(touch)
    before = (total - touch)[np.maximum.accumulate(np.where(anew, np.arange(len(anew)), 0))]
    return np.asarray(total - before)
