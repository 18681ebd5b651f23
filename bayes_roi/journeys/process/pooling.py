r"""Shares of kinds in many cells, partially pooled: a Dirichlet-multinomial of two levels.

Cell $i$ of group $g$ has counts $n_{gi}$ and shares $\theta_{gi} \sim Dirichlet(w m_g)$. Of the common shares $m_g$
the counts tell as much as $n w / (w + n)$ decisions would, the variance of a cell's shares about them being that of
$w$ decisions. The weight $w$ has a posterior on a grid: each cell is predicted from the others of its group, with $1
/ w + 1 / e$ for the $e$ decisions that those others are worth, so that no cell speaks twice. (Minka 2000, Estimating
a Dirichlet distribution; one left out as in Vehtari et al. 2017.)
"""

from __future__ import annotations

import numpy as np
from scipy.special import gammaln

WEIGHTS = np.geomspace(0.5, 1e6, 64)
"""How many decisions the common shares may count for."""
SMOOTH = 1.0
"""Decisions of the shares of all groups that stand beside those of a group."""


def effective(counts: np.ndarray, weight: np.ndarray | float) -> np.ndarray:
    """Return counts (..., kinds) scaled to what they tell of the common shares."""
    total = counts.sum(axis=-1, keepdims=True)
    return np.asarray(counts * (weight / (weight + total)))


def weight_posterior(counts: np.ndarray, common: np.ndarray) -> np.ndarray:
    """Return the posterior (WEIGHTS,) of the weight, a priori alike on the grid.

    Parameters
    ----------
    counts
        (groups, cells, kinds).
    common
        Shares of all groups (kinds,), for a cell that is alone in its group.
    """
    used = (counts.sum(axis=-1) > 0) & ((counts.sum(axis=-1) > 0).sum(axis=1, keepdims=True) > 1)
    total = counts.sum(axis=-1)
    found = np.zeros(len(WEIGHTS))
    for i, w in enumerate(WEIGHTS):
        own = effective(counts, w)
        others = own.sum(axis=1, keepdims=True) - own + SMOOTH * common
        worth = others.sum(axis=-1)
        both = w * worth / (w + worth)
        prior = both[..., None] * others / worth[..., None]
        with np.errstate(invalid="ignore"):
            cells = gammaln(both) - gammaln(both + total)
            each = np.where(counts > 0, gammaln(prior + counts) - gammaln(np.where(counts > 0, prior, 1.0)), 0.0)
        found[i] = (cells + each.sum(axis=-1))[used].sum()
    chances = np.exp(found - found.max())
    return np.asarray(chances / chances.sum())


def mean_shares(counts: np.ndarray) -> np.ndarray:
    """Return the expected shares (groups, cells, kinds), at the posterior mean of the logarithm of both weights."""
    common = _common(counts)
    group_weight, weight = _levels(counts, common)
    w, v = (np.exp(p @ np.log(WEIGHTS)) for p in (weight, group_weight))
    own = effective(counts, w).sum(axis=1) + v * common
    shares = own / own.sum(axis=-1, keepdims=True)
    found = counts + w * shares[:, None]
    return np.asarray(found / found.sum(axis=-1, keepdims=True))


def drawn_shares(counts: np.ndarray, draws: int, rng: np.random.Generator) -> np.ndarray:
    """Return draws of the shares (draws, groups, cells, kinds): of both weights, the common shares, then of cells."""
    common = _common(counts)
    group_weight, weight = _levels(counts, common)
    w = rng.choice(WEIGHTS, size=draws, p=weight)[:, None, None, None]
    v = rng.choice(WEIGHTS, size=draws, p=group_weight)[:, None, None]
    known = effective(counts, w).sum(axis=2)  # (draws, groups, kinds)
    top = _dirichlet(effective(known, v).sum(axis=1) + SMOOTH * common, rng)
    middle = _dirichlet(known + v * top[:, None], rng)
    return _dirichlet(counts + w * middle[:, :, None], rng)


def _levels(counts: np.ndarray, common: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the posteriors of the weights of groups and of cells."""
    weight = weight_posterior(counts, common)
    by_group = effective(counts, np.exp(weight @ np.log(WEIGHTS))).sum(axis=1)
    return weight_posterior(by_group[None], common), weight


def _common(counts: np.ndarray) -> np.ndarray:
    whole = counts.sum(axis=(0, 1))
    return np.asarray(whole / whole.sum())


def _dirichlet(parameters: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    gamma = rng.standard_gamma(parameters)
    return np.asarray(gamma / np.maximum(gamma.sum(axis=-1, keepdims=True), 1e-300))
