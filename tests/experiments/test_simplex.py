"""Least squares on the simplex against its optimality conditions, and draws of the weights against their law."""

from __future__ import annotations

import numpy as np
import pytest

from bayes_roi.experiments.controls.donors import DonorFit
from bayes_roi.experiments.controls.simplex import projected_weights, simplex_weights
from bayes_roi.experiments.series.noise import NoiseGrid


@pytest.mark.parametrize("ridge", [0.0, 0.7])
@pytest.mark.parametrize("shape", [(30, 6), (8, 20), (5, 2)])
def test_weights_meet_the_conditions_of_an_optimum(shape: tuple[int, int], ridge: float) -> None:
    rng = np.random.default_rng(shape[0])
    for _ in range(5):
        a, b = rng.normal(size=shape) * 100 + 1000, rng.normal(size=shape[0]) * 100 + 1000
        w = simplex_weights(a, b, ridge=ridge)
        assert w.min() >= 0
        assert w.sum() == pytest.approx(1)
        # at the optimum the slope is the same for all positive weights, and no less for the others
        slope = a.T @ (a @ w - b) + ridge**2 * w
        scale = np.abs(a.T @ b).max() * 1e-9
        assert slope[w > 1e-9].max() - slope.min() < scale


def test_draws_of_weights_inside_are_normal_with_the_covariance_of_least_squares() -> None:
    rng = np.random.default_rng(0)
    a = rng.normal(size=(60, 3))
    w = np.array([0.3, 0.3, 0.4])
    drawn = projected_weights(a, a @ w, 0.1 * rng.standard_normal((4000, 60)))
    d = a[:, 1:] - a[:, :1]
    expected = 0.01 * np.linalg.inv(d.T @ d)
    # the sd of a variance of 4,000 normal draws is sqrt(2 / 4000) of it: four of these
    assert np.cov(drawn[:, 1:].T) == pytest.approx(expected, abs=4 * np.sqrt(2 / 4000) * np.abs(expected).max())


def test_a_unit_that_is_a_mean_of_others_has_no_gap_but_its_effect() -> None:
    rng = np.random.default_rng(1)
    donors = rng.normal(size=(40, 4)).cumsum(axis=0)
    y = donors @ [0.5, 0.5, 0, 0] + 1e-6 * rng.normal(size=40) + np.where(np.arange(40) < 30, 0, 3.0)
    fit = DonorFit(y, donors, NoiseGrid(40, 30), intercept=False)
    assert fit.weights == pytest.approx([0.5, 0.5, 0, 0], abs=1e-5)
    assert fit.gap[30:] == pytest.approx(np.full(10, 3.0), abs=1e-5)


def test_the_sd_by_the_formula_is_that_of_the_draws_where_all_weights_are_inside() -> None:
    rng = np.random.default_rng(2)
    donors = 10 * rng.normal(size=(60, 3))
    y = donors @ [0.3, 0.3, 0.4] + rng.normal(size=60)
    fit = DonorFit(y, donors, NoiseGrid(60, 45, "independent"), intercept=True)
    errors, _ = fit.errors(4000, rng)
    sd = fit.gap[45:].mean() / fit.standardised
    freedom = fit.noise.freedom  # the draws have Student t tails, the formula the estimated scale
    ratio = errors[:, 45:].mean(axis=1).std() / np.sqrt(freedom / (freedom - 2)) / abs(sd)
    assert ratio == pytest.approx(1, abs=4 / np.sqrt(2 * 4000))
