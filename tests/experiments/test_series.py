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
    rho, share, _ = grid.points
    lag = np.abs(np.subtract.outer(np.arange(12), np.arange(12)))
    for r, p in zip(rho, share, strict=True):
        c = np.where(lag == 0, 1.0, (1 - p) * r**lag)
        of = contrasts @ c @ contrasts.T
        unit = multivariate_normal(np.zeros(10), of, allow_singular=True)
        left = contrasts @ y
        q, det = left @ np.linalg.solve(of, left), unit.logpdf(np.zeros(10))
        density.append(np.exp(det - 10 * logs - q / 2 * np.exp(-2 * logs)).sum())
    expected = np.array(density) * grid.points[2]
    assert found.weight == pytest.approx(expected / expected.sum(), rel=1e-3)


def test_the_filter_is_the_cholesky_factor_of_the_correlation() -> None:
    """Whitening, the prediction and its spread, against the correlation matrix in blocks."""
    grid = NoiseGrid(9, 6)
    lag = np.abs(np.subtract.outer(np.arange(9), np.arange(9)))
    columns = np.random.default_rng(4).normal(size=(6, 2))
    white, state = grid.whitened(columns)
    for g, (rho, share) in enumerate(zip(*grid.points[:2], strict=True)):
        root = np.linalg.cholesky(np.where(lag == 0, 1.0, (1 - share) * rho**lag))
        assert white[g] == pytest.approx(np.linalg.solve(root[:6, :6], columns))
        assert grid.carried[g][:, None] * state[g] == pytest.approx(root[6:, :6] @ white[g])
        assert grid.ahead[g] == pytest.approx(root[6:, 6:])


def test_paths_and_variances_of_the_noise_agree_with_its_correlation() -> None:
    rng = np.random.default_rng(5)
    posterior = NoiseGrid(8, 6).posterior(rng.normal(size=6).cumsum(), np.ones((6, 1)))
    rho, share, _ = posterior.grid.points
    lag = np.abs(np.subtract.outer(np.arange(8), np.arange(8)))
    correlation = np.where(lag == 0, 1.0, (1 - share[:, None, None]) * rho[:, None, None] ** lag)
    contrast = rng.normal(size=8)
    of_each = np.einsum("t,gts,s->g", contrast, correlation, contrast) * posterior.squares / posterior.freedom
    assert posterior.variance(contrast) == pytest.approx(posterior.weight @ of_each)
    drawn = posterior.paths(40_000, rng) @ contrast
    # scale mixture with five degrees of freedom: its variance is 5/3 of that at the estimate, its kurtosis 9
    assert drawn.var() == pytest.approx(posterior.variance(contrast) * 5 / 3, rel=5 * np.sqrt(8 / 40_000) * 2)


def test_an_interrupted_series_finds_a_step_beside_trend_season_and_covariate() -> None:
    rng = np.random.default_rng(3)
    week = np.arange(120)
    price = rng.normal(10, 1, 120)
    sales = 50 + 0.3 * week + 8 * np.sin(2 * np.pi * week / 52) - 3 * price + rng.normal(0, 2, 120) + 12 * (week >= 110)
    table = {"week": week, "sales": sales, "price": price}
    found = br.interrupted_time_series(table, outcome="sales", time="week", start=110, covariates=["price"], season=52)
    lower, upper = found.average.arrays.interval()
    assert lower.array < 12 < upper.array
    assert found.regressors == ("level", "trend", "cos 1", "sin 1", "price")
    assert found.estimate.arrays.values.array == pytest.approx(found.by_period.sum("time").arrays.values.array)
    assert found.pre_trend
