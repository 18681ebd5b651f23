"""How far a plan reaches beyond what was observed."""

from __future__ import annotations

import numpy as np

from bayes_roi.decisions.horizon.outlook import Outlook
from bayes_roi.queries.evidence import Support, supported


def plan_support(ahead: Outlook, before: np.ndarray, after: np.ndarray) -> np.ndarray:
    """Return the share (channels,) of the way from a plan to another that the data support of each channel.

    The dose is what acts in a period, carry-over of the history included; a mix of spends that was never seen counts as
    much as an amount that was not; see `bayes_roi.queries.evidence.supported`. The run-off counts, as its doses fade
    through lower ones. 1 where nothing moves.

    Parameters
    ----------
    ahead
        The planned periods.
    before, after
        Plans (channels, periods).
    """
    return np.array([s.share for s in plan_supports(ahead, before, after)])


def plan_supports(ahead: Outlook, before: np.ndarray, after: np.ndarray) -> list[Support]:
    """Return what `reach` does with the reason, channel by channel."""
    means = {name: draws.mean(axis=0) for name, draws in ahead.fit.parameters.items()}
    ends = [ahead.scene.forward.run(means, ahead.held(plan)).values for plan in (before, after)]
    held, nodes = ahead.fit.model.spends, [ahead.fit.model.channels[c] for c in ahead.channels]
    return [supported(ahead.fit, ends[0], ends[1], n, held=held, rows=ahead.scene.design) for n in nodes]
