"""Which node a forecast of the outcome was off by: what came less the forecast, node by node.

Nodes are set to what came one after the other, causes first, and the mean forecast of the outcome moves each time by
what that node was off given its causes. What is left once all are known is the outcome's own noise, or the error of its
own equation. The parts sum to what came less the mean forecast; they describe a forecast, and are no effects.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from bayes_roi.prediction.coming import Coming
from bayes_roi.prediction.later import Later


def surprises(ahead: Coming, later: Later, nodes: tuple[str, ...], seed: int) -> dict[str, np.ndarray]:
    """Return node -> (units, periods) its part, causes first, in units of the outcome; NaN where no outcome came.

    Parameters
    ----------
    ahead, later
        The periods that were forecast, and what came in them.
    nodes
        Those that were forecast, causes first, the outcome last.
    seed
        Of means that noise is averaged over for.
    """
    model, shape = later.fit.model, (len(later.units), later.horizon)
    causes = model.computation.ancestors([model.outcome])
    taken = [n for n in ahead.assumed if n in causes]
    off = [n for n in model.computation.order if n in taken or (n in nodes and n != model.outcome)]

    def mean(held: dict[str, np.ndarray]) -> np.ndarray:
        with_them = replace(ahead, held={**ahead.held, **held})
        return with_them.asked((model.outcome,), noise="mean", seed=seed)[:, 0].mean(axis=0).reshape(shape)

    held: dict[str, np.ndarray] = {}
    before, found = mean(held), {}
    came = later.grid(model.outcome, filled=False)
    for node in off:
        held[node] = later.grid(node).ravel()
        after = mean(held)
        found[node] = np.where(np.isnan(came), np.nan, after - before)
        before = after
    return found | {model.outcome: came - before}
