"""Conversion rates of exposure sets, partially pooled: rare sets are pulled to what all sets have."""

from __future__ import annotations

import numpy as np
from scipy.optimize import minimize
from scipy.special import betaln, expit, logit

LEAST, MOST = np.log(0.1), np.log(1e6)
"""Ends of the logarithm of how many journeys the common rate counts for."""


def pooled(journeys: np.ndarray, conversions: np.ndarray) -> tuple[float, float]:
    """Return a and b of the Beta of rates over sets, by the highest marginal likelihood (beta-binomial).

    >>> a, b = pooled(np.full(50, 1_000), np.full(50, 100))  # no set differs from another
    >>> round(a / (a + b), 2)
    0.1
    """
    start = float(conversions.sum() / journeys.sum())
    if not 0 < start < 1:
        return max(start, 0.5 / journeys.sum()), max(1 - start, 0.5 / journeys.sum())

    def loss(x: np.ndarray) -> float:
        a, b = expit(x[0]) * np.exp(x[1]), expit(-x[0]) * np.exp(x[1])
        return -float(np.sum(betaln(a + conversions, b + journeys - conversions) - betaln(a, b)))

    found = minimize(loss, [logit(start), np.log(50.0)], method="L-BFGS-B", bounds=[(-16, 16), (LEAST, MOST)])
    rate, value = expit(found.x[0]), np.exp(found.x[1])
    return float(rate * value), float((1 - rate) * value)
