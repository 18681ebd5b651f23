"""Spend that follows what all units share in a period: does the period's effect go with its mean spend?"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import replace

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

    Where the spread of the effects has gone to zero, as the slope of spend took over what they share, there is nothing
    left to correlate. So the noise within periods is held against the spend within periods too: at a draw of the
    posterior $T = \sum x_{it} z_{it} / \sqrt{\sum x_{it}^2}$, x less its period's mean, is N(0, 1), and at the value of
    an effect that the units of a period alone tell it is zero. The claim is that of the two that is less likely.
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
        prior, spread = 1 / (len(x) - 1), float(r.var())
        variance = max(prior - spread, LEAST_SHARE * prior) + spread / len(r)
        chance = math.erfc(abs(float(r.mean())) / math.sqrt(2 * variance))
        slope = effects @ x / (x @ x)
        moved = {n: _moved(q, slope, size, float((size**2).mean()) / float(x @ x)) for n, q in left.asked.items()}
        own = _within(left, left.spends[name] - means[left.period], name)
        apart = own if own is not None and own.chance < chance else _claim(float(r.mean()), chance, moved, name)
        yield replace(apart, chance=min(2 * apart.chance, 1.0) if own is not None else apart.chance)


def _within(left: Innovations, x: np.ndarray, name: str) -> Claim | None:
    """Return the claim that noise within periods does not go with spend within them; None where that never differs."""
    length = float(np.sqrt(x @ x))
    if not length > 1e-9 * np.sqrt(float(left.spends[name] @ left.spends[name])):
        return None
    statistic = left.z @ x / length
    own = float(statistic.var())
    variance = max(1 - own, LEAST_SHARE) + own / len(statistic)
    chance = math.erfc(abs(float(statistic.mean())) / math.sqrt(2 * variance))
    moved = {n: float(np.cov(q, statistic, ddof=0)[0, 1]) / max(own, 1e-300) for n, q in left.asked.items()}
    of_sd = {n: m * float(statistic.mean()) / (float(left.asked[n].std()) + 1e-300) for n, m in moved.items()}
    return _claim(-float(statistic.mean()) / math.sqrt(len(x)), chance, of_sd, name)


def _claim(size: float, chance: float, moved: Mapping[str, float], by: str) -> Claim:
    """Return the claim, with the quantity (moved by so many of its sd) whose interval it leaves worst off."""
    widths = {n: math.hypot(1.0, d) for n, d in moved.items() if n != LEVEL}
    of = max(widths, key=lambda n: widths[n], default="")
    return Claim("driven", size, chance, WEIGHT, narrow=widths.get(of, 1.0), of=of, by=by)


def _moved(q: np.ndarray, slope: np.ndarray, size: np.ndarray, prior: float) -> float:
    """Return by how many of its sd a quantity (draws,) would move were the slope (draws,) left without its prior.

    `size` (draws,) is the sd of the effects, `prior` the variance of that prior.
    """
    of_size = np.stack([np.ones_like(size), size])
    b, s = (x - np.linalg.lstsq(of_size.T, x)[0] @ of_size for x in (q, slope))  # given the size
    variance = float((s**2).mean())
    if not variance > 0 or not q.var() > 0:
        return 0.0
    free = float(slope.mean()) * prior / max(prior - variance, LEAST_SHARE * prior)
    return float((b * s).mean()) / variance * (free - float(slope.mean())) / float(q.std())
