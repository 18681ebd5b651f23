"""Small decision processes with a known truth, and logs of them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

import bayes_roi as br


@dataclass(frozen=True)
class World:
    """A process whose episodes may end: transitions (S, A, S) sum to less than one, rewards come by chance."""

    transitions: np.ndarray
    rate: np.ndarray  # of a reward
    amount: np.ndarray  # its mean, gamma with shape 4

    @property
    def reward(self) -> np.ndarray:
        return self.rate * self.amount


def world(rng: np.random.Generator, states: int = 3, actions: int = 3, end: float = 0.2) -> World:
    moves = rng.dirichlet(np.ones(states), size=(states, actions)) * (1 - end)
    return World(moves, rng.uniform(0.1, 0.5, (states, actions)), rng.uniform(5, 10, (states, actions)))


def log_of(truth: World, behaviour: np.ndarray, episodes: int, rng: np.random.Generator) -> pd.DataFrame:
    """Return a log of episodes under a behaviour (S, A), with propensities."""
    s_count = len(truth.rate)
    state = rng.integers(s_count, size=episodes)
    alive, rows = np.arange(episodes), []
    for _ in range(200):
        at = state[alive]
        action = (behaviour[at].cumsum(axis=1) < rng.random((len(at), 1))).sum(axis=1)
        got = rng.random(len(at)) < truth.rate[at, action]
        reward = np.where(got, rng.gamma(4.0, truth.amount[at, action] / 4), 0.0)
        chances = truth.transitions[at, action].cumsum(axis=1)
        after = (chances < rng.random((len(at), 1))).sum(axis=1)
        ended = after == s_count
        names = np.where(ended, "", np.array([f"s{i}" for i in range(s_count)] + [""])[after])
        rows.append(
            pd.DataFrame(
                {
                    "episode": alive,
                    "state": [f"s{i}" for i in at],
                    "action": [f"a{i}" for i in action],
                    "reward": reward,
                    "next_state": names,
                    "propensity": behaviour[at, action],
                }
            )
        )
        state[alive] = np.where(ended, 0, after)
        alive = alive[~ended]
        if not len(alive):
            break
    return pd.concat(rows).sort_values("episode", kind="stable", ignore_index=True)


def decisions(truth: World, behaviour: np.ndarray, episodes: int, rng: np.random.Generator) -> br.DecisionLog:
    s, a = truth.rate.shape
    table = log_of(truth, behaviour, episodes, rng)
    return br.read_decisions(table, states=[f"s{i}" for i in range(s)], actions=[f"a{i}" for i in range(a)])
