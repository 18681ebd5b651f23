"""Draws of removal effects."""

from __future__ import annotations

import numpy as np

from bayes_roi.errors import QueryError
from bayes_roi.journeys.counts.path_types import PathTypes
from bayes_roi.journeys.counts.transitions import transitions
from bayes_roi.journeys.markov.chain import removal_effects
from bayes_roi.journeys.markov.posterior import concentrations, drawn

ORDERS = (1, 2, 3)
MOST_HISTORIES = 3_000
AT_ONCE = 4_000_000
"""Cells of chains that are inverted at once."""


def removal_draws(paths: PathTypes, order: int, draws: int, rng: np.random.Generator) -> np.ndarray:
    """Return removal effects (draws, channels).

    Raises
    ------
    QueryError
        When the order is not 1, 2 or 3, or there are more histories than can be inverted.
    """
    if order not in ORDERS or isinstance(order, bool):
        raise QueryError(f"order must be 1, 2 or 3, got {order!r}")
    found = transitions(paths, order)
    if len(found.histories) > MOST_HISTORIES:
        raise QueryError(
            f"a chain of order {order} over {len(paths.channels)} channels has {len(found.histories):,} histories, "
            f"more than {MOST_HISTORIES:,}; ask for a lower order, or merge channels"
        )
    parameters = concentrations(paths, found)
    step = max(1, AT_ONCE // len(found.histories) ** 2)
    chunks = [min(step, draws - start) for start in range(0, draws, step)]
    return np.concatenate([removal_effects(found, drawn(parameters, n, rng)) for n in chunks])
