r"""An absorbing chain and what it loses without a channel, in closed form.

With transitions $Q$ among histories and $r$ to conversion, $N = (I - Q)^{-1}$ and $B = N r$ is the probability of a
conversion from each. What passes through a set $S$ of histories and then converts is
$N_{sS} N_{SS}^{-1} B_S$ (its first visit there, then on), for a single one $N_{sc} / N_{cc} \cdot B_c$; that is lost
where the
touches of a channel are turned into the end of the journey (Anderl et al. 2016), and no chain has to be solved again.
"""

from __future__ import annotations

import numpy as np

from bayes_roi.journeys.counts.transitions import Transitions


def removal_effects(found: Transitions, probabilities: np.ndarray) -> np.ndarray:
    r"""Return the removal effect of each channel (..., channels): the share of conversions that pass through it.

    Parameters
    ----------
    found
        The histories; the start is the last of them.
    probabilities
        Of the next step (..., histories, K + 2), as `found.counts` has them.

    Notes
    -----
    One inverse for all channels: $RE_c = N_{sS} N_{SS}^{-1} B_S / B_s$ with $S$ the histories that end in c.
    """
    k, m = len(found.channels), len(found.histories)
    chain = np.broadcast_to(np.eye(m), (*probabilities.shape[:-1], m)).copy()
    after, rows = found.follows(), np.arange(m)
    for c in range(k):
        there = after[:, c] >= 0
        chain[..., rows[there], after[there, c]] -= probabilities[..., there, c]
    visits = np.linalg.inv(chain)
    converts = (visits @ probabilities[..., k, None])[..., 0]
    lost = np.zeros((*probabilities.shape[:-2], k))
    for c in range(k):
        ends = np.flatnonzero(found.histories[:, -1] == c)
        if len(ends):
            first = np.linalg.solve(visits[..., ends[:, None], ends], converts[..., ends, None])[..., 0]
            lost[..., c] = (visits[..., -1, ends] * first).sum(axis=-1)
    return lost / converts[..., -1:]
