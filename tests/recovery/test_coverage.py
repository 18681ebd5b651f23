"""Intervals hold the truth as often as they say, over simulated worlds (`make coverage` is the long form)."""

from __future__ import annotations

import math

import numpy as np

import bayes_roi as br
from bayes_roi.model.simulate import simulate
from bayes_roi.model.truth import read_truth
from tests.recovery.coverage_study import pooled, run


def within_three_errors(rate: float, error: float, nominal: float, count: int) -> bool:
    """Judge a rate by the larger of its clustered error and that of `count` independent trials."""
    return abs(rate - nominal) < 3 * max(error, math.sqrt(nominal * (1 - nominal) / count))


def test_roas_of_the_weekly_funnel_is_covered_over_six_worlds(funnel, funnel_truth):
    worlds = [run(funnel, funnel_truth, seed) for seed in range(900, 906)]
    assert all(w.ok for w in worlds)
    rate, error = pooled(worlds)
    assert within_three_errors(rate, error, 0.9, 18)


def test_ate_do_and_roas_of_a_linear_funnel_are_covered_over_two_hundred_worlds(acquisition):
    """Every estimand that is linear in the parameters, at once: the exact engine makes a world in milliseconds."""
    truth = read_truth(br.shipped("data/acquisition.truth.json"))
    hits: list[list[bool]] = []
    for seed in range(200):
        data = simulate(acquisition, truth, periods=150, seed=seed)
        fit = br.fit(acquisition, data, seed=seed, draws=500, chains=2, progress=False)
        roas = br.roas(fit).interval(0.9)
        ate = br.ate(fit, "demand", shift=1.0).interval(0.9)
        found = [
            float(roas.lower.sel(channel=c)) <= v <= float(roas.upper.sel(channel=c)) for c, v in truth.roas.items()
        ]
        hits.append([*found, float(ate.lower) <= 1.05 <= float(ate.upper)])
    by_world = np.mean(hits, axis=1)
    rate, error = float(by_world.mean()), float(by_world.std(ddof=1) / np.sqrt(len(hits)))
    assert abs(rate - 0.9) < 3 * error
