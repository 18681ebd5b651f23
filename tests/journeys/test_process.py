"""The posterior of a decision process: closed forms, known processes, policies that are kept and updated."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import bayes_roi as br
from bayes_roi.errors import DataError, QueryError
from bayes_roi.journeys.process.learned import learned
from bayes_roi.journeys.process.posterior import kinds_of, posterior_of
from bayes_roi.journeys.process.q_learning import q_values
from bayes_roi.journeys.process.solve import policy_iteration
from tests.journeys.process_worlds import World, decisions, log_of, world

EVEN = np.full((3, 3), 1 / 3)


@pytest.fixture(scope="module")
def truth() -> World:
    """A process of three states and three actions."""
    return world(np.random.default_rng(11))


@pytest.fixture(scope="module")
def log(truth: World) -> br.DecisionLog:
    """Three thousand episodes of it, actions by chance."""
    return decisions(truth, EVEN, 3_000, np.random.default_rng(12))


@pytest.fixture(scope="module")
def process(log: br.DecisionLog) -> br.DecisionProcess:
    """Its posterior."""
    return br.decision_process(log, discount=0.9, draws=400)


def test_many_decisions_leave_the_frequencies(log: br.DecisionLog) -> None:
    found = posterior_of(log)
    frequencies = log.outcomes / log.outcomes.sum(axis=(2, 3), keepdims=True)
    se = np.sqrt(frequencies * (1 - frequencies) / found.seen[..., None, None])
    assert (np.abs(found.mean_outcomes - frequencies) < 1.5 * se + 2 / found.seen[..., None, None]).all()
    counts, sums = log.amounts
    np.testing.assert_allclose(found.mean_amounts, sums / counts, rtol=0.02)


def test_draws_have_the_mean_of_their_posterior(log: br.DecisionLog) -> None:
    found = posterior_of(log)
    outcomes, amounts = found.drawn(4_000, np.random.default_rng(1))
    np.testing.assert_allclose(outcomes.sum(axis=(-2, -1)), 1.0)
    for drawn, mean in ((outcomes, found.mean_outcomes), (amounts, found.mean_amounts)):
        error = drawn.std(axis=0) / np.sqrt(len(drawn))
        assert (np.abs(drawn.mean(axis=0) - mean) < 4.5 * error + 1e-12).all()


def test_an_untried_action_is_not_looked_at(truth: World) -> None:
    never = np.tile([0.5, 0.5, 0.0], (3, 1))
    found = br.decision_process(decisions(truth, never, 300, np.random.default_rng(2)), draws=100)
    assert (found.probability_best.array[:, 2] == 0).all()
    assert np.isnan(found.action_values.arrays.mean().array[:, 2]).all()


def test_rows_of_the_probability_of_being_best_sum_to_one(process: br.DecisionProcess) -> None:
    np.testing.assert_allclose(process.probability_best.array.sum(axis=1), 1.0)


def test_values_and_the_best_action_hold_the_truth() -> None:
    """Intervals of 90 % over 60 worlds x 3 states; and P(best) is as often right as it says."""
    inside, right, said, spread = 0, 0.0, 0.0, 0.0
    for seed in range(60):
        rng = np.random.default_rng([31, seed])
        truth = world(rng)
        found = br.decision_process(decisions(truth, EVEN, 250, rng), discount=0.9, draws=400, seed=seed)
        best, values = policy_iteration(truth.transitions, truth.reward, 0.9)
        policy = br.given_policy(_names(), {f"s{s}": {f"a{a}": 1.0} for s, a in enumerate(best)})
        lower, upper = br.policy_value(found, policy).arrays.interval(0.9)
        inside += int(((lower.array < values) & (values < upper.array)).sum())
        chance = found.probability_best.array
        right += float(chance[np.arange(3), best].sum())
        said += float((chance**2).sum())
        spread += float((chance**3).sum() - ((chance**2).sum(axis=1) ** 2).sum())
    assert 0.82 <= inside / 180 <= 0.97
    assert abs(right - said) < 3.5 * np.sqrt(spread)


def _names() -> br.DecisionLog:
    return decisions(world(np.random.default_rng(0)), EVEN, 50, np.random.default_rng(0))


def test_a_policy_is_kept_and_read_again(process: br.DecisionProcess, tmp_path: Path) -> None:
    for policy in (br.best_policy(process), br.thompson_policy(process)):
        again = br.load_policy(policy.save(tmp_path / "policy.json"))
        np.testing.assert_array_equal(again.probabilities, policy.probabilities)
        assert (again.kind, again.states, again.evidence) == (policy.kind, policy.states, br.Evidence.EXPERIMENTAL)
        assert again.act("s0") == policy.act("s0")


def test_more_decisions_are_added_as_if_all_had_been_there(truth: World, tmp_path: Path) -> None:
    rng = np.random.default_rng(7)
    parts = [decisions(truth, EVEN, 200, rng) for _ in range(2)]
    first = br.thompson_policy(br.decision_process(parts[0], discount=0.9, draws=400))
    updated = br.load_policy(first.save(tmp_path / "policy.json")).updated(parts[1])
    assert updated.learned_from is not None
    for name in ("outcomes", "amounts", "sums"):
        both = sum(getattr(posterior_of(p), name) for p in parts)
        np.testing.assert_allclose(getattr(updated.learned_from, name), both)
    assert not np.array_equal(updated.probabilities, first.probabilities)


def test_thompson_sampling_comes_to_the_best_action(truth: World) -> None:
    """Acting by it and learning from what comes, the share of best actions grows and regret a decision falls."""
    rng = np.random.default_rng(8)
    best, _ = policy_iteration(truth.transitions, truth.reward, 0.9)
    policy = br.thompson_policy(br.decision_process(decisions(truth, EVEN, 30, rng), discount=0.9, draws=200))
    taken = []
    for _ in range(12):
        taken.append(float(policy.probabilities[np.arange(3), best].mean()))
        policy = policy.updated(decisions(truth, policy.probabilities, 150, rng))
    assert np.mean(taken[-3:]) > max(0.75, np.mean(taken[:3]))


def test_a_drawn_action_follows_the_probabilities(process: br.DecisionProcess) -> None:
    policy = br.given_policy(_names(), {"s0": {"a1": 0.7, "a2": 0.3}})
    rng = np.random.default_rng(3)
    drawn = [policy.act("s0", rng) for _ in range(500)]
    assert set(drawn) == {"a1", "a2"}
    assert abs(drawn.count("a1") / 500 - 0.7) < 4 * np.sqrt(0.21 / 500)
    assert policy.act("s0") == "a1"


def test_q_learning_comes_to_the_values_of_the_frequencies(log: br.DecisionLog) -> None:
    frequencies = log.outcomes / log.outcomes.sum(axis=(2, 3), keepdims=True)
    reward = log.amounts[1] / log.outcomes.sum(axis=(2, 3))
    best, values = policy_iteration(frequencies[..., :-1].sum(axis=2), reward, 0.9)
    found = q_values(log, discount=0.9, passes=300, seed=1)
    np.testing.assert_allclose(found.max(axis=1), values, rtol=0.01)
    np.testing.assert_array_equal(
        br.q_learning(log, discount=0.9, passes=300, seed=1).probabilities.argmax(axis=1), best
    )


def _featured(rng: np.random.Generator, states: int = 30) -> tuple[br.DecisionLog, np.ndarray]:
    """Many states with few decisions; an action is the better the larger the state's feature. Rates with the log."""
    x = np.linspace(-1.5, 1.5, states)
    rate = 1 / (1 + np.exp(-(-1.5 + 0.5 * x[:, None] + np.array([0.0, 1.0]) * (0.4 + 0.8 * x[:, None]))))
    import pandas as pd

    state, action = rng.integers(states, size=1_500), rng.integers(2, size=1_500)
    names = [f"s{i:02d}" for i in range(states)]
    table = pd.DataFrame(
        {
            "state": np.array(names)[state],
            "action": np.array(["no", "yes"])[action],
            "reward": (rng.random(1_500) < rate[state, action]) * 1.0,
            "propensity": 0.5,
        }
    )
    features = pd.DataFrame({"x": x}, index=names)
    return br.read_decisions(table, states=names, features=features), rate


