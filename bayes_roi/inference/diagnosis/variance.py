"""Variance: is the noise as large where spend, or what is expected, is large? And in every panel unit?"""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np

from bayes_roi.inference.diagnosis.claim import Claim
from bayes_roi.inference.diagnosis.innovations import LEVEL, Innovations
from bayes_roi.inference.diagnosis.ranks import chi_square_tails, ranked

UNIT = "the unit"
MOST_ROWS = 50_000
"""Rows that are ranked; of more, every second, third and so on."""
LEAST_SHARE = 0.05
"""Of the mean variance, below which a fitted line does not go."""


def variance(left: Innovations) -> Iterator[Claim]:
    r"""Yield the rank correlation of the noise's size with the fit and each cause, and how it differs between units.

    Spearman's correlation is $N(0, 1 / (n - 1))$ whatever the law of the noise, which a regression of squares on causes
    (Breusch and Pagan 1979) is not. By units it is the test of Kruskal and Wallis (1952). What it does to an estimate
    $\sum g_t z_t$ is $\sum g_t^2 v_t / \sum g_t^2$ with v the variance, a line in the cause (a level of each unit)
    with mean one.
    """
    left = left.every(math.ceil(left.rows / MOST_ROWS))
    ranks = _ranked(np.abs(left.z))
    for name, x in left.covariates.items():
        if x.min() < x.max():
            r = float((ranks * _ranked(x[None])).mean(axis=1).mean())
            chance = math.erfc(abs(r) * math.sqrt(left.independent * (left.rows - 1) / 2))
            yield _tested(left, r, chance, _line(left, x), name)
    if left.unit is not None:
        yield _of_units(left, ranks)


def _ranked(x: np.ndarray) -> np.ndarray:
    """Return ranks (..., rows) with mean zero and variance one; equal values share theirs."""
    ranks = ranked(x)
    ranks -= ranks.mean(axis=-1, keepdims=True)
    return ranks / (ranks.std(axis=-1, keepdims=True) + 1e-300)


def _line(left: Innovations, x: np.ndarray) -> np.ndarray:
    """Return the variance (rows,) as a line in x, of mean one."""
    square, centred = (left.scaled**2).mean(axis=0), x - x.mean()
    slope = float(square @ centred) / float(centred @ centred)
    line = np.maximum(1 + slope * centred, LEAST_SHARE)
    return line / line.mean()


def _of_units(left: Innovations, ranks: np.ndarray) -> Claim:
    assert left.unit is not None
    count = np.bincount(left.unit)
    sums = np.stack([np.bincount(left.unit, r, len(count)) for r in ranks])
    statistic = float((sums**2 / np.maximum(count, 1)).sum(axis=1).mean()) * (left.rows - 1) / left.rows
    squares = np.bincount(left.unit, (left.scaled**2).mean(axis=0), len(count)) / np.maximum(count, 1)
    chance = chi_square_tails(statistic, int((count > 0).sum()) - 1)[1]
    seen = squares[count > 0]
    return _tested(left, float(np.sqrt(seen.max() / max(seen.min(), 1e-12))), chance, squares[left.unit], UNIT)


def _tested(left: Innovations, size: float, chance: float, v: np.ndarray, by: str) -> Claim:
    widths = {n: math.sqrt(float(g**2 @ v) / float(g @ g)) for n, g in left.pulls.items() if n != LEVEL}
    of = max(widths, key=lambda name: widths[name], default="")
    return Claim("variance", size, chance, narrow=widths.get(of, 1.0), of=of, by=by)
