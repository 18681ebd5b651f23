r"""Value iteration and policy iteration, for all draws of a process at once (Puterman 1994, sections 6.3 and 6.4).

A process has transitions $P$ (..., states, actions, states), whose rows sum to less than one where an episode may end,
rewards $r$ (..., states, actions) and a discount. $Q = r + \gamma P V$, $V = \max_a Q$.
"""

from __future__ import annotations

import numpy as np

from bayes_roi.errors import QueryError

MOST_ROUNDS = 200
SAME = 1e-10
"""Share of the largest value by which another action must be better to be taken instead."""


def action_values(transitions: np.ndarray, reward: np.ndarray, discount: float, values: np.ndarray) -> np.ndarray:
    """Return Q (..., states, actions) by the values of next states (..., states)."""
    return np.asarray(reward + discount * (transitions @ values[..., None, :, None])[..., 0])


def evaluated(transitions: np.ndarray, reward: np.ndarray, discount: float, policy: np.ndarray) -> np.ndarray:
    r"""Return the values (..., states) of a policy, $V = (I - \gamma P_\pi)^{-1} r_\pi$.

    Parameters
    ----------
    transitions, reward, discount
        The process.
    policy
        Probabilities of actions (..., states, actions).

    Raises
    ------
    QueryError
        When the values are infinite: nothing is discounted and an episode need not end.
    """
    moves = np.einsum("...sa,...sat->...st", policy, transitions)
    gains = np.einsum("...sa,...sa->...s", policy, reward)
    chain = np.eye(moves.shape[-1]) - discount * moves
    endless = "without a discount an episode that need not end has no value; give a discount below 1"
    try:
        found = np.linalg.solve(chain, gains[..., None])[..., 0]
    except np.linalg.LinAlgError:
        raise QueryError(endless) from None
    if not np.isfinite(found).all() or (
        discount == 1 and np.abs(found).max() > 1e12 * max(np.abs(gains).max(), 1e-300)
    ):
        raise QueryError(endless)
    return np.asarray(found)


def to_go(
    transitions: np.ndarray, reward: np.ndarray, discount: float, policy: np.ndarray, horizon: int | None
) -> list[np.ndarray]:
    """Return the values (..., states) of a policy with 0, 1, ... `horizon` decisions left; without end when None."""
    if horizon is None:
        return [evaluated(transitions, reward, discount, policy)]
    found = [np.zeros(reward.shape[:-1])]
    for _ in range(horizon):
        found.append((policy * action_values(transitions, reward, discount, found[-1])).sum(axis=-1))
    return found


def policy_iteration(
    transitions: np.ndarray, reward: np.ndarray, discount: float, allowed: np.ndarray | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """Return the best actions (..., states) and their values (..., states), each draw by itself.

    Parameters
    ----------
    transitions, reward, discount
        The process.
    allowed
        Which actions may be done in which state (states, actions); all when None.
    """
    reward = reward if allowed is None else np.where(allowed, reward, -np.inf)
    best = reward.argmax(axis=-1)
    finite = np.where(np.isfinite(reward), reward, 0.0)
    for _ in range(MOST_ROUNDS):
        values = evaluated(transitions, finite, discount, one_hot(best, reward.shape[-1]))
        q = action_values(transitions, reward, discount, values)
        better = q.max(axis=-1) > np.take_along_axis(q, best[..., None], -1)[..., 0] + SAME * np.abs(values).max()
        if not better.any():
            return best, values
        best = np.where(better, q.argmax(axis=-1), best)
    raise QueryError(f"policy iteration did not end in {MOST_ROUNDS} rounds")  # finitely many policies: it does


def value_iteration(
    transitions: np.ndarray, reward: np.ndarray, discount: float, *, within: float = 1e-8, most: int = 100_000
) -> tuple[np.ndarray, np.ndarray]:
    r"""Return the best actions and their values as `policy_iteration` does, by repeating $V = \max_a Q$.

    It ends when the values are within `within` of the best ones: $|V' - V| < (1 - \gamma) / \gamma \cdot$ `within`.

    Raises
    ------
    QueryError
        When that takes more than `most` rounds, as with a discount close to one.
    """
    values = np.zeros(reward.shape[:-1])
    enough = within * (1 - discount) / discount if discount < 1 else within
    for _ in range(most):
        q = action_values(transitions, reward, discount, values)
        moved, values = np.abs(q.max(axis=-1) - values).max(), q.max(axis=-1)
        if moved < enough:
            return q.argmax(axis=-1), values
    raise QueryError(f"value iteration did not come to an end in {most:,} rounds; ask for policy iteration")


def one_hot(best: np.ndarray, actions: int) -> np.ndarray:
    """Return the best actions (..., states) as probabilities (..., states, actions)."""
    return np.asarray(np.eye(actions)[best])
