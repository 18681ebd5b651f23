r"""The log density of each row of a node given its parents, whole: of models with other families too.

Where noise is autocorrelated a row's density is that given all other rows of its series. With residuals
$r_t = \rho r_{t-1} + \sigma z_t$ their precision is $Q / \sigma^2$, tridiagonal with $1 + \rho^2$ (1 at both ends) on
its diagonal and $-\rho$ beside it, and row t given the others is normal around $r_t - (Q r)_t / Q_{tt}$ with variance
$\sigma^2 / Q_{tt}$ (Bürkner, Gabry and Vehtari 2021, eq. 6).
"""

from __future__ import annotations

import numpy as np

from bayes_roi.mechanisms.arrays import Array
from bayes_roi.mechanisms.autodiff import tape
from bayes_roi.model.law.conditional import Conditional


def row_log_density(law: Conditional, y: np.ndarray) -> np.ndarray:
    """Return the log density (..., time) of rows `y` (time,) or (..., time), each given its parents."""
    base = law.family.log_base(y, law.parameters)
    if law.rho is None:
        return np.asarray(law.family.log_density(tape, y, law.eta, law.parameters) + base)
    left = np.asarray(law.abduct(y, np.full(y.shape[-1], 0.5)))
    pull, precision = _given_others(left, np.asarray(law.rho), law.starts)
    return np.asarray(-0.5 * pull**2 / precision + 0.5 * np.log(precision) - np.log(law.parameters["sigma"]) + base)


def _given_others(left: np.ndarray, rho: np.ndarray, starts: np.ndarray) -> tuple[np.ndarray, Array]:
    """Return Q r (..., time) and the diagonal of Q, of residuals in units of sigma."""
    follows = ~np.asarray(starts, bool)
    leads = np.append(follows[1:], False)
    before = np.where(follows, np.roll(left, 1, axis=-1), 0.0)
    after = np.where(leads, np.roll(left, -1, axis=-1), 0.0)
    # alone in its series a row has the stationary precision 1 - rho^2; each neighbour adds rho^2
    precision = 1 - rho**2 + rho**2 * (follows.astype(float) + leads)
    return precision * left - rho * (before + after), precision
