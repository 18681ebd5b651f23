"""Rows as they were, with the values of some nodes and the bases of others switched off."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from bayes_roi.inference.fit import Fit
from bayes_roi.mechanisms.arrays import Array
from bayes_roi.model.law.conditional import Conditional
from bayes_roi.model.law.forward import Parameters
from bayes_roi.model.rows.view import View
from bayes_roi.queries.influence.evaluated import Evaluated, carry_of, long_series, taken, time_pieces


class Switched(Evaluated):
    """The rows as they were, with the values of some nodes and the bases of others switched off (to zero).

    Parameters
    ----------
    fit, parameters
        The model and a part of its draws.
    inside
        Positions of the rows (samples,).
    bits
        Node -> the player that switches it, as a bit; what has none is always on.
    u
        Node -> uniforms of its noise (offsets, samples); None for conditional means.
    """

    def __init__(
        self,
        fit: Fit,
        parameters: Parameters,
        inside: np.ndarray,
        bits: Mapping[str, int],
        u: Mapping[str, np.ndarray] | None,
    ) -> None:
        super().__init__(fit, parameters, bits)
        self.inside, self.bits, self.u = inside[None], bits, u
        self.tables: dict[str, Array | None] = {}

    def _on(self, node: str, mask: int) -> bool:
        return node not in self.bits or bool(mask & self.bits[node])

    def observed(self, node: str, offset: int, mask: int) -> Array:
        if not self._on(node, mask):
            return np.zeros((1, 1))
        if node not in self.tables:
            self.tables[node] = long_series(self.fit, node, self.parameters)
        return taken(self.tables[node], len(carry_of(self.fit, node)) + self.inside - offset)

    def base(self, node: str, offset: int, mask: int) -> Array:
        if not self._on(node, mask):
            return 0.0 - self.from_parents(node, _Nothing(np, self.fit.design, _Zeros()))
        if node not in self.tables:
            self.tables[node] = time_pieces(self.fit, node, self.parameters)
        own, timed = self.intercept(node), self.tables[node]
        return own if timed is None else own + taken(timed, self.inside - offset)

    def response(self, node: str, offset: int, mask: int, law: Conditional) -> Array:
        return law.mean() if self.u is None else law.respond(self.noise_from(node, offset, self.u[node], law))


class _Zeros(Mapping[str, Array]):
    """Zero for every node."""

    def __getitem__(self, node: str) -> Array:
        return np.zeros((1, 1))

    def __iter__(self) -> Iterator[str]:
        return iter(())

    def __len__(self) -> int:
        return 0


@dataclass(frozen=True, eq=False)
class _Nothing(View):
    """What the terms of an equation see where there is nothing, and never was."""

    def past(self, node: str, lags: Iterable[int]) -> list[Array]:
        return [np.zeros((1, 1)) for _ in lags]
