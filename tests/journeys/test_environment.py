"""The Gymnasium environment of a posterior."""

from __future__ import annotations

import numpy as np
import pytest

import bayes_roi as br
from bayes_roi.errors import QueryError
from tests.journeys.process_worlds import decisions, world

pytest.importorskip("gymnasium", reason="the extra `rl` is not installed")


@pytest.fixture(scope="module")
def process() -> br.DecisionProcess:
    """A process of three states."""
    rng = np.random.default_rng(61)
    return br.decision_process(decisions(world(rng), np.full((3, 3), 1 / 3), 400, rng), discount=0.9, draws=200)


def test_it_is_an_environment_as_gymnasium_has_them(process: br.DecisionProcess) -> None:
    from gymnasium.utils.env_checker import check_env

    check_env(br.journey_environment(process), skip_render_check=True)


def test_what_a_policy_earns_in_it_is_its_posterior_mean_value(process: br.DecisionProcess) -> None:
    policy = br.best_policy(process)
    env, total = br.journey_environment(process, start="s1"), []
    env.reset(seed=5)
    for _ in range(3_000):
        seen, _ = env.reset()
        value, factor, over = 0.0, 1.0, False
        while not over:
            action = int(policy.probabilities[int(seen.argmax())].argmax())
            seen, reward, ended, cut, _ = env.step(np.int64(action))
            value, factor, over = value + factor * float(reward), factor * process.discount, ended or cut
        total.append(value)
    expected = float(br.policy_value(process, policy).sel(state="s1").mean())
    assert abs(np.mean(total) - expected) < 4 * np.std(total) / np.sqrt(len(total))


def test_episodes_are_of_different_draws_and_repeat_with_the_seed(process: br.DecisionProcess) -> None:
    env = br.journey_environment(process, scale=10.0)
    first = [env.reset(seed=1)[1]["draw"], *(env.reset()[1]["draw"] for _ in range(20))]
    again = [env.reset(seed=1)[1]["draw"], *(env.reset()[1]["draw"] for _ in range(20))]
    assert first == again
    assert len(set(first)) > 10


def test_options_that_are_not_as_they_must_be(process: br.DecisionProcess) -> None:
    with pytest.raises(QueryError, match="start must be a state"):
        br.journey_environment(process, start="s7")
    with pytest.raises(QueryError, match="above zero"):
        br.journey_environment(process, scale=0.0)
