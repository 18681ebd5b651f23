"""The law of the noise, and what it makes of counts: closed forms against sums over all counts, draws against both."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import chisquare

from bayes_roi.journeys.privacy import geometric
from bayes_roi.journeys.privacy.log_linear import cell_means, coefficient_draws
from bayes_roi.journeys.privacy.mechanism import opendp_noise
from bayes_roi.journeys.privacy.prior import drawn_counts, emptied, fitted
from bayes_roi.journeys.privacy.private_counts import spread
from tests.journeys.private_worlds import noise_of

N = np.arange(4_000)
BY_CHANCE = 1e-6
"""A fit that is worse than this by chance is seen once in a million runs: OpenDP takes no seed."""


def fits(draws: np.ndarray, chances: np.ndarray) -> float:
    """Return the p-value of draws of whole numbers 0, 1, ..., those that are seldom taken together."""
    seen = np.bincount(draws, minlength=len(chances))[: len(chances)]
    often = chances * len(draws) >= 10
    seen, wanted = np.r_[seen[often], len(draws) - seen[often].sum()], np.r_[chances[often], 1 - chances[often].sum()]
    kept = wanted * len(draws) > 1
    return float(chisquare(seen[kept], wanted[kept] / wanted[kept].sum() * seen[kept].sum()).pvalue)


@pytest.mark.parametrize("source", ["opendp", "tests"])
def test_the_noise_is_discrete_laplace(source: str) -> None:
    if source == "opendp":
        pytest.importorskip("opendp", reason="the extra `privacy` is not installed")
    noise = opendp_noise if source == "opendp" else noise_of(np.random.default_rng(1))
    counts = np.full(40_000, 1_000)
    noised, scale = noise(counts, 6, 2.0)
    assert scale == pytest.approx(3.0, rel=1e-9)
    chances = np.exp(geometric.log_noise(np.arange(-1_000, 1_000), scale))
    assert chances.sum() == pytest.approx(1.0, abs=1e-12)
    assert np.sqrt((np.arange(-1_000, 1_000) ** 2 * chances).sum()) == pytest.approx(float(spread(scale)), rel=1e-9)
    assert fits(noised, chances) > BY_CHANCE
    both = np.corrcoef(noised[::2], noised[1::2])[0, 1]
    assert abs(both) < 5 / np.sqrt(len(noised) / 2)


@pytest.mark.parametrize("scale", [0.4, 3.0, 25.0])
@pytest.mark.parametrize("mean", [1e-6, 0.5, 3.0, 25.0, 400.0])
@pytest.mark.parametrize("value", [-40, -1, 0, 1, 17, 120])
def test_the_marginal_is_the_sum_over_all_counts(value: int, mean: float, scale: float) -> None:
    ratio = np.log(mean) - np.log1p(mean)
    n = np.arange(40_000)
    brute = np.logaddexp.reduce(geometric.log_prior(n, ratio) + geometric.log_noise(value - n, scale))
    assert geometric.log_marginal(np.array(value), ratio, scale) == pytest.approx(brute, abs=1e-6)


@pytest.mark.parametrize(("value", "mean", "scale"), [(-5, 4.0, 3.0), (0, 2.0, 2.0), (30, 5.0, 8.0), (30, 60.0, 4.0)])
def test_counts_are_drawn_from_their_posterior(value: int, mean: float, scale: float) -> None:
    ratio = np.log(mean) - np.log1p(mean)
    logs = geometric.log_prior(N, ratio) + geometric.log_noise(value - N, scale)
    draws = geometric.drawn(np.full(20_000, value), np.full(20_000, ratio), scale, np.random.default_rng(value + 9))
    assert fits(draws, np.exp(logs - np.logaddexp.reduce(logs))) > 1e-3


def test_a_flat_slope_is_uniform_up_to_the_value() -> None:
    """Prior and noise that fall alike leave all counts up to the value as likely."""
    draws = geometric.drawn(np.full(20_000, 9), np.full(20_000, -0.25), 4.0, np.random.default_rng(0))
    inside = np.bincount(draws[draws <= 9], minlength=10)
    assert chisquare(inside).pvalue > 1e-3


def test_cells_of_a_table_tell_one_another_what_counts_are() -> None:
    """Of many empty cells and a few large ones: a flat prior takes the noise above zero for counts, ours does not."""
    rng = np.random.default_rng(4)
    counts = np.r_[np.zeros(90, int), rng.integers(200, 900, 10)]
    noised, scale = noise_of(rng)(counts, 1, 0.1)
    prior = fitted(noised, scale, np.zeros(100, bool))
    draws = drawn_counts(prior, noised, scale, 400, rng)
    flat = geometric.drawn(np.broadcast_to(noised, (400, 100)), np.full((400, 100), -1e-9), scale, rng)
    error = np.sqrt(100) * float(spread(scale))
    assert abs(draws.sum(axis=1).mean() - counts.sum()) < 2 * error
    assert abs(flat.sum(axis=1).mean() - counts.sum()) > 5 * error
    assert np.all(draws >= 0)


@pytest.mark.parametrize(("there", "low", "high"), [(0, 0.9, 1.0), (300, 0.0, 1e-6)])
def test_a_channel_that_nobody_saw_is_left_out_whole(there: int, low: float, high: float) -> None:
    rng = np.random.default_rng(6)
    counts = np.r_[rng.integers(50, 900, 40), np.full(15, there)]
    noised, scale = noise_of(rng)(counts, 1, 0.1)
    doubtful = np.arange(55) >= 40
    prior = fitted(noised, scale, doubtful)
    assert low <= prior.absent <= high
    draws = emptied(prior, drawn_counts(prior, noised, scale, 1_000, rng), rng)
    assert (draws[:, doubtful].sum(axis=1) == 0).mean() == pytest.approx(prior.absent, abs=0.05)


MEMBERS = np.column_stack([np.ones(31), (np.arange(1, 32)[:, None] >> np.arange(5)) & 1])


def test_the_mode_is_where_the_posterior_is_flat_and_highest() -> None:
    rng = np.random.default_rng(2)
    noised, scale = noise_of(rng)(rng.geometric(1 / 40, 31) - 1, 1, 0.2)
    known, mode = cell_means(MEMBERS, noised, scale)
    around = mode + 1e-4 * np.vstack([np.eye(6), -np.eye(6)])
    slopes = np.diff(known.log_posterior(around).reshape(2, 6), axis=0)[0] / -2e-4
    assert np.abs(slopes).max() < 0.02
    assert np.all(known.log_posterior(mode + 0.3 * rng.normal(size=(50, 6))) < known.log_posterior(mode))


def test_coefficients_hide_in_no_cell_but_are_found_over_all() -> None:
    """Cells of twelve journeys under noise of 14 (standard deviation): no cell tells what is rare, all together do."""
    held = []
    truth = np.array([np.log(12.0), 0.0, 0.0, -2.0, 0.0, 0.0])
    for seed in range(40):
        rng = np.random.default_rng([seed, 3])
        noised, scale = noise_of(rng)(rng.poisson(np.exp(MEMBERS @ truth)), 1, 0.1)
        known, mode = cell_means(MEMBERS, noised, scale)
        draws = coefficient_draws(known, mode, 400, rng)
        lower, upper = np.quantile(draws[:, 1:], [0.05, 0.95], axis=0)
        held.append((lower <= truth[1:]) & (truth[1:] <= upper))
    assert np.mean(held) > 0.85
