r"""Shapley values over exposure sets.

A journey with the channels T is a game of its own: $v(S)$ is the conversion rate of journeys with exactly the channels
S, and 0 with none. Its rate is thus handed out whole to the channels that it had, and the credit of a channel is the
sum over journeys: $\sum_T n_T \phi_c(T)$. Values may be negative, where journeys with a channel convert less.
"""

from __future__ import annotations

import numpy as np

from bayes_roi.errors import QueryError
from bayes_roi.journeys.counts.exposures import ExposureSets
from bayes_roi.journeys.shapley.pooled import pooled
from bayes_roi.queries.shapley import coalitions_within, dividend_shares, dividends

MOST_COALITIONS = 4_096


def shapley_draws(found: ExposureSets, draws: int, rng: np.random.Generator) -> np.ndarray:
    """Return the conversions that are handed out (draws, channels).

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
    weights = coalition_credit(coalitions, found)
    a, b = pooled(found.journeys, found.conversions)
    journeys, conversions = np.zeros(len(coalitions)), np.zeros(len(coalitions))
    at = np.searchsorted(coalitions, found.sets)
    journeys[at], conversions[at] = found.journeys, found.conversions
    rates = rng.beta(a + conversions, b + journeys - conversions, size=(draws, len(coalitions)))
    return np.asarray(rates @ weights.T)


def coalition_credit(coalitions: np.ndarray, found: ExposureSets) -> np.ndarray:
    """Return the weights (channels, coalitions) with which the credit of channels is a sum of rates of coalitions."""
    with_all = found.journeys @ containing(found.sets, coalitions)
    return (dividend_shares(coalitions, len(found.channels)) * with_all) @ _dividends(coalitions)


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
