"""Autocorrelated noise and the interrupted series against closed forms."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import multivariate_normal

import bayes_roi as br
from bayes_roi.experiments.series.noise import NoiseGrid
from bayes_roi.experiments.series.regression import SeriesFit


def test_independent_noise_gives_the_t_interval_of_a_regression() -> None:
    rng = np.random.default_rng(0)
    x = np.column_stack([np.ones(50), np.arange(50) / 50])
    y = x @ [3.0, 2.0] + rng.normal(size=50)
    fit = SeriesFit(y, x, NoiseGrid(50, 40, "independent"))
    beta, *_ = np.linalg.lstsq(x[:40], y[:40], rcond=None)
    variance = ((y[:40] - x[:40] @ beta) ** 2).sum() / 38
    mean = x[40:].mean(axis=0)
    sd = np.sqrt(variance * (1 / 10 + mean @ np.linalg.inv(x[:40].T @ x[:40]) @ mean))
    assert fit.standardised == pytest.approx((y[40:] - x[40:] @ beta).mean() / sd)
    total = fit.gaps(8000, rng)[:, 40:].mean(axis=1)
    assert total.std() == pytest.approx(sd * np.sqrt(38 / 36), rel=4 / np.sqrt(2 * 8000))


def test_the_posterior_of_the_noise_is_the_restricted_likelihood_by_brute_force() -> None:
    rng = np.random.default_rng(1)
    y, x = rng.normal(size=12).cumsum(), np.column_stack([np.ones(12), np.arange(12.0)])
    grid = NoiseGrid(12, 12)
    found = grid.posterior(y, x)
    # contrasts that the regressors do not move: their density, with the scale integrated out on a fine grid
    contrasts = np.linalg.svd(x.T, full_matrices=True)[2][2:]
    logs = np.linspace(-6, 8, 1500)
    density = []
    for c in grid.correlation:
        of = contrasts @ c @ contrasts.T
        unit = multivariate_normal(np.zeros(10), of, allow_singular=True)
        r = contrasts @ y
        q, det = r @ np.linalg.solve(of, r), unit.logpdf(np.zeros(10))
        density.append(np.exp(det - 10 * logs - q / 2 * np.exp(-2 * logs)).sum())
    expected = np.array(density) * grid.points[2]
    assert found.weight == pytest.approx(expected / expected.sum(), rel=1e-3)


def test_a_residual_before_the_window_fades_out() -> None:
    """The prediction of an AR(1) with known rho is rho^k of the last residual."""
    grid = NoiseGrid(8, 5)
    carried = grid.root[:, 5:, :5] @ grid.whitener
    rho, share, _ = grid.points
    pure = np.flatnonzero((share == 0) & (rho == 0.6))[0]
    assert carried[pure, :, -1] == pytest.approx([0.6, 0.36, 0.216])
    assert carried[pure, :, :-1] == pytest.approx(np.zeros((3, 4)), abs=1e-12)


def test_an_interrupted_series_finds_a_step_beside_trend_season_and_covariate() -> None:
    rng = np.random.default_rng(3)
    week = np.arange(120)
    price = rng.normal(10, 1, 120)
    sales = 50 + 0.3 * week + 8 * np.sin(2 * np.pi * week / 52) - 3 * price + rng.normal(0, 2, 120) + 12 * (week >= 110)
    table = {"week": week, "sales": sales, "price": price}
    found = br.interrupted_time_series(table, outcome="sales", time="week", start=110, covariates=["price"], season=52)
    lower, upper = found.average.ends()
    assert lower.array < 12 < upper.array
    assert found.regressors == ("level", "trend", "cos 1", "sin 1", "price")
    assert found.estimate.arrays.values.array == pytest.approx(found.by_period.sum("time").arrays.values.array)
    assert found.pre_trend
