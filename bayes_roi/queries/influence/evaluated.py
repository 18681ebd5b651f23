"""Values of nodes in rows that are put together from many: each source of variation comes from a row of its own."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from bayes_roi.inference.fit import Fit
from bayes_roi.mechanisms.arrays import Array, short_rows
from bayes_roi.model.law.conditional import Conditional
from bayes_roi.model.law.forward import Parameters, piece
from bayes_roi.model.rows.view import View


class Evaluated(ABC):
    """Values of nodes, computed when they are asked for and kept.

    A node is asked for some periods before the row in question, and for a set of players (as bits) whose sources are
    taken from the first of two choices; those of the others come from the second. Only players above a node tell its
    values apart, so that coalitions share what they have in common. Arrays are (draws, samples); either may be one.

    Parameters
    ----------
    fit, parameters
        The model and a part of its draws.
    bits
        Node -> the players that have a source there, as bits.
    """

    def __init__(self, fit: Fit, parameters: Parameters, bits: Mapping[str, int]) -> None:
        self.fit, self.parameters = fit, parameters
        self.known: dict[tuple[Any, ...], Array] = {}
        self.prepared: dict[str, Parameters] = {}
        graph = fit.model.computation
        self.above: dict[str, int] = {}
        for node in graph.order:
            self.above[node] = bits.get(node, 0)
            for parent in graph.parents[node]:
                self.above[node] |= self.above[parent]

    @abstractmethod
    def observed(self, node: str, offset: int, mask: int) -> Array:
        """Return the values of a node without an equation, `offset` periods before."""

    @abstractmethod
    def base(self, node: str, offset: int, mask: int) -> Array:
        """Return what a node's linear predictor has beside the terms of its parents."""

    @abstractmethod
    def response(self, node: str, offset: int, mask: int, law: Conditional) -> Array:
        """Return a node's values given its distribution."""

    def value(self, node: str, offset: int = 0, mask: int = 0) -> Array:
        """Return a node's values (draws, samples)."""
        key = node, offset, mask & self.above[node]
        if key not in self.known:
            with short_rows():
                self.known[key] = self._value(*key)
        return self.known[key]

    def _value(self, node: str, offset: int, mask: int) -> Array:
        model = self.fit.model
        if node in model.identity:
            return np.asarray(model.identity[node].value(_Values(self, offset, mask)))
        if node not in model.equation:
            return self.observed(node, offset, mask)
        view = At(np, self.fit.design, _Values(self, offset, mask))
        eta = self.base(node, offset, mask) + self.from_parents(node, view)
        law = Conditional.of(model, self.fit.forward.nodes[node], view, eta, self.parameters)
        y = self.response(node, offset, mask, law)
        return np.maximum(y, 0.0) if node in model.spends else y  # there is no negative spend

    def from_parents(self, node: str, view: View) -> Array:
        """Return the sum of the terms that have parents, as a view sees them."""
        total: Array = 0.0
        for t in self.fit.forward.nodes[node].terms:
            if not t.term.parents:
                continue
            if t.prefix not in self.prepared:
                shape = {role: self.parameters[name][..., None] for role, name in t.shape_names.items()}
                self.prepared[t.prefix] = t.term.prepared(np, shape)
            curve = t.term.curve(np, view, self.prepared[t.prefix])
            total = total + piece(np, t, curve, self.parameters, self.fit.design)
        return total

    def noise_from(self, node: str, offset: int, u: np.ndarray, law: Conditional) -> Array:
        """Return noise from uniforms (offsets, samples); that of a series begins at its stationary law."""
        if law.rho is None:
            return law.family.noise(u[offset][None], law.parameters)
        key = "noise", node, offset, id(u)
        if key not in self.known:
            z = law.family.noise(u[offset][None], law.parameters)
            last = offset == len(u) - 1
            before = 0.0 if last else self.noise_from(node, offset + 1, u, law)
            self.known[key] = z / np.sqrt(1 - law.rho**2) if last else law.rho * before + z
        return self.known[key]

    def intercept(self, node: str) -> Array:
        """Return a node's intercept (draws, 1), zero where it has none."""
        own = self.fit.forward.nodes[node]
        return self.parameters[f"{node}.intercept"][:, None] if own.intercept else np.zeros((1, 1))


@dataclass(frozen=True, eq=False)
class _Values(Mapping[str, Array]):
    """Node -> its values some periods before, for a set of players."""

    of: Evaluated
    offset: int
    mask: int

    def __getitem__(self, node: str) -> Array:
        return self.of.value(node, self.offset, self.mask)

    def __iter__(self) -> Iterator[str]:
        return iter(self.of.above)

    def __len__(self) -> int:
        return len(self.of.above)


@dataclass(frozen=True, eq=False)
class At(View):
    """What the terms of an equation see in such rows: the past is asked for, not shifted."""

    def past(self, node: str, lags: Iterable[int]) -> list[Array]:
        """Return a node's values as they were each of `lags` periods before."""
        assert isinstance(self.values, _Values)
        of, offset, mask = self.values.of, self.values.offset, self.values.mask
        return [of.value(node, offset + lag, mask) for lag in lags]


def time_pieces(fit: Fit, node: str, parameters: Parameters) -> Array | None:
    """Return the sum of a node's terms that hang on time alone, (draws, time); None where there are none."""
    rows = fit.design
    view, total = View(np, rows, {}), None
    for t in fit.forward.nodes[node].terms:
        if not t.term.parents:
            own = piece(np, t, t.curve(view, parameters), parameters, rows)
            total = own if total is None else total + own
    return total


def long_series(fit: Fit, node: str, parameters: Parameters) -> Array:
    """Return a node's history and rows, one after the other: (lags + time,) or (draws, lags + time)."""
    x, carry = fit.forward.observed(node, parameters), carry_of(fit, node)
    if x.ndim == 1:
        return np.concatenate([carry, x])
    return np.concatenate([np.broadcast_to(carry, (len(x), len(carry))), x], axis=-1)


def carry_of(fit: Fit, node: str) -> np.ndarray:
    """Return what came before a node's rows (lags,); nothing of what is not observed."""
    return fit.design.carry.get(node, np.zeros(0))


def taken(table: Array, at: np.ndarray) -> Array:
    """Return table (..., rows) at positions (draws or 1, samples); those before the first row are at the first."""
    at = np.maximum(at, 0)
    if table.ndim == 1:
        return table[at]
    if len(at) == 1:
        return table[:, at[0]]
    return np.take_along_axis(table, at, axis=-1)
