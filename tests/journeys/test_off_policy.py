"""Off-policy evaluation: known bandits and processes, closed forms, and the Open Bandit sample."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import bayes_roi as br
from bayes_roi.errors import QueryError
from bayes_roi.journeys.process.solve import to_go
from tests.journeys.process_worlds import decisions, log_of, world

METHODS = ("ips", "snips", "direct", "doubly_robust")
SAMPLE = Path(__file__).parent / "data"
RATE = np.array([[0.10, 0.30, 0.15], [0.40, 0.10, 0.20]])
LOGGED = np.array([[0.6, 0.2, 0.2], [0.2, 0.5, 0.3]])
NEW = np.array([[0.1, 0.8, 0.1], [0.7, 0.1, 0.2]])


def _bandit(rng: np.random.Generator, rounds: int = 1_000) -> br.DecisionLog:
    state = (rng.random(rounds) < 0.4).astype(int)
    action = (LOGGED[state].cumsum(axis=1) < rng.random((rounds, 1))).sum(axis=1)
    reward = (rng.random(rounds) < RATE[state, action]) * 1.0
    table = {"state": state, "action": action, "reward": reward, "propensity": LOGGED[state, action]}
    return br.read_decisions(pd.DataFrame(table), states=["0", "1"], actions=["0", "1", "2"])


def _policy(log: br.DecisionLog, probabilities: np.ndarray) -> br.ActionPolicy:
    chances = {s: dict(zip(log.actions, p, strict=True)) for s, p in zip(log.states, probabilities, strict=True)}
    return br.given_policy(log, chances)


def test_intervals_hold_the_value_of_a_new_policy_on_a_known_bandit() -> None:
    truth = float(np.array([0.6, 0.4]) @ (NEW * RATE).sum(axis=1))
    inside = dict.fromkeys(METHODS, 0)
    for seed in range(200):
        log = _bandit(np.random.default_rng([51, seed]))
        found = br.off_policy(log, _policy(log, NEW), draws=400, seed=seed)
        for name, draws in found.estimates.items():
            lower, upper = draws.arrays.interval(0.9)
            inside[name] += bool(lower.array < truth < upper.array)
    assert all(0.83 <= n / 200 <= 0.96 for n in inside.values()), inside


def test_intervals_hold_the_value_of_a_few_decisions_of_a_process() -> None:
    inside = dict.fromkeys(METHODS, 0)
    for seed in range(80):
        rng = np.random.default_rng([52, seed])
        truth = world(rng)
        behaviour, new = rng.dirichlet(np.full(3, 5.0), size=3), rng.dirichlet(np.full(3, 5.0), size=3)
        value = float(to_go(truth.transitions, truth.reward, 0.95, new, 3)[-1].mean())
        log = decisions(truth, behaviour, 400, rng)
        found = br.off_policy(log, _policy(log, new), horizon=3, discount=0.95, draws=400, seed=seed)
        for name, draws in found.estimates.items():
            lower, upper = draws.arrays.interval(0.9)
            inside[name] += bool(lower.array < value < upper.array)
    assert all(0.80 <= n / 80 <= 0.98 for n in inside.values()), inside


def test_the_logged_policy_is_what_it_was() -> None:
    log = _bandit(np.random.default_rng(1))
    found = br.off_policy(log, _policy(log, LOGGED))
    for name in ("ips", "snips"):
        np.testing.assert_allclose(found.estimates[name].arrays.values.array, found.logged.arrays.values.array)
    assert found.effective == pytest.approx(1_000)
    assert found.logged.arrays.mean().array[()] == pytest.approx(log.reward.mean(), abs=4e-3)


def test_the_estimates_are_their_formulas() -> None:
    log = _bandit(np.random.default_rng(2))
    found, weight = br.off_policy(log, _policy(log, NEW), draws=4_000), NEW[log.state, log.action] / log.propensity
    ips, snips = (weight * log.reward).mean(), (weight * log.reward).sum() / weight.sum()
    for name, value in (("ips", ips), ("snips", snips)):
        draws = found.estimates[name]
        assert float(draws.mean()) == pytest.approx(value, abs=5 * float(draws.sd()) / np.sqrt(4_000) + 1e-3)
    assert found.effective == pytest.approx(weight.sum() ** 2 / (weight**2).sum())


def test_runs_of_a_step_are_so_many_decisions() -> None:
    """A log with a step of three times is the log with the step three times."""
    rng = np.random.default_rng(3)
    rows = log_of(world(rng), np.full((3, 3), 1 / 3), 60, rng)
    runs = br.read_decisions(rows)
    stays = (runs.state == runs.after) & (runs.reward == 0)
    assert stays.any()
    run = np.where(stays, 3, 1)
    written = br.read_decisions(rows.loc[np.repeat(rows.index, run)].reset_index(drop=True))
    from dataclasses import replace

    short = replace(runs, times=run.astype(float))
    np.testing.assert_array_equal(short.outcomes, written.outcomes)
    even = br.given_policy(short)
    for horizon in (None, 4):
        a, b = (br.off_policy(x, even, horizon=horizon, draws=100) for x in (short, written))
        for name in METHODS:
            np.testing.assert_allclose(a.estimates[name].arrays.values.array, b.estimates[name].arrays.values.array)


def test_targeting_misleads_and_is_only_assumed() -> None:
    """Who buys anyway is targeted: without propensities by what is hidden the value is wrong, and labelled so."""
    rng = np.random.default_rng(4)
    keen = rng.random(4_000) < 0.3
    mail = rng.random(4_000) < np.where(keen, 0.8, 0.1)
    table = pd.DataFrame(
        {
            "state": "any",
            "action": np.where(mail, "mail", "none"),
            "reward": (rng.random(4_000) < 0.05 + 0.3 * keen) * 1.0,
        }
    )
    log = br.read_decisions(table)
    blind = br.off_policy(log, br.given_policy(log, {"any": {"mail": 1.0}}))
    right = br.read_decisions(
        table.assign(
            propensity=np.where(mail, 1, 0) * np.where(keen, 0.8, 0.1) + np.where(mail, 0, 1) * np.where(keen, 0.2, 0.9)
        )
    )
    known = br.off_policy(right, br.given_policy(right, {"any": {"mail": 1.0}}))
    for found, word in ((blind, "assumed"), (known, "experimental")):
        assert found.estimates["ips"].words().array[()] == word
    low = float(blind.estimates["ips"].arrays.interval(0.9)[0].array)
    lower, upper = known.estimates["ips"].arrays.interval(0.9)
    assert low > 0.14 + 0.05  # mail does nothing: the truth is .14
    assert lower.array < 0.14 < upper.array
    assert "propensities were not logged" in repr(blind)


def test_a_policy_of_untried_actions_is_said_to_be_that() -> None:
    log = br.read_decisions(
        pd.DataFrame({"state": "s", "action": ["a"] * 50, "reward": [1, 0] * 25, "propensity": 1.0}), actions=["a", "b"]
    )
    found = br.off_policy(log, br.given_policy(log, {"s": {"b": 1.0}}))
    assert found.untried == 1.0
    assert "was never done in those states" in repr(found)
    assert found.estimates["direct"].words().array[()] == "assumed"


def test_propensities_of_another_log_are_noticed() -> None:
    log = _bandit(np.random.default_rng(6))
    from dataclasses import replace

    odd = replace(log, propensity=np.asarray(log.propensity) / 3)
    assert "mean of 1 / propensity" in repr(br.off_policy(odd, _policy(odd, NEW)))


def test_what_cannot_be_evaluated_is_said() -> None:
    log = br.journey_decisions(br.read_log(br.shipped("data/journeys.csv")), ["display"])
    with pytest.raises(QueryError, match=r"do not end in the log.*horizon=14"):
        br.off_policy(log, br.given_policy(log))
    with pytest.raises(QueryError, match="two whole episodes"):
        br.off_policy(log.taken(np.array([0])), br.given_policy(log), horizon=3)
    assert np.isfinite(br.off_policy(log, br.given_policy(log), horizon=3, draws=100).estimates["direct"].mean())


def test_the_uniform_policy_of_the_open_bandit_sample() -> None:
    """Its value by the rounds and propensities of a Thompson policy agrees with the click rate when it was on."""
    columns = {"state": "position", "action": "item_id", "reward": "click", "propensity": "propensity_score"}
    items = [str(i) for i in range(34)]
    thompson, random = (
        br.read_decisions(pd.read_csv(SAMPLE / f"obd_{name}_men.csv.gz"), columns=columns, actions=items)
        for name in ("bts", "random")
    )
    found = br.off_policy(thompson, br.given_policy(thompson), draws=2_000)
    clicks = random.reward.mean()
    error = np.sqrt(clicks * (1 - clicks) / len(random))
    assert float(found.estimates["ips"].mean()) == pytest.approx(0.0030, abs=2e-4)
    for name, draws in found.estimates.items():
        assert abs(float(draws.mean()) - clicks) < 2.5 * np.hypot(float(draws.sd()), error), name
    assert found.estimates["doubly_robust"].words().array[()] == "experimental"
