r"""Whether a node varies by itself: what is left of it once all that stands beside it in a question is known.

With Z what a question about x adjusts for or holds, and what stands beside x in the equation that x acts in, the data
tell x from Z only as far as the residual $r = x - \hat E[x \mid Z]$ reaches (positivity; Hernan and Robins 2020,
section 3.3). $\hat E$ is least squares: what is linear in Z is all that a linear predictor could confuse with x.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from bayes_roi.mechanisms.arrays import Array
from bayes_roi.model.language.model import Model
from bayes_roi.model.law.parameters import NodeParameters, TermParameters
from bayes_roi.model.rows.design import Design
from bayes_roi.model.rows.view import View
from bayes_roi.numbers import percent, written
from bayes_roi.plain_text import listed

EXACT = 1e-6
"""A residual below this share of the largest value is rounding."""
NEARLY_ALL = 0.95
"""Share of the rows in which a rule must hold to be told as one."""
NEAR = 0.01
"""Share of a node's variance that others leave, below which it nearly follows from them."""
LEAST_EIGENVALUE = 1e-10


def beside(model: Model, node: str, child: str, adjusted: Collection[str], held: Collection[str]) -> tuple[str, ...]:
    """Return the nodes that a node must vary beside, to be told by the equation of `child`.

    They are the adjustment set, the other spends that the question holds, and what else is in the equation: what the
    node causes is not among them unless it is held, as it carries the effect. An accounting identity's own parts
    are no beside_it to it.
    """
    parts = model.graph.ancestors([node]) if node in model.identity else frozenset()
    caused = model.graph.descendants([node])
    free = ({*adjusted, *model.graph.parents[child]} - caused) | (set(held) - {node})
    return tuple(n for n in model.nodes if n in free - parts - set(model.hidden))


