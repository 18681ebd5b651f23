"""A coefficient that is integrated out: its column, its prior, whether its sign is held."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from bayes_roi.mechanisms.pooling import Pooled
from bayes_roi.mechanisms.prior import HalfNormal, Prior
from bayes_roi.model.law.parameters import NodeParameters, TermParameters
from bayes_roi.model.rows.view import View


@dataclass(frozen=True, eq=False)
class Coefficient:
    """A coefficient to integrate out, and what it multiplies: a column of numbers, or a curve with parameters.

    `pooled` says how it varies by panel unit, if it does; `joint` which of the effects under the joint prior of media
    it is: then its prior is half-normal given a scale that is drawn, and `prior` stands for one of a usual size.
    """

    name: str
    prior: Prior
    column: np.ndarray | None
    term: TermParameters | None = None
    pooled: Pooled | None = None
    joint: int | None = None

    @property
    def mean(self) -> float:
        return float(getattr(self.prior, "mu", 0.0))

    @property
    def sd(self) -> float:
        return float(self.prior.sigma)  # type: ignore[attr-defined]

    @property
    def positive(self) -> bool:
        return isinstance(self.prior, HalfNormal)


def joint_coefficient(node: NodeParameters, term: TermParameters, view: View) -> Coefficient:
    """Return the coefficient of a term under the joint prior of media."""
    assert node.media is not None
    usual, place = node.media.usual(term.effect_name), node.media.effects.index(term.effect_name)
    column = None if term.shape else term.curve(view, {})
    size = 1.0 if column is None else float(node.contribution_of(term, column))
    return Coefficient(term.effect_name, HalfNormal(usual / size), column, term, term.pooled, place)


def root_mean_square(column: np.ndarray) -> np.ndarray:
    """Return the root of the mean square (...,) of columns (..., time)."""
    return np.sqrt(np.einsum("...t,...t->...", column, column) / column.shape[-1])
