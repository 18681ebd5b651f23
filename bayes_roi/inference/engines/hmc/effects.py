r"""Effects above zero, sampled by the logs of what they do to the outcome.

The data tell how far a term moves the outcome; effect and curve alone they hardly tell. So the coordinate of an effect
is the log of what it contributes or of how far it swings, and the log of the effect follows given its curve: the two
differ by what hangs on the curve alone, and a density of one is a density of the other.

Where contributions $c_j$ together stay below the mean M of the outcome, they are $c_j = e^{q_j} M / (1 + S^p)^{1/p}$
with $S = \sum_j e^{q_j}$: with p = 1 the q are the additive log-ratios of a composition (Aitchison 1986), which tie
every contribution to what all leave; with a larger p they are free of one another until little is left. There is no
order of terms, no truncation and no normaliser, and

$$\left|\frac{\partial \log c}{\partial q}\right| = \frac{1}{1 + S^p}.$$
"""

from __future__ import annotations

from bayes_roi.mechanisms.arrays import Array, Namespace
from bayes_roi.mechanisms.autodiff import plain

SHARPNESS = 8.0
"""The p above."""
FLAT = 1e-12
"""Added to the variance of a curve, so that the log of a flat one's is a number."""


def log_swing(xp: Namespace, curve: Array, mean: Array) -> Array:
    """Return the log of the sd over time of curves (terms, chains, time) as (chains, terms)."""
    variance = xp.mean((curve - mean) ** 2) + FLAT
    return 0.5 * xp.swapaxes(xp.log(variance)[..., 0], 0, 1)


def bounded(xp: Namespace, free: Array) -> tuple[Array, Array]:
    """Return log contributions (chains, terms) in units of the bound from free ones, and the log Jacobian (chains,)."""
    lift = plain(free).max(-1, keepdims=True)
    log_total = xp.log(xp.exp(free - lift).sum(-1)[:, None]) + lift
    over = xp.softplus(SHARPNESS * log_total)
    return free - over * (1 / SHARPNESS), -over[:, 0]
