"""Variance of a part of the outcome that one source alone moves: without samples."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from bayes_roi.mechanisms.arrays import Array
from bayes_roi.queries.influence.linear import variance_of_noise
from bayes_roi.queries.influence.noise_sources import Source
from bayes_roi.queries.influence.resampled import Noise, Resampled, World


def exact_part(world: World, block: Sequence[Source]) -> np.ndarray | None:
    """Return the variance (draws,) of a block of one source, where it needs no samples; else None."""
    if len(block) > 1:
        return None
    (source,) = block
    if source.kind == "noise":
        return _of_noise(world, source) if _affine(world, source.node) else None
    count = len(world.inside) if source.kind == "time" else len(world.laws[source.node].group)
    at = world.inside[None] if source.kind == "time" else np.arange(count)[None]
    found = np.zeros(world.draws)
    for part in world.parts(count):
        y = Resampled(world, part, {source: (at, at)}, {source: 1}).value(world.sources.target)
        weights = np.full((1, count), 1 / count) if source.kind == "time" else world.weights[source.node][part]
        found[part] = weighted_variance(y, weights)
    return found


def weighted_variance(y: Array, weights: np.ndarray) -> np.ndarray:
    """Return the variance (draws,) of values under weights that sum to one, both (draws or 1, atoms)."""
    y = y - y.mean(axis=-1, keepdims=True)  # no digits are lost
    return np.asarray((weights * y**2).sum(axis=-1) - (weights * y).sum(axis=-1) ** 2)


def _of_noise(world: World, source: Source) -> np.ndarray:
    r"""Return the variance (draws,) of noise that enters affinely: $\sum_{o, o'} g_o g_{o'} Cov(e_{t-o}, e_{t-o'})$.

    g is what a unit of noise o periods before adds, found by adding one.
    """
    node, offsets = source.node, world.lags[source.node] + 1
    step = Noise(z=np.concatenate([np.zeros((offsets, 1)), np.eye(offsets)], axis=1))
    (whole,) = [slice(0, world.draws)]
    y = Resampled(world, whole, {source: (step, step)}, {source: 1}).value(world.sources.target)
    effect = y[:, 1:] - y[:, :1]
    own = world.fit.parameters
    scale = own.get(f"{node}.sigma", np.ones(world.draws))
    spread = variance_of_noise(world.fit, node) / scale**2 * np.ones(world.draws)
    if (rho := own.get(f"{node}.autocorrelation")) is None:
        return spread * (effect**2).sum(axis=-1)
    apart = np.abs(np.subtract.outer(np.arange(offsets), np.arange(offsets)))
    hang = rho[:, None, None] ** apart / (1 - rho[:, None, None] ** 2)
    return spread * np.einsum("di,dij,dj->d", effect, hang, effect)


def _affine(world: World, node: str) -> bool:
    """Whether the target is an affine function of a node's noise, all else held."""
    model, target = world.model, world.sources.target
    graph = model.computation
    moved = graph.descendants([node]) & graph.ancestors([target])
    if moved & world.nonlinear or model.family(node).link_name != "identity" or model.family(node).link_noise is None:
        return False
    for child in moved - {node}:
        varying = moved & set(graph.parents[child])
        if child in model.identity:
            if any(not model.identity[child].affine_in(p, varying) for p in varying):
                return False
            continue
        if model.family(child).link_name != "identity":
            return False
        if any(not t.affine_in(p, varying) for t in model.terms(child) for p in t.parents if p in varying):
            return False
    return True
