"""Scores of predictions as functions of the weights of rows, so that the Bayesian bootstrap gives their intervals."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np

Score = Callable[[np.ndarray], float]
"""Weights (rows,) -> score."""

DRAWS = 500


def weights_of_rows(rows: int, seed: int, draws: int = DRAWS) -> np.ndarray:
    """Return weights (draws, rows) that sum to one, uniform over the simplex (Rubin 1981, the Bayesian bootstrap)."""
    return np.random.default_rng([seed, rows]).dirichlet(np.ones(rows), size=draws)


def mse(expected: np.ndarray, came: np.ndarray, w: np.ndarray) -> float:
    """Return the mean squared error; of probabilities it is the Brier score (Brier 1950).

    >>> mse(np.array([0.0, 2.0]), np.array([1.0, 2.0]), np.ones(2))
    0.5
    """
    return float(np.average((came - expected) ** 2, weights=w))


def r2(expected: np.ndarray, came: np.ndarray, w: np.ndarray) -> float:
    """Return one less the mean squared error over that of the mean of what came."""
    return 1 - mse(expected, came, w) / mse(np.average(came, weights=w), came, w)


def auc(p: np.ndarray, came: np.ndarray, w: np.ndarray) -> float:
    """Return P(a one has a larger p than a zero), ties by half; NaN where all rows are the same.

    >>> auc(np.array([0.1, 0.5, 0.5, 0.9]), np.array([0.0, 0.0, 1.0, 1.0]), np.ones(4))
    0.875
    """
    values, place = np.unique(p, return_inverse=True)
    ones = np.bincount(place, weights=w * came, minlength=len(values))
    zeros = np.bincount(place, weights=w * (1 - came), minlength=len(values))
    below = np.cumsum(zeros) - 0.5 * zeros
    pairs = ones.sum() * zeros.sum()
    return float(ones @ below / pairs) if pairs > 0 else float("nan")


def confusion(p: np.ndarray, came: np.ndarray, w: np.ndarray, threshold: float) -> tuple[float, float, float, float]:
    """Return the weights of true ones, false ones, false zeros and true zeros, where p >= threshold says one."""
    said = p >= threshold
    ones = came > 0
    return tuple(float(w[at].sum()) for at in (said & ones, said & ~ones, ~said & ones, ~said & ~ones))  # type: ignore[return-value]


def of_numbers(expected: np.ndarray, came: np.ndarray) -> Mapping[str, Score]:
    """Return the scores of a numeric target by the posterior means of rows."""
    return {"mse": lambda w: mse(expected, came, w), "r2": lambda w: r2(expected, came, w)}


def of_shares(p: np.ndarray, came: np.ndarray, threshold: float) -> Mapping[str, Score]:
    """Return the scores of a binary target by the posterior means of P(1): those of decisions are at the threshold.

    Precision, recall and F1 are 0 where nothing is right, as scikit-learn has them.
    """

    def shared(name: str) -> Score:
        def score(w: np.ndarray) -> float:
            hits, wrong, missed, rejected = confusion(p, came, w, threshold)
            over, under = {
                "accuracy": (hits + rejected, hits + wrong + missed + rejected),
                "precision": (hits, hits + wrong),
                "recall": (hits, hits + missed),
                "f1": (2 * hits, 2 * hits + wrong + missed),
            }[name]
            return over / under if under > 0 else 0.0

        return score

    return {
        "brier": lambda w: mse(p, came, w),
        "r2": lambda w: r2(p, came, w),
        "auc": lambda w: auc(p, came, w),
        **{name: shared(name) for name in ("accuracy", "precision", "recall", "f1")},
    }


def calibration_curve(p: np.ndarray, came: np.ndarray, bins: int = 10) -> list[dict[str, float]]:
    """Return for bins of equal width in p: rows, the mean of p, and the share of ones with its 90 % interval.

    The interval is of a share with the uniform prior. Bins without rows are left out.
    """
    from scipy.special import betaincinv

    place = np.clip(np.digitize(p, np.linspace(0, 1, bins + 1)[1:-1]), 0, bins - 1)
    found = []
    for k in np.unique(place):
        own, ones = p[place == k], came[place == k].sum()
        lower, upper = (float(betaincinv(1 + ones, 1 + len(own) - ones, q)) for q in (0.05, 0.95))
        one = {"rows": len(own), "said": float(own.mean()), "came": float(ones / len(own))}
        found.append(one | {"lower": lower, "upper": upper})
    return found
