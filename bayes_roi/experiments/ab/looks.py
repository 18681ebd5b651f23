r"""Looks at a test while it is running: an interval that may be looked at after every user, beside those that may not.

The confidence sequence is the asymptotic one of Waudby-Smith, Arbour, Sinha, Kennedy and Ramdas (2024, Annals of
Statistics 52), section 2, a mixture of sequential probability ratio tests over a normal prior of the effect (Robbins
1970): with $V_n$ the variance of the difference after $n$ users, $\sigma^2 = n V_n$,
$$\hat\theta_n \pm \sigma \sqrt{\frac{2 (n \rho^2 + 1)}{n^2 \rho^2} \log \frac{\sqrt{n \rho^2 + 1}}{\alpha}}.$$
It holds the truth at all $n$ at once with probability $1 - \alpha$ or more.
"""

from __future__ import annotations

import html
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, ClassVar

import numpy as np
import numpy.typing as npt
from scipy.special import ndtr, ndtri

from bayes_roi.draws import check_prob
from bayes_roi.errors import QueryError
from bayes_roi.numbers import level, number, probability, span
from bayes_roi.showing import Guessed

if TYPE_CHECKING:
    import pandas as pd

SENTENCE = (
    "A posterior needs no correction for looking: given prior and data it says the same however often it was computed. "
    "Stopping when its interval leaves zero does raise the rate of false alarms, as it does for a Wald interval; the "
    "always-valid interval keeps that rate at any number of looks."
)


@dataclass(frozen=True, eq=False, repr=False)
class SequentialLooks(Guessed):
    """Answer of `ab_looks`: one row a look.

    Parameters
    ----------
    users
        (looks,) users of both groups so far.
    difference, se
        (looks,) difference of means, and its standard error.
    half_width
        (looks,) of the always-valid interval.
    chance
        (looks,) always-valid p-value: the smallest level at which the interval has left zero so far.
    prob
        Rate of all intervals.
    """

    it: ClassVar[str] = "looks"

    users: np.ndarray
    difference: np.ndarray
    se: np.ndarray
    half_width: np.ndarray
    chance: np.ndarray
    prob: float

    @property
    def always_valid(self) -> tuple[np.ndarray, np.ndarray]:
        """Ends of the interval that may be looked at any time: the overlap of those of all looks so far."""
        lower = np.maximum.accumulate(self.difference - self.half_width)
        return lower, np.minimum.accumulate(self.difference + self.half_width)

    @property
    def wald(self) -> tuple[np.ndarray, np.ndarray]:
        """Ends of the interval for a single look, which is the posterior's under a flat prior."""
        half = ndtri((1 + self.prob) / 2) * self.se
        return self.difference - half, self.difference + half

    @cached_property
    def better(self) -> np.ndarray:
        """(looks,) posterior probability, under a flat prior, that the treated have the larger mean."""
        return np.asarray(ndtr(self.difference / self.se))

    @property
    def decided(self) -> int | None:
        """Users at the first look at which the always-valid interval has left zero; None where it has not."""
        lower, upper = self.always_valid
        out = np.flatnonzero((lower > 0) | (upper < 0))
        return int(self.users[out[0]]) if len(out) else None

    def to_frame(self) -> pd.DataFrame:
        """Return a table, one row a look."""
        import pandas as pd

        (low, high), (first, last) = self.always_valid, self.wald
        columns = {
            "difference": self.difference,
            "always_valid_lower": low,
            "always_valid_upper": high,
            "always_valid_p": self.chance,
            "posterior_lower": first,
            "posterior_upper": last,
            "probability_better": self.better,
        }
        return pd.DataFrame(columns, index=pd.Index(self.users, name="users"))

    def __str__(self) -> str:
        (low, high), (first, last) = self.always_valid, self.wald
        n = self.decided
        return "\n".join(
            [
                f"{len(self.users)} looks, {self.users[-1]:,} users: difference {number(float(self.difference[-1]))}",
                f"always valid: {span(low[-1], high[-1])}, {level(self.prob)} at all looks together; "
                + (f"left zero at {n:,} users" if n else "has not left zero"),
                f"posterior under a flat prior: {span(first[-1], last[-1])}, P(treated better) "
                f"{probability(float(self.better[-1]))}; as a Wald interval valid at one look",
                SENTENCE,
            ]
        )

    def __repr__(self) -> str:
        return f"<{self}>"

    def _repr_html_(self) -> str:
        return f"<pre>{html.escape(str(self))}</pre>"


