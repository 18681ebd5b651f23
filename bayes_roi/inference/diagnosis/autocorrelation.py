"""Autocorrelation: is the noise of a period independent of that of the periods before?"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterator

import numpy as np

from bayes_roi.inference.diagnosis.claim import Claim
from bayes_roi.inference.diagnosis.innovations import LEVEL, Innovations

LAGS = range(1, 9)
LEAST_PAIRS = 20
WEIGHT_OF_ONE = 4.0
"""Of lag one, where noise mostly shows that it hangs together."""


def autocorrelation(left: Innovations, season: Collection[int]) -> Iterator[Claim]:
    r"""Yield the autocorrelation at lags one to eight and at the season's, each $N(0, 1 / m)$ with m pairs of rows.

    What it does to an interval is reckoned as if it were that of a series $e_t = r e_{t - k} + z_t$, of which lag k
    tells most: $\text{Var}(\sum g_t e_t) = \sum_t g_t^2\, (1 + 2 \sum_j r^j c_{jk})$, with $c$ the autocorrelation of
    the weights g of the rows in the estimate; for the level, $(1 + r) / (1 - r)$.
    """
    if not left.ordered:
        return
    for lag in (*LAGS, *sorted(set(season) - set(LAGS))):
        later = np.flatnonzero(left.position >= lag)
        if len(later) < LEAST_PAIRS:
            continue
        r = float((left.scaled[:, later] * left.scaled[:, later - lag]).mean())
        chance = math.erfc(abs(r) * math.sqrt(left.independent * len(later) / 2))
        widths = {name: _wider(g, r, lag, left.position) for name, g in left.pulls.items() if name != LEVEL}
        of = max(widths, key=lambda name: widths[name], default="")
        yield Claim(
            "autocorrelation", r, chance, WEIGHT_OF_ONE if lag == 1 else 1.0, narrow=widths.get(of, 1.0), of=of,
            narrow_level=factor(r), lag=lag,
        )  # fmt: skip


def factor(r: float) -> float:
    """Return how much wider than under independence the interval of a mean of such a series is."""
    return math.sqrt((1 + r) / (1 - r)) if r < 1 else math.inf


def _wider(g: np.ndarray, r: float, lag: int, position: np.ndarray) -> float:
    """Return by what factor the sd of an estimate with weights g (rows,) is larger than under independence."""
    total, added = float(g @ g), 0.0
    for times in range(1, 1 + int(position.max(initial=0)) // lag):
        if abs(r) ** times < 1e-3:
            break
        later = np.flatnonzero(position >= times * lag)
        added += r**times * float(g[later] @ g[later - times * lag])
    return math.sqrt(max(1 + 2 * added / total, 0.0))
