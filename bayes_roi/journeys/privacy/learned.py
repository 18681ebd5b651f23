"""What chains, exposure sets and last touches hand out by a release: draws of the counts, then what counts give."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from bayes_roi.errors import QueryError
from bayes_roi.journeys.counts.transitions import Transitions
from bayes_roi.journeys.markov.chain import removal_effects
from bayes_roi.journeys.markov.posterior import all_together, drawn, pulled
from bayes_roi.journeys.privacy.domain import Domain
from bayes_roi.journeys.privacy.mechanism import NoisedTable
from bayes_roi.journeys.privacy.prior import drawn_counts, emptied, fitted
from bayes_roi.journeys.privacy.private_counts import PrivateCounts
from bayes_roi.journeys.privacy.rates import set_draws
from bayes_roi.journeys.shapley.exposed import credit_by_draw

Learned = Callable[[PrivateCounts, int, np.random.Generator], tuple[np.ndarray, np.ndarray]]
"""A release, draws, chance -> amounts of channels (draws, channels), conversions (draws,)."""


def markov(private: PrivateCounts, draws: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Return removal effects (draws, channels) of a chain of order 1, and the conversions (draws,)."""
    counts, k = _transitions(private, draws, rng), len(private.channels)
    found = Transitions(private.channels, 1, np.arange(k + 1)[:, None], counts)
    probabilities = drawn(pulled(found, all_together(found)), 1, rng)[0]
    effects = np.where(counts[:, :, :k].sum(axis=1) > 0, removal_effects(found, probabilities), 0.0)
    return effects, counts[:, :k, k].sum(axis=1)


def last(private: PrivateCounts, draws: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Return the shares (draws, channels) of last touches before a conversion, drawn anew, and the conversions."""
    counts, k = _transitions(private, draws, rng), len(private.channels)
    return drawn(counts[:, :k, k], 1, rng)[0], counts[:, :k, k].sum(axis=1)


def shapley(private: PrivateCounts, draws: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Return the conversions that sets hand out (draws, channels), sets drawn anew, and the conversions (draws,)."""
    known = private.domain
    found = set_draws(private.part("exposures"), known.members, draws, rng)
    some = _converted(found.conversions, rng)
    coalitions = np.concatenate([[0], known.sets])
    rates = np.hstack([np.zeros((draws, 1)), found.rates[some]])
    journeys = rng.standard_gamma(found.journeys[some])
    credit = credit_by_draw(len(known.channels), known.sets, journeys, coalitions, rates)
    return credit, found.conversions[some].sum(axis=1)


LEARNED: dict[str, Learned] = {"last": last, "markov": markov, "shapley": shapley}
"""Name of a rule -> what it learns from a release."""
NEEDS = {"last": "transitions", "markov": "transitions", "shapley": "exposures"}
"""Name of a rule -> the table it is learned from."""


def transition_draws(known: Domain, table: NoisedTable, draws: int, rng: np.random.Generator) -> np.ndarray:
    """Return draws of transitions before the noise (draws, K + 1, K + 2), the start the last row."""
    cells, k = known.transitions, len(known.channels)
    of_other = np.zeros(cells.shape, bool)
    of_other[k - 1], of_other[:, k - 1] = True, True
    prior = fitted(table.values, table.scale, of_other[cells])
    counts = np.zeros((draws, *cells.shape))
    counts[:, cells] = emptied(prior, drawn_counts(prior, table.values, table.scale, draws, rng), rng)
    return counts


def _transitions(private: PrivateCounts, draws: int, rng: np.random.Generator) -> np.ndarray:
    """Return draws of transitions, given that somebody began a journey and converted."""
    counts, k = transition_draws(private.domain, private.part("transitions"), draws, rng), len(private.channels)
    return counts[_converted(counts[:, :k, k] * counts[:, k, :k].sum(axis=1, keepdims=True), rng)]


def _converted(conversions: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Return positions (draws,) of draws with a conversion: those without one are replaced by others."""
    some = np.flatnonzero(conversions.sum(axis=1))
    if not len(some):
        raise QueryError("the noise hides every conversion; release with a larger epsilon, or more users")
    positions = np.arange(len(conversions))
    return np.where(np.isin(positions, some), positions, rng.choice(some, len(conversions)))
