r"""Exposure sets given the same with noise: journeys, conversions and conversion rates of all sets together.

Journeys with and without a conversion have means that are log-linear in the channels of a set (`log_linear`), so that
the rate of a set is expected at $\rho_T$, its logit linear in the channels. The rate itself is Beta around
$\rho_T$, conversions are binomial, and what was released is both kinds of journeys, each with noise. Counts are first
proposed cell by cell, $P(n \mid m)$ of each, and then chosen anew by how well conversions and journeys of a set
go together (sampling importance resampling, Rubin 1988). How far rates are from $\rho_T$ is drawn from its posterior
on a grid, their standard deviation flat beforehand (Gelman 2006).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import betaln, expit, gammaln

from bayes_roi.journeys.privacy.geometric import log_noise, log_total
from bayes_roi.journeys.privacy.log_linear import CellMeans, cell_means, coefficient_draws
from bayes_roi.journeys.privacy.mechanism import NoisedTable

COEFFICIENTS = 40
"""Draws of coefficients, each with proposals of its own."""
PROPOSED = 20_000
"""Proposals over all sets by each of them, sixty to four hundred of a set."""
TOGETHER = np.array([1.0, 3.0, 10.0, 30.0])
"""How many journeys the expected rate of a set counts for. Of sets that hide in the noise nothing says that they are as
expected, and were more allowed it would be taken for it: intervals then hold the truth too seldom."""


@dataclass(frozen=True, eq=False)
class SetDraws:
    """Draws of what exposure sets were before the noise.

    Parameters
    ----------
    journeys, conversions
        Of each set (draws, sets).
    rates
        Conversion rates (draws, sets).
    """

    journeys: np.ndarray
    conversions: np.ndarray
    rates: np.ndarray


def set_draws(table: NoisedTable, members: np.ndarray, draws: int, rng: np.random.Generator) -> SetDraws:
    """Return draws of the exposure sets of a table with noise (sets x 2,), those with a conversion first.

    Parameters
    ----------
    table
        What was released.
    members
        Whether each set has each channel (sets, channels), the last one such that it may not be there at all.
    draws, rng
        How many, and by what chance.
    """
    design = np.column_stack([np.ones(len(members)), members])
    kinds, coefficients = [], []
    for values in table.values.reshape(-1, 2).T:
        known, mode = cell_means(design, values, table.scale)
        kinds.append(known)
        coefficients.append(coefficient_draws(known, mode, COEFFICIENTS, rng))
    each = np.array_split(np.arange(draws), COEFFICIENTS)
    means = [x @ design.T for x in coefficients]
    parts = [
        _given(kinds, (means[0][i], means[1][i]), members[:, -1], len(some), rng)
        for i, some in enumerate(each)
        if len(some)
    ]
    found = (np.concatenate([getattr(part, name) for part in parts]) for name in ("journeys", "conversions", "rates"))
    order = rng.permutation(draws)
    return SetDraws(*(some[order] for some in found))


def _given(
    kinds: list[CellMeans],
    means: tuple[np.ndarray, np.ndarray],
    doubtful: np.ndarray,
    draws: int,
    rng: np.random.Generator,
) -> SetDraws:
    """Return draws given the log means (sets,) of journeys with a conversion and without one."""
    many = int(np.clip(PROPOSED // len(doubtful), 60, 400))
    conversions, without = (kind.counts(mean, many, rng) for kind, mean in zip(kinds, means, strict=True))
    journeys = conversions + without
    ways = gammaln(journeys + 1) - gammaln(conversions + 1) - gammaln(without + 1)
    size = kinds[1].log_density(journeys, np.logaddexp(*means))
    proposed = kinds[0].log_density(conversions, means[0]) + kinds[1].log_density(without, means[1])
    expected = expit(np.clip(means[0] - means[1], -15, 15))
    ends = [(worth * expected, worth * (1 - expected)) for worth in TOGETHER]
    logs = [size + ways - proposed + betaln(a + conversions, b + without) - betaln(a, b) for a, b in ends]
    fit = np.array([log_total(x, axis=0).sum() for x in logs]) - 0.5 * np.log(TOGETHER)
    chosen = rng.choice(len(TOGETHER), draws, p=np.exp(fit - log_total(fit)))
    at = np.concatenate([_resampled(logs[i], int((chosen == i).sum()), rng) for i in range(len(TOGETHER))])
    there = ~(_absent(kinds, means, doubtful, draws, rng)[:, None] & doubtful)
    n, k = (np.take_along_axis(x, at, axis=0) * there for x in (journeys, conversions))
    a, b = (np.stack(some)[np.sort(chosen)] for some in zip(*ends, strict=True))
    return SetDraws(n, k, rng.beta(a + k, b + n - k))


def _absent(
    kinds: list[CellMeans], means: tuple[np.ndarray, ...], doubtful: np.ndarray, draws: int, rng: np.random.Generator
) -> np.ndarray:
    """Return whether the doubtful channel is not there (draws,): as likely as not before the sets with it are seen."""
    odds = 0.0
    for kind, mean in zip(kinds, means, strict=True):
        empty = log_noise(kind.values, kind.scale) - kind.log_likelihood(mean)
        odds += float(empty[doubtful].sum())
    return rng.random(draws) < expit(odds)


def _resampled(logs: np.ndarray, draws: int, rng: np.random.Generator) -> np.ndarray:
    """Return positions (draws, sets) of proposals, chosen with weights (proposals, sets)."""
    chances = np.cumsum(np.exp(logs - log_total(logs, axis=0)), axis=0)
    many, sets = logs.shape
    one_row = (np.minimum(chances, 1.0).T + np.arange(sets)[:, None]).ravel()
    found = np.searchsorted(one_row, rng.random((draws, sets)) + np.arange(sets))
    return (found - many * np.arange(sets)).clip(0, many - 1)
