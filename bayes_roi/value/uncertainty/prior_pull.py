"""How a quantity's mean and width answer to the strength of each prior."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from bayes_roi.inference.engines.importance import pareto_k

DOUBT = 0.7
"""Pareto k above which importance weights are not to be trusted (Vehtari et al. 2024)."""
WEAKER, STRONGER = 0.8, 1.25
"""Powers at which the weights are looked at."""


@dataclass(frozen=True)
class Pull:
    """What a prior raised to a power does to a quantity, per doubling of the power at one.

    Parameters
    ----------
    name, prior
        The parameter and its prior.
    mean
        Change of the mean, in posterior standard deviations.
    width
        Relative change of the standard deviation: -0.1 is a tenth narrower.
    error
        Monte-Carlo standard error of the larger of the two.
    khat
        Pareto k of the weights of powers 0.8 and 1.25, the larger; above 0.7 the change is not to be trusted. Infinite,
        and the rest NaN, where draws lie outside the prior.
    """

    name: str
    prior: str
    mean: float
    width: float
    error: float
    khat: float

    @property
    def size(self) -> float:
        """The larger of the two changes, 0 where it is not told from nothing."""
        larger = max(abs(self.mean), abs(self.width))
        return larger if larger > 2 * self.error else 0.0


def pull(name: str, prior: str, density: np.ndarray, quantity: np.ndarray, effective: float) -> Pull:
    r"""Return the pull of one prior by power-scaling (Kallioinen et al. 2024).

    Under $p(\theta \mid y) \, p(\theta_i)^{\alpha - 1}$ the draws have weights $w \propto p(\theta_i)^{\alpha - 1}$, so
    that at $\alpha = 1$, $\partial E[q] / \partial \log \alpha = \operatorname{Cov}(q, \log p)$ and
    $\partial \operatorname{Var}(q) / \partial \log \alpha = \operatorname{Cov}((q - E q)^2, \log p)$; times $\log 2$
    for a doubling.

    Parameters
    ----------
    name, prior
        What has the prior, and the prior in words.
    density
        (draws,) log density that the prior gives each draw.
    quantity
        (draws,) of the quantity.
    effective
        Effective number of draws.
    """
    if not np.isfinite(density).all():  # draws that were given, not fitted under this prior
        return Pull(name, prior, math.nan, math.nan, math.nan, math.inf)
    centred, sd = density - density.mean(), quantity.std()
    z = (quantity - quantity.mean()) / sd
    of_mean, of_width = z * centred * np.log(2), (z**2 - 1) / 2 * centred * np.log(2)
    error = max(of_mean.std(), of_width.std()) / np.sqrt(effective)
    khat = max((_khat((power - 1) * density) for power in (WEAKER, STRONGER)), default=0.0)
    return Pull(name, prior, float(of_mean.mean()), float(of_width.mean()), float(error), khat)


def _khat(log_weights: np.ndarray) -> float:
    return float(pareto_k(log_weights)) if np.ptp(log_weights) > 1e-12 else 0.0
