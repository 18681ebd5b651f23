"""The terms of an equation, like ones stacked: twelve times `hill(adstock(.))` is computed as one curve of twelve rows.

What a term computes stays its own `curve`, written once over the array namespace: a stack shows it the columns of all
its terms on a leading axis, and their parameters likewise.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from functools import cached_property
from typing import Any

import numpy as np

from bayes_roi.inference.engines.hmc.parameters import Values
from bayes_roi.mechanisms.arrays import Array, Namespace, Pasts
from bayes_roi.mechanisms.node import Node
from bayes_roi.mechanisms.scale import Scale
from bayes_roi.mechanisms.term import Term
from bayes_roi.model.law.forward import missing_name
from bayes_roi.model.law.parameters import TermParameters
from bayes_roi.model.rows.view import View


@dataclass(frozen=True, eq=False)
class Lines:
    """Terms whose curves have no parameters: rows of one matrix.

    Parameters
    ----------
    terms
        The terms.
    curves
        (effects, time), those of a vector of effects one after the other.
    """

    terms: tuple[TermParameters, ...]
    curves: np.ndarray

    @property
    def pooled(self) -> bool:
        """Whether effects vary by panel unit."""
        return self.terms[0].pooled is not None

    @property
    def middle(self) -> np.ndarray:
        """The curves."""
        return self.curves

    @cached_property
    def means(self) -> np.ndarray:
        """Mean of each curve (effects,)."""
        return self.curves.mean(1)

    @cached_property
    def sizes(self) -> np.ndarray:
        """Mean size of each curve (effects,)."""
        return np.abs(self.curves).mean(1)


@dataclass(frozen=True, eq=False)
class Stack:
    """Terms of one form whose curves have parameters, or one term whose curve hangs on missing cells.

    Parameters
    ----------
    terms
        The terms.
    view
        What they see.
    gaps
        The nodes of the one term that have missing cells.
    """

    terms: tuple[TermParameters, ...]
    view: StackedView
    gaps: tuple[str, ...] = ()

    @property
    def pooled(self) -> bool:
        """Whether effects vary by panel unit."""
        return self.terms[0].pooled is not None

    @cached_property
    def middle(self) -> np.ndarray:
        """The curves (terms, time) in the middle of the prior."""
        return np.stack([t.curve(self.view.view, middle(t)) for t in self.terms])

    @cached_property
    def sizes(self) -> np.ndarray:
        """Mean size of each of them (terms,)."""
        return np.abs(self.middle).mean(1)

    def curve(self, xp: Namespace, values: Values) -> Array:
        """Return the curves (terms, chains, time)."""
        view = self.view if not self.gaps else FilledView(self.view, xp, self.gaps, values)
        return self._curve(xp, view, values)

    def mean(self, xp: Namespace, curve: Array, values: Values) -> Array:
        """Return their means (terms, chains, 1) as priors see them: a missing cell counts as its column's mean."""
        return xp.mean(self._curve(xp, self.view, values) if self.gaps else curve)

    def _curve(self, xp: Namespace, view: StackedView, values: Values) -> Array:
        first = self.terms[0]
        shape = {
            role: xp.swapaxes(values.together([t.shape_names[role] for t in self.terms]), 0, 1)[..., None]
            for role in first.shape
        }
        return first.term.curve(xp, view, shape)


Part = Lines | Stack


class StackedView:
    """What one term sees when it stands for all of its stack: each of its nodes on a leading axis (terms, 1, time)."""

    def __init__(self, view: View, terms: Sequence[Term]) -> None:
        self.view = view
        self.parents = {p: [t.parents[i] for t in terms] for i, p in enumerate(terms[0].parents)}
        self.scales = {p: _scales([view.scales[n] for n in nodes]) for p, nodes in self.parents.items()}
        self._values = {p: np.stack([view.value(n) for n in nodes])[:, None] for p, nodes in self.parents.items()}
        self._pasts: dict[tuple[str, tuple[int, ...]], Pasts] = {}

    @property
    def spends(self) -> Collection[str]:
        return self.view.spends

    @property
    def levels(self) -> Mapping[str, tuple[str, ...]]:
        return self.view.levels

    @property
    def index(self) -> np.ndarray:
        return self.view.index

    @property
    def reference(self) -> np.ndarray:
        return self.view.reference

    def value(self, node: str) -> Array:
        """Return the rows of a node and its like (terms, 1, time)."""
        return self._values[node]

    def of_periods(self, x: Array) -> Array:
        """Return values by period in each row: no stack has such a term, which is the one of its kind."""
        return self.view.of_periods(x)

    def past(self, node: str, lags: Iterable[int]) -> Pasts:
        """Return them as they were each of `lags` periods before."""
        key = (node, tuple(lags))
        if key not in self._pasts:
            each = [np.stack(self.view.past(n, key[1])) for n in self.parents[node]]
            self._pasts[key] = Pasts(np.stack(each))
        return self._pasts[key]


class FilledView(StackedView):
    """What one term sees of nodes some of whose cells are drawn: each of its nodes (1, chains, time).

    Parameters
    ----------
    observed
        What it sees of the rest.
    gaps
        The nodes with missing cells.
    values
        Among which the cells are.
    """

    def __init__(self, observed: StackedView, xp: Namespace, gaps: Sequence[str], values: Values) -> None:
        of, self.scales = observed.view, observed.scales
        cells = {n: of.design.observed(xp, n, values[missing_name(n)]) for n in gaps}
        self.view = View(xp, of.design, {**of.values, **cells})

    def value(self, node: str) -> Array:
        return _leading(self.view.value(node))

    def past(self, node: str, lags: Iterable[int]) -> list[Array]:  # type: ignore[override]
        return [_leading(x) for x in self.view.past(node, lags)]


def _leading(x: Array) -> Array:
    """Return rows (time,) or (chains, time) with axes before them, as terms of a stack have."""
    return x[None] if x.ndim == 2 else x[None, None]


def _scales(each: Sequence[Scale]) -> Scale:
    """Return scales (terms, 1, 1) as one."""
    return Scale(**{f.name: np.array([getattr(s, f.name) for s in each])[:, None, None] for f in fields(Scale)})  # type: ignore[arg-type]


def form(term: Term, spends: Collection[str]) -> Any:
    """Return what terms must have in common to be stacked: all but their nodes and labels."""
    if isinstance(term, Node):
        return Node, term.node in spends
    inside = (getattr(term, f.name) for f in fields(term) if f.name not in ("label", "share"))
    return (type(term), *(form(x, spends) if isinstance(x, Term) else x for x in inside))


def gaps(term: TermParameters, view: View) -> tuple[str, ...]:
    """Return the nodes that a term reads some of whose cells are missing."""
    return tuple(n for n in dict.fromkeys(term.term.parents) if n in view.design.missing)


def middle(term: TermParameters) -> dict[str, np.ndarray]:
    """Return the prior medians of the parameters inside a curve."""
    return {name: np.array(term.shape[role].ppf(np.array(0.5))) for role, name in term.shape_names.items()}
