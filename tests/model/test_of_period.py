"""`(1 | week)`: what all units of a panel share in a period, from the rows of a fit to those after the last."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy import stats

import bayes_roi as br
from bayes_roi.decisions.horizon.outlook import outlook
from bayes_roi.errors import QueryError
from bayes_roi.inference.engines.hmc.crossed_regression import CrossedRegression
from bayes_roi.inference.fit import Fit, fit_of
from bayes_roi.mechanisms.prior import Normal
from bayes_roi.model.language.model import Model
from bayes_roi.model.law.forward import linear_predictor
from bayes_roi.model.law.parameters import node_parameters
from bayes_roi.model.law.prior_draws import prior_draws
from bayes_roi.model.rows.design import design
from bayes_roi.model.rows.view import View
from bayes_roi.model.simulation.made_up_truth import made_up_truth
from tests.inference.test_collapsed_pooled import light_tailed
from tests.model.made import regions, units

PRESENT = {"north": range(24), "south": range(4, 24), "east": [*range(9), *range(11, 24)]}
EQUATION = "y ~ (1 | t) + z + hill(adstock(x, max_lag=2))"


def given(model: Model, draws: int = 4) -> Fit:
    """Return a fit whose draws are the prior's."""
    data = units(PRESENT)
    return fit_of(model, data, prior_draws(model, design(model, data), draws, 3))


def unshared(fit: Fit) -> Fit:
    """Return a fit without the effects of periods, all else the same."""
    model = replace(fit.model, equations=EQUATION.replace("(1 | t) + ", ""))
    return fit_of(model, fit.data, {n: x for n, x in fit.parameters.items() if not n.startswith("y.t.")})


@pytest.fixture(scope="module")
def shared() -> Fit:
    return given(regions(EQUATION))


def test_every_row_has_the_effect_of_its_period(shared: Fit) -> None:
    rows, parameters = shared.design, dict(shared.parameters)
    own, view = shared.forward.nodes["y"], View(np, rows, rows.rows)
    effects = parameters.pop("y.t.by_period")
    periods = sorted(set(rows.index.tolist()))
    assert effects.shape == (4, len(periods))
    without = linear_predictor(np, own, view, parameters | {"y.t.by_period": 0 * effects})
    found = linear_predictor(np, own, view, shared.parameters) - without
    for row, period in enumerate(rows.index.tolist()):
        np.testing.assert_allclose(found[:, row], effects[:, periods.index(period)], rtol=1e-9, atol=1e-9)


def test_its_prior_is_as_wide_as_that_of_the_units_and_can_be_written(shared: Fit) -> None:
    node = node_parameters(shared.model, shared.design, "y")
    assert node.periods is not None
    assert node.pooled_intercept is not None
    assert node.periods.spread == node.pooled_intercept.spread
    written = regions(EQUATION, priors={"y.t.spread": "HalfNormal(sigma=2)"})
    assert str(node_parameters(written, shared.design, "y").periods.spread) == "HalfNormal(sigma=2)"  # type: ignore[union-attr]
    with pytest.raises(br.ModelError, match="is given by its common parameter"):
        regions(EQUATION, priors={"y.t.by_period": "Normal(mu=0, sigma=2)"})


def test_nothing_changed_is_the_data_and_spend_acts_as_without_it(shared: Fit) -> None:
    same = br.counterfactual(shared, br.scale_by("x", 1.0))["y"]
    table = same.values.transpose("chain", "draw", "geo", "t" if "t" in same.values.dims else "time").values
    np.testing.assert_allclose(np.sort(table[np.isfinite(table)].reshape(4, -1)[0]), np.sort(shared.design.rows["y"]))
    plain = unshared(shared)
    for question in (br.roas, lambda fit: br.ate(fit, "x", shift=1.0)):
        np.testing.assert_allclose(question(shared).values, question(plain).values, rtol=1e-9)


def test_periods_after_the_last_share_nothing_in_the_mean_and_something_anew_with_noise() -> None:
    fit = given(regions(EQUATION), draws=3000)
    ahead, plain = outlook(fit, periods=3), outlook(unshared(fit), periods=3)
    np.testing.assert_allclose(ahead.outcome([ahead.reference]), plain.outcome([plain.reference]), rtol=1e-12)
    drawn = ahead.outcome([ahead.reference], noise="predictive", seed=1) - ahead.outcome([ahead.reference])
    # three units: Var = 3 sigma^2 + 9 tau^2, whose mean over draws a sample variance has within its standard error
    wanted = 3 * fit.parameters["y.sigma"] ** 2 + 9 * fit.parameters["y.t.spread"] ** 2
    scaled = drawn[:, 0] / np.sqrt(wanted)[:, None]
    assert stats.kstest(scaled[:, 0], "norm").pvalue > 1e-4
    np.testing.assert_allclose(np.corrcoef(scaled.T)[0, 1], 0, atol=4 / np.sqrt(len(scaled)))


