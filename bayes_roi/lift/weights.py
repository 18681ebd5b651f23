"""Draws of a fit weighted by the likelihood of tests, while the weights can be trusted."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from bayes_roi.inference.engines import SIGNS, BlockFit, Engine
from bayes_roi.inference.engines.importance import effective_size, normalised, pareto_k
from bayes_roi.inference.fit import Fit, fit_of, sampled
from bayes_roi.lift.place import Placed, place

MOST_PARETO_K = 0.7
"""Tail index of weights above which they are not to be trusted (Vehtari et al. 2024)."""
LEAST_SIZE = 1_000
"""Kish's effective size below which too few draws are left: intervals need some four hundred independent ones."""
MOST_TIMES = 16
"""Times the draws that are made anew where too few are left."""
WHY = "weighted by the likelihood of lift tests"


def trusted(log_weights: np.ndarray) -> bool:
    """Whether the largest of these weights say that the others stand for what they should."""
    return bool(np.ptp(log_weights) < 1e-9 or pareto_k(log_weights) < MOST_PARETO_K)


def weighted(
    without: Fit, parts: Sequence[BlockFit], placed: Sequence[Placed], engines: Sequence[Engine], progress: bool | None
) -> list[BlockFit] | None:
    """Return blocks drawn anew by the weights that tests give their draws, or None where these cannot be trusted.

    Where too few draws are left of those that are there, up to `MOST_TIMES` as many are made first.
    """
    log_weights = _log_weights(placed)
    size = effective_size(log_weights)
    if not trusted(log_weights):
        return None
    least = min(LEAST_SIZE, len(log_weights) / 2)
    times = math.ceil(1.2 * least / size)
    if size >= least:
        return resampled(parts, log_weights, without.seed)
    if times > MOST_TIMES or any(f.engine == "nuts" for f in parts):
        return None
    settings = replace(without.settings, draws=times * without.settings.draws)
    found = [f.block for f in parts]
    more = sampled(without.model, without.design, found, engines, settings, without.seed, progress)
    larger = _with_more(without, more, times)
    log_weights = _log_weights([place(p.test, larger) for p in placed])
    return resampled(more, log_weights, without.seed, draws=without.settings.draws) if trusted(log_weights) else None


def _log_weights(placed: Sequence[Placed]) -> np.ndarray:
    return np.asarray(sum(p.log_likelihood for p in placed))


def _with_more(without: Fit, more: Sequence[BlockFit], times: int) -> Fit:
    """Return the fit with more draws of some blocks, and those of the others as often as it takes."""
    others = {name: np.concatenate([x] * times) for name, x in without.parameters.items()}
    own = {name: x.reshape(-1, *x.shape[2:]) for f in more for name, x in f.draws.items()}
    return fit_of(without.model, without.data, others | own, seed=without.seed)


def resampled(
    parts: Sequence[BlockFit], log_weights: np.ndarray, seed: int, *, draws: int | None = None
) -> list[BlockFit]:
    """Return blocks whose draws, all of them together, are drawn anew by their weights: `draws` a chain.

    Systematic resampling in a random order (Kitagawa 1996): each draw comes as often as its weight says, up to one.
    """
    chains, each = next(iter(parts[0].draws.values())).shape[:2]
    shape = (chains, each if draws is None else draws)
    rng = np.random.default_rng([seed, len(parts), 20])
    count = shape[0] * shape[1]
    at = np.searchsorted(np.cumsum(normalised(log_weights)), (np.arange(count) + rng.random()) / count)
    chosen = rng.permutation(np.minimum(at, len(log_weights) - 1))
    stats = {"kish": np.full(chains, effective_size(log_weights) / chains), "khat": np.array(pareto_k(log_weights))}
    return [_drawn(part, chosen, shape, stats) for part in parts]


def _drawn(part: BlockFit, chosen: np.ndarray, shape: tuple[int, int], stats: dict[str, np.ndarray]) -> BlockFit:
    """Return a block with the chosen draws; its own weights, where it had some, have made it smaller before."""
    flat = {name: x.reshape(-1, *x.shape[2:]) for name, x in part.draws.items()}
    each = next(iter(part.draws.values())).shape[1]
    before = float(np.mean(np.minimum(part.stats.get("kish", np.full(1, each)), each)) / each)
    return replace(
        part,
        why=f"{part.why}; {WHY}",
        draws={name: x[chosen].reshape(*shape, *x.shape[1:]) for name, x in flat.items()},
        stats={name: x for name, x in part.stats.items() if name.startswith(SIGNS)}
        | {**stats, "kish": stats["kish"] * before},
        independent=False,
    )
