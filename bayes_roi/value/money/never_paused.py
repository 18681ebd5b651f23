"""Channels that never pause: what nobody saw is what the outcome would be without them."""

from __future__ import annotations

import numpy as np

from bayes_roi.model.language.model import Model
from bayes_roi.model.rows.design import Design

MARK = "never pauses"
"""What a table says of such a channel."""


def never_paused(model: Model, design: Design) -> dict[str, str]:
    """Return channel -> what must be said of its return, of those with spend in every row that is explained.

    Parameters
    ----------
    model, design
        The model and its rows.
    """
    found = {}
    leading = model.graph.ancestors([model.outcome])
    for channel, node in ((c, n) for c, n in model.channels.items() if n in leading):
        seen = design.rows[node][np.isfinite(design.rows[node])]
        if len(seen) and seen.min() > 0:
            least = seen.min() / seen.mean()
            found[channel] = (
                f"{channel} {MARK} (its least is {100 * least:.2g} % of its mean): what there would be below that was "
                "never seen, so that prior and curvature carry this part of its return"
            )
    return found
