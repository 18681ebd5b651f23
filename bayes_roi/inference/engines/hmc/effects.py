r"""Effects of curves, on the scale of what they contribute.

The data tell what a term contributes, $c_j = \beta_j \bar f_j$ with $\bar f_j$ the mean of its curve, and how far it
swings, $\beta_j\, \text{sd}(f_j)$; effect and curve alone they hardly tell. Where contributions stay below the mean of
the outcome, they and what they leave are a point of a simplex of size M, sampled by its additive log-ratios
$l_j = \log(c_j / (M - \sum c))$ (Aitchison 1986): no order of terms, no truncation and no normaliser, and far from the
bound $l_j$ is $\log c_j$. Given the curves

$$\left|\frac{\partial \log c}{\partial l}\right| = \frac{1}{1 + \sum_j e^{l_j}}.$$

Other effects above zero are sampled by $\log(\beta\, \text{sd}(f))$. A prior of an effect is a density of its log, and
$\log c_j$ and $\log \beta_j$ differ by what hangs on the curve alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from bayes_roi.inference.engines.hmc.coordinates import Positive
from bayes_roi.mechanisms.arrays import Array, Namespace
from bayes_roi.mechanisms.autodiff import plain

TINY = 1e-12
"""Added to a variance, so that the log of a flat curve is a number."""


@dataclass(frozen=True, eq=False)
class Swings:
    """Effects above zero of the curves of one stack.

    Parameters
    ----------
    at
        Where their coordinates stand.
    prior
        Their priors.
    unit
        The outcome's sd.
    """

    at: slice
    prior: Positive
    unit: float

    def logs(self, xp: Namespace, q: Array, curves: Array, means: Array) -> tuple[Array, Array]:
        """Return logs of the effects (chains, terms) given curves (terms, chains, time), and their log density."""
        variance = xp.mean((curves - means) ** 2) + TINY
        logs = q[:, self.at] + np.log(self.unit) - 0.5 * xp.swapaxes(xp.log(variance)[..., 0], 0, 1)
        return logs, self.prior.log_density(xp, self.prior.of_log(logs)).sum(-1)


@dataclass(frozen=True, eq=False)
class Room:
    """Effects whose contributions together stay below a bound.

    Parameters
    ----------
    at
        Where their log-ratios stand.
    top
        The bound, the mean of the outcome.
    priors
        Of the effects, in runs of one class each: where a run stands among the effects, and its coordinates.
    """

    at: slice
    top: float
    priors: Sequence[tuple[slice, Positive]]

    def log_contributions(self, xp: Namespace, q: Array, log_swing: Array) -> tuple[Array, Array]:
        """Return logs of the contributions (chains, effects), and the log Jacobian (chains,)."""
        import os
        P = float(os.environ.get("P", 8))
        free = q[:, self.at] - log_swing
        lift = plain(free).max(-1, keepdims=True)
        total = P * (xp.log(xp.exp(free - lift).sum(-1)[:, None]) + lift)
        left = xp.softplus(total)
        return np.log(self.top) + free - left * (1 / P), -left[:, 0]

    def log_prior(self, xp: Namespace, logs: Array) -> Array:
        """Return the log density (chains,) of the logs of the effects (chains, effects)."""
        parts = [prior.log_density(xp, prior.of_log(logs[:, at])).sum(-1) for at, prior in self.priors]
        return sum(parts[1:], parts[0])
