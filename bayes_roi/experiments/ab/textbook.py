"""Intervals of the textbook for a difference of two groups, named as what they are."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import ndtri, stdtrit

from bayes_roi.draws import DEFAULT_PROB, check_prob, tails
from bayes_roi.numbers import level, number, span

RESAMPLES = 2000
BATCH = 4_000_000
"""Cells that are resampled at once."""


@dataclass(frozen=True)
class TextbookInterval:
    """A confidence interval: over repeated tests it holds the truth at its rate, if it is looked at once.

    Parameters
    ----------
    name
        "Wald", "Welch t" or "bootstrap".
    estimate, lower, upper
        The difference and the ends.
    prob
        Its rate.
    """

    name: str
    estimate: float
    lower: float
    upper: float
    prob: float

    def __str__(self) -> str:
        said = f"{number(self.estimate)} ({span(self.lower, self.upper)})"
        return f"{said}, {level(self.prob)} {self.name} confidence interval"


def wald(estimate: float, se: float, prob: float = DEFAULT_PROB) -> TextbookInterval:
    r"""Return $\hat\theta \pm z\,se$.

    >>> found = wald(1.0, 0.5, 0.95)
    >>> round(found.lower, 2), round(found.upper, 2)
    (0.02, 1.98)
    """
    check_prob(prob)
    half = ndtri((1 + prob) / 2) * se
    return TextbookInterval("Wald", float(estimate), float(estimate - half), float(estimate + half), prob)


def welch(control: np.ndarray, treated: np.ndarray, prob: float = DEFAULT_PROB) -> TextbookInterval:
    """Return the t interval of a difference of means with unlike variances (Welch 1947)."""
    check_prob(prob)
    parts = np.array([x.var(ddof=1) / len(x) for x in (control, treated)])
    se = np.sqrt(parts.sum())
    freedom = parts.sum() ** 2 / (parts**2 / [len(control) - 1, len(treated) - 1]).sum() if se > 0 else 1.0
    estimate, half = treated.mean() - control.mean(), stdtrit(freedom, (1 + prob) / 2) * se
    return TextbookInterval("Welch t", float(estimate), float(estimate - half), float(estimate + half), prob)


def bootstrap(
    control: np.ndarray, treated: np.ndarray, prob: float = DEFAULT_PROB, *, seed: int = 0
) -> TextbookInterval:
    """Return the percentile interval of a difference of means under resampling of users (Efron 1979)."""
    check_prob(prob)
    rng = np.random.default_rng(seed)
    drawn = _resampled_means(treated, rng) - _resampled_means(control, rng)
    lower, upper = np.quantile(drawn, tails(prob))
    return TextbookInterval("bootstrap", float(treated.mean() - control.mean()), float(lower), float(upper), prob)


def _resampled_means(x: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    # users who spent nothing need no place of their own: how many of the others are drawn is binomial
    spent = x[x != 0]
    if not len(spent):
        return np.zeros(RESAMPLES)
    counts = rng.binomial(len(x), len(spent) / len(x), RESAMPLES)
    if len(spent) * RESAMPLES > 10 * BATCH:  # sums of so many are normal
        return counts / len(x) * spent.mean() + np.sqrt(counts) / len(x) * spent.std() * rng.standard_normal(RESAMPLES)
    totals = [spent[rng.integers(len(spent), size=n)].sum() for n in counts]
    return np.array(totals) / len(x)
