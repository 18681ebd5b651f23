"""A/B test of rates: beta-binomial posteriors of two groups."""

from __future__ import annotations

import math
from dataclasses import dataclass
from numbers import Integral
from typing import ClassVar

import numpy as np

from bayes_roi.draws import DEFAULT_PROB, tails
from bayes_roi.errors import QueryError
from bayes_roi.experiments.ab.groups import UNASSIGNED, TwoGroups
from bayes_roi.experiments.ab.textbook import RESAMPLES, TextbookInterval, wald
from bayes_roi.experiments.as_draws import check_draws
from bayes_roi.guards import is_number, whole_number

RANDOMISED = "users act for themselves, and each is counted in the group that chance put it in"


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class RateTest(TwoGroups):
    """Answer of `ab_rates`: `.difference`, `.ratio`, `.better`, `.textbook`, and `.estimate` in total."""

    method: ClassVar[str] = "A/B of rates"


def ab_rates(
    *,
    control: tuple[int, int],
    treated: tuple[int, int],
    outcome: str = "conversions",
    prior: tuple[float, float] = (0.5, 0.5),
    randomised: bool = False,
    window: tuple[str, str] | None = None,
    prob: float = DEFAULT_PROB,
    draws: int = 4000,
    seed: int = 0,
) -> RateTest:
    r"""Return the posterior of two rates and of what lies between them.

    $p_k \mid s_k \sim \text{Beta}(a + s_k, b + n_k - s_k)$.

    Parameters
    ----------
    control, treated
        Successes and users of each group, e.g. (30, 100).
    outcome
        What a success is called.
    prior
        Parameters of the beta prior of both rates; Jeffreys' by default.
    randomised
        Whether chance decided who is in which group.
    window
        First and last period of the test.
    prob
        Rate of the textbook's intervals.
    draws
        Number of posterior draws.
    seed
        Of the draws and of the bootstrap.

    Returns
    -------
    RateTest
        With the Wald and the bootstrap interval beside the posterior.

    Raises
    ------
    QueryError
        When successes are more than users, or are no counts.

    Examples
    --------
    >>> found = ab_rates(control=(30, 100), treated=(50, 100), randomised=True)
    >>> round(found.observed[1] - found.observed[0], 6), found.better > 0.99
    (0.2, True)
    """
    counts = [_counts(group, name) for name, group in (("control", control), ("treated", treated))]
    if len(prior) != 2 or not all(is_number(x) and x > 0 for x in prior):
        raise QueryError(f"prior must be the two parameters of a beta distribution, above zero, got {prior!r}")
    rng = np.random.default_rng(seed)
    drawn = [rng.beta(prior[0] + s, prior[1] + n - s, check_draws(draws)) for s, n in counts]
    rates = [s / n for s, n in counts]
    se = math.sqrt(sum(p * (1 - p) / n for p, (_, n) in zip(rates, counts, strict=True)))
    resampled = [rng.binomial(n, p, RESAMPLES) / n for p, (_, n) in zip(rates, counts, strict=True)]
    low, high = np.quantile(resampled[1] - resampled[0], tails(prob))
    apart = rates[1] - rates[0]
    return RateTest(
        outcome=outcome,
        users=(counts[0][1], counts[1][1]),
        observed=(rates[0], rates[1]),
        means=np.stack(drawn, axis=1),
        randomised=randomised,
        window=window,
        assumption=RANDOMISED if randomised else UNASSIGNED,
        textbook=(
            wald(apart, se, prob),
            TextbookInterval("bootstrap", apart, float(low), float(high), prob),
        ),
    )


def _counts(group: tuple[int, int], name: str) -> tuple[int, int]:
    if not isinstance(group, tuple | list) or len(group) != 2:
        raise QueryError(f"{name} must be (successes, users), e.g. (30, 100), got {group!r}")
    users = whole_number(group[1], f"users of {name}", 1, kind=Integral)
    return whole_number(group[0], f"successes of {name}", 0, users, kind=Integral), users
