"""What knowledge is worth: closed forms of normal-linear decisions, and laws of information."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from scipy.stats import norm

from bayes_roi.decisions.information.expected_value import ExpectedValue, evpi, evppi, evsi
from bayes_roi.decisions.information.smooth import cross_fitted, normal_scores

DRAWS = 2000
CORNER = [-0.8, 0.0, 0.4, 1.2]
"""Prior mean of the gain of acting, in prior sd."""


def unit_loss(mu: float, s: float) -> float:
    """Return E[max(x, 0)] - max(mu, 0) for x ~ N(mu, s^2)."""
    return float(s * norm.pdf(mu / s) - abs(mu) * norm.cdf(-abs(mu) / s))


def within(found: ExpectedValue, right: float, errors: float = 4.0) -> bool:
    """Judge an estimate by its own error, and what a gain in fewer than one draw of 2,000 can be."""
    return abs(found.value - right) < errors * found.error + 1e-3


def gain_of_acting(mu: float, s: float = 1.0, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Return draws of a gain theta ~ N(mu, s^2), and the profits of acting and of doing nothing."""
    theta = np.random.default_rng(seed).normal(mu, s, DRAWS)
    return theta, np.stack([theta, np.zeros(DRAWS)], axis=1)


@pytest.mark.parametrize("mu", CORNER)
def test_perfect_information_about_a_normal_gain(mu):
    assert within(evpi(gain_of_acting(mu)[1]), unit_loss(mu, 1.0))


@pytest.mark.parametrize("mu", CORNER[1:])
@pytest.mark.parametrize(("count", "sd"), [(1, 1.0), (4, 1.0), (1, 0.3), (9, 6.0)])
def test_observations_of_a_normal_gain(mu, count, sd):
    """Their mean has variance sd^2 / n, so the posterior mean has the sd s sqrt(s^2 / (s^2 + sd^2 / n)) before them."""
    theta, profit = gain_of_acting(mu)
    signal, noise = np.repeat(theta[:, None], count, axis=1), sd**2 * np.eye(count)
    right = unit_loss(mu, 1 / math.sqrt(1 + sd**2 / count))
    found = evsi(profit, signal, noise, seed=1)
    assert found.how == "reweighting"
    assert within(found, right)
    z = np.random.default_rng(9).normal(size=signal.shape)
    check = evppi(profit, signal + sd * z, seed=2)  # regression on simulated data
    assert within(check, right)


def test_correlated_noise_counts_as_what_is_left_of_it():
    """Two observations whose noise is common teach as much as one; opposite noise leaves no doubt."""
    theta, profit = gain_of_acting(0.3)
    signal = np.repeat(theta[:, None], 2, axis=1)
    common = evsi(profit, signal, 0.49 * np.ones((2, 2)))
    assert within(common, unit_loss(0.3, 1 / math.sqrt(1.49)))
    opposite = evsi(profit, signal, 0.49 * (2 * np.eye(2) - np.ones((2, 2))))
    assert within(opposite, unit_loss(0.3, 1.0))


def test_an_outcome_that_leaves_few_draws_is_judged_by_regression():
    theta, profit = gain_of_acting(0.3)
    found = evsi(profit, theta[:, None], np.array([[1e-6]]))
    assert found.how == "regression"
    assert found.effective < 50
    assert within(found, unit_loss(0.3, 1.0))


@pytest.mark.parametrize(("a", "b"), [(1.0, 2.0), (1.0, 0.3)])
def test_one_parameter_of_an_additive_gain(a, b):
    rng = np.random.default_rng(3)
    x, y = rng.normal(0.3, a, DRAWS), rng.normal(0.1, b, DRAWS)
    profit = np.stack([x + y, np.zeros(DRAWS)], axis=1)
    assert within(evppi(profit, x[:, None]), unit_loss(0.4, a))
    assert within(evppi(profit, y[:, None]), unit_loss(0.4, b))
    assert within(evppi(profit, np.stack([x, y], axis=1)), unit_loss(0.4, math.hypot(a, b)))