@dataclass(frozen=True, eq=False)
class Residual:
    """A node and what it must vary beside, on the rows of a fit.

    Parameters
    ----------
    design, values
        The rows, and node -> what was observed (time,).
    node, others
        The node, and the nodes beside it.
    times
        The terms of time beside it.
    """

    design: Design
    values: Mapping[str, Array]
    node: str
    others: tuple[str, ...]
    times: tuple[TermParameters, ...] = ()

    def residual(self, design: Design, values: Mapping[str, Array]) -> Array:
        """Return what is left of the node in rows (..., time), per unit of their size, by the fit's coefficients."""
        x = design.per_size(self.node, values[self.node])
        columns = self._columns(design, values)
        expected = sum(b * (z - m) for b, z, m in zip(self._slopes, columns, self._middles, strict=True))
        return x - self._observed.mean() - expected

    def dose(self, term: TermParameters, shape: Mapping[str, Array], design: Design, residual: Array) -> Array:
        """Return the residual carried through a term's adstock; what came before the rows was as expected.

        Above and below what was expected are carried by themselves, as an adstock takes no amounts below zero.
        """
        carry = {**design.carry, self.node: np.zeros_like(design.carry.get(self.node, np.zeros(0)))}
        rows = replace(design, carry=carry, amounts=frozenset(design.amounts) - {self.node})
        above, below = (
            term.term.dose(np, View(np, rows, {self.node: np.maximum(way * residual, 0.0)}), shape, self.node)
            for way in (1, -1)
        )
        return above - below

    @cached_property
    def left(self) -> float:
        """Share of the node's variance that the others leave; 1 where it does not vary."""
        total = float(self._observed.var())
        if total <= (EXACT * float(np.abs(self._observed).max(initial=0.0))) ** 2:
            return 1.0
        return float(np.var(self.residual(self.design, self.values))) / total

    @cached_property
    def rule(self) -> str:
        """The rule by which the node follows from the others, in words; empty where there is none."""
        single = next((r for r in map(self._rule_of, self._numeric) if r), "")
        if single or self.left > NEAR:
            return single
        alone = (n for n in self.others if len(self.others) > 1 and replace(self, others=(n,), times=()).left <= NEAR)
        names = next(((n,) for n in alone), self.others)
        named = [*names, *(["the terms of time"] if self.times and names == self.others else [])]
        causes = listed(named)
        left = replace(self, others=names, times=self.times if names == self.others else ()).left
        if left <= EXACT**2:
            return f"{self.node} follows from {causes} in {len(self._observed)} of {len(self._observed)} rows"
        return f"{self.node} follows from {causes} but for {percent(left)} of its variance"

    def _rule_of(self, other: str) -> str:
        """Return "x is c x z in k of n rows", or with a constant; empty where it is in hardly all rows."""
        x, z = self._observed, np.asarray(self.design.per_size(other, self.values[other]))
        if z.ndim > 1 or not z.any() or not x.any():
            return ""
        ratio = float(np.median(x[z != 0] / z[z != 0]))
        if ratio and (holds := int(_same(x, ratio * z).sum())) >= NEARLY_ALL * len(x):
            return f"{self.node} is {written(ratio, 4)} x {other} in {holds} of {len(x)} rows"
        slope, constant = _line(x, z)
        if slope and (holds := int(_same(x, constant + slope * z).sum())) >= NEARLY_ALL * len(x):
            return f"{self.node} is {written(constant, 4)} + {written(slope, 4)} x {other} in {holds} of {len(x)} rows"
        return ""

    @property
    def _numeric(self) -> tuple[str, ...]:
        return tuple(n for n in self.others if n not in self.design.levels)

    @cached_property
    def _observed(self) -> np.ndarray:
        x = np.asarray(self.design.per_size(self.node, self.values[self.node]))
        return x if x.ndim == 1 else x.mean(axis=tuple(range(x.ndim - 1)))

    def _columns(self, design: Design, values: Mapping[str, Array]) -> list[Array]:
        """Return the columns (..., time) of the regression."""
        found: list[Array] = []
        for n in self.others:
            z = design.per_size(n, values[n])
            found += (
                [1.0 * (np.abs(z - k) < 0.5) for k in range(1, len(design.levels[n]))] if n in design.levels else [z]
            )
        view = View(np, design, values)
        for t in self.times:
            middle = {name: np.array(t.shape[role].ppf(np.array(0.5))) for role, name in t.shape_names.items()}
            curve = t.curve(view, middle)
            found += [curve] if curve.ndim == 1 else list(curve)
        return found

    @cached_property
    def _own_columns(self) -> list[np.ndarray]:
        columns = (np.asarray(z, float) for z in self._columns(self.design, self.values))
        return [z if z.ndim == 1 else z.mean(axis=tuple(range(z.ndim - 1))) for z in columns]

    @cached_property
    def _middles(self) -> list[float]:
        return [float(z.mean()) for z in self._own_columns]

    @cached_property
    def _slopes(self) -> np.ndarray:
        """Least-squares slopes, by the normal equations of standardised columns: no copy of the rows is stacked."""
        columns = [z - m for z, m in zip(self._own_columns, self._middles, strict=True)]
        sizes = np.array([z.std() or 1.0 for z in columns])
        moments = np.array([[a @ b for b in columns] for a in columns]).reshape(len(columns), len(columns))
        against = np.array([z @ (self._observed - self._observed.mean()) for z in columns]) / sizes
        inverse = np.linalg.pinv(moments / np.outer(sizes, sizes), LEAST_EIGENVALUE, hermitian=True)
        return np.asarray(inverse @ against / sizes)


def _same(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    return np.asarray(np.abs(x - y) <= EXACT * np.abs(x).max())


def _line(x: np.ndarray, z: np.ndarray) -> tuple[float, float]:
    """Return slope and constant of x on z, through its quartiles by z: a few odd rows do not move it."""
    order = np.argsort(z)
    low, high = order[len(z) // 4], order[-1 - len(z) // 4]
    slope = float((x[high] - x[low]) / (z[high] - z[low])) if z[high] != z[low] else 0.0
    return slope, float(np.median(x - slope * z))


def times_of(*equations: NodeParameters | None) -> tuple[TermParameters, ...]:
    """Return the terms of time of equations; what units share in a period is noise that spend does not follow."""
    every = (t for own in equations if own is not None for t in own.terms)
    return tuple(t for t in every if not t.term.parents and t.periods is None)


def dependencies(
    design: Design, values: Mapping[str, Array], parents: Mapping[str, Sequence[str]]
) -> dict[str, list[str]]:
    """Return node -> what is exactly or nearly a rule among its parents, in words; nodes without any are left out.

    Of parents that are tied to one another the last is told by those before it.
    """
    found: dict[str, list[str]] = {}
    for node, causes in parents.items():
        known = [p for p in causes if p in values]
        each = (Residual(design, values, p, tuple(known[:at])) for at, p in enumerate(known) if p not in design.levels)
        rules = [beside_it.rule for beside_it in each if beside_it.rule]
        if rules:
            found[node] = rules
    return found
