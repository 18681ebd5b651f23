"""Noise that hangs together over time and differs by unit: its laws, and its density in PyMC."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import bayes_roi as br
from bayes_roi.inference.fit import fit_of
from bayes_roi.mechanisms.noise import NodeNoise, coloured, parse_noise, whitened
from bayes_roi.model.language.model import Model
from bayes_roi.model.law.forward import Forward, linear_predictor
from bayes_roi.model.law.parameters import node_parameters
from bayes_roi.model.law.prior_draws import prior_draws
from bayes_roi.model.rows.design import design
from bayes_roi.model.rows.view import View
from tests.model.made import regions, series, units

starting = st.lists(st.booleans(), min_size=1, max_size=30).map(lambda s: np.array([True, *s[1:]]))


@given(starting, st.floats(-0.99, 0.99), st.integers(0, 9))
def test_coloured_and_whitened_are_inverses(starts: np.ndarray, rho: float, seed: int) -> None:
    z = np.random.default_rng(seed).standard_normal((2, len(starts)))
    rhos = np.array([[rho], [-0.5 * rho]])
    np.testing.assert_allclose(whitened(np, coloured(z, rhos, starts), rhos, starts), z, rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(coloured(whitened(np, z, rhos, starts), rhos, starts), z, rtol=1e-9, atol=1e-12)


@given(starting, st.floats(-0.99, 0.99), st.integers(0, 9))
def test_coloured_noise_is_the_recursion(starts: np.ndarray, rho: float, seed: int) -> None:
    z = np.random.default_rng(seed).standard_normal(len(starts))
    e: list[float] = []
    for t, begins in enumerate(starts):
        e.append(z[t] / np.sqrt(1 - rho**2) if begins else rho * e[-1] + z[t])
    np.testing.assert_allclose(coloured(z, np.array([rho]), starts), e, rtol=1e-12)


def test_coloured_leaves_the_noise_it_was_given_as_it_was() -> None:
    z = np.ones(4)
    coloured(z, np.array([0.5]), np.array([True, False, False, False]))
    np.testing.assert_array_equal(z, 1.0)


@pytest.mark.parametrize("rho", [-0.7, 0.0, 0.6, 0.95])
def test_coloured_noise_is_stationary(rho: float) -> None:
    """The variance is 1 / (1 - rho^2) in every period, the correlation of two periods k apart rho^k."""
    series_, periods = 40_000, 8
    starts = np.arange(periods) == 0
    e = coloured(np.random.default_rng(1).standard_normal((series_, periods)), np.array([rho]), starts)
    variance = 1 / (1 - rho**2)
    error = np.sqrt(2 / series_)  # of a variance over its value, and above that of a correlation
    np.testing.assert_allclose(e.var(axis=0) / variance, 1, atol=4.5 * error)
    for k in (1, 3):
        found = (e[:, k:] * e[:, :-k]).mean(axis=0) / variance
        np.testing.assert_allclose(found, rho**k, atol=4.5 * error)


@pytest.mark.parametrize("noise", [NodeNoise(True), NodeNoise(False, "geo"), NodeNoise(True, "sales region")])
def test_noise_reads_back_from_its_text(noise: NodeNoise) -> None:
    assert parse_noise(str(noise)) == noise


# ------------------------------------------------------------------------------------------------ the density in PyMC


def panel_of(model: Model, positive: bool) -> br.Panel:
    rng = np.random.default_rng(8)
    made = units({"north": range(9), "south": range(3, 9), "east": [0, 1, 2, 5, 6, 7]})
    y = rng.normal(3.0, 1.0, made.rows)
    columns = dict(made.columns) | {"y": np.exp(y) if positive else y, "people": 1.0 + (made.units == "north")}
    wanted = (*model.measured, *([model.weights] if model.weights else []))
    if model.panel is None:
        return series({n: columns[n] for n in wanted})
    return units({"north": range(9), "south": range(3, 9), "east": [0, 1, 2, 5, 6, 7]}, {n: columns[n] for n in wanted})


def log_likelihood(model: Model, rows, p: dict[str, np.ndarray], draw: int) -> float:
    """Return the log density of y by the dense covariance of each unbroken series."""
    from scipy import stats

    node = node_parameters(model, rows, "y")
    one = {n: v[draw] for n, v in p.items()}
    eta = np.broadcast_to(linear_predictor(np, node, View(np, rows, rows.rows), one), rows.length)
    unit = np.zeros(rows.length, int) if rows.codes is None else rows.codes
    sigma = one["y.sigma.by_unit"][unit] if "y.sigma.by_unit" in one else np.full(rows.length, one["y.sigma"])
    size = np.ones(rows.length) if rows.size is None else rows.size
    logs = model.family("y").link_name == "log"
    y, mean, spread = rows.rows["y"], size * eta, size * sigma
    if logs:
        y, mean, spread = np.log(y), eta + np.log(size), sigma
    rho, total = float(one["y.autocorrelation"]), 0.0
    which = np.cumsum(rows.starts)
    for s in np.unique(which):
        at = which == s
        t = rows.index[at]
        cov = rho ** np.abs(t[:, None] - t) / (1 - rho**2) * np.outer(spread[at], spread[at])
        total += stats.multivariate_normal.logpdf(y[at], mean[at], cov)
    return total - np.log(rows.rows["y"]).sum() * logs


NOISY = {
    "a series": Model(name="m", equations="y ~ z", outcome="y", time="t", noise={"y": "ar(1)"}),
    "a series with carry-over": Model(
        name="m", equations="y ~ adstock(x, max_lag=2)", outcome="y", time="t", noise={"y": "ar(1)"}
    ),
    "units": regions("y ~ z + adstock(x, max_lag=1)", noise={"y": "ar(1)"}),
    "a sigma for each unit": regions("y ~ 1 + z + x", noise={"y": "ar(1) + by(geo)"}),
    "weights": regions("y ~ z + x", noise={"y": "ar(1) + by(geo)"}, weights="people"),
}


@pytest.mark.parametrize("family", ["normal", "lognormal"])
@pytest.mark.parametrize("name", NOISY)
def test_the_density_in_pymc_is_that_of_a_multivariate_normal(name: str, family: str) -> None:
    pytest.importorskip("pymc")
    model = replace(NOISY[name], families={"y": family})
    data = panel_of(model, family == "lognormal")
    rows = design(model, data)
    p = prior_draws(model, rows, 4, 3)
    scm = br.to_pymc(model, data)
    density = density_of_y(scm)
    for draw in range(4):
        found = density({n: v[draw] for n, v in p.items()})
        assert found == pytest.approx(log_likelihood(model, rows, p, draw), rel=1e-8, abs=1e-8)


def test_missing_cells_stand_in_the_same_density() -> None:
    pytest.importorskip("pymc")
    model = NOISY["a sigma for each unit"]
    whole = panel_of(model, positive=False)
    gaps = np.array([2, 3, 12])
    y = whole.columns["y"].copy()
    y[gaps] = np.nan
    data = replace(whole, columns=dict(whole.columns) | {"y": y})
    p = prior_draws(model, design(model, data), 4, 3)
    density = density_of_y(br.to_pymc(model, data), "y_observed", "y_unobserved")
    for draw in range(4):
        point = {n: v[draw] for n, v in p.items()} | {"y_unobserved": whole.columns["y"][gaps]}
        assert density(point) == pytest.approx(log_likelihood(model, design(model, whole), p, draw), rel=1e-8)


def density_of_y(scm: object, *names: str) -> Callable[[dict[str, np.ndarray]], float]:
    """Return the function from parameters, as they are, to the log density of y."""
    from pymc.model.transform.conditioning import remove_value_transforms

    plain = remove_value_transforms(scm)
    y = [plain[n] for n in names or ("y",)]
    free = [v.name for v in plain.free_RVs]
    function = plain.compile_fn(
        plain.logp(vars=y), inputs=plain.value_vars, mode="FAST_COMPILE", on_unused_input="ignore"
    )
    values = [plain.rvs_to_values[plain[n]].name for n in free]
    return lambda point: float(function({v: point[n] for v, n in zip(values, free, strict=True)}))


@pytest.mark.parametrize("family", ["normal", "lognormal"])
def test_do_in_pymc_and_predictive_draws_are_series_with_their_autocorrelation(family: str) -> None:
    pm = pytest.importorskip("pymc")
    model = regions("y ~ 1 + x", noise={"y": "ar(1)"}, families={"y": family})
    made = units({"north": range(40), "south": range(5, 45)})
    y = np.random.default_rng(2).normal(1.0, 0.2, made.rows)
    data = units({"north": range(40), "south": range(5, 45)}, {"x": made.columns["x"], "y": np.exp(y)})
    draws, rho, sigma, level = 2000, 0.8, 0.1, 2.0
    given_ = {"y.intercept": level, "y.x.effect": 0.01, "y.sigma": sigma, "y.autocorrelation": rho}
    fit = fit_of(model, data, {n: np.full(draws, v) for n, v in given_.items()})
    with pm.do(br.to_pymc(model, data), {"x": np.zeros(fit.design.length)}):
        sampled = pm.sample_posterior_predictive(
            fit.posterior, var_names=["y"], random_seed=3, progressbar=False, compile_kwargs={"mode": "FAST_COMPILE"}
        )
    found = sampled["posterior_predictive"]["y"].values[0]
    e = ((np.log(found) if family == "lognormal" else found) - level) / sigma
    starts = fit.design.starts
    before = np.flatnonzero(~starts)
    variance = 1 / (1 - rho**2)
    # 80 rows of 2,000 independent series; neighbours are alike, so a series counts as few.
    effective = draws * 2 * 40 * (1 - rho**2) / (1 + rho**2)
    assert e.var() / variance == pytest.approx(1, abs=4.5 * np.sqrt(2 / effective))
    correlation = (e[:, before] * e[:, before - 1]).mean() / variance
    assert correlation == pytest.approx(rho, abs=4.5 * np.sqrt(2 / effective))
    apart = (e[:, starts][:, 0] * e[:, starts][:, 1]).mean() / variance  # two units have nothing in common
    assert apart == pytest.approx(0, abs=4.5 / np.sqrt(draws))
    # y at x = 0 is what the forward pass says
    held = {"x": np.zeros(fit.design.length)}
    mean = Forward(model, fit.design).run({n: v[:1] for n, v in fit.parameters.items()}, held).values["y"]
    error = found.std(axis=0) / np.sqrt(draws)
    assert np.abs((found.mean(axis=0) - mean) / error).max() < 4.5


def test_the_mean_of_a_lognormal_series_knows_its_stationary_variance() -> None:
    model = regions("y ~ 1 + x", noise={"y": "ar(1)"}, families={"y": "lognormal"})
    data = br.simulate(model, periods=10, seed=1)
    p = {"y.intercept": [2.0], "y.x.effect": [0.0], "y.sigma": [0.3], "y.autocorrelation": [0.8]}
    found = br.do(fit_of(model, data, {n: np.array(v) for n, v in p.items()}), br.turn_off("x"))["y"]
    np.testing.assert_allclose(found.values.values, np.exp(2.0 + 0.5 * 0.3**2 / (1 - 0.8**2)), rtol=1e-12)


def test_the_counterfactual_of_a_series_keeps_its_noise_and_not_more() -> None:
    """What changes is the linear predictor, in the row and no other: noise runs on, effects do not."""
    model = regions("y ~ 1 + x + z", noise={"y": "ar(1)"})
    data = br.simulate(model, periods=10, seed=1)
    p = {"y.intercept": [2.0], "y.x.effect": [0.5], "y.z.effect": [0.1], "y.sigma": [0.3], "y.autocorrelation": [0.8]}
    fit = fit_of(model, data, {n: np.array(v) for n, v in p.items()})
    label = str(fit.design.periods[4])
    found = br.counterfactual(fit, br.shift_by("x", 10.0, during=label))["y"].values.values[0, 0]
    seen = fit.design.rows["y"].reshape(found.shape)
    at = np.flatnonzero(fit.design.periods[: found.shape[-1]] == label)
    wanted = seen.copy()
    wanted[:, at] += 5.0
    np.testing.assert_allclose(found, wanted, rtol=1e-12)
