"""Traps that caught other systems; each test fails when its trap is put back."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest

import bayes_roi as br
from bayes_roi.model.simulation.exogenous import ExogenousLaw
from bayes_roi.model.simulation.simulate import simulate
from bayes_roi.model.simulation.truth import Truth
from bayes_roi.panel import Panel


def test_both_arms_of_a_contrast_share_their_noise(acquisition_fit):
    """With noise of its own in each arm the effect's sd was 1.87 instead of 0.009."""
    effect = br.ate(acquisition_fit, "tv_spend", shift=1.0)
    assert 0.008 < float(effect.sd()) < 0.010


def test_both_arms_share_their_noise_where_it_has_to_be_averaged(funnel_fit):
    """Search spend varies and saturates here, yet nothing of that is downstream of television."""
    from bayes_roi.queries.expect import expect, scene

    stage = scene(funnel_fit)
    arms = [{"tv_spend": stage.observed["tv_spend"]}, stage.held([br.turn_off("tv_spend")], hold_spend=False)]
    difference = expect(
        stage, arms, lambda v: (v[0]["revenue"] - v[1]["revenue"]).sum(axis=1), frozenset({"revenue"}), seed=1
    )
    held = br.contribution(funnel_fit, horizon=0).sel(channel="tv").values.values.ravel()
    np.testing.assert_allclose(difference, held, rtol=1e-6)


def test_the_same_seed_answers_the_same_and_nothing_observed_is_redrawn(funnel_fit):
    change = br.set_to("search_spend", 9000.0)
    first, second = (br.do(funnel_fit, change, noise="predictive", seed=5)["revenue"].values for _ in range(2))
    np.testing.assert_array_equal(first, second)
    other = br.do(funnel_fit, change, noise="predictive", seed=6)["revenue"].values
    assert not np.array_equal(first, other)


def test_priors_follow_the_scale_of_the_data():
    """With fixed priors in natural units a true effect of 1.00 came out as 1.345 [1.343, 1.347]."""
    rng = np.random.default_rng(2)
    spend = rng.gamma(4.0, 5e5, 400)
    clicks = 3e5 + 0.02 * spend + rng.normal(0, 5e3, 400)
    revenue = 2e6 + 50.0 * clicks + rng.normal(0, 2e5, 400)
    columns = {"spend": spend, "clicks": clicks, "revenue": revenue}
    model = br.Model(
        name="m", equations="clicks ~ spend\nrevenue ~ clicks", outcome="revenue", channels={"tv": "spend"}
    )
    panel = Panel(columns=columns, periods=None, time=None, frequency=None, source="made")
    roas = br.roas(br.fit(model, panel, seed=1)).sel(channel="tv")
    assert abs(float(roas.mean()) - 1.0) < 4 * float(roas.sd())
    assert float(roas.sd()) < 0.1


def test_a_question_compiles_nothing():
    """Neither PyMC nor PyTensor, xarray nor pandas is imported to fit linear equations and ask of them."""
    code = (
        "import sys, bayes_roi as br\n"
        "m = br.read_model(br.shipped('models/acquisition.yaml'))\n"
        "f = br.fit(m, br.read_data(br.shipped('data/acquisition.csv'), m), draws=200)\n"
        "br.roi(f).arrays.probability(above=0), br.ate(f, 'tv_spend', shift=1.0).arrays.interval()\n"
        "assert not {'pandas', 'xarray', 'arviz'} & set(sys.modules)\n"
        "br.roi(f), br.do(f, br.turn_off('tv_spend'))\n"
        "assert not {'pymc', 'pytensor', 'nutpie'} & set(sys.modules)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_the_total_effect_does_not_adjust_for_what_it_goes_through(acquisition_fit):
    """Conditioning on clicks gives zero; the effect of television goes through clicks alone."""
    fit = acquisition_fit
    x = np.column_stack([fit.design.rows[n] for n in ("tv_spend", "organic_clicks", "social_clicks")])
    over_controlled = np.linalg.lstsq(np.column_stack([np.ones(len(x)), x]), fit.design.rows["revenue"], rcond=None)[0][
        1
    ]
    assert abs(over_controlled) < 0.01
    assert float(br.ate(fit, "tv_spend", shift=1.0).mean()) == pytest.approx(1.0, abs=0.04)


def test_money_is_on_the_response_scale_under_a_log_link():
    """The contribution is the difference of means of revenue, not of its logarithm."""
    model = br.Model(
        name="m",
        equations="revenue ~ spend",
        outcome="revenue",
        time="week",
        channels={"tv": "spend"},
        families={"revenue": "lognormal"},
    )
    parameters = {"revenue.intercept": 10.0, "revenue.spend.effect": 1e-4, "revenue.sigma": 0.8}
    truth = Truth(parameters, {"spend": ExogenousLaw(5000.0, 2000.0)}, periods=60_000, seed=3, start="0001-01-01")
    truth = replace(truth, periods=3000)
    lost = []
    for seed in range(40):
        there = simulate(model, truth, seed=seed)
        gone = simulate(model, truth, seed=seed, do=br.turn_off("spend"))
        lost.append((there.columns["revenue"].sum() - gone.columns["revenue"].sum()) / there.columns["spend"].sum())
    from bayes_roi.inference.fit import fit_of

    data = simulate(model, truth, seed=0)
    fit = fit_of(model, data, {n: np.array([v]) for n, v in parameters.items()})
    roas = float(br.roas(fit).sel(channel="tv").mean())
    assert roas == pytest.approx(np.mean(lost), abs=4 * np.std(lost) / np.sqrt(len(lost)))
    assert roas > 1.3 * 1e-4 * np.exp(10.0 + 0.32)  # what the link scale would say