def ab_looks(
    *,
    control: npt.ArrayLike,
    treated: npt.ArrayLike,
    looks: int | Sequence[int] = 20,
    prob: float = 0.95,
    tuned_for: int | None = None,
) -> SequentialLooks:
    r"""Return what repeated looks at a running test show, with an interval that stays honest at all of them.

    Parameters
    ----------
    control, treated
        What each user did, in order of arrival: 0 or 1, or an amount.
    looks
        How many looks, evenly spaced, or after how many users of each group.
    prob
        Rate of the intervals; the always-valid one has it at all looks together.
    tuned_for
        Users, both groups together, at which the always-valid interval is narrowest; a fifth of all when None.

    Raises
    ------
    QueryError
        When a group has fewer than 50 users at the first look (the sequence is asymptotic), or a value is missing.

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> found = ab_looks(control=rng.binomial(1, 0.10, 5000), treated=rng.binomial(1, 0.15, 5000), looks=10)
    >>> found.decided is not None, bool(found.chance[-1] < 0.05)
    (True, True)
    """
    check_prob(prob)
    groups = [np.asarray(x, float).ravel() for x in (control, treated)]
    if not all(np.isfinite(x).all() for x in groups):
        raise QueryError("values of users are missing or infinite; give a number for each")
    least = min(map(len, groups))
    at = _at(looks, least)
    parts = [_running(x, np.minimum(np.round(at * len(x) / least).astype(int), len(x))) for x in groups]
    users, variance = parts[0][0] + parts[1][0], parts[0][2] + parts[1][2]
    difference = parts[1][1] - parts[0][1]
    if (variance <= 0).any():
        raise QueryError("nobody differs at the first look, so that there is no spread; look later")
    rho2 = _rho2((users[-1] / 5) if tuned_for is None else float(tuned_for), 1 - prob)
    n = users.astype(float)
    half = np.sqrt(n * variance) * np.sqrt(
        2 * (n * rho2 + 1) / (n**2 * rho2) * np.log(np.sqrt(n * rho2 + 1) / (1 - prob))
    )
    # the level at which the interval's end is at zero
    score = difference**2 / (n * variance) * n**2 * rho2 / (2 * (n * rho2 + 1))
    chance = np.minimum.accumulate(np.minimum(np.sqrt(n * rho2 + 1) * np.exp(-score), 1.0))
    return SequentialLooks(users, difference, np.sqrt(variance), half, chance, prob)


LEAST_USERS = 50


def _at(looks: int | Sequence[int], least: int) -> np.ndarray:
    """Return after how many users of the smaller group each look is."""
    if isinstance(looks, int) and not isinstance(looks, bool) and looks >= 1:
        at = np.unique(np.linspace(min(max(least // looks, LEAST_USERS), least), least, looks).astype(int))
    elif isinstance(looks, int):
        raise QueryError(f"looks must be a number of looks or the users at each, got {looks!r}")
    else:
        at = np.unique(np.asarray(looks, int))
    if not len(at) or at[0] < LEAST_USERS or at[-1] > least:
        raise QueryError(
            f"looks need {LEAST_USERS} users of each group or more, and no more than the {least} of the smaller group"
        )
    return at


def _running(x: np.ndarray, at: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return users, mean and variance of the mean at each look."""
    total, squares = np.cumsum(x)[at - 1], np.cumsum(x**2)[at - 1]
    mean = total / at
    return at, mean, (squares / at - mean**2) / at


def _rho2(users: float, alpha: float) -> float:
    r"""Return the mixture's variance for which the interval is narrowest at a number of users.

    With $x = n \rho^2$ the width is $(1 + 1/x) \log((1 + x) / \alpha^2)$, least where $x = \log((1 + x) / \alpha^2)$.
    """
    x = 1.0
    for _ in range(50):
        x = np.log1p(x) - 2 * np.log(alpha)
    return float(x / users)