def test_rates_learned_over_features_hold_the_truth_where_counts_are_few() -> None:
    """Intervals of 90 % over 100 worlds, and an error well below that of counting in each state."""
    inside, error = [], {"tabular": 0.0, "features": 0.0}
    for seed in range(100):
        log, rate = _featured(np.random.default_rng([41, seed]))
        found = learned(log)
        normal = np.random.default_rng(seed).normal(size=(300, len(found.mode)))
        drawn = found.probabilities(found.mode + normal @ found.cholesky.T)[..., 1, :].sum(axis=-1)
        low, high = np.quantile(drawn, [0.05, 0.95], axis=0)
        inside.append(((low < rate) & (rate < high)).mean())
        error["features"] += float(np.abs(drawn.mean(axis=0) - rate).mean())
        error["tabular"] += float(np.abs(posterior_of(log).mean_outcomes[..., 1, :].sum(axis=-1) - rate).mean())
    assert abs(np.mean(inside) - 0.9) < 3 * np.std(inside) / 10
    assert error["features"] < 0.6 * error["tabular"]


def test_the_learned_model_is_at_its_mode_with_the_curvature_there() -> None:
    log, _ = _featured(np.random.default_rng(3), states=8)
    found = learned(log)
    counts = kinds_of(posterior_of(log).outcomes).reshape(16, 4)[:, found.kinds]
    sd = np.array([10.0, *[1.5] * 3, *[0.75] * 2])

    def density(flat: np.ndarray) -> float:
        p = found.probabilities(flat).reshape(16, 4)[:, found.kinds]
        return float((counts * np.log(p)).sum() - 0.5 * ((flat / sd) ** 2).sum())

    steps = np.eye(len(found.mode)) * 1e-4
    slope = [(density(found.mode + h) - density(found.mode - h)) / 2e-4 for h in steps]
    np.testing.assert_allclose(slope, 0.0, atol=1e-3)

    def second(g: np.ndarray, h: np.ndarray) -> float:
        corners = [sign * other * density(found.mode + sign * g + other * h) for sign in (1, -1) for other in (1, -1)]
        return sum(corners) / (4 * 1e-4**2)

    hessian = [[second(g, h) for h in steps] for g in steps]
    np.testing.assert_allclose(-np.linalg.inv(hessian), found.cholesky @ found.cholesky.T, rtol=1e-2, atol=1e-4)


