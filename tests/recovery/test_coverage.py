"""Intervals hold the truth as often as they say, over simulated worlds (`make coverage` is the long form)."""

from __future__ import annotations

import math

import numpy as np

import bayes_roi as br
from bayes_roi.model.simulation.simulate import simulate
from bayes_roi.model.simulation.truth import read_truth
from tests.conftest import known
from tests.recovery import confounded_study, series_study
from tests.recovery.coverage_study import pooled, run


def within_three_errors(rate: float, error: float, nominal: float, count: int) -> bool:
    """Judge a rate by the larger of its clustered error and that of `count` independent trials."""
    return abs(rate - nominal) < 3 * max(error, math.sqrt(nominal * (1 - nominal) / count))


def test_roas_and_marginal_roas_of_the_weekly_funnel_are_covered_over_six_worlds(funnel, funnel_truth):
    worlds = [run(funnel, funnel_truth, seed) for seed in range(900, 906)]
    assert all(w.ok for w in worlds)
    for what in ("covered", "marginal"):
        rate, error = pooled(worlds, what)
        assert within_three_errors(rate, error, 0.9, 18)


def test_linear_estimands_are_covered_over_two_hundred_worlds(acquisition):
    """ROAS, ATE, do and counterfactual at once: the exact engine makes a world in milliseconds."""
    truth = read_truth(br.shipped("data/acquisition.truth.json"))
    more, off = br.scale_by("tv_spend", 1.2), br.turn_off("social_spend")
    hits: list[list[bool]] = []
    for seed in range(200):
        data = simulate(acquisition, truth, periods=150, seed=seed)
        fit = br.fit(acquisition, data, seed=seed, draws=500, chains=2, progress=False)
        right = known(acquisition, data, truth)
        asked = [
            (br.ate(fit, "demand", shift=1.0), 1.05),
            (br.do(fit, off)["revenue"], float(br.do(right, off)["revenue"].mean())),
            (
                br.counterfactual(fit, more)["revenue"],
                simulate(acquisition, truth, periods=150, seed=seed, do=more).columns["revenue"].mean(),
            ),
            *((br.roas(fit).sel(channel=c), v) for c, v in truth.roas.items()),
        ]
        hits.append([bool(d.interval(0.9).lower <= v <= d.interval(0.9).upper) for d, v in asked])
    rates = np.mean(hits, axis=0)
    assert (np.abs(rates - 0.9) < 3.5 * math.sqrt(0.9 * 0.1 / len(hits))).all(), rates


def test_roas_is_covered_where_budgets_chase_demand_and_without_demand_it_is_not():
    """Five made-up truths; the control is the model without the confounder (`confounded_study` is the long form)."""
    adjusted, control = zip(*(confounded_study.run(seed) for seed in range(700, 705)), strict=True)
    rate, error = pooled(list(adjusted))
    assert within_three_errors(rate, error, 0.9, 15)
    wrong, error = pooled(list(control))
    assert wrong < 0.9 - 3 * max(error, math.sqrt(0.9 * 0.1 / 15))
    assert np.median([list(w.error.values()) for w in control]) > 0  # channels are credited with demand


def test_noise_that_hangs_together_is_covered_as_ar1_and_not_as_independent():
    """Forty worlds of an autocorrelation of 0.6 (`series_study` is the long form); the residual check tells them."""
    worlds = {noise: [series_study.run(noise, seed) for seed in range(40)] for noise in (None, "ar(1)")}
    error = math.sqrt(0.9 * 0.1 / 40)
    for what in ("roas", "demand"):
        assert abs(np.mean([getattr(w, what) for w in worlds["ar(1)"]]) - 0.9) < 3 * error
    assert np.mean([w.roas for w in worlds[None]]) < 0.9 - 3 * error
    assert np.mean([w.alarmed for w in worlds[None]]) > 0.9
    assert np.mean([w.alarmed for w in worlds["ar(1)"]]) < 0.1
