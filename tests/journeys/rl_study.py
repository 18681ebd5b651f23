"""Policy iteration beside quantecon's, and beside DQN and PPO of Stable-Baselines3 on `br.journey_environment`.

    python -m tests.journeys.rl_study [PROCESSES]

Needs the packages of benchmarks/peer/rl.txt; `make rl` runs it in an environment of its own.
"""

from __future__ import annotations

import sys
from typing import Any

import numpy as np

import bayes_roi as br
from bayes_roi.journeys.process.solve import action_values, policy_iteration
from tests.journeys.process_worlds import World, decisions, world

DISCOUNT = 0.9
EPISODES = 4_000
LEARNED = {"DQN": 15_000, "PPO": 25_000}
"""Steps that a learner takes in the environment."""


def apart_from_quantecon(seed: int) -> float:
    """Return the largest difference of values to quantecon's, of a random process whose episodes may end."""
    from quantecon.markov import DiscreteDP

    rng = np.random.default_rng([81, seed])
    truth = world(rng, states=int(rng.integers(2, 9)), actions=int(rng.integers(2, 5)), end=float(rng.uniform(0, 0.4)))
    best, values = policy_iteration(truth.transitions, truth.reward, DISCOUNT)
    s, a = truth.reward.shape
    moves = np.zeros((s + 1, a, s + 1))  # quantecon has no end: a last state that is never left and brings nothing
    moves[:s, :, :s], moves[:s, :, s] = truth.transitions, 1 - truth.transitions.sum(axis=-1)
    moves[s, :, s] = 1.0
    peer = DiscreteDP(np.vstack([truth.reward, np.zeros(a)]), moves, DISCOUNT).solve(method="policy_iteration")
    assert (peer.sigma[:s] == best).all()
    return float(np.abs(peer.v[:s] - values).max())


def plain_world(states: int = 4) -> tuple[World, np.ndarray]:
    """Return a process whose best action is clearly the best in every state, and these actions."""
    for seed in range(1_000):
        truth = world(np.random.default_rng([82, seed]), states=states)
        best, values = policy_iteration(truth.transitions, truth.reward, DISCOUNT)
        q = np.sort(action_values(truth.transitions, truth.reward, DISCOUNT, values), axis=-1)
        greedy = truth.reward.argmax(axis=-1)
        if (q[:, -1] - q[:, -2]).min() > 0.15 * truth.reward.max() and (greedy != best).any():
            return truth, best
    raise AssertionError("no world has a clearly best action in every state")


def process_of(truth: World) -> br.DecisionProcess:
    """Return the posterior after a log in which all actions were drawn alike."""
    rng = np.random.default_rng(83)
    log = decisions(truth, np.full(truth.rate.shape, 1 / truth.rate.shape[1]), EPISODES, rng)
    return br.decision_process(log, discount=DISCOUNT, draws=200)


def learned(name: str, process: br.DecisionProcess, seed: int = 0) -> np.ndarray:
    """Return the actions that a learner of Stable-Baselines3 has found in the environment of a posterior (states,)."""
    import stable_baselines3
    import torch

    torch.set_num_threads(1)
    env = br.journey_environment(process, scale=float(process.reward.max()))
    options: dict[str, Any] = {
        "DQN": {"learning_rate": 1e-3, "exploration_fraction": 0.6, "target_update_interval": 250, "train_freq": 2},
        "PPO": {"learning_rate": 1e-3, "n_steps": 500, "batch_size": 100, "ent_coef": 0.005},
    }[name]
    learner = getattr(stable_baselines3, name)("MlpPolicy", env, gamma=DISCOUNT, seed=seed, device="cpu", **options)
    learner.learn(LEARNED[name])
    states = np.eye(len(process.states), dtype=np.float32)
    return np.array([int(learner.predict(row, deterministic=True)[0]) for row in states])


def main() -> None:
    count = int((*sys.argv[1:], "200")[0])
    worst = max(apart_from_quantecon(seed) for seed in range(count))
    print(f"policy iteration and quantecon on {count} random processes: same actions, values apart by {worst:.1e}")
    truth, best = plain_world()
    process = process_of(truth)
    print(f"best actions {best.tolist()}, for the next reward alone {truth.reward.argmax(axis=1).tolist()}")
    found = {"posterior mean": br.best_policy(process).probabilities.argmax(axis=1)}
    found |= {name: learned(name, process) for name in LEARNED}
    for name, actions in found.items():
        print(f"{name}: {actions.tolist()}{'' if (actions == best).all() else ' DIFFERS'}")
    sys.exit(0 if all((actions == best).all() for actions in found.values()) and worst < 1e-10 else 1)


if __name__ == "__main__":
    main()
