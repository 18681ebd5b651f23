"""DQN and policy gradients find the policy of policy iteration in the environment of a posterior."""

from __future__ import annotations

import numpy as np
import pytest

import bayes_roi as br
from tests.journeys.rl_study import LEARNED, learned, plain_world, process_of

pytest.importorskip("stable_baselines3", reason="the extra `rl` is not installed")


@pytest.mark.parametrize("name", LEARNED)
def test_it_finds_the_best_actions_of_a_known_process(name: str) -> None:
    truth, best = plain_world()
    process = process_of(truth)
    np.testing.assert_array_equal(br.best_policy(process).probabilities.argmax(axis=1), best)
    np.testing.assert_array_equal(learned(name, process), best)
