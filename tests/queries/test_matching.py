"""Windows matched period by period, and Shapley values of games that are sums of small ones."""

from __future__ import annotations

import hypothesis.strategies as st
import numpy as np
from hypothesis import given, settings

from bayes_roi.queries.change.matching import matched
from bayes_roi.queries.shapley import coalition_weights, coalitions_within, dividend_weights


@given(n=st.integers(1, 30), m=st.integers(1, 30), gap=st.integers(0, 5))
def test_matched_windows_keep_the_weight_of_every_period(n, m, gap):
    before, after = np.arange(n), np.arange(n + gap, n + gap + m)
    runs = matched(before, after)
    pairs = [(b + k, a + k) for b, a, length in zip(*runs.first, runs.length, strict=True) for k in range(length)]
    for window, side in ((before, 0), (after, 1)):
        kept = [runs.weight[[p[side] == t for p in pairs]].sum() for t in window]
        np.testing.assert_allclose(kept, 1 / len(window), rtol=1e-12)
    assert n != m or len(runs.length) == 1


@settings(max_examples=30)
@given(seed=st.integers(0, 10**6), players=st.integers(1, 7), games=st.integers(1, 4))
def test_dividends_of_a_sum_of_small_games_give_its_shapley_value(seed, players, games):
    rng = np.random.default_rng(seed)
    sets = [int(s) for s in rng.integers(1, 2**players, games)]
    worth = np.zeros(2**players)
    for s in sets:
        of_part = rng.normal(size=2**players)
        worth += of_part[np.arange(2**players) & s]
    inside = coalitions_within(sets, 2**12)
    got = dividend_weights(inside, players) @ worth[inside]
    np.testing.assert_allclose(got, coalition_weights(players) @ worth, atol=1e-10)
