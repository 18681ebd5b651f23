"""Draws as numbers that JSON can hold."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from bayes_roi.draws import Draws


def summary(draws: Draws, prob: float) -> dict[str, Any]:
    """Return mean (where it need exist), median, lower and upper; lists where the draws have a dim."""
    lower, upper = draws.arrays.interval(prob)
    found = {"mean": draws.arrays.mean()} if draws.has_mean else {}
    found |= {"median": draws.arrays.median(), "lower": lower, "upper": upper}
    return {name: plain(values.array) for name, values in found.items()}


def plain(values: npt.ArrayLike) -> Any:
    """Return a number, or lists of numbers, that JSON can hold: what is not finite becomes None.

    >>> plain([1.5, float("nan")])
    [1.5, None]
    """
    numbers = np.asarray(values, dtype=float)
    cells = numbers.astype(object)
    cells[~np.isfinite(numbers)] = None
    return cells.tolist()
