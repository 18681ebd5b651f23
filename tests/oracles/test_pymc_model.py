"""The PyMC model is a plain `pm.Model` whose means and interventions agree with the forward pass."""

from __future__ import annotations

import numpy as np
import pytest

import bayes_roi as br
from bayes_roi.inference.fit import fit_of
from bayes_roi.model.law.prior_draws import prior_draws

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
    from bayes_roi.model.language.names import parameter_names

    assert {v.name for v in scm.free_RVs} == set(parameter_names(funnel))


def test_do_on_the_pymc_model_agrees_with_do_here(scm, few):
    off = np.zeros(few.design.length)
    with pm.do(scm, {"tv_spend": off}):
        sampled = pm.sample_posterior_predictive(
            few.posterior,
            var_names=["organic_clicks"],
            random_seed=1,
            progressbar=False,
            compile_kwargs={"mode": "FAST_COMPILE"},
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
