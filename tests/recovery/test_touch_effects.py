"""How often 90 % intervals of touch effects hold the truth: with intent measured, and with priors of an unseen one.

`make journeys` has fifty larger worlds.
"""

from __future__ import annotations

import math

import numpy as np
import pytest

import bayes_roi as br
from bayes_roi.journeys.logistic.posterior import Regression, posterior
from bayes_roi.journeys.logistic.removed import removed
from bayes_roi.journeys.logistic.rows import Rows, alike
from bayes_roi.journeys.logistic.unseen import UnseenIntent
from tests.recovery.journeys_study import CHANNELS, LAGGED, UNSEEN, summary

pytest.importorskip("duckdb", reason="the extra `journeys` is not installed")
WORLDS = 30
FEWER = 12
"""Worlds in which the intent is unseen."""


def least(intervals: int, prob: float = 0.9, errors: float = 3.5) -> float:
    """Return how many intervals hold the truth at least, but for chance of one in some thousands."""
    return intervals * prob - errors * math.sqrt(intervals * prob * (1 - prob))


@pytest.mark.slow
def test_intervals_hold_the_truth_with_intent_measured_and_with_priors_of_an_unseen_one() -> None:
    held: dict[str, dict[str, int]] = {way: dict.fromkeys(CHANNELS, 0) for way in ("with", "unseen")}
    for seed in range(WORLDS):
        made = br.simulate_journeys(300 + seed, users=500, days=60)
        log = br.read_log(made.log)
        ways = {"with": {"intent": made.intent}} | ({"unseen": {"unobserved": UNSEEN}} if seed < FEWER else {})
        for way, told in ways.items():
            found = summary(br.touch_effects(log, lagged=LAGGED, draws=400, seed=seed, **told))  # type: ignore[arg-type]
            for c, (_, lower, upper) in found.items():
                held[way][c] += lower <= made.shares[c] <= upper
    assert sum(held["with"].values()) >= least(WORLDS * len(CHANNELS)), held
    assert min(held["with"].values()) >= least(WORLDS), held
    assert min(held["unseen"][c] for c in CHANNELS if c not in LAGGED) >= least(FEWER), held


def lived(seed: int, unseen: UnseenIntent, days: int = 20_000) -> tuple[Rows, np.ndarray]:
    """Return days whose touches go with an intent of a strength drawn from its prior, and each channel's true share."""
    rng = np.random.default_rng([seed, 5])
    strength = rng.normal(*unseen.log_odds)
    per_touch = np.array([rng.normal(*unseen.per_touch.get(c, (0.0, 0.0))) for c in "ab"])
    adds = rng.normal(0.3, 0.4, 2)
    touches = rng.poisson(0.25, (days, 2)).astype(float)
    eta = -5.0 + touches @ adds + strength * (touches @ per_touch + rng.normal(size=days))
    p = 1 / (1 + np.exp(-eta))
    without = [(p - 1 / (1 + np.exp(-(eta - adds[c] * touches[:, c])))).sum() / p.sum() for c in range(2)]
    bought = (rng.random(days) < p).astype(float)
    return alike([Rows(touches, None, np.ones(days), bought)]), np.array(without)


def test_where_the_strength_of_an_unseen_intent_is_drawn_from_its_prior_intervals_are_calibrated() -> None:
    """Neither too narrow nor too wide, where the form of the bias is right; without the priors they are too narrow."""
    worlds, unseen = 200, br.UnseenIntent(log_odds=(0.8, 0.25), per_touch={"a": (0.5, 0.4)})
    held, ignored = np.zeros(2), np.zeros(2)
    for seed in range(worlds):
        rows, truth = lived(seed, unseen)
        regression, rng = Regression.of(rows, 2.5), np.random.default_rng([seed, 6])
        points = posterior(regression, 1_000, rng).points
        naive = points[:, 1:]
        for count, adds in ((held, naive - unseen.drawn(("a", "b"), len(points), rng)), (ignored, naive)):
            total, fewer = removed(rows, regression, points, adds)
            lower, upper = np.quantile(fewer / total[:, None], (0.05, 0.95), axis=0)
            count += (lower <= truth) & (truth <= upper)
    assert np.all(held >= least(worlds)), held
    assert np.all(held <= 2 * 0.9 * worlds - least(worlds)), held
    assert ignored[0] < least(worlds), ignored
