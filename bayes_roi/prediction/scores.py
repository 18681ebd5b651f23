"""How far forecasts were off: errors of the middle, and of the whole distribution."""

from __future__ import annotations

from dataclasses import asdict, dataclass

import numpy as np

LEVELS = (0.5, 0.9)
"""Probability of the intervals whose coverage is counted."""


@dataclass(frozen=True)
class Scores:
    r"""Errors of forecasts against what came, over rows.

    Parameters
    ----------
    count
        Rows.
    rmse, mae
        Of the median, in units of the node.
    mape
        Mean absolute error over the absolute value that came; NaN where one is zero.
    r2
        One less the squared error over that of the mean of what came; NaN of a single row.
    crps
        Continuous ranked probability score, $E|Y - y| - E|Y - Y'| / 2$, in units of the node: the absolute error of a
        distribution (Gneiting and Raftery 2007).
    covered_50, covered_90
        Shares of rows inside the intervals of that probability.
    """

    count: int
    rmse: float
    mae: float
    mape: float
    r2: float
    crps: float
    covered_50: float
    covered_90: float

    def to_dict(self) -> dict[str, float | None]:
        """Return it as JSON has it; what is undefined is None."""
        return {k: v if np.isfinite(v) else None for k, v in asdict(self).items()}


def crps(draws: np.ndarray, came: np.ndarray) -> np.ndarray:
    r"""Return the continuous ranked probability score (rows,) of draws (draws, rows) against what came (rows,).

    With sorted draws $\sum_{i,j} |x_i - x_j| = 2 \sum_i (2 i - n - 1) x_i$, so that no pairs are formed.

    >>> crps(np.array([[0.0], [1.0]]), np.array([0.0]))
    array([0.25])
    """
    count = len(draws)
    ordered = np.sort(draws, axis=0)
    weights = (2 * np.arange(1, count + 1) - count - 1) / count**2
    return np.asarray(np.abs(draws - came).mean(axis=0) - np.tensordot(weights, ordered, axes=(0, 0)))


def scores(draws: np.ndarray, came: np.ndarray) -> Scores:
    """Return the scores of forecasts.

    Parameters
    ----------
    draws
        (draws, rows) what the rows would show.
    came
        (rows,) what they showed; rows without a value are left out.
    """
    seen = np.isfinite(came)
    draws, came = draws[:, seen], came[seen]
    off = np.median(draws, axis=0) - came
    covered = []
    for level in LEVELS:
        low, high = np.quantile(draws, [(1 - level) / 2, (1 + level) / 2], axis=0)
        covered.append(float(np.mean((low <= came) & (came <= high))))
    around = float(np.sum((came - came.mean()) ** 2))
    return Scores(
        count=len(came),
        rmse=float(np.sqrt(np.mean(off**2))),
        mae=float(np.mean(np.abs(off))),
        mape=float(np.mean(np.abs(off / came))) if (came != 0).all() else float("nan"),
        r2=1 - float(np.sum(off**2)) / around if around > 0 else float("nan"),
        crps=float(np.mean(crps(draws, came))),
        covered_50=covered[0],
        covered_90=covered[1],
    )
