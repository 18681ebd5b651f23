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

LEAVES = 1e-9
"""Probability added to the end of a journey after each channel."""
Learned = Callable[[PrivateCounts, int, np.random.Generator], tuple[np.ndarray, np.ndarray]]
"""A release, draws, chance -> amounts of channels (draws, channels), conversions (draws,)."""


def markov(private: PrivateCounts, draws: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Return removal effects (draws, channels) of a chain of order 1, and the conversions (draws,)."""
    counts, k = _transitions(private, draws, rng), len(private.channels)
    found = Transitions(private.channels, 1, np.arange(k + 1)[:, None], counts)
    probabilities = drawn(pulled(found, all_together(found)), 1, rng)[0]
    probabilities[..., k + 1] += LEAVES  # drawn cell by cell, counts may keep a journey going for ever
    with np.errstate(invalid="ignore"):
        effects = removal_effects(found, probabilities / probabilities.sum(axis=-1, keepdims=True))
    effects = np.where(counts[:, :, :k].any(axis=1), effects.clip(0.0, 1.0), 0.0)
    some = _possible(np.isfinite(effects).all(axis=1) & (effects.sum(axis=1) > 0), rng)
    return effects[some], counts[some, :k, k].sum(axis=1)


def last(private: PrivateCounts, draws: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Return the shares (draws, channels) of last touches before a conversion, drawn anew, and the conversions."""
    counts, k = _transitions(private, draws, rng), len(private.channels)
    return drawn(counts[:, :k, k], 1, rng)[0], counts[:, :k, k].sum(axis=1)


def shapley(private: PrivateCounts, draws: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Return the conversions that sets hand out (draws, channels), sets drawn anew, and the conversions (draws,)."""
    known = private.domain
    found = set_draws(private.part("exposures"), known.members, draws, rng)
    some = _possible(found.conversions.any(axis=1), rng)
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
    return counts[_possible(counts[:, :k, k].any(axis=1) & counts[:, k, :k].any(axis=1), rng)]


def _possible(which: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Return positions (draws,) of draws, those that cannot be replaced by others: somebody converted."""
    some = np.flatnonzero(which)
    if not len(some):
        raise QueryError("the noise hides every conversion; release with a larger epsilon, or more users")
    return np.where(which, np.arange(len(which)), rng.choice(some, len(which)))
