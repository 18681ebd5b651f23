"""Shocks: is the noise of a panel unit independent of that of the others in the same period?"""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np

from bayes_roi.inference.diagnosis.claim import Claim
from bayes_roi.inference.diagnosis.innovations import LEVEL, Innovations
from bayes_roi.inference.diagnosis.ranks import f_tails

WEIGHT = 4.0


def shocks(left: Innovations) -> Iterator[Claim]:
    r"""Yield the correlation of the units' noise within periods, by the F test of means of periods.

    With common shocks of variance $\rho$ an estimate $\sum g_t z_t$ varies
    $1 + \rho\, (\sum_p (\sum_{t \in p} g_t)^2 / \sum g_t^2 - 1)$ times as much: the more, the more alike the units'
    spends are (Moulton 1990).
    """
    if left.period is None:
        return
    count = np.bincount(left.period)
    periods, rows = int((count > 0).sum()), left.rows
    if periods < 3 or rows - periods < 3:
        return
    sums = np.stack([np.bincount(left.period, z, len(count)) for z in left.scaled])
    between = (sums**2 / np.maximum(count, 1)).sum(axis=1)
    ratio = float((between / periods / ((rows - between) / (rows - periods))).mean())
    rho = left.together
    widths = {name: _wider(g, rho, left.period) for name, g in left.pulls.items() if name != LEVEL}
    of = max(widths, key=lambda name: widths[name], default="")
    chance = min(2 * min(f_tails(ratio, periods, rows - periods)), 1.0)
    level = _wider(np.ones(rows), rho, left.period)
    yield Claim("shocks", rho, chance, WEIGHT, narrow=widths.get(of, 1.0), of=of, narrow_level=level)


def _wider(g: np.ndarray, rho: float, period: np.ndarray) -> float:
    """Return by what factor the sd of an estimate with weights g (rows,) is larger than with independent units."""
    alike = float((np.bincount(period, g) ** 2).sum()) / float(g @ g) - 1
    return math.sqrt(max(1 + rho * alike, 0.0))
