"""Draws of a fit weighted by the likelihood of tests, while the weights can be trusted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from bayes_roi.inference.engines import SIGNS, BlockFit
from bayes_roi.inference.engines.importance import effective_size, normalised, pareto_k

MOST_PARETO_K = 0.7
"""Tail index of weights above which they are not to be trusted (Vehtari et al. 2024)."""
LEAST_SIZE = 800
"""Kish's effective size below which too few draws are left: intervals need some four hundred independent ones."""
WHY = "weighted by the likelihood of lift tests"


def trusted(log_weights: np.ndarray) -> bool:
    """Whether draws with these weights stand for the posterior with the tests."""
    even = np.ptp(log_weights) < 1e-9
    return bool(even or (pareto_k(log_weights) < MOST_PARETO_K and effective_size(log_weights) >= LEAST_SIZE))


def resampled(parts: Sequence[BlockFit], log_weights: np.ndarray, seed: int) -> list[BlockFit]:
    """Return blocks whose draws, all of them together, are drawn anew by their weights.

    Systematic resampling in a random order (Kitagawa 1996): each draw comes as often as its weight says, up to one.
    """
    rng = np.random.default_rng([seed, len(parts), 20])
    weights = normalised(log_weights)
    count = len(weights)
    at = np.searchsorted(np.cumsum(weights), (np.arange(count) + rng.random()) / count)
    chosen = rng.permutation(np.minimum(at, count - 1))
    share = effective_size(log_weights) / count
    return [_drawn(part, chosen, share, float(pareto_k(log_weights))) for part in parts]


def _drawn(part: BlockFit, chosen: np.ndarray, share: float, khat: float) -> BlockFit:
    draws = {}
    for name, x in part.draws.items():
        flat = x.reshape(-1, *x.shape[2:])
        draws[name] = flat[chosen].reshape(x.shape)
    chains, each = next(iter(part.draws.values())).shape[:2]
    kept = np.asarray(part.stats.get("kish", np.full(chains, float(each))), float)
    stats = {name: x for name, x in part.stats.items() if name.startswith(SIGNS)}
    stats |= {"kish": np.minimum(kept, each) * share, "khat": np.array(khat)}
    return replace(part, why=f"{part.why}; {WHY}", draws=draws, stats=stats, independent=False)
