"""A channel's share of credit against the share that it caused."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from bayes_roi.numbers import number, ratio, signed


@dataclass(frozen=True)
class CreditToCause:
    """What a rule credits a channel with against what it caused.

    Parameters
    ----------
    channel
        The channel.
    kind
        "ratio" of the share of credit to the share caused, or "difference" of the two where the interval of what it
        caused holds zero, so that a ratio has no meaning.
    median, lower, upper
        Of the posterior; the ends of an equal-tailed credible interval.
    """

    channel: str
    kind: Literal["ratio", "difference"]
    median: float
    lower: float
    upper: float

    def __str__(self) -> str:
        if self.kind == "ratio":
            median, lower, upper = map(ratio, (self.median, self.lower, self.upper))
            return f"{median} x [{lower}, {upper}]"
        median, lower, upper = (signed(number(100 * x)) for x in (self.median, self.lower, self.upper))
        return f"{median} points [{lower}, {upper}]"


def credit_to_cause(channel: str, credit: np.ndarray, cause: np.ndarray, prob: float) -> CreditToCause:
    """Return how draws of a share of credit compare with draws of the share caused, pair by pair.

    >>> credit_to_cause("tv", np.full(100, 0.5), np.full(100, 0.25), 0.9).median
    2.0
    """
    tails = [0.5, (1 - prob) / 2, (1 + prob) / 2]
    low, high = np.quantile(cause, tails[1:])
    zero_inside = low <= 0 <= high
    found = credit - cause if zero_inside else credit / cause
    return CreditToCause(channel, "difference" if zero_inside else "ratio", *np.quantile(found, tails).tolist())
