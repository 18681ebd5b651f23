"""Ranks and tails against `scipy.stats`."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from bayes_roi.inference.diagnosis.ranks import chi_square_tails, f_tails, ranked


@pytest.mark.parametrize("levels", [3, 10**6])
def test_ranks_are_those_of_scipy(levels: int) -> None:
    x = np.random.default_rng(1).integers(0, levels, (4, 5, 60)).astype(float)
    np.testing.assert_array_equal(ranked(x), stats.rankdata(x, axis=-1))
    np.testing.assert_array_equal(ranked(x[0, 0]), stats.rankdata(x[0, 0]))


@pytest.mark.parametrize("x", [0.0, 0.3, 1.0, 7.5, 400.0])
def test_tails_are_those_of_scipy(x: float) -> None:
    for freedom in (1, 30, 2000):
        law = stats.chi2(freedom)
        np.testing.assert_allclose(chi_square_tails(x, freedom), (law.cdf(x), law.sf(x)), rtol=1e-9, atol=1e-300)
        law = stats.f(freedom, 50)
        np.testing.assert_allclose(f_tails(x, freedom, 50), (law.cdf(x), law.sf(x)), rtol=1e-9, atol=1e-300)
