"""Tails of Poisson laws of large means: against sums of their terms, and where scipy's are still exact."""

from __future__ import annotations

from decimal import Decimal, localcontext

import numpy as np
import pytest
from scipy.special import pdtr, pdtrc

from bayes_roi.mechanisms.families.poisson import LARGE, Poisson
from bayes_roi.mechanisms.families.tails.poisson_tail import poisson_tail

SIDES = (-30, -8, -5, -1, -0.1, 0.1, 1, 5, 8, 30)
PI = Decimal("3.141592653589793238462643383279502884197")
LEFT_OUT = 4e-10


def summed(k: int, mu: float, *, upper: bool) -> float:
    """Return a tail as the sum of its terms, from the one next to k outwards."""
    with localcontext(prec=40):
        n = Decimal(k + upper)
        stirling = (n + Decimal("0.5")) * n.ln() - n + (2 * PI).ln() / 2 + 1 / (12 * n) - 1 / (360 * n**3)
        largest = (-Decimal(mu) + n * Decimal(mu).ln() - stirling).exp()
    at, term, total = float(n), 1.0, 0.0
    while term > 1e-18 * max(total, 1.0):
        total += term
        at, term = (at + 1, term * mu / (at + 1)) if upper else (at - 1, term * at / mu)
    return float(largest * Decimal(total))


@pytest.mark.parametrize("mu", [LARGE, 1e6, 1e8])
def test_a_tail_is_the_sum_of_its_terms(mu: float) -> None:
    z = np.array(SIDES)
    k, upper = np.floor(mu + z * np.sqrt(mu)), z > 0
    expected = [summed(int(a), mu, upper=b) for a, b in zip(k, upper.tolist(), strict=True)]
    np.testing.assert_allclose(poisson_tail(k, upper, np.full(len(k), mu)), expected, rtol=LEFT_OUT)


def test_below_and_above_the_change_of_routine_the_tails_agree() -> None:
    z = np.linspace(-8, 8, 101)
    k, mu = np.floor(LARGE + z * np.sqrt(LARGE)), np.full(101, LARGE)
    for upper, scipys in ((True, pdtrc(k, mu)), (False, pdtr(k, mu))):
        np.testing.assert_allclose(poisson_tail(k, np.full(101, upper), mu), scipys, rtol=LEFT_OUT)


@pytest.mark.parametrize("mu", [2 * LARGE, 1e7, 1e9, 1e12, 1e14])
def test_abduction_gives_large_counts_back(mu: float) -> None:
    y = np.floor(mu + np.array([-100, -20, -5, -1, 0, 1, 5, 20, 100]) * np.sqrt(mu))
    eta = np.full(len(y), np.log(mu))
    z = Poisson.abduct(y, eta, {}, np.linspace(0.01, 0.99, len(y)))
    np.testing.assert_allclose(Poisson.respond(np, eta, z, {}), y, rtol=1e-9 if mu > 1e10 else 0)


def test_counts_far_below_a_large_mean_have_no_chance() -> None:
    assert poisson_tail(np.array([0.0, 10.0]), np.array([False, True]), np.array([1e6, 1e6])).tolist() == [0.0, 1.0]
