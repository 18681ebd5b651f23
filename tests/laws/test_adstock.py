"""Laws of every kind of adstock, old or new."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bayes_roi.mechanisms.adstock import KINDS
from bayes_roi.mechanisms.arrays import lagged, weighted_lags

kinds = pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)
probabilities = st.floats(0.01, 0.99)


def past(x, max_lag):
    """Return the series (..., max_lag + time) as it was 0, 1, ... max_lag periods before."""
    return [lagged(x, lag, max_lag) for lag in range(max_lag + 1)]


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
    carried = weighted_lags(np, past(x, max_lag), kind.weights(np, max_lag, parameters(kind, max_lag, q)))
    assert not carried[:at].any()
    assert not carried[at + max_lag + 1 :].any()


@kinds
@given(q=probabilities, level=st.floats(0, 1e6, allow_subnormal=False))
def test_a_constant_spend_is_its_own_adstock(kind, q, level):
    carried = weighted_lags(np, past(np.full(28, level), 8), kind.weights(np, 8, parameters(kind, 8, q)))
    np.testing.assert_allclose(carried, level, rtol=1e-12)


@kinds
@given(q=probabilities)
def test_one_series_and_a_series_a_draw_give_the_same(kind, q):
    x = np.random.default_rng(0).gamma(2.0, size=28)
    weights = kind.weights(np, 8, parameters(kind, 8, q))[None]
    one, each = (weighted_lags(np, past(series, 8), weights) for series in (x, x[None]))
    np.testing.assert_allclose(one, each, rtol=1e-12)


def test_geometric_weights_are_powers_of_the_retention():
    weights = KINDS["geometric"].weights(np, 3, {"retention": np.array([0.5])})
    np.testing.assert_allclose(weights, np.array([8, 4, 2, 1]) / 15)


def test_delayed_weights_peak_at_the_delay():
    weights = KINDS["delayed"].weights(np, 6, {"retention": np.array([0.5]), "delay": np.array([2.0])})
    np.testing.assert_allclose(weights / weights[2], 0.5 ** ((np.arange(7) - 2.0) ** 2))
