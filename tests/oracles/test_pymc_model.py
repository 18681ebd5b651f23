"""The PyMC model is a plain `pm.Model` whose means and interventions agree with the forward pass."""

from __future__ import annotations

import numpy as np
import pytest

import bayes_roi as br
from bayes_roi.inference.fit import fit_of
from bayes_roi.model.prior_draws import prior_draws

pm = pytest.importorskip("pymc")


@pytest.fixture(scope="module")
def scm(funnel, funnel_data):
    return br.to_pymc(funnel, funnel_data)


@pytest.fixture(scope="module")
def few(funnel, funnel_data, funnel_known):
    """Two hundred draws of the prior, narrow enough to compare means."""
    return fit_of(funnel, funnel_data, prior_draws(funnel, funnel_known.design, 200, 3))


def test_every_node_is_a_named_variable_over_time(scm, funnel):
    assert set(funnel.nodes) <= set(scm.named_vars)
    assert all(scm.named_vars_to_dims[n] == ("time",) for n in funnel.nodes)
    assert len(scm.coords["time"]) == 156


def test_every_parameter_is_a_named_free_variable(scm, funnel):
    from bayes_roi.model.names import parameter_names

    assert {v.name for v in scm.free_RVs} == set(parameter_names(funnel))


def test_do_on_the_pymc_model_agrees_with_do_here(scm, few):
    off = np.zeros(few.design.length)
    with pm.do(scm, {"tv_spend": off}):
        sampled = pm.sample_posterior_predictive(
            few.posterior, var_names=["organic_clicks"], random_seed=1, progressbar=False
        )
    theirs = sampled["posterior_predictive"]["organic_clicks"].mean(("chain", "draw")).values
    ours = br.do(few, br.turn_off("tv_spend"))["organic_clicks"].mean().values
    error = np.sqrt(np.mean(few.parameters["organic_clicks.sigma"] ** 2) / 200)
    z = (theirs - ours) / error
    assert np.abs(z).max() < 4.5  # the largest of 156 standard normals passes this once in a thousand times
    assert abs(z.mean()) < 4 / np.sqrt(len(z))


def test_scaling_happens_in_one_place_so_cents_give_the_same_roas(acquisition, acquisition_data, acquisition_fit):
    from dataclasses import replace

    cents = replace(acquisition_data, columns={n: 100 * c for n, c in acquisition_data.columns.items()})
    in_cents = br.fit(acquisition, cents, seed=7)
    np.testing.assert_allclose(br.roas(in_cents).values.values, br.roas(acquisition_fit).values.values, rtol=1e-6)


def test_an_interaction_that_takes_away_leaves_the_density_that_was_declared():
    # Up to a constant the density is the priors', those of the effects cut off at the cap, times the likelihood.
    from pymc.model.transform.conditioning import remove_value_transforms

    from bayes_roi.model.design import View
    from bayes_roi.model.forward import linear_predictor
    from bayes_roi.model.parameters import node_parameters
    from bayes_roi.panel import Panel

    rng = np.random.default_rng(0)
    model = br.Model(
        name="less", equations="y ~ x + interact(x, z) + x2", outcome="y", channels={"x": "x", "x2": "x2"}, time="t"
    )
    columns = {"x": rng.gamma(2, 10, 40), "z": rng.standard_normal(40) - 1.0, "x2": rng.gamma(2, 5, 40)}
    columns["y"] = 50 + 0.5 * columns["x"] + rng.standard_normal(40)
    data = Panel({n: columns[n] for n in model.nodes}, np.arange(40), "t", "period", "simulated")
    rows = fit_of(model, data, {}).design
    node, draws = node_parameters(model, rows, "y"), prior_draws(model, rows, 20, 1)
    assert node.capped_terms[1].curve(View(np, rows, rows.rows), {}).mean() < 0
    density = remove_value_transforms(br.to_pymc(model, data)).compile_logp(mode="FAST_COMPILE")
    theirs = np.array([density({n: v[i] for n, v in draws.items()}) for i in range(20)])
    eta = linear_predictor(np, node, View(np, rows, rows.rows), draws)
    sigma = draws["y.sigma"][:, None]
    ours = (-0.5 * ((columns["y"] - eta) / sigma) ** 2 - np.log(sigma)).sum(axis=1)
    ours += node.family["sigma"].logpdf(draws["y.sigma"])
    ours += sum(t.effect.logpdf(draws[t.effect_name]) for t in node.terms)
    curves = {t: t.curve(View(np, rows, rows.rows), {}).mean() for t in node.terms}
    level = draws["y.intercept"] + sum(draws[t.effect_name] * m for t, m in curves.items())
    ours += node.level.logpdf(level)
    assert theirs - ours == pytest.approx((theirs - ours)[0], abs=1e-6)
