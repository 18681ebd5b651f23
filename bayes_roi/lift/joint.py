"""Blocks on the tested paths, sampled together with what the tests say."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from bayes_roi.inference.blocks import Block
from bayes_roi.inference.engines import BlockFit
from bayes_roi.inference.fit import Fit, engines_of, fit_of, sampled
from bayes_roi.lift.place import Placed, place
from bayes_roi.lift.weights import resampled
from bayes_roi.mechanisms.arrays import Array, Namespace

WHY = "lift tests tell of its parameters"


def sampled_together(
    without: Fit, parts: Sequence[BlockFit], placed: Sequence[Placed], engine: str, progress: bool | None
) -> list[BlockFit]:
    """Return one block of several, sampled with the likelihood of tests.

    The sampler takes the lift at conditional means. Where noise is carried through a curve or a link that is not its
    expectation: it is corrected by the mean difference, and what is left by weights.
    """
    model, rows = without.model, without.design
    offsets = [_offset(p, without) for p in placed]

    def density(xp: Namespace, parameters: Mapping[str, Array]) -> Array:
        lifts = (p.lift.at_means(xp, parameters) + off for p, off in zip(placed, offsets, strict=True))
        return sum(p.test.log_likelihood(xp, lift) for p, lift in zip(placed, lifts, strict=True))

    nodes = {n for f in parts for n in f.block.nodes}
    block = Block(tuple(n for n in model.computation.order if n in nodes), WHY, density)
    found = sampled(model, rows, [block], engines_of(engine), without.settings, without.seed, progress)
    if not any(p.lift.bends for p in placed):
        return found
    return resampled(found, _left_over(without, found[0], placed, density), without.seed)


def _offset(placed: Placed, without: Fit) -> float:
    """Return what the lift at conditional means lacks of the expected one, on average over the draws."""
    if not placed.lift.bends:
        return 0.0
    return float(np.mean(placed.expected - placed.lift.at_means(np, without.parameters)))


def _left_over(without: Fit, found: BlockFit, placed: Sequence[Placed], density: object) -> np.ndarray:
    """Return log weights (draws,) that turn what the sampler took for the likelihood into the likelihood."""
    own = {name: x.reshape(-1, *x.shape[2:]) for name, x in found.draws.items()}
    parameters = {**without.parameters, **own}
    again = fit_of(without.model, without.data, parameters, seed=without.seed)
    exact = np.asarray(sum(place(p.test, again).log_likelihood for p in placed))
    return exact - np.asarray(density(np, parameters))  # type: ignore[operator]
