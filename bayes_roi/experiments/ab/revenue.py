"""A/B test of revenue per user: a hurdle for those who spend nothing, log-normal amounts of the others."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import numpy.typing as npt

from bayes_roi.draws import DEFAULT_PROB
from bayes_roi.errors import QueryError
from bayes_roi.experiments.ab.groups import UNASSIGNED, TwoGroups
from bayes_roi.experiments.ab.textbook import bootstrap, welch
from bayes_roi.experiments.as_draws import check_draws
from bayes_roi.experiments.check import Check

RANDOMISED = "users act for themselves, each is counted in the group that chance put it in, and amounts are log-normal"
LEAST_BUYERS = 3


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class RevenueTest(TwoGroups):
    """Answer of `ab_revenue`: `.difference`, `.ratio`, `.better`, `.textbook`, and `.estimate` in total.

    Parameters
    ----------
    rates
        (draws, 2) share of users who spend at all.
    amounts
        (draws, 2) mean amount of those who do.
    log_normal
        Whether amounts are log-normal enough: the observed means against the fitted ones.
    """

    method: ClassVar[str] = "A/B of revenue"

    rates: np.ndarray
    amounts: np.ndarray
    log_normal: Check

    @property
    def checks(self) -> tuple[Check, ...]:
        """The test of the amounts' law."""
        return (self.log_normal,)

    def __str__(self) -> str:
        return f"{super().__str__()}\n{self.log_normal}"


def ab_revenue(
    *,
    control: npt.ArrayLike,
    treated: npt.ArrayLike,
    outcome: str = "revenue",
    randomised: bool = False,
    window: tuple[str, str] | None = None,
    prob: float = DEFAULT_PROB,
    draws: int = 4000,
    seed: int = 0,
) -> RevenueTest:
    r"""Return the posterior of revenue per user in two groups and of what lies between them.

    $E[Y] = p \exp(\mu + \sigma^2 / 2)$ with $p \sim \text{Beta}(1/2, 1/2)$ and flat priors on $\mu$ and $\log \sigma$:
    the amounts of buyers are log-normal, which the tail of the mean rests on; the t and the bootstrap interval beside
    it do not.

    Parameters
    ----------
    control, treated
        (users,) revenue of each user, zero for those who bought nothing.
    outcome
        What revenue is called.
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

    Raises
    ------
    QueryError
        When an amount is negative or missing, or a group has fewer than three buyers.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> control, treated = (rng.binomial(1, 0.2, 4000) * rng.lognormal(m, 0.8, 4000) for m in (3.0, 3.2))
    >>> found = ab_revenue(control=control, treated=treated, randomised=True)
    >>> found.better > 0.95, [i.name for i in found.textbook]
    (True, ['Welch t', 'bootstrap'])
    """
    groups = (_amounts(control, "control"), _amounts(treated, "treated"))
    rng, count = np.random.default_rng(seed), check_draws(draws)
    drawn = [_posterior(x, count, rng) for x in groups]
    rates, amounts = (np.stack([d[k] for d in drawn], axis=1) for k in (0, 1))
    return RevenueTest(
        outcome=outcome,
        users=(len(groups[0]), len(groups[1])),
        observed=(float(groups[0].mean()), float(groups[1].mean())),
        means=rates * amounts,
        randomised=randomised,
        window=window,
        assumption=RANDOMISED if randomised else UNASSIGNED,
        textbook=(welch(*groups, prob=prob), bootstrap(*groups, prob=prob, seed=seed)),
        rates=rates,
        amounts=amounts,
        log_normal=_log_normal(groups),
    )


def _amounts(given: npt.ArrayLike, name: str) -> np.ndarray:
    x = np.asarray(given, float).ravel()
    if not np.isfinite(x).all() or (x < 0).any():
        raise QueryError(f"{name} must have revenue of zero or more for each user, nothing missing")
    if (x > 0).sum() < LEAST_BUYERS:
        raise QueryError(f"{name} has {(x > 0).sum()} users with revenue; a spread needs {LEAST_BUYERS} or more")
    return x


def _posterior(x: np.ndarray, draws: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    logs = np.log(x[x > 0])
    rate = rng.beta(0.5 + len(logs), 0.5 + len(x) - len(logs), draws)
    variance = (len(logs) - 1) * logs.var(ddof=1) / rng.chisquare(len(logs) - 1, draws)
    mean = logs.mean() + np.sqrt(variance / len(logs)) * rng.standard_normal(draws)
    return rate, np.exp(mean + variance / 2)


def _log_normal(groups: tuple[np.ndarray, np.ndarray]) -> Check:
    """Return the check of the amounts' law: skewness of their logarithms, the largest of the two groups."""
    shown = 0.0
    for x in groups:
        logs = np.log(x[x > 0])
        z = (logs - logs.mean()) / (logs.std() or 1.0)
        # under normality skewness and excess kurtosis have variances 6 / n and 24 / n (Jarque and Bera 1980)
        shown = max(shown, float(len(logs) / 6 * ((z**3).mean() ** 2 + ((z**4).mean() - 3) ** 2 / 4)))
    return Check(
        "amounts are log-normal (Jarque-Bera)", float(np.sqrt(shown)), float(1 - (1 - np.exp(-shown / 2)) ** 2)
    )
