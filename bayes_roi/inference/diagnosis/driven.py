"""Spend that follows what all units share in a period: does the period's effect go with its mean spend?"""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np

from bayes_roi.inference.diagnosis.claim import Claim
from bayes_roi.inference.diagnosis.innovations import LEVEL, Innovations

WEIGHT = 4.0
LEAST_PERIODS = 8
LEAST_SHARE = 0.2
"""Of the variance of a correlation, that its mean over draws must be taken to have: of spend that is the same in all
units the data tell nothing, and this variance goes to zero."""


def driven(left: Innovations) -> Iterator[Claim]:
    r"""Yield the correlation of the effects of periods with each spend's mean over units.

    `(1 | week)` takes the effects $a_t$ for independent of spend (Mundlak 1978). At a draw of the posterior they are
    then as independent as at the truth, and their correlation r with P means is $N(0, 1 / (P - 1))$; its mean over
    draws has the variance $1 / (P - 1) - E[\text{Var}(r \mid y)]$, the trick of Hausman (1978).

    With the period's mean spend as a term of its own the slope s of $a_t$ on it would have no prior. Given the spread
    of the effects it is $N(0, v_0)$ here, and $N(m, v)$ with the data, so that without its prior s is
    $m v_0 / (v_0 - v)$, and an effect b moves by $\text{Cov}(b, s \mid y) / v$ times as much as s. An interval of sd
    $\sigma_b$ that is off by d covers as one that is $\sqrt{1 + d^2 / \sigma_b^2}$ times too narrow.
    """
    if left.shared is None or left.period is None:
        return
    count = np.bincount(left.period)
    if len(count) < LEAST_PERIODS:
        return
    effects = left.shared - left.shared.mean(axis=1, keepdims=True)
    size = np.sqrt((effects**2).mean(axis=1)) + 1e-300
    for name, x in left.spends.items():
        means = np.bincount(left.period, x) / count
        x = means - means.mean()
        if not x.std() > 1e-9 * np.abs(means).max():
            continue
        r = effects @ x / (size * len(x) * x.std())
        prior, told = 1 / (len(x) - 1), float(r.var())
        variance = max(prior - told, LEAST_SHARE * prior) + told / len(r)
        chance = math.erfc(abs(float(r.mean())) / math.sqrt(2 * variance))
        slope = effects @ x / (x @ x)
        moved = {n: _moved(q, slope, size, float((size**2).mean()) / float(x @ x)) for n, q in left.asked.items()}
        widths = {n: math.hypot(1.0, d) for n, d in moved.items() if n != LEVEL}
        of = max(widths, key=lambda n: widths[n], default="")
        yield Claim("driven", float(r.mean()), chance, WEIGHT, narrow=widths.get(of, 1.0), of=of, by=name)


def _moved(q: np.ndarray, slope: np.ndarray, size: np.ndarray, prior: float) -> float:
    """Return by how many of its sd a quantity (draws,) would move were the slope (draws,) left without its prior.

    `size` (draws,) is the sd of the effects, `prior` the variance of that prior.
    """
    of_size = np.stack([np.ones_like(size), size])
    b, s = (x - np.linalg.lstsq(of_size.T, x)[0] @ of_size for x in (q, slope))  # given the size
    told = float((s**2).mean())
    if not told > 0 or not q.var() > 0:
        return 0.0
    free = float(slope.mean()) * prior / max(prior - told, LEAST_SHARE * prior)
    return float((b * s).mean()) / told * (free - float(slope.mean())) / float(q.std())
