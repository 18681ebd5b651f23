"""Adaptive importance sampling: its figures against closed forms and ArviZ, and what its gate lets through."""

from __future__ import annotations

import re

import numpy as np
import pytest

from bayes_roi.inference.engines.importance import (
    Mixture,
    Sample,
    StudentT,
    cluster,
    effective_size,
    objection,
    pareto_k,
    tempering,
)


@pytest.mark.parametrize("shape", [0.1, 0.4, 0.9])
def test_pareto_k_is_that_of_arviz(shape: float) -> None:
    from arviz_stats.base import array_stats

    log_weights = np.log(np.random.default_rng(1).pareto(1 / shape, 4000) + 1)
    # ArviZ is given the log likelihood left out, the negative of a log weight.
    _, theirs = array_stats.psislw(-log_weights, r_eff=1.0)
    assert pareto_k(log_weights) == pytest.approx(float(theirs), abs=0.02)  # ArviZ rounds the tail's length up
    assert pareto_k(log_weights) == pytest.approx(shape, abs=4 * (1 + shape) / np.sqrt(3 * np.sqrt(4000)))


def test_kish_size_of_equal_weights_is_their_number() -> None:
    assert effective_size(np.full(7, -3.0)) == pytest.approx(7)


def test_tempering_leaves_the_size_asked_for() -> None:
    log_weights = np.append(30 * np.random.default_rng(0).standard_normal(2000), -np.inf)
    power = tempering(log_weights, 200)
    assert 0 < power < 1
    assert effective_size(power * log_weights) == pytest.approx(200, rel=1e-6)
    assert tempering(np.zeros(300), 200) == 1


def test_student_t_has_the_density_of_scipy_and_draws_from_it() -> None:
    from scipy.stats import multivariate_t

    scale = np.array([[2.0, 0.6], [0.6, 1.0]])
    t = StudentT.of(np.array([1.0, -1.0]), scale)
    points = t.draw(40_000, np.random.default_rng(2))
    theirs = multivariate_t(t.mean, scale, df=t.degrees)
    assert t.log_density(points[:50]) == pytest.approx(theirs.logpdf(points[:50]))
    inside = theirs.logpdf(points) > theirs.logpdf(t.mean) - 2.0
    reference = theirs.logpdf(theirs.rvs(40_000, random_state=3)) > theirs.logpdf(t.mean) - 2.0
    assert inside.mean() == pytest.approx(reference.mean(), abs=4 * np.sqrt(0.5 / 40_000))


def test_a_mixture_weighs_to_the_target_it_covers() -> None:
    # Weights of a normal target under a mixture average to its normaliser, one.
    left, right = (StudentT.of(np.array([m]), np.eye(1)) for m in (-2.0, 2.0))
    mixture = Mixture(np.array([0.3, 0.7]), (left, right))
    points = mixture.draw(20_000, np.random.default_rng(4))
    log_target = -0.5 * points[:, 0] ** 2 - 0.5 * np.log(2 * np.pi)
    weights = np.exp(log_target - mixture.log_density(points))
    assert weights.mean() == pytest.approx(1, abs=4 * weights.std() / np.sqrt(20_000))


def test_clusters_find_two_modes() -> None:
    # Both seeds fall into one mode with probability 0.06; every round of adaptation draws them anew.
    assert sum(_finds_two_modes(np.random.default_rng(seed)) for seed in range(10)) >= 8


def _finds_two_modes(rng: np.random.Generator) -> bool:
    points = np.concatenate([rng.normal(-5, 1, (3000, 2)), rng.normal(5, 1, (1000, 2))])
    small, large = sorted(cluster(points, np.full(4000, 1 / 4000), 2, rng), key=lambda c: c.share)
    near = np.allclose(small.mean, 5, atol=0.2) and np.allclose(large.mean, -5, atol=0.2)
    return near and abs(small.share - 0.25) < 0.01


def _sample(log_weights: np.ndarray, points: np.ndarray | None = None, settled: bool = True) -> Sample:
    if points is None:
        points = np.random.default_rng(len(log_weights)).standard_normal((len(log_weights), 2))
    return Sample(points, points[:, :1], log_weights, settled)


def _even(seed: int, count: int = 4000) -> np.ndarray:
    return 0.3 * np.random.default_rng(seed).standard_normal(count)


def test_the_gate_lets_agreeing_runs_through() -> None:
    assert objection([_sample(_even(1)), _sample(_even(2))]) is None


@pytest.mark.parametrize(
    ("samples", "reason"),
    [
        ([_sample(_even(1)), _sample(_even(2), settled=False)], "did not settle"),
        ([_sample(np.log(np.random.default_rng(s).pareto(1.2, 4000) + 1)) for s in (1, 2)], "Pareto k"),
        ([_sample(_even(s, 300)) for s in (1, 2)], "effective size"),
        ([_sample(np.append(_even(s), 5.0)) for s in (1, 2)], "largest weight|Pareto k"),
        ([_sample(_even(1)), _sample(_even(2) + 0.4)], "disagree on the evidence"),
        (
            [_sample(_even(s), np.random.default_rng(s).standard_normal((4000, 2)) + 0.5 * s) for s in (1, 2)],
            "disagree on a mean",
        ),
    ],
)
def test_the_gate_says_what_speaks_against_the_weights(samples: list[Sample], reason: str) -> None:
    assert re.search(reason, objection(samples) or "")


@pytest.mark.parametrize("count", [300, 3000])
def test_resampled_draws_are_worth_kish_size_or_their_number(count: int) -> None:
    # Systematic resampling adds hardly any noise of its own: N draws of K effective points are worth min(K, N).
    proposal, runs, means, sizes = StudentT.of(np.zeros(1), np.eye(1)), 600, [], []
    for seed in range(runs):
        rng = np.random.default_rng(seed)
        points = proposal.draw(2000, rng)
        log_weights = -2.0 * (points[:, 0] - 0.3) ** 2 - proposal.log_density(points)
        sample = Sample(points, np.zeros((2000, 0)), log_weights)
        means.append(points[sample.resample(count, rng), 0].mean())
        sizes.append(min(sample.size, count))
    worth = 0.25 / np.var(means)  # the target's variance is a quarter
    assert worth > np.mean(sizes) * (1 - 4 * np.sqrt(2 / runs))
