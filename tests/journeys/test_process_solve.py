"""Value and policy iteration against brute force over all policies, each draw by itself."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from bayes_roi.errors import QueryError
from bayes_roi.journeys.process.solve import evaluated, one_hot, policy_iteration, to_go, value_iteration
from tests.journeys.process_worlds import world

DISCOUNT = 0.9


@pytest.fixture(scope="module")
def batch() -> tuple[np.ndarray, np.ndarray]:
    """Five processes at once."""
    rng = np.random.default_rng(5)
    worlds = [world(rng) for _ in range(5)]
    return np.stack([w.transitions for w in worlds]), np.stack([w.reward for w in worlds])


def test_policy_iteration_finds_what_no_policy_beats(batch: tuple[np.ndarray, np.ndarray]) -> None:
    moves, reward = batch
    best, values = policy_iteration(moves, reward, DISCOUNT)
    every = [
        evaluated(moves, reward, DISCOUNT, one_hot(np.tile(policy, (5, 1)), 3))
        for policy in itertools.product(range(3), repeat=3)
    ]
    np.testing.assert_allclose(values, np.max(every, axis=0), rtol=0, atol=1e-10)
    np.testing.assert_allclose(values, evaluated(moves, reward, DISCOUNT, one_hot(best, 3)), rtol=0, atol=1e-10)


def test_value_iteration_comes_to_the_same(batch: tuple[np.ndarray, np.ndarray]) -> None:
    best, values = policy_iteration(*batch, DISCOUNT)
    again, near = value_iteration(*batch, DISCOUNT, within=1e-10)
    np.testing.assert_array_equal(again, best)
    np.testing.assert_allclose(near, values, rtol=0, atol=1e-10)


def test_a_long_horizon_is_none(batch: tuple[np.ndarray, np.ndarray]) -> None:
    even = np.full((3, 3), 1 / 3)
    np.testing.assert_allclose(
        to_go(*batch, DISCOUNT, even, 200)[-1], evaluated(*batch, DISCOUNT, even), rtol=0, atol=1e-9
    )
    assert len(to_go(*batch, DISCOUNT, even, 4)) == 5


def test_without_a_discount_episodes_must_end(batch: tuple[np.ndarray, np.ndarray]) -> None:
    moves, reward = batch
    assert np.isfinite(policy_iteration(moves, reward, 1.0)[1]).all()
    with pytest.raises(QueryError, match="give a discount below 1"):
        policy_iteration(moves / moves.sum(axis=-1, keepdims=True), reward, 1.0)


def test_an_action_that_is_not_allowed_is_not_taken(batch: tuple[np.ndarray, np.ndarray]) -> None:
    best, _ = policy_iteration(*batch, DISCOUNT)
    allowed = np.ones((3, 3), bool)
    allowed[0, best[0, 0]] = False
    assert policy_iteration(*batch, DISCOUNT, allowed)[0][0, 0] != best[0, 0]


def test_value_iteration_says_when_it_does_not_end(batch: tuple[np.ndarray, np.ndarray]) -> None:
    with pytest.raises(QueryError, match="ask for policy iteration"):
        value_iteration(*batch, DISCOUNT, most=2)
