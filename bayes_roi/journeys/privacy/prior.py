r"""Counts of a table given the same with noise: each count has a prior that all cells of the table tell together.

Most cells of such a table are empty or nearly so and a few are large. A flat prior on $n \ge 0$ takes what the noise
puts above zero for counts, and there are many cells. The prior of a count is therefore a mixture of geometric laws
whose means go from zero over parts of the noise to more than the largest cell; its weights are those of the highest
marginal likelihood over the table (empirical Bayes), with one cell's worth of alike weights beside. Whether anybody was
touched by a channel that the caller did not name (`other`) is one more unknown: as likely as not beforehand, and where
nobody was, all of its cells are empty at once.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import expit

from bayes_roi.journeys.privacy.geometric import drawn, log_marginal, log_noise, log_total

ROUNDS = 200
EMPTY = 1e-6
"""Mean of the component of cells that are empty."""
FINEST = 0.25
"""Mean of the next component, in scales of the noise."""
A_DECADE = 2
"""Components a factor of ten."""


@dataclass(frozen=True, eq=False)
class CellPrior:
    """What counts of a table may be before their noise is looked at.

    Parameters
    ----------
    log_ratios
        Of the geometric components (components,).
    weights
        Of the components (components,).
    doubtful
        Whether a cell is of the channel that may not be there at all (cells,).
    absent
        The probability that it is not.
    """

    log_ratios: np.ndarray
    weights: np.ndarray
    doubtful: np.ndarray
    absent: float


def fitted(values: np.ndarray, scale: float, doubtful: np.ndarray) -> CellPrior:
    """Return the prior of a table with noise (cells,), some cells of it of a channel that may not be there."""
    ratios = _ratios(values, scale)
    evidence = log_marginal(values[:, None], ratios, scale)
    weights = mixture_weights(evidence[~doubtful])
    there = log_total(evidence + np.log(weights))[doubtful].sum()
    return CellPrior(ratios, weights, doubtful, float(expit(log_noise(values[doubtful], scale).sum() - there)))


def drawn_counts(
    prior: CellPrior, values: np.ndarray, scale: float, draws: int, rng: np.random.Generator
) -> np.ndarray:
    """Return draws (draws, cells) of the counts given their values with noise, as if all channels were there."""
    logs = log_marginal(values[:, None], prior.log_ratios, scale) + np.log(prior.weights)
    chosen = components(logs, draws, rng)
    return drawn(np.broadcast_to(values, chosen.shape), prior.log_ratios[chosen], scale, rng)


def components(logs: np.ndarray, draws: int, rng: np.random.Generator) -> np.ndarray:
    """Return the component of each cell (draws, cells), by the logarithms of their chances (cells, components)."""
    chances = np.cumsum(np.exp(logs - log_total(logs)[:, None]), axis=1)
    return (rng.random((draws, len(logs), 1)) > chances).sum(axis=-1).clip(0, logs.shape[1] - 1)


def emptied(prior: CellPrior, counts: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Return draws (draws, cells) of counts, the doubtful cells empty in as many as they probably are."""
    absent = rng.random(len(counts)) < prior.absent
    return np.where(absent[:, None] & prior.doubtful, 0, counts)


def _ratios(values: np.ndarray, scale: float) -> np.ndarray:
    """Return log q of components (components,): empty, a part of the noise, ..., three times the largest value."""
    least, most = FINEST * scale, max(3.0 * float(values.max()), scale, 10.0)
    number = max(2, int(A_DECADE * np.log10(most / least)) + 2)
    means = np.concatenate([[EMPTY], np.geomspace(least, most, number)])
    return np.log(means) - np.log1p(means)


def mixture_weights(evidence: np.ndarray) -> np.ndarray:
    """Return the weights of components (components,) by expectation-maximisation, given log evidence (cells, ...)."""
    k = evidence.shape[1]
    weights, each = np.full(k, 1 / k), np.exp(evidence - evidence.max(axis=1, keepdims=True))
    for _ in range(ROUNDS):
        weights = (weights * ((1 / (each @ weights)) @ each) + 1 / k) / (len(evidence) + 1)
    return weights