def test_targeting_is_told_and_propensities_make_it_an_experiment(truth: World) -> None:
    table = log_of(truth, EVEN, 100, np.random.default_rng(4))
    with_, without = br.read_decisions(table), br.read_decisions(table.drop(columns="propensity"))
    assert br.decision_process(with_, draws=100).action_values.words().array[()] == "experimental"
    told = br.decision_process(without, draws=100)
    assert told.action_values.words().array[()] == "assumed"
    assert "confounding by targeting" in repr(told)


@pytest.mark.parametrize(
    ("change", "match"),
    [
        ({"model": "neural"}, "tabular or features"),
        ({"discount": 1.5}, "discount must be in"),
        ({"draws": 10}, "draws must be"),
        ({"least": 0}, "least must be"),
        ({"model": "features"}, "have no features"),
        ({"draws": 10_000_000}, "ask for fewer"),
    ],
)
def test_options_that_are_not_as_they_must_be(log: br.DecisionLog, change: dict[str, object], match: str) -> None:
    with pytest.raises(QueryError, match=match):
        br.decision_process(log, **change)  # type: ignore[arg-type]


def test_a_policy_that_cannot_be_read_or_acted_on(process: br.DecisionProcess, tmp_path: Path) -> None:
    (tmp_path / "odd.json").write_text('{"format": "another"}')
    for name in ("odd.json", "none.json"):
        with pytest.raises(DataError, match="no policy can be read"):
            br.load_policy(tmp_path / name)
    policy = br.best_policy(process)
    with pytest.raises(QueryError, match=r"no state 's00', did you mean 's0'"):
        policy.act("s00")
    other = br.read_decisions(log_of(world(np.random.default_rng(1), states=2), EVEN[:2], 20, np.random.default_rng(1)))
    with pytest.raises(QueryError, match="not those that were learned from"):
        policy.updated(other)
    with pytest.raises(QueryError, match="learn it anew"):
        br.given_policy(other).updated(other)
    with pytest.raises(QueryError, match="sum to one"):
        br.given_policy(other, {"s0": {"a0": 0.4}})
    with pytest.raises(QueryError, match="not of the states"):
        br.policy_value(process, br.given_policy(other))


def test_nothing_is_learned_from_decisions_that_brought_nothing(truth: World) -> None:
    table = log_of(truth, EVEN, 20, np.random.default_rng(5)).assign(reward=0.0)
    with pytest.raises(QueryError, match="nothing to learn from"):
        br.decision_process(br.read_decisions(table))
