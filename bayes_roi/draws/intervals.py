"""Credible intervals of draws: equal tails or highest density."""

from __future__ import annotations

from typing import Literal

import numpy as np

from bayes_roi.errors import QueryError
from bayes_roi.guards import is_number
from bayes_roi.labelled import Labelled
from bayes_roi.numbers import plain

Kind = Literal["eti", "hdi"]
SAMPLE = ("chain", "draw")
DEFAULT_PROB = 0.9


def ends(values: Labelled, prob: float, kind: Kind) -> tuple[Labelled, Labelled]:
    """Return the lower and the upper end of the credible interval of draws.

    Raises
    ------
    QueryError
        When `prob` is not in (0, 1) or `kind` is not known.
    """
    check_prob(prob)
    if kind not in ("eti", "hdi"):
        raise QueryError(f"kind must be 'eti' or 'hdi', got {kind!r}")
    values = values.first(*SAMPLE)
    rows = values.array.reshape(-1, *values.array.shape[2:])
    lower, upper = _equal_tailed(rows, prob) if kind == "eti" else _highest_density(rows, prob)
    return values.filled(np.asarray(lower), values.dims[2:]), values.filled(np.asarray(upper), values.dims[2:])


def check_prob(prob: float) -> None:
    """Raise unless `prob` is a probability that an interval can have."""
    if not is_number(prob) or not 0 < prob < 1:
        hint = f", e.g. {plain(prob / 100)}" if is_number(prob) and 2 <= prob < 100 else ", e.g. 0.9"
        raise QueryError(f"prob must be in (0, 1), got {prob}. Give a probability{hint}")


def tails(prob: float) -> tuple[float, float]:
    """Return the probabilities below the ends of an equal-tailed interval.

    >>> tails(0.9)
    (0.05, 0.95)
    """
    return round((1 - prob) / 2, 12), round((1 + prob) / 2, 12)


def as_interval(prob: float, kind: Kind = "eti") -> dict[str, object]:
    """Return what an interval is, as JSON has it."""
    return {"kind": kind, "prob": prob}


def _equal_tailed(rows: np.ndarray, prob: float) -> np.ndarray:
    return np.quantile(rows, tails(prob), axis=0)


def _highest_density(rows: np.ndarray, prob: float) -> np.ndarray:
    from arviz_stats.base import array_stats

    return np.moveaxis(array_stats.hdi(rows, prob=prob, axis=0), -1, 0)
