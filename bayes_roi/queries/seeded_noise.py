"""Noise that is a function of a seed alone: the same for all arms of a question and whatever the size of its chunks."""

from __future__ import annotations

import numpy as np

from bayes_roi.mechanisms.uniforms import uniforms
from bayes_roi.model.language.model import Model
from bayes_roi.model.law.conditional import Conditional
from bayes_roi.model.law.forward import Noise


class SeededNoise:
    """Standardised noise of every node, chunk of draws after chunk.

    Parameters
    ----------
    model
        Its nodes have a generator each.
    seed, repeat
        Another repeat is other noise.
    flip
        The antithetic noise: one minus every uniform.
    nodes
        Those that have noise; all when None. The others take their conditional means.
    """

    def __init__(
        self, model: Model, seed: int, repeat: int, flip: bool = False, nodes: frozenset[str] | None = None
    ) -> None:
        self.flip, self.nodes = flip, nodes
        self.rng = {n: np.random.default_rng([seed, repeat, i]) for i, n in enumerate(model.computation.order)}
        shared = (n for n in model.modelled if model.shares_periods(n))
        self.rng_of_periods = {n: np.random.default_rng([seed, repeat, i, 1]) for i, n in enumerate(shared)}

    def of_periods(self, node: str, shape: tuple[int, ...]) -> np.ndarray:
        """Return standard normals (draws, periods) of what units share in the next draws."""
        z = self.rng_of_periods[node].standard_normal(shape)
        return -z if self.flip else z

    def of_chunk(self, shape: tuple[int, int]) -> Noise:
        """Return the source of noise (draws, time) of the next draws."""
        drawn: dict[str, np.ndarray] = {}

        def noise(node: str, law: Conditional) -> np.ndarray | None:
            if self.nodes is not None and node not in self.nodes:
                return None
            if node not in drawn:
                u = uniforms(self.rng[node], shape)
                drawn[node] = law.noise(1 - u if self.flip else u)
            return drawn[node]

        return noise