def test_under_a_log_link_new_periods_are_averaged_over() -> None:
    """E[e^a] of a period's effect is e^(tau^2 / 2): by pairs of noise, to a tenth of the posterior's variance."""
    model = regions(EQUATION, families={"y": "lognormal"})
    fit = given(model, draws=400)
    few = fit.parameters | {"y.t.spread": np.full(400, 0.5), "y.sigma": np.full(400, 0.1)}
    few["y.t.by_period"] = 0 * few["y.t.by_period"]
    fit = fit_of(model, fit.data, few)
    ahead, plain = outlook(fit, periods=2), outlook(unshared(fit), periods=2)
    ratio = np.median(ahead.outcome([ahead.reference]) / plain.outcome([plain.reference]))
    assert ratio == pytest.approx(np.exp(0.5**2 / 2), abs=0.04)


def test_windows_do_not_know_the_effects_of_one_another(shared: Fit) -> None:
    with pytest.raises(QueryError, match="share in its own ts alone; ask with mechanisms=False"):
        br.decompose_change(shared, (14, 18), (19, 23))


def test_simulated_shocks_are_found_again() -> None:
    model = Model(
        name="m", equations="y ~ (1 | geo) + (1 | week) + z", outcome="y", time="week", panel="geo", currency="EUR"
    )
    fit = br.fit(model, br.simulate(model, periods=60, seed=5), seed=1, draws=250, progress=False)
    assert fit.diagnosis.blocks[0].engine == "hmc"
    truth = made_up_truth(model, seed=5).parameters["y.week.spread"]
    low, high = np.quantile(fit.parameters["y.week.spread"], [0.005, 0.995])
    assert low < truth < high
    assert fit.posterior["posterior"]["y.week.by_period"].dims == ("chain", "draw", "week")


def test_it_agrees_with_nuts_on_the_pymc_model() -> None:
    model = Model(
        name="m", equations="y ~ (1 | geo) + (1 | week) + z", outcome="y", time="week", panel="geo", currency="EUR"
    )
    data = br.simulate(model, periods=40, seed=5)
    ours, theirs = (br.fit(model, data, seed=1, engine=e, draws=2000, progress=False) for e in ("auto", "nuts"))
    assert [f.diagnosis.blocks[0].engine for f in (ours, theirs)] == ["hmc", "nuts"]
    for name, reference in theirs.parameters.items():
        found, reference = light_tailed(ours.parameters[name], reference)
        sd = reference.std(axis=0)
        np.testing.assert_array_less(np.abs(found.mean(axis=0) - reference.mean(axis=0)), 0.1 * sd, name)
        np.testing.assert_allclose(found.std(axis=0), sd, rtol=0.1, err_msg=name)


def test_draws_of_what_is_integrated_out_are_normal_given_the_rest() -> None:
    """Against mean and covariance of the dense normal linear model."""
    rng = np.random.default_rng(1)
    periods, codes = np.tile(np.arange(5), 3), np.repeat(np.arange(3), 5)
    x, y = np.stack([np.ones(15), rng.standard_normal(15)]), rng.standard_normal(15)
    regression = CrossedRegression(y, x, [Normal(0.5, 2.0), Normal(0.0, 1.0)], periods, (codes, 3))
    sigma, tau, omega, count = 0.7, 0.8, 0.6, 20_000
    drawn = regression.draw(
        np.zeros((count, 15)), *(np.full(count, s) for s in (sigma, tau, omega)), rng=np.random.default_rng(2)
    )
    columns = np.concatenate([x, np.eye(3)[:, codes], np.eye(5)[:, periods]])
    mean, sd = np.array([0.5, *np.zeros(9)]), np.array([2.0, 1.0, *[tau] * 3, *[omega] * 5])
    covariance = np.linalg.inv(columns @ columns.T / sigma**2 + np.diag(sd**-2))
    middle = mean + covariance @ columns @ (y - mean @ columns) / sigma**2
    scaled = (drawn - middle) @ np.linalg.inv(np.linalg.cholesky(covariance)).T
    assert np.abs(scaled.mean(0)).max() < 4.5 / np.sqrt(count)
    assert np.abs(np.cov(scaled.T) - np.eye(10)).max() < 4.5 * np.sqrt(2 / count)


def test_the_column_of_the_period_may_be_a_factor_under_which_national_spend_is_assumed() -> None:
    data = units({"north": range(12), "south": range(12)})
    week = np.tile(np.arange(12.0), 2)
    columns = {**data.columns, "x": 10 + np.tile(data.columns["x"][:12], 2), "t": week}
    data = replace(data, columns=columns, levels={"t": tuple(f"week {i:02}" for i in range(12))})
    model = regions("y ~ factor(t) + x")
    roas = br.roas(fit_of(model, data, prior_draws(model, design(model, data), 4, 1)))
    assert roas.evidence.item() == br.Evidence.ASSUMED
    with pytest.raises(br.ModelError, match="is the time column and cannot be a node"):
        regions("y ~ t + x")
