r"""Shapley values over exposure sets.

A journey with the channels T is a game of its own: $v(S)$ is the conversion rate of journeys with exactly the channels
S, and 0 with none. Its rate is thus handed out whole to the channels that it had, and the credit of a channel is the
sum over journeys: $\sum_T n_T \phi_c(T)$. Values may be negative, where journeys with a channel convert less.
"""

from __future__ import annotations

import numpy as np
from scipy.special import expit

from bayes_roi.errors import QueryError
from bayes_roi.journeys.counts.exposures import ExposureSets
from bayes_roi.journeys.shapley.pooled import PooledRates, members_of
from bayes_roi.queries.shapley import coalitions_within, dividend_shares, dividends

MOST_COALITIONS = 4_096
LEAST = 1e-9
"""Added to the parameters of a Beta, which must be above zero."""


def shapley_draws(found: ExposureSets, draws: int, rng: np.random.Generator) -> np.ndarray:
    """Return the conversions that are handed out (draws, channels), with how often each set is there drawn anew.

    Raises
    ------
    QueryError
        When the sets have more subsets than can be asked.
    """
    sets = found.sets.tolist()
    coalitions = coalitions_within(sets, MOST_COALITIONS)
    if coalitions is None:
        raise QueryError(
            f"the exposure sets of {len(found.channels)} channels have more than {MOST_COALITIONS:,} subsets; merge "
            "channels that are rarely seen, or ask for another rule"
        )
    channels = len(found.channels)
    pooled = PooledRates(members_of(found.sets, channels), found.journeys, found.conversions)
    coefficients, size = pooled.drawn(draws, rng)
    mean = expit(coefficients @ members_of(coalitions, channels).T)
    journeys, conversions = np.zeros(len(coalitions)), np.zeros(len(coalitions))
    at = np.searchsorted(coalitions, found.sets)
    journeys[at], conversions[at] = found.journeys, found.conversions
    rates = rng.beta(mean * size + conversions + LEAST, (1 - mean) * size + journeys - conversions + LEAST)
    often = rng.standard_gamma(found.journeys, size=(draws, len(found.sets)))
    often *= found.journeys.sum() / often.sum(axis=1, keepdims=True)
    return credit_by_draw(channels, found.sets, often, coalitions, rates)


def credit_by_draw(
    channels: int, sets: np.ndarray, journeys: np.ndarray, coalitions: np.ndarray, rates: np.ndarray
) -> np.ndarray:
    """Return the conversions that are handed out (draws, channels), where journeys too have draws.

    Parameters
    ----------
    channels
        How many there are.
    sets, journeys
        Exposure sets (sets,), and the journeys of each (draws, sets).
    coalitions, rates
        Every coalition inside a set (coalitions,), and its conversion rate (draws, coalitions).
    """
    with_all = journeys @ containing(sets, coalitions)
    return np.asarray((with_all * (rates @ _dividends(coalitions).T)) @ dividend_shares(coalitions, channels).T)


def containing(sets: np.ndarray, coalitions: np.ndarray) -> np.ndarray:
    """Return whether each set has all channels of each coalition (sets, coalitions), as zeros and ones."""
    return ((sets[:, None] & coalitions) == coalitions).astype(float)


def _dividends(coalitions: np.ndarray) -> np.ndarray:
    """Return the dividends by rates, without nobody's: nobody without a touch is in the log."""
    found = dividends(coalitions)
    found[:, 0] = 0.0
    return found
