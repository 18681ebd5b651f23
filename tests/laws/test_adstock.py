"""Laws of every kind of adstock, old or new."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bayes_roi.mechanisms.adstock import KINDS
from bayes_roi.mechanisms.arrays import weighted_lags

kinds = pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)
probabilities = st.floats(0.01, 0.99)


def parameters(kind, max_lag, q):
    return {role: np.array([prior.ppf(q)]) for role, prior in kind.priors(max_lag).items()}


@kinds
@given(max_lag=st.integers(0, 20), q=probabilities)
def test_weights_are_positive_and_sum_to_one(kind, max_lag, q):
    weights = kind.weights(np, max_lag, parameters(kind, max_lag, q))
    assert weights.shape == (max_lag + 1,)
    assert (weights >= 0).all()
    np.testing.assert_allclose(weights.sum(-1), 1, rtol=1e-12)


@kinds
@given(max_lag=st.integers(0, 10), q=probabilities, at=st.integers(0, 19))
def test_nothing_happens_before_the_spend_and_nothing_after_the_last_lag(kind, max_lag, q, at):
    x = np.zeros(max_lag + 20)
    x[max_lag + at] = 1.0
    carried = weighted_lags(np, x, kind.weights(np, max_lag, parameters(kind, max_lag, q)), max_lag)
    assert not carried[:at].any()
    assert not carried[at + max_lag + 1 :].any()


@kinds
@given(q=probabilities, level=st.floats(0, 1e6, allow_subnormal=False))
def test_a_constant_spend_is_its_own_adstock(kind, q, level):
    carried = weighted_lags(np, np.full(28, level), kind.weights(np, 8, parameters(kind, 8, q)), 8)
    np.testing.assert_allclose(carried, level, rtol=1e-12)


@kinds
@given(q=probabilities)
def test_one_series_and_a_series_a_draw_give_the_same(kind, q):
    x = np.random.default_rng(0).gamma(2.0, size=28)
    weights = kind.weights(np, 8, parameters(kind, 8, q))[None]
    np.testing.assert_allclose(weighted_lags(np, x, weights, 8), weighted_lags(np, x[None], weights, 8), rtol=1e-12)


def test_geometric_weights_are_powers_of_the_retention():
    weights = KINDS["geometric"].weights(np, 3, {"retention": np.array([0.5])})
    np.testing.assert_allclose(weights, np.array([8, 4, 2, 1]) / 15)


def test_delayed_weights_peak_at_the_delay():
    weights = KINDS["delayed"].weights(np, 6, {"retention": np.array([0.5]), "delay": np.array([2.0])})
    np.testing.assert_allclose(weights / weights[2], 0.5 ** ((np.arange(7) - 2.0) ** 2))
