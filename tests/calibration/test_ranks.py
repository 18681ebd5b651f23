"""The p-value of ranks: exact against enumeration, ArviZ's band, and its own level under uniform ranks."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest

from tests.calibration.ranks import DRAWS, band, gamma, gamma_at, p_value, rank


def test_the_p_value_is_that_of_all_samples_counted_one_by_one():
    draws, count = 3, 5
    gammas = np.array([gamma(np.array(ranks), draws) for ranks in product(range(draws + 1), repeat=count)])
    for ranks in ([0, 0, 0, 0, 0], [0, 1, 2, 3, 3], [0, 0, 1, 0, 2], [3, 3, 2, 3, 3]):
        own = gamma(np.array(ranks), draws)
        assert p_value(np.array(ranks), draws) == pytest.approx(np.mean(gammas <= own * (1 + 1e-9)), abs=1e-12)


@pytest.mark.parametrize(("count", "trials"), [(60, 400), (500, 100)])
def test_uniform_ranks_have_p_values_at_most_their_level(count, trials):
    rng = np.random.default_rng(0)
    found = np.array([p_value(rng.integers(DRAWS + 1, size=count)) for _ in range(trials)])
    for level in (0.05, 0.2, 0.5):
        error = np.sqrt(level * (1 - level) / len(found))
        assert np.mean(found <= level) < level + 4 * error
        assert np.mean(found <= level) > 0.7 * level - 4 * error  # discrete, so that it need not reach its level


def test_the_band_is_the_one_that_arviz_simulates():
    from arviz_stats.ecdf_utils import simulate_confidence_bands

    count, prob = 200, 0.9
    edges, low, high = band(prob, count)
    theirs = simulate_confidence_bands(count, 1, edges, prob, 4000, np.random.default_rng(1))
    # Theirs is 1 - gamma, a simulated quantile: its error is that of its level, over the density of gamma there.
    rng = np.random.default_rng(2)
    sample = [gamma(rng.integers(DRAWS + 1, size=count)) for _ in range(4000)]
    spread = np.ptp(np.quantile(sample, [0.1 - 0.015, 0.1 + 0.015]))  # three standard errors of a level of 10 %
    assert 1 - theirs == pytest.approx(gamma_at(prob, count), abs=spread)
    assert ((low <= edges) & (edges <= high)).all()


def test_what_is_far_from_uniform_is_far_below_any_level():
    assert p_value(np.zeros(100, int)) < 1e-90
    assert p_value(np.full(500, 50)) < 1e-90


def test_ties_are_broken_at_random():
    rng = np.random.default_rng(0)
    found = [rank(1.0, np.array([0.0, 1.0, 1.0, 2.0]), rng) for _ in range(3000)]
    assert set(found) == {1, 2, 3}
    assert np.mean(found) == pytest.approx(2.0, abs=4 * np.sqrt(2 / 3 / 3000))
