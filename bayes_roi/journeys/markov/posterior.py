"""The posterior of transitions: a Dirichlet a history, pulled a little to the history without its earliest touch."""

from __future__ import annotations

import numpy as np

from bayes_roi.journeys.counts.path_types import PathTypes
from bayes_roi.journeys.counts.transitions import Transitions, transitions

PSEUDO = 1.0
"""Observations that the prior of a history is worth."""


def concentrations(paths: PathTypes, found: Transitions) -> np.ndarray:
    """Return the parameters (histories, K + 2) of the Dirichlet of each history's next step.

    The prior is worth one observation, spread as the next steps of the history without its earliest touch (of all
    histories, where it has but one; MacKay and Peto 1995). The start, which every journey has, has none. A step that
    never followed the shorter history has probability zero, so that no chain leaves the histories that were seen.
    """
    return pulled(found, _shorter(paths, found))


def pulled(found: Transitions, shorter: np.ndarray) -> np.ndarray:
    """Return the parameters (..., histories, K + 2), given how often steps follow shorter histories (the same shape).

    Counts may have dims before those of a table, such as that of draws.
    """
    started = (found.histories < len(found.channels)).any(axis=1)
    return found.counts + PSEUDO * started[:, None] * shorter


def all_together(found: Transitions) -> np.ndarray:
    """Return the frequencies of next steps (..., 1, K + 2) after any touch: what a history of one is pulled to."""
    often = found.counts[..., :-1, :].sum(axis=-2, keepdims=True)
    return np.asarray(often / often.sum(axis=-1, keepdims=True))


def _shorter(paths: PathTypes, found: Transitions) -> np.ndarray:
    """Return the frequencies of next steps (histories, K + 2) after each history without its earliest touch."""
    if found.order == 1:
        return all_together(found)
    shorter = transitions(paths, found.order - 1)
    keys = found.keys % (len(found.channels) + 1) ** (found.order - 1)
    counts = shorter.counts[np.searchsorted(shorter.keys, keys)]
    return counts / counts.sum(axis=1, keepdims=True)


def drawn(parameters: np.ndarray, draws: int, rng: np.random.Generator) -> np.ndarray:
    """Return draws (draws, histories, K + 2) of the probabilities of next steps."""
    gamma = rng.standard_gamma(parameters, size=(draws, *parameters.shape))
    return gamma / gamma.sum(axis=-1, keepdims=True)
