r"""Exposure sets given the same with noise: journeys, conversions and conversion rates of all sets together.

The rate of a set is Beta around a common one, its size has the prior of the cells of the table (`prior`), conversions
are binomial, and what was released is both kinds of journeys, each with noise. Counts are first proposed cell by cell,
$P(n \mid m)$ of each, and then chosen anew by how well conversions and journeys of a set go together (sampling
importance resampling, Rubin 1988). The common rate and how far sets differ are not fixed: they are drawn from their
posterior on a grid, the standard deviation between sets flat beforehand (Gelman 2006).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import betaln, expit, gammaln, logit, logsumexp

from bayes_roi.journeys.privacy.mechanism import NoisedTable
from bayes_roi.journeys.privacy.prior import CellPrior, drawn_counts, emptied, fitted

CONVERTED, NOT = 0, 1
PROPOSED = 60_000
"""Proposals over all sets, a hundred or more each; a fifth of them see the grid."""
LEAST, MOST = 100, 4_000
TOGETHER = np.geomspace(2.0, 30.0, 5)
"""How many journeys the common rate may count for. Of sets that hide in the noise nothing says that they are alike, and
a common rate that counted for more would take them for it: intervals then hold the truth too seldom (79 of 100)."""
RATES = np.linspace(-2.5, 2.5, 9)
"""The common rate, in standard errors of its logit around the ratio of all."""


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


@dataclass(frozen=True, eq=False)
class _Proposals:
    """Counts cell by cell (proposals, sets), with the logarithm of their weights but for what rates say of them."""

    journeys: np.ndarray
    conversions: np.ndarray
    logs: np.ndarray

    def first(self, many: int) -> _Proposals:
        return _Proposals(self.journeys[:many], self.conversions[:many], self.logs[:many])

    def weighed(self, a: float, b: float) -> np.ndarray:
        """Return log weights (proposals, sets) where rates are Beta(a, b)."""
        return self.logs + betaln(a + self.conversions, b + self.journeys - self.conversions) - betaln(a, b)


def set_draws(table: NoisedTable, doubtful: np.ndarray, draws: int, rng: np.random.Generator) -> SetDraws:
    """Return draws of the exposure sets of a table with noise (sets x 2,), those with a conversion first.

    Parameters
    ----------
    table
        What was released.
    doubtful
        Whether a set has the channel that may not be there at all (sets,).
    draws, rng
        How many, and by what chance.
    """
    prior = fitted(table.values, table.scale, np.tile([CONVERTED, NOT], len(doubtful)), np.repeat(doubtful, 2))
    many = int(np.clip(PROPOSED // len(doubtful), LEAST, MOST))
    proposals = _proposed(prior, table, many, rng)
    chosen = _common(proposals.first(max(LEAST, many // 5)), table.scale, draws, rng)
    journeys, conversions = (np.zeros((draws, len(doubtful)), np.int64) for _ in range(2))
    for a, b in np.unique(chosen, axis=0):
        here = np.flatnonzero((chosen == (a, b)).all(axis=1))
        at = _resampled(proposals.weighed(a, b), len(here), rng)
        journeys[here] = np.take_along_axis(proposals.journeys, at, axis=0)
        conversions[here] = np.take_along_axis(proposals.conversions, at, axis=0)
    both = emptied(prior, np.stack([conversions, journeys - conversions], axis=-1).reshape(draws, -1), rng)
    conversions, journeys = both[:, ::2], both[:, ::2] + both[:, 1::2]
    rates = rng.beta(chosen[:, :1] + conversions, chosen[:, 1:] + journeys - conversions)
    return SetDraws(journeys, conversions, rates)


def _proposed(prior: CellPrior, table: NoisedTable, many: int, rng: np.random.Generator) -> _Proposals:
    counts = drawn_counts(prior, table.values, table.scale, many, rng).reshape(many, -1, 2)
    conversions, without = counts[..., CONVERTED], counts[..., NOT]
    journeys = conversions + without
    ways = gammaln(journeys + 1) - gammaln(conversions + 1) - gammaln(without + 1)
    given = prior.log_density(conversions, CONVERTED) + prior.log_density(without, NOT)
    return _Proposals(journeys, conversions, prior.log_density(journeys, NOT) + ways - given)


def _common(proposals: _Proposals, scale: float, draws: int, rng: np.random.Generator) -> np.ndarray:
    """Return draws (draws, 2) of a and b of the Beta of rates over sets."""
    conversions, journeys = proposals.conversions.mean(axis=0).sum(), proposals.journeys.mean(axis=0).sum()
    ratio = np.clip(conversions / max(journeys, 1.0), 1e-4, 0.9)
    error = np.sqrt(2 * proposals.journeys.shape[1]) * scale / max(conversions, 1.0)
    grid = [
        (together * expit(z), together * expit(-z))
        for together in TOGETHER
        for z in logit(ratio) + RATES * np.clip(error, 0.15, 0.8)
    ]
    logs = np.array([logsumexp(proposals.weighed(a, b), axis=0).sum() - 0.5 * np.log(a + b) for a, b in grid])
    return np.array(grid)[rng.choice(len(grid), draws, p=np.exp(logs - logsumexp(logs)))]


def _resampled(logs: np.ndarray, draws: int, rng: np.random.Generator) -> np.ndarray:
    """Return positions (draws, sets) of proposals, chosen with weights (proposals, sets)."""
    chances = np.cumsum(np.exp(logs - logsumexp(logs, axis=0)), axis=0)
    many, sets = logs.shape
    one_row = (np.minimum(chances, 1.0).T + np.arange(sets)[:, None]).ravel()
    found = np.searchsorted(one_row, rng.random((draws, sets)) + np.arange(sets))
    return (found - many * np.arange(sets)).clip(0, many - 1)
