"""The collapsed engine on autoregressive noise: density, draws and coverage."""

from __future__ import annotations

import numpy as np
import pytest

from bayes_roi.inference.blocks import Block
from bayes_roi.inference.engines.collapsed import Collapsed
from bayes_roi.inference.engines.collapsed.serial import Serial
from bayes_roi.inference.engines.collapsed.target import CollapsedNode
from bayes_roi.inference.engines.exact import Exact
from bayes_roi.inference.engines.nuts import Nuts
from bayes_roi.mechanisms.noise import whitened
from tests.inference.panel_worlds import brute_force, brute_log_density, typical, world
from tests.inference.test_collapsed import assert_same_distribution, sample

HILL = "y ~ demand + hill(adstock(tv, max_lag=2))"
NORMAL = {"y.tv.effect": "Normal(mu=20, sigma=15)"}


@pytest.mark.parametrize("rho", [-0.9, 0.0, 0.7])
def test_products_of_partners_are_those_of_whitened_columns(rho: float) -> None:
    rng = np.random.default_rng(0)
    x, y, starts = rng.standard_normal(12), rng.standard_normal(12), np.arange(12) % 5 == 0
    serial = Serial(starts, "rho")
    powers = serial.powers(np.array([rho]), 1)[0]
    ours = powers @ (serial.partners(y) @ x)
    at = np.array([rho])
    assert ours == pytest.approx(whitened(np, x, at, starts) @ whitened(np, y, at, starts), rel=1e-12)


@pytest.mark.parametrize("equation", [HILL, "y ~ demand", "y ~ 0 + hill(tv)"])
def test_the_density_is_that_of_dense_normals(equation: str) -> None:
    model, rows = world(equation, rows=24, autoregressive=True, rho=0.5, priors=NORMAL if "tv" in equation else {})
    target = CollapsedNode.of(model, rows, "y")
    points = typical(target, 12)
    ours, _ = target.evaluate(points, np.random.default_rng(1))
    theirs = np.array([brute_log_density(target, rows, p) for p in points])
    apart = ours - theirs
    assert apart == pytest.approx(apart[0], abs=1e-8 * np.ptp(theirs) + 1e-8)


@pytest.mark.parametrize("equation", ["y ~ hill(tv)", "y ~ demand"])
def test_it_draws_what_brute_force_over_the_prior_gives(equation: str) -> None:
    model, rows = world(equation, rows=15, autoregressive=True, rho=0.5, noise=15.0)
    reference, weights = brute_force(model, rows)
    assert 1 / (weights**2).sum() > 150
    assert Collapsed().refuses(model, rows, Block(("y",))) is None
    assert_same_distribution(*sample(model, rows), reference, weights)


@pytest.mark.slow
def test_it_agrees_with_nuts_on_the_pymc_model() -> None:
    model, rows = world(HILL, rows=110, autoregressive=True, rho=0.6)
    ours, _ = sample(model, rows, draws=4000)  # half has a heavy tail: of fewer draws its sd is not told to 10 %
    theirs, _ = sample(model, rows, Nuts(), draws=5000)
    for name, reference in theirs.items():
        sd = reference.std(axis=(0, 1))
        assert ours[name].mean(axis=(0, 1)) == pytest.approx(reference.mean(axis=(0, 1)), abs=0.1 * sd.max()), name
        assert ours[name].std(axis=(0, 1)) == pytest.approx(sd, rel=0.1), name


@pytest.mark.slow
def test_intervals_of_an_effect_cover_it_under_autoregressive_noise() -> None:
    # 34 of 40 or more: of as many worlds with a coverage of 90 %, 9 in 10 studies have that many.
    covered = 0
    for seed in range(40):
        model, rows = world("y ~ demand + tv", rows=120, autoregressive=True, rho=0.6, seed=seed, effect=0.0)
        draws = sample(model, rows, draws=250, seed=seed)[0]["y.demand.effect"]
        low, high = np.quantile(draws, [0.05, 0.95])
        covered += bool(low < 5.0 < high)
    assert covered >= 34


def test_a_series_is_not_for_the_exact_engine() -> None:
    model, rows = world("y ~ demand", rows=20, autoregressive=True)
    assert Exact().refuses(model, rows, Block(("y",))) == "its noise is ar(1)"
