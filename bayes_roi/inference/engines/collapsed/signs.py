"""Whether the data say that an effect is positive, were its sign left open."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from bayes_roi.inference.engines.collapsed.target import FEW, CollapsedNode
from bayes_roi.inference.engines.importance import Sample


def sign_probabilities(target: CollapsedNode, samples: Sequence[Sample]) -> dict[str, float]:
    r"""Return, for each coefficient held above zero, the probability that it is so were its sign left open.

    $P(b_j > 0 \mid y) = 1 / E[1 / P(b_j > 0 \mid b_{-j}, \phi, y)]$, the expectation over the posterior as it
    is, all other signs held. Under heavy tails the stand-in is used for the likelihood. An effect that varies by
    unit has many signs, and none is told.
    """
    regression = target.regression
    last = regression.coefficients[len(regression.coefficients) - regression.positive :]
    if all(c.pooled for c in last):
        return {}
    rng = np.random.default_rng(0)
    chosen = [s.resample(FEW, rng) for s in samples]
    points = np.concatenate([s.points[c] for s, c in zip(samples, chosen, strict=True)])
    extras = np.concatenate([s.extras[c] for s, c in zip(samples, chosen, strict=True)])
    step = target.step
    parts = [_log_above(target, points[i : i + step], extras[i : i + step]) for i in range(0, len(points), step)]
    shares = 1 / np.exp(-np.concatenate(parts)).mean(axis=0)
    by_column = [(c.name, float(p)) for c, p in zip(last, shares, strict=True) if not c.pooled]
    return dict(sorted(by_column, reverse=True))


def _log_above(target: CollapsedNode, points: np.ndarray, extras: np.ndarray) -> np.ndarray:
    """Return the log probability (count, positive) of each sign at draws of the posterior."""
    regression, moments = target.regression, target.moments(points)
    b, units, spreads = target.parts(extras)
    b, varying = b.copy(), [i for i, _ in regression.varying]
    distances = np.swapaxes((units - b[:, varying, None]) / spreads[..., None], 1, 2)
    if regression.on_level:
        b[:, 0] += (b * moments.means).sum(axis=1)
    beta = (b - regression.mean) / (regression.sd * moments.ratio)
    return moments.log_above(beta, np.exp(2 * points[:, -1]), regression.positive, distances)
