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
from bayes_roi.queries.shapley import coalitions_within, dividend_weights

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
    game = np.zeros((len(coalitions), len(coalitions)))
    for members, journeys in zip(found.sets, found.journeys, strict=True):
        np.add.at(game, (np.arange(len(coalitions)), np.searchsorted(coalitions, coalitions & members)), journeys)
    game[:, 0] = 0.0  # nobody without a touch is in the log
    return dividend_weights(coalitions, len(found.channels)) @ game
