"""Rows put together from independent sources: each node's noise, time terms or values come from a choice of its own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from bayes_roi.inference.fit import Fit
from bayes_roi.mechanisms.arrays import CELLS, Array
from bayes_roi.model.language.edges import lags_to
from bayes_roi.model.language.model import Model
from bayes_roi.model.law.additive import additive_blocks
from bayes_roi.model.law.conditional import Conditional
from bayes_roi.model.law.forward import Parameters
from bayes_roi.queries.influence.evaluated import Evaluated, carry_of, long_series, taken, time_pieces
from bayes_roi.queries.influence.noise_sources import NoiseSources, ObservedNoise, Source

FEW_PLAYERS = 5
"""The most players of one block whose coalitions are all asked; beyond, they join in random orders."""
MIDDLE = 0.5
MEMORY = 2**27
"""Bytes that the values of one part of the draws may take."""


@dataclass(frozen=True, eq=False)
class Noise:
    """Noise of a node by period before the row: uniforms to draw it from, or the standardised noise itself."""

    u: np.ndarray | None = None
    z: np.ndarray | None = None


Choice = np.ndarray | Noise
"""Of values: positions of atoms (draws or 1, samples). Of time terms: positions of rows (1, samples). Of noise: of each
period before, (offsets, samples)."""


class Resampled(Evaluated):
    """Rows in which each source comes from a choice of its own; a source without one stays at its reference."""

    def __init__(
        self,
        world: World,
        part: slice,
        choices: Mapping[Source, tuple[Choice, Choice]],
        bits: Mapping[Source, int],
    ) -> None:
        self.world, self.choices, self.bits = world, choices, bits
        at_node: dict[str, int] = {}
        for s, bit in bits.items():
            at_node[s.node] = at_node.get(s.node, 0) | bit
        super().__init__(world.fit, world.parameters(part), at_node)
        self.tables: dict[Source, Array] = {}

    def _choice(self, source: Source, mask: int) -> Choice | None:
        if source not in self.choices:
            return None
        return self.choices[source][0 if mask & self.bits[source] else 1]

    def observed(self, node: str, offset: int, mask: int) -> Array:
        source, law = Source(node, "values"), self.world.laws[node]
        at = self._choice(source, mask)
        place = np.zeros((1, 1), int) if at is None else at
        assert isinstance(place, np.ndarray)
        if law.rows is None:
            assert law.values is not None
            return law.values[place]
        if source not in self.tables:
            self.tables[source] = long_series(self.fit, node, self.parameters)
        return taken(self.tables[source], len(carry_of(self.fit, node)) + law.rows[place] - offset)

    def base(self, node: str, offset: int, mask: int) -> Array:
        source = Source(node, "time")
        if source not in self.bits and source not in self.world.timed:
            return self.intercept(node)
        if source not in self.tables:
            self.tables[source] = time_pieces(self.fit, node, self.parameters)
        at = self._choice(source, mask)
        place = self.world.inside[:1][None] if at is None else at
        # Rows before the first have the time terms of the first: that matters to lags of what moves with time alone.
        return self.intercept(node) + taken(self.tables[source], np.asarray(place) - offset)

    def response(self, node: str, offset: int, mask: int, law: Conditional) -> Array:
        return law.respond(self.noise(node, offset, mask, law))

    def noise(self, node: str, offset: int, mask: int, law: Conditional) -> Array:
        """Return the standardised noise of a node (draws or 1, samples)."""
        choice = self._choice(Source(node, "noise"), mask)
        if choice is None:
            return law.family.noise(np.full((1, 1), MIDDLE), law.parameters)
        assert isinstance(choice, Noise)
        if choice.z is not None:
            return choice.z[offset][None]
        assert choice.u is not None
        return self.noise_from(node, offset, choice.u, law)


@dataclass(frozen=True, eq=False)
class World:
    """A fit with the sources of a target and their laws.

    Parameters
    ----------
    fit, sources, laws
        What is asked, and node -> the observed law of each node without an equation.
    inside
        Positions of the rows of the window.
    seed
        Of everything that is drawn.
    weighting
        Which set of Bayesian-bootstrap weights: others change nothing else that is drawn.
    """

    fit: Fit
    sources: NoiseSources
    laws: Mapping[str, ObservedNoise]
    inside: np.ndarray
    seed: int
    weighting: int = 0

    @property
    def model(self) -> Model:
        return self.fit.model

    @property
    def draws(self) -> int:
        return self.fit.chains * self.fit.draws

    @cached_property
    def timed(self) -> frozenset[Source]:
        """The sources that are terms of time."""
        return frozenset(s for s in self.sources.sources if s.kind == "time")

    @cached_property
    def lags(self) -> dict[str, int]:
        return lags_to(self.model, self.sources.target)

    @cached_property
    def weights(self) -> dict[str, np.ndarray]:
        """Node without an equation -> (draws, atoms) weights."""
        more = [self.weighting] if self.weighting else []
        rng = {n: np.random.default_rng([self.seed, 1, i, *more]) for i, n in enumerate(self.laws)}
        return {n: law.weights(self.draws, rng[n]) for n, law in self.laws.items()}

    @cached_property
    def nonlinear(self) -> frozenset[str]:
        """The spends that are cut off at zero."""
        return frozenset(self.model.equation) & self.model.spends

    def parameters(self, part: slice) -> Parameters:
        return {name: values[part] for name, values in self.fit.parameters.items()}

    def cells(self, players: int) -> int:
        """Return how many cells of a node can be worked on at once, while those of all coalitions are kept."""
        coalitions = 2**players if players <= FEW_PLAYERS else 2 * players
        kept = coalitions * sum(back + 1 for back in self.lags.values())
        return max(min(CELLS, MEMORY // (8 * kept)), 1)

    def parts(self, cells: int, size: int = CELLS) -> list[slice]:
        """Return parts of the draws, with about `size` cells of `cells` a draw."""
        step = max(size // max(cells, 1), 1)
        return [slice(i, min(i + step, self.draws)) for i in range(0, self.draws, step)]

    def blocks(self) -> list[tuple[Source, ...]]:
        """Return the sets of sources that the target is a sum over, in the order of the sources."""
        found = additive_blocks(self.model, self.sources.target, self.sources.by_node(), nonlinear=self.nonlinear)
        return [tuple(s for s in self.sources.sources if str(s) in names) for names in sorted(found, key=sorted)]
