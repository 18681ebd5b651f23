"""How far a plan reaches beyond what was observed."""

from __future__ import annotations

import numpy as np

from bayes_roi.decisions.outlook import Outlook
from bayes_roi.queries.evidence import support


def reach(ahead: Outlook, before: np.ndarray, after: np.ndarray) -> np.ndarray:
    """Return the share (channels,) of the way from a plan to another that lies inside each channel's observed doses.

    The dose is what acts in a period, carry-over of the history included, at the posterior mean of the parameters; see
    `bayes_roi.queries.evidence.support`. The run-off counts, as its doses fade through lower ones. 1 where nothing
    moves.

    Parameters
    ----------
    ahead
        The planned periods.
    before, after
        Plans (channels, periods).
    """
    means = {name: draws.mean(axis=0) for name, draws in ahead.fit.parameters.items()}
    ends = [ahead.scene.forward.run(means, ahead.held(plan)).values for plan in (before, after)]
    nodes = [ahead.fit.model.channels[c] for c in ahead.channels]
    return np.array([support(ahead.fit, ends[0], ends[1], n, rows=ahead.scene.design) for n in nodes])
