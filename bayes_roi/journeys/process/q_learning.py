r"""Q-learning over a log, in no model of transitions at all: `br.q_learning` (Watkins and Dayan 1992)."""

from __future__ import annotations

import numpy as np

from bayes_roi.errors import QueryError
from bayes_roi.guards import is_share, whole_number
from bayes_roi.journeys.process.decision_log import ENDED, DecisionLog
from bayes_roi.journeys.process.policy import ActionPolicy
from bayes_roi.journeys.process.solve import one_hot

RATE_POWER = 0.7
"""Learning rates are visits to the power of minus this: their sum diverges, that of their squares does not."""


def q_learning(log: DecisionLog, *, discount: float = 0.99, passes: int = 200, seed: int = 0) -> ActionPolicy:
    r"""Return the greedy policy of Q-learning, the log replayed in random order.

    $Q(s, a) \leftarrow Q(s, a) + \alpha (r - c_a + \gamma \max_{a'} Q(s', a') - Q(s, a))$ with $\alpha = n^{-0.7}$ at
    the n-th visit. It comes to the best policy of the frequencies in the log, and knows nothing of their uncertainty:
    `decision_process` does.

    Parameters
    ----------
    log
        What `read_decisions` or `journey_decisions` returns.
    discount
        What a reward one decision later counts, in (0, 1].
    passes
        How often the log is replayed.
    seed
        Of its order.

    Returns
    -------
    ActionPolicy
        One action a state, of those that were tried there; it cannot be updated.

    Raises
    ------
    QueryError
        When an option is not as it must be.
    """
    values = q_values(log, discount=discount, passes=passes, seed=seed)
    tried = log.outcomes.sum(axis=(2, 3)) > 0
    tried |= ~tried.any(axis=1, keepdims=True)
    best = np.where(tried, values, -np.inf).argmax(axis=1)
    return ActionPolicy(
        "best", log.states, log.actions, one_hot(best, len(log.actions)), log.evidence, log.reason, discount=discount
    )


def q_values(log: DecisionLog, *, discount: float, passes: int, seed: int) -> np.ndarray:
    """Return Q (states, actions) after the log was replayed; steps between the same states are taken together."""
    if not is_share(discount):
        raise QueryError(f"discount must be in (0, 1], got {discount!r}")
    whole_number(passes, "passes", 1)
    pair = log.state * len(log.actions) + log.action
    kinds, which = np.unique(np.column_stack([log.state, log.action, log.after]), axis=0, return_inverse=True)
    often = np.bincount(which.ravel(), log.times)
    gain = np.bincount(which.ravel(), log.reward) / often - log.costs[kinds[:, 1]]
    share = often / np.bincount(pair, log.times)[kinds[:, 0] * len(log.actions) + kinds[:, 1]]
    tried = log.outcomes.sum(axis=(2, 3)) > 0
    values, visits = np.where(tried, 0.0, -np.inf), np.zeros(tried.shape)
    values[~tried.any(axis=1)] = 0.0
    rng = np.random.default_rng([whole_number(seed, "seed", 0), 4])
    for _ in range(passes):
        for i in rng.permutation(len(kinds)):
            s, a, after = kinds[i]
            visits[s, a] += share[i]
            rate = min(1.0, share[i] * max(visits[s, a], 1.0) ** -RATE_POWER)
            following = 0.0 if after == ENDED else discount * values[after].max()
            values[s, a] += rate * (gain[i] + following - values[s, a])
    return np.where(tried, values, 0.0)
