"""What a saturation is: a curve of u / half, where u is a node or its adstock."""

from __future__ import annotations

import math
from abc import abstractmethod
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from bayes_roi.mechanisms.arrays import Array, Namespace, never_negative
from bayes_roi.mechanisms.prior import LogNormal, Prior
from bayes_roi.mechanisms.scale import Scale
from bayes_roi.mechanisms.term import Inputs, Term, check_label, check_node, check_signed, option


@dataclass(frozen=True)
class Saturation(Term):
    """A response with falling returns; a subclass in a file of this folder is known to the grammar by its name."""

    x: Term
    label: str | None = option(None)
    share: str | None = option(None)
    signed: bool = option(False)
    needs_nonnegative = True
    saturating = True

    def __post_init__(self) -> None:
        check_node(self.name, self.x, also_adstock=True)
        check_label(self.label, self.share)
        check_signed(self.signed)

    @staticmethod
    @abstractmethod
    def response(xp: Namespace, u: Array, parameters: Mapping[str, Array]) -> Array:
        """Return the response to `u` >= 0 (..., time): zero at zero, increasing; parameters have a trailing axis."""

    @classmethod
    def own_priors(cls, scale: Scale) -> dict[str, Prior]:
        """Return role -> default prior of the curve's parameters, given the scale of what it saturates."""
        return {"half": LogNormal(math.log(scale.positive_mean), 0.8)}

    @property
    def needs_time(self) -> bool:  # type: ignore[override]
        return self.x.needs_time

    def shape_priors(self, scales: Mapping[str, Scale]) -> dict[str, Prior]:
        return self.x.shape_priors(scales) | self.own_priors(scales[self.parents[0]])

    def dose(self, xp: Namespace, inputs: Inputs, shape: Mapping[str, Array], node: str) -> Array:
        return never_negative(xp, self.x.dose(xp, inputs, shape, node))

    def curve(self, xp: Namespace, inputs: Inputs, shape: Mapping[str, Array]) -> Array:
        return self.response(xp, self.dose(xp, inputs, shape, self.parents[0]), shape)

    def unit(self, inputs: Inputs) -> float:
        return 1.0

    def affine_in(self, node: str, random: Collection[str]) -> bool:
        return False
