"""Channels that never pause: what nobody saw is what the outcome would be without them."""

from __future__ import annotations

import numpy as np

from bayes_roi.inference.fit import Fit
from bayes_roi.numbers import percent
from bayes_roi.queries.tested import tested_down_to

BELOW = 0.5
"""Of the least spend, over its mean: what a test must have reached to have seen what lies below."""
MARK = "never pauses"
"""What a table says of such a channel."""


def never_paused(fit: Fit) -> dict[str, str]:
    """Return channel -> what must be said of its return, of those with spend in every row that is explained.

    Of one that a randomised test brought below half of its least nothing must be.
    """
    model, design, found = fit.model, fit.design, {}
    leading = model.graph.ancestors([model.outcome])
    for channel, node in ((c, n) for c, n in model.channels.items() if n in leading):
        seen = design.rows[node][np.isfinite(design.rows[node])]
        if len(seen) and seen.min() > 0:
            least = seen.min() / seen.mean()
            if tested_down_to(fit, node) < BELOW * least:
                continue
            found[channel] = (
                f"{channel} {MARK} (its least is {percent(least)} of its mean): what there would be below that was "
                "never seen, so that prior and curvature carry this part of its return"
            )
    return found
