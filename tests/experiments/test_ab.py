"""A/B tests against closed forms, and looks that stay honest against those that do not."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import binom, ttest_ind

import bayes_roi as br
from bayes_roi.experiments.ab.textbook import bootstrap


def test_posteriors_of_rates_are_beta() -> None:
    found = br.ab_rates(control=(30, 100), treated=(50, 100), prior=(1, 1), draws=20_000)
    a, b = np.array([51.0, 31.0]), np.array([51.0, 71.0])
    mean, variance = a / (a + b), a * b / ((a + b) ** 2 * (a + b + 1))
    sd = np.sqrt(variance.sum())
    assert float(found.difference.mean()) == pytest.approx(mean[0] - mean[1], abs=5 * sd / np.sqrt(20_000))
    assert float(found.difference.sd()) == pytest.approx(sd, rel=5 / np.sqrt(40_000))
    assert float(found.estimate.mean()) == pytest.approx(100 * float(found.difference.mean()))
    assert str(found.difference.labels().item()) == "assumed"
    assert found.relative.median() == pytest.approx(found.ratio.median() - 1)


def test_the_mean_of_revenue_is_that_of_a_hurdle_lognormal() -> None:
    rng = np.random.default_rng(0)
    control, treated = (rng.binomial(1, 0.3, 20_000) * rng.lognormal(m, 0.6, 20_000) for m in (3.0, 3.1))
    found = br.ab_revenue(control=control, treated=treated, randomised=True)
    truth = 0.3 * np.exp([3.0 + 0.18, 3.1 + 0.18])
    lower, upper = np.quantile(found.means, [0.0005, 0.9995], axis=0)
    assert ((lower < truth) & (truth < upper)).all()
    assert found.log_normal
    skewed = br.ab_revenue(control=control**0.2, treated=rng.gamma(1.0, 20.0, 20_000))
    assert not skewed.log_normal


def test_the_textbook_beside_it_is_the_textbooks() -> None:
    rng = np.random.default_rng(1)
    control, treated = rng.lognormal(3, 1, 300), rng.lognormal(3.2, 1, 200)
    found = br.ab_revenue(control=control, treated=treated, prob=0.95)
    known = ttest_ind(treated, control, equal_var=False).confidence_interval(0.95)
    assert (found.textbook[0].lower, found.textbook[0].upper) == pytest.approx((known.low, known.high))
    wide = bootstrap(control, treated, 0.95)
    se = np.sqrt(control.var() / 300 + treated.var() / 200)
    # half the width of a normal bootstrap, give or take the skewness of means of 200
    assert (wide.upper - wide.lower) / 2 == pytest.approx(1.96 * se, rel=0.1)


def test_peeking_raises_false_alarms_of_posterior_and_wald_and_not_of_the_always_valid_interval() -> None:
    """Fifty looks at tests without an effect: 5 % was asked for, once and at all looks together."""
    worlds, alarms = 200, np.zeros(2)
    for seed in range(worlds):
        control, treated = np.random.default_rng(seed).binomial(1, 0.1, (2, 5000))
        found = br.ab_looks(control=control, treated=treated, looks=50)
        lower, upper = found.wald
        alarms += [found.decided is not None, bool(((lower > 0) | (upper < 0)).any())]
        # the p-value is below 5 % just where the interval has left zero
        assert (found.chance[-1] < 0.05) == (found.decided is not None)
    assert alarms[0] <= binom.ppf(0.999, worlds, 0.05)
    assert alarms[1] >= binom.ppf(0.001, worlds, 0.25)


def test_a_true_effect_is_decided_early_and_the_interval_holds_it_at_every_look() -> None:
    held = 0
    for seed in range(100):
        rng = np.random.default_rng(seed)
        found = br.ab_looks(control=rng.normal(0, 1, 4000), treated=rng.normal(0.2, 1, 4000), looks=40)
        lower, upper = found.always_valid
        held += bool((lower[-1] <= 0.2) & (upper[-1] >= 0.2))
        assert found.decided is not None
        assert found.decided < 8000
    assert held >= binom.ppf(0.001, 100, 0.95)


def test_the_always_valid_interval_is_narrowest_where_it_is_tuned() -> None:
    rng = np.random.default_rng(2)
    control, treated = rng.normal(size=(2, 10_000))
    width = {
        n: br.ab_looks(control=control, treated=treated, looks=[5000], tuned_for=n).half_width[0]
        for n in (2500, 5000, 10_000, 20_000, 40_000)
    }
    assert min(width, key=lambda n: width[n]) == 10_000  # both groups together
