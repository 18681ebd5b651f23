r"""Ranks of truths among posterior draws, and how likely a deviation from uniform as large as theirs is by chance.

Of $N$ ranks, uniform on $0, \dots, L$, the number $C_i$ of those below $i$ is Binomial$(N, i / (L + 1))$. The statistic
is the smallest two-sided binomial tail over all $i$,

$$\gamma = 2 \min_i \min\{P(\text{Bin} \le C_i), P(\text{Bin} \ge C_i)\}$$

(Aldor-Noiman et al. 2013; Säilynoja, Bürkner and Vehtari 2022, section 2). Those with a larger $\gamma$ are the paths
that stay within a band, and $C_1, C_2, \dots$ is a Markov chain, so that their probability is a sum over paths: the
p-value is exact, and reaches as far down as an alarm needs that hardly ever rings by chance. ArviZ estimates the same
$\gamma$ by simulation (`arviz_stats.ecdf_utils`), which would take ten million simulations for a level of 1e-6; a test
holds the two together.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np

DRAWS = 99
"""Draws a truth is ranked among: ranks 0..99."""


def rank(truth: float, draws: np.ndarray, rng: np.random.Generator) -> int:
    """Return how many draws lie below the truth, ties broken at random."""
    return int((draws < truth).sum() + rng.integers((draws == truth).sum() + 1))


def counts(ranks: np.ndarray, draws: int = DRAWS) -> np.ndarray:
    """Return (draws,) how many ranks lie below 1, 2, ..., draws."""
    return np.searchsorted(np.sort(ranks), np.arange(1, draws + 1), side="left")


def gamma(ranks: np.ndarray, draws: int = DRAWS) -> float:
    """Return the smallest two-sided binomial tail of the counts of uniform ranks."""
    return float(_tails(len(ranks), draws)[np.arange(draws), counts(ranks, draws)].min())


def p_value(ranks: np.ndarray, draws: int = DRAWS) -> float:
    """Return the probability that uniform ranks have a `gamma` as small as these."""
    found = gamma(ranks, draws)
    if (bound := draws * found) < 1e-9:  # Boole's, where one minus the probability would be lost in rounding
        return bound
    return 1 - _inside(*_band(found, len(ranks), draws), len(ranks))


@lru_cache
def gamma_at(prob: float, count: int, draws: int = DRAWS) -> float:
    """Return the `gamma` that `count` uniform ranks stay above with probability `prob`, by bisection on its log."""
    low, high = np.log((1 - prob) / draws), np.log(1 - prob)
    for _ in range(30):
        middle = (low + high) / 2
        low, high = (middle, high) if _inside(*_band(np.exp(middle), count, draws), count) >= prob else (low, middle)
    return float(np.exp(low))


def band(prob: float, count: int, draws: int = DRAWS) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the edges (draws,), and between what the shares below each stay with probability `prob`."""
    low, high = _band(gamma_at(prob, count, draws), count, draws)
    return _edges(draws), low / count, high / count


def _edges(draws: int) -> np.ndarray:
    return np.arange(1, draws + 1) / (draws + 1)


@lru_cache(maxsize=8)
def _tails(count: int, draws: int) -> np.ndarray:
    """Return the two-sided tail (draws, count + 1) of each number of ranks below each edge."""
    from scipy.special import bdtr, bdtrc

    c, z = np.arange(count + 1), _edges(draws)[:, None]
    above = np.where(c > 0, bdtrc(np.maximum(c - 1, 0), count, z), 1.0)
    return np.minimum(1.0, 2 * np.minimum(bdtr(c, count, z), above))


def _band(level: float, count: int, draws: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the least and the largest count at each edge whose two-sided tail is above `level`."""
    inside = _tails(count, draws) > level
    return inside.argmax(axis=1), count - inside[:, ::-1].argmax(axis=1)


def _inside(low: np.ndarray, high: np.ndarray, count: int) -> float:
    """Return the probability that counts of uniform ranks stay within a band, edge by edge."""
    from scipy.special import gammaln

    draws, log_factorial = len(low), gammaln(np.arange(count + 2) + 1.0)
    at, mass = np.array([0]), np.array([1.0])
    for i in range(draws):
        to = np.arange(low[i], high[i] + 1)
        more, left, p = to[None] - at[:, None], count - at[:, None], 1 / (draws + 1 - i)
        k = np.clip(more, 0, left)  # binomial: `more` of the `left` ranks lie between this edge and the one before
        log_step = log_factorial[left] - log_factorial[k] - log_factorial[left - k]
        log_step += k * np.log(p) + (left - k) * np.log1p(-p)
        at, mass = to, mass @ np.where(more == k, np.exp(log_step), 0.0)
    return float(mass.sum())
