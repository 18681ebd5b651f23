"""Policies that learn while they spend: the world they meet, their regret, and that they can be repeated."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

import bayes_roi as br
from bayes_roi.decisions.policies.policy import POLICIES, Policy, _World, candidates
from bayes_roi.errors import QueryError
from tests.recovery.policy_study import CHANNELS, model_of, regret, truth_of

ROUNDS = 4


@pytest.fixture(scope="module")
def runs() -> dict[str, br.PolicyRun]:
    return {p: _run(p) for p in POLICIES}


def _run(policy: Policy) -> br.PolicyRun:
    model, truth = model_of("new"), truth_of("new", 3)
    return br.simulate_policy(model, truth, policy=policy, rounds=ROUNDS, history=20, draws=200, seed=3)


def test_the_world_shows_what_was_spent_and_its_past_does_not_change():
    world = _World(model_of("in use"), truth_of("in use", 1), 20, rounds=3, periods=4, seed=1)
    spends = [np.array([4000.0, 0.0, 800.0]), np.array([0.0, 100.0, 0.0])]
    before, one, two = world.seen([]), world.seen(spends[:1]), world.seen(spends)
    assert [before.rows, one.rows, two.rows] == [20, 24, 28]
    for name in before.columns:
        np.testing.assert_array_equal(one.columns[name][:20], before.columns[name])
        np.testing.assert_array_equal(two.columns[name][:24], one.columns[name])
    assert one.columns["tv_spend"][20:].tolist() == [1000.0] * 4
    assert two.columns["search_spend"][24:].tolist() == [25.0] * 4
    other = world.seen([2 * spends[0]])  # the same noise: the difference is what the money earned
    effects = [truth_of("in use", 1).parameters[f"sales.{c}_spend.effect"] for c in CHANNELS]
    np.testing.assert_allclose(other.columns["sales"][20:] - one.columns["sales"][20:], effects @ spends[0] / 4)


def test_regret_is_what_the_best_plan_earns_more_under_the_truth(runs):
    truth = truth_of("new", 3)
    worth = np.array([truth.parameters[f"sales.{c}_spend.effect"] for c in CHANNELS]) - 1
    spent = _World(model_of("new"), truth, 20, ROUNDS, 4, 3).usual
    plans = candidates(spent / spent.sum(), CHANNELS)
    earned = {name: 4 * spent.sum() * worth @ share for name, share in plans.items()}
    for run in runs.values():
        np.testing.assert_allclose(run.regret, [max(earned.values()) - earned[p] for p in run.plans], atol=1e-6)
        assert set(run.best) == {max(earned, key=earned.__getitem__)}
        np.testing.assert_allclose(run.spend, [4 * spent.sum() * plans[p] for p in run.plans])
        np.testing.assert_allclose(run.cumulative[-1], run.regret.sum())
        assert len(run.to_frame()) == ROUNDS


def test_the_same_seed_gives_the_same_run(runs):
    for policy in POLICIES:
        again = _run(policy)
        assert again.plans == runs[policy].plans
        np.testing.assert_array_equal(again.regret, runs[policy].regret)


def test_a_channel_overlooked_is_found_by_policies_that_learn_and_never_by_point_estimates():
    """`python -m tests.recovery.policy_study` is the long form, with worlds in which learning does not pay so soon."""
    curves = {p: np.array([regret("overlooked", p, seed, rounds=7) for seed in range(3)]) for p in POLICIES}
    assert (np.diff(curves["point"]) > 0.5 * curves["point"][:, :1]).all()  # it goes on losing
    for policy in ("thompson", "value_of_information"):
        assert curves[policy][:, -1].mean() < 0.7 * curves["point"][:, -1].mean()


def test_candidates_are_finite_different_and_within_the_budget():
    plans = candidates(np.array([0.5, 0.3, 0.2]), CHANNELS)
    shares = np.array(list(plans.values()))
    assert (shares.sum(axis=1) <= 1 + 1e-9).all()
    assert (shares >= 0).all()
    assert len({tuple(s.round(9)) for s in shares}) == len(plans)
    assert all(any(np.allclose(s, corner) for s in shares) for corner in np.eye(3))


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (
            {"policy": "thomson"},
            "policy must be one of point, thompson, value_of_information, got 'thomson', did",
        ),
        ({"rounds": 0}, "rounds must be a whole number, 1 or more, got 0"),
        ({"periods": 0}, "periods must be a whole number, 1 or more, got 0"),
        ({"history": True}, "history must be a whole number, 1 or more, got True"),
        ({"budget": 0}, "budget must be an amount of money above zero, got 0"),
    ],
)
def test_a_policy_that_cannot_be_simulated_says_why(changes, message):
    with pytest.raises(QueryError) as error:
        br.simulate_policy(model_of("new"), truth_of("new", 1), **changes)
    assert str(error.value).startswith(message)


def test_exchangeable_rows_and_hidden_nodes_have_no_policy():
    model = model_of("new")
    with pytest.raises(QueryError, match="no time: or no channels:"):
        br.simulate_policy(replace(model, time=None), truth_of("new", 1))
    hidden = br.read_model(br.shipped("models/hidden_demand.yaml"))
    with pytest.raises(QueryError, match="whose nodes are all observed"):
        br.simulate_policy(hidden, truth_of("new", 1))
