"""Hamiltonian Monte Carlo of a few chains beside one another over a density with a standard-normal prior."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

Target = Callable[[np.ndarray], tuple[np.ndarray, np.ndarray]]
"""Points (chains, dimension) -> log density (chains,) and its gradient (chains, dimension)."""
ACCEPT, LENGTH, LONGEST = 0.8, 1.5, 24


def sample(target: Target, q: np.ndarray, *, warm_up: int, draws: int, rng: np.random.Generator) -> np.ndarray:
    """Return draws (chains, draws, dimension) from points q (chains, dimension).

    Each chain has a step size and a diagonal metric of its own, learned while it warms up, because the modes that
    chains lie in are not alike (Neal 2011, section 4.2; step sizes by Robbins-Monro).
    """
    height, slope = target(q)
    scale, log_step = np.ones_like(q), np.full(len(q), -3.0)
    seen: list[np.ndarray] = []
    kept: list[np.ndarray] = []
    for i in range(warm_up + draws):
        step = np.exp(log_step)[:, None] * (0.8 + 0.4 * rng.random((len(q), 1))) * scale
        momentum = rng.standard_normal(q.shape)
        leaps = int(np.clip(2 * LENGTH * rng.random() / np.exp(log_step).mean(), 1, LONGEST))
        there, high, steep, energy = _path(target, q, slope, momentum, step, leaps)
        gain = high - height + 0.5 * (momentum**2).sum(1) - energy
        chance = np.exp(np.minimum(np.where(np.isfinite(gain), gain, -np.inf), 0.0))
        moved = rng.random(len(q)) < chance
        q, slope = np.where(moved[:, None], there, q), np.where(moved[:, None], steep, slope)
        height = np.where(moved, high, height)
        if i >= warm_up:
            kept.append(q)
            continue
        log_step = np.minimum(log_step + 1.5 * (i + 2) ** -0.6 * (chance - ACCEPT), 0.5)
        seen.append(q)
        if i in (warm_up // 3, 2 * warm_up // 3):
            old, scale = scale, _spread(np.array(seen[len(seen) // 2 :]))
            log_step = log_step + np.log(old / scale).min(axis=1).clip(-2, 2)
    return np.stack(kept, axis=1)


def _path(
    target: Target, q: np.ndarray, slope: np.ndarray, momentum: np.ndarray, step: np.ndarray, leaps: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Return where leapfrog steps lead: points, log density, gradient and kinetic energy."""
    momentum = momentum + 0.5 * step * slope
    height = np.empty(len(q))
    for j in range(leaps):
        q = q + step * momentum
        height, slope = target(q)
        slope = np.clip(np.nan_to_num(slope), -1e6, 1e6)
        momentum = momentum + (1.0 if j < leaps - 1 else 0.5) * step * slope
    return q, height, slope, 0.5 * (momentum**2).sum(1)


def _spread(seen: np.ndarray) -> np.ndarray:
    """Return standard deviations (chains, dimension) of draws (draws, chains, dimension), shrunk to their median."""
    own, count = seen.var(axis=0), len(seen)
    middle = np.median(own, axis=1, keepdims=True)
    return np.sqrt((count * own + 10 * middle) / (count + 10) + 1e-8)