def test_parameters_that_act_through_curves_and_together():
    """Against brute force over 200,000 fresh draws of a gain of five parameters, two of which do nothing."""

    def gain(x):
        return np.exp(0.5 * x[:, 0]) * np.tanh(x[:, 1] + x[:, 2]) + 0.1

    rng = np.random.default_rng(5)
    x, rest = rng.normal(size=(DRAWS, 5)), rng.normal(size=DRAWS)
    acting = gain(x) + rest
    profit = np.stack([acting, 0.4 * acting, np.zeros(DRAWS)], axis=1)
    right = np.maximum(gain(rng.normal(size=(200_000, 5))), 0).mean() - max(acting.mean(), 0)
    found = evppi(profit, np.exp(x))  # whatever their scale
    assert right - 4 * found.error - 0.05 * right < found.value < right + 4 * found.error


def test_less_is_never_worth_more():
    rng = np.random.default_rng(6)
    x, y = rng.normal(0.2, 1.0, DRAWS), rng.normal(0.0, 1.0, DRAWS)
    profit = np.stack([x + y, 0.5 * x - y, np.zeros(DRAWS)], axis=1)
    worths = [evsi(profit, x[:, None], np.array([[tau**2]])) for tau in (10.0, 3.0, 1.0, 0.3, 0.1)]
    worths += [evppi(profit, x[:, None]), evppi(profit, np.stack([x, y], axis=1)), evpi(profit)]
    for less, more in itertools.pairwise(worths):
        assert 0 <= less.value <= more.value + 2 * math.hypot(less.error, more.error)


def test_more_periods_are_worth_no_less():
    theta, profit = gain_of_acting(0.5)
    worths = [evsi(profit, np.repeat(theta[:, None], k, axis=1), 4 * np.eye(k)) for k in (1, 2, 4, 8, 16)]
    assert [w.value for w in worths] == sorted(w.value for w in worths)


def test_what_cannot_change_the_choice_is_worth_nothing():
    theta, profit = gain_of_acting(0.5)
    rng = np.random.default_rng(8)
    alone = profit[:, :1]
    assert [evpi(alone).value, evppi(alone, theta[:, None]).value] == [0, 0]
    assert evsi(alone, theta[:, None], np.eye(1)).value == 0
    assert evsi(profit, np.ones((DRAWS, 3)), np.eye(3)).value == 0  # shows the same whatever the truth
    unrelated = rng.normal(size=(DRAWS, 4))
    assert evppi(profit, unrelated).value <= 3 * evppi(profit, unrelated).error
    assert evsi(profit, unrelated[:, :1], np.eye(1)).value < 0.01
    sure = np.stack([theta + 100, theta], axis=1)
    assert evpi(sure).value == 0


def test_worth_is_in_the_units_of_profit_and_does_not_depend_on_those_of_the_data():
    theta, profit = gain_of_acting(0.3)
    one = evsi(profit, theta[:, None], np.eye(1), seed=3)
    cents = evsi(100 * profit, 7 * theta[:, None], 49 * np.eye(1), seed=3)
    assert cents.value == pytest.approx(100 * one.value)
    assert cents.error == pytest.approx(100 * one.error)
    assert evpi(profit + 1e6).value == pytest.approx(evpi(profit).value, rel=1e-6)


def test_the_error_of_batches_is_that_of_the_mean():
    """Over 100 sets of draws the estimates spread as each said, for independent draws and an AR(1) chain."""
    rng = np.random.default_rng(11)
    for rho in (0.0, 0.8):
        found = []
        for _ in range(100):
            steps = rng.normal(size=DRAWS) * math.sqrt(1 - rho**2)
            theta = np.zeros(DRAWS)
            level = rng.normal()
            for t, step in enumerate(steps):
                theta[t] = level = rho * level + step
            found.append(evpi(np.stack([theta + 0.5, np.zeros(DRAWS)], axis=1)))
        spread = np.std([w.value for w in found])
        said = np.median([w.error for w in found])
        assert 0.75 < said / spread < 1.3  # the spread of 100 has an error of 7 %, the error of 50 batches one of 10 %


def test_scores_keep_order_and_ties():
    scores = normal_scores(np.array([[3.0], [1.0], [2.0], [2.0]]))[:, 0]
    assert scores[1] < scores[2] == scores[3] < scores[0]


def test_a_regression_that_has_nothing_to_go_by_gives_the_mean():
    y = np.random.default_rng(1).normal(2.0, 1.0, (1000, 1))
    fitted = cross_fitted(np.ones((1000, 2)), y, seed=0)
    np.testing.assert_allclose(fitted, y.mean())
