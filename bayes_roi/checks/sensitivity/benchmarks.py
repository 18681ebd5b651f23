"""How strong the observed causes are, in the measures of a hidden one."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from bayes_roi.checks.sensitivity.hidden_cause import HiddenCause
from bayes_roi.checks.sensitivity.measures import strength, times_as_strong
from bayes_roi.model.law.forward import piece
from bayes_roi.model.rows.view import View
from bayes_roi.numbers import plain

FITTED = 1e-3
"""Share of the largest posterior variance of a linear predictor, below which a direction counts as not fitted."""


@dataclass(frozen=True)
class Benchmark:
    """An observed cause, or a term of time, of the node that the hidden cause acts on.

    Parameters
    ----------
    name
        What the equation calls it.
    r2_spend
        Share of the spend, as the other causes leave it, that it explains.
    r2_node
        Share of the node, as the other causes and the spend leave it, that it explains.
    """

    name: str
    r2_spend: float
    r2_node: float

    def times(self, multiple: float) -> tuple[float, float] | None:
        """Return both partial R2 of a hidden cause some times as strong; None where there can be none."""
        return times_as_strong(self.r2_spend, self.r2_node, multiple)

    def strength(self, multiple: float = 1.0) -> float:
        """Return the strength of a hidden cause some times as strong; infinite where there can be none."""
        both = self.times(multiple)
        return math.inf if both is None else strength(*both)

    def named(self, multiple: float) -> str:
        """Return what a cause some times as strong is called."""
        often = {1.0: "as strong as", 2.0: "twice"}.get(multiple, f"{plain(multiple)} times")
        return f"{often} {self.name}"


def benchmarks(cause: HiddenCause) -> tuple[Benchmark, ...]:
    """Return the observed causes and terms of time of the node that the spend does not act on, the strongest first."""
    found = sorted(_benchmarks(cause), key=lambda b: -b.strength())
    return tuple(found)


def _benchmarks(cause: HiddenCause) -> Iterator[Benchmark]:
    model, rows = cause.fit.model, cause.fit.design
    moved = model.graph.descendants([cause.spend]) | model.spends
    draws = {n: v[:: max(len(v) // 200, 1)] for n, v in cause.few.parameters.items()}
    forward = cause.fit.forward
    own = forward.nodes[cause.node]
    view = View(np, rows, {n: forward.observed(n, draws) for n in model.computation.parents[cause.node]})
    pieces = {t: np.atleast_2d(piece(np, t, t.curve(view, draws), draws, rows)) for t in own.terms}
    whole = np.asarray(cause.residual().left)
    for t, own_piece in pieces.items():
        if moved & set(t.term.parents) or set(t.term.parents) & set(model.hidden) or t.periods is not None:
            continue
        names = (*t.term.parents, t.term.label_or_default)
        without = cause.residual(without=names).left
        rest = sum((p for other, p in pieces.items() if other is not t), np.zeros((1, rows.length)))
        yield Benchmark(
            t.term.label_or_default, max(1 - float(whole) / without, 0.0), _r2_node(cause, own_piece.mean(axis=0), rest)
        )


def _r2_node(cause: HiddenCause, own: np.ndarray, rest: np.ndarray) -> float:
    """Return the partial R2 of a term: of its part (rows,) that the others' posterior (draws, rows) cannot make."""
    moved = rest - rest.mean(axis=0)
    moved = moved - moved.mean(axis=1, keepdims=True)
    size, vectors = np.linalg.eigh(moved @ moved.T)
    kept = size > FITTED * max(float(size.max()), 1e-300)
    basis = (vectors[:, kept] / np.sqrt(size[kept])).T @ moved
    own = own - own.mean()
    own = own - (basis @ own) @ basis
    explained = float(own @ own) / len(own)
    return explained / (explained + cause.noise**2)
