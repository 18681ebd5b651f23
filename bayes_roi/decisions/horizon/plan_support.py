"""How far a plan reaches beyond what was observed."""

from __future__ import annotations

import numpy as np

from bayes_roi.decisions.horizon.outlook import Outlook
from bayes_roi.queries.evidence import Support, supported

NEGLIGIBLE = 0.01
"""Share of the money that two plans differ by, below which a channel's way is not judged with the plans."""


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


def support_of_plan(ahead: Outlook, before: np.ndarray, after: np.ndarray) -> Support:
    """Return the least support of the channels in which two plans differ by more than `NEGLIGIBLE` of their difference.

    What is told of plans as a whole is no more assumed for a channel that is nearly off in both of them.
    """
    moved = np.abs(np.asarray(after, float) - before).sum(axis=-1)
    counted = moved > NEGLIGIBLE * moved.sum()
    each = zip(plan_supports(ahead, before, after), counted, strict=True)
    return min((s for s, counts in each if counts), key=lambda s: s.share, default=Support())


def plan_supports(ahead: Outlook, before: np.ndarray, after: np.ndarray) -> list[Support]:
    """Return what `plan_support` does with the reason, channel by channel."""
    means = {name: draws.mean(axis=0) for name, draws in ahead.fit.parameters.items()}
    ends = [ahead.scene.forward.run(means, ahead.held(plan)).values for plan in (before, after)]
    held, nodes = ahead.fit.model.spends, [ahead.fit.model.channels[c] for c in ahead.channels]
    return [supported(ahead.fit, ends[0], ends[1], n, held=held, rows=ahead.scene.design) for n in nodes]
