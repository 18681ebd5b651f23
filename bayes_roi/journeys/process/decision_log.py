"""A log of decisions: in which state what was done, what it brought, and which state came next."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from bayes_roi.draws import Evidence
from bayes_roi.errors import QueryError

ENDED = -1
"""The next state of a decision after which the episode ended."""
TARGETED = (
    "actions were not randomised: who was targeted may differ from who was not in more than the state tells "
    "(confounding by targeting), and that difference is taken for an effect of the action"
)


@dataclass(frozen=True, eq=False, repr=False)
class DecisionLog:
    """Logged decisions, the steps of an episode one after the other.

    Parameters
    ----------
    states, actions
        Their names.
    state, action
        Positions of what each step was in and what was done (steps,).
    reward
        What it brought, 0 or more, costs not deducted (steps,).
    after
        Position of the next state (steps,); -1 where the episode ended.
    episode
        The number of its episode, ascending (steps,).
    times
        How often the step was taken in a row, e.g. days on which nothing was done or came (steps,).
    propensity
        The probability with which the action was drawn (steps,); None where actions were not randomised.
    costs
        Of each action, deducted whenever it is done (actions,).
    features, feature_names
        What is known of states (states, features), for a learned transition model; None where nothing is.
    """

    states: tuple[str, ...]
    actions: tuple[str, ...]
    state: np.ndarray
    action: np.ndarray
    reward: np.ndarray
    after: np.ndarray
    episode: np.ndarray
    times: np.ndarray
    propensity: np.ndarray | None
    costs: np.ndarray
    features: np.ndarray | None = None
    feature_names: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.state)

    @property
    def evidence(self) -> Evidence:
        """What kind of evidence an answer from this log is: experimental where propensities were logged."""
        return Evidence.ASSUMED if self.propensity is None else Evidence.EXPERIMENTAL

    @property
    def reason(self) -> str:
        """Why it is only assumed; empty where it is not."""
        return TARGETED if self.propensity is None else ""

    @cached_property
    def starts(self) -> np.ndarray:
        """The first step of each episode (episodes,)."""
        return np.flatnonzero(np.diff(self.episode, prepend=-1))

    @cached_property
    def outcomes(self) -> np.ndarray:
        """How often each step ended how (states, actions, 2, states + 1).

        Without and with a reward, and in which next state; the end of an episode is the last of them.
        """
        s, a, n = len(self.states), len(self.actions), len(self.states) + 1
        after = np.where(self.after == ENDED, n - 1, self.after)
        cell = ((self.state * a + self.action) * 2 + (self.reward > 0)) * n + after
        return np.bincount(cell, self.times, s * a * 2 * n).reshape(s, a, 2, n)

    @cached_property
    def amounts(self) -> tuple[np.ndarray, np.ndarray]:
        """How many rewards above zero there were, and their sum (states, actions) each."""
        shape = (len(self.states), len(self.actions))
        cell, some = self.state * shape[1] + self.action, self.reward > 0
        counts, sums = (np.bincount(cell[some], x[some], shape[0] * shape[1]) for x in (self.times, self.reward))
        return counts.reshape(shape), sums.reshape(shape)

    def taken(self, episodes: np.ndarray) -> DecisionLog:
        """Return the steps of some episodes, by their positions, ascending."""
        number = np.cumsum(np.diff(self.episode, prepend=-1) != 0) - 1
        some = np.flatnonzero(np.isin(number, episodes))
        fields = ("state", "action", "reward", "after", "episode", "times")
        kept = {name: getattr(self, name)[some] for name in fields}
        return replace(self, **kept, propensity=None if self.propensity is None else self.propensity[some])

    def single(self, most: int | None = None) -> DecisionLog:
        """Return the log with each decision as a row of its own, of each episode the first `most`; all when None."""
        number = np.cumsum(np.diff(self.episode, prepend=-1) != 0) - 1
        before = np.cumsum(self.times) - self.times
        left = np.inf if most is None else most - (before - before[self.starts][number])
        rows = np.repeat(np.arange(len(self)), np.clip(left, 0, self.times).astype(np.int64))
        fields = ("state", "action", "reward", "after", "episode", "propensity")
        kept = {name: x[rows] for name in fields if (x := getattr(self, name)) is not None}
        return replace(self, **kept, times=np.ones(len(rows)))

    def same_names(self, states: tuple[str, ...], actions: tuple[str, ...]) -> None:
        """Raise unless its states and actions are these."""
        for what, own, known in (("states", self.states, states), ("actions", self.actions, actions)):
            if own != known:
                odd = [x for x in own if x not in known] or [x for x in known if x not in own] or list(own)
                raise QueryError(
                    f"the {what} are not those that were learned from: {', '.join(map(repr, odd[:3]))}; read the log "
                    f"with {what}={list(known)!r}"
                )

    def __repr__(self) -> str:
        how = "propensities logged" if self.propensity is not None else "not randomised"
        return (
            f"DecisionLog: {int(self.times.sum()):,} decisions in {len(self.starts):,} episodes, {len(self.states)} "
            f"states, {len(self.actions)} actions ({', '.join(self.actions)}); {how}"
        )
