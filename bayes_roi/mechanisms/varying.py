"""Effects that vary by panel unit."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from bayes_roi.errors import ModelError
from bayes_roi.mechanisms.arrays import Array, Namespace
from bayes_roi.mechanisms.prior import Prior
from bayes_roi.mechanisms.scale import Scale
from bayes_roi.mechanisms.term import Inputs, Term


@dataclass(frozen=True)
class Varying(Term):
    r"""`(x | geo)`: a term with an effect of its own for each panel unit, partially pooled.

    The effects of the units are drawn around a common one, $\beta_u \sim N(\beta, \tau)$, cut off at zero where the
    effect is positive (Gelman and Hill 2007, chapter 13). `effect` is $\beta$, `spread` is $\tau$, `by_unit` are the
    $\beta_u$. What stands inside the curve is common to all units.
    """

    name = "varying"
    term: Term
    panel: str

    def __post_init__(self) -> None:
        if isinstance(self.term, Varying) or self.term.fixed_effect is not None:
            raise ModelError(f"({self.term} | {self.panel}): only a term with an effect of its own varies")
        if self.term.width({}) is not None:
            raise ModelError(f"({self.term} | {self.panel}): only terms with a single effect vary by panel unit")
        if self.term.share_or_none is not None:
            raise ModelError(f"({self.term} | {self.panel}): a term either varies or shares its parameters")

    @property
    def needs_time(self) -> bool:  # type: ignore[override]
        return self.term.needs_time

    @property
    def needs_nonnegative(self) -> bool:  # type: ignore[override]
        return self.term.needs_nonnegative

    @property
    def saturating(self) -> bool:  # type: ignore[override]
        return self.term.saturating

    @property
    def either_sign(self) -> bool:
        return self.term.either_sign

    @property
    def label_or_default(self) -> str:
        return self.term.label_or_default

    def curve(self, xp: Namespace, inputs: Inputs, shape: Mapping[str, Array]) -> Array:
        return self.term.curve(xp, inputs, shape)

    def unit(self, inputs: Inputs) -> float:
        return self.term.unit(inputs)

    def shape_priors(self, scales: Mapping[str, Scale]) -> dict[str, Prior]:
        return self.term.shape_priors(scales)

    def affine_in(self, node: str, random: Collection[str]) -> bool:
        return self.term.affine_in(node, random)

    def dose(self, xp: Namespace, inputs: Inputs, shape: Mapping[str, Array], node: str) -> Array:
        return self.term.dose(xp, inputs, shape, node)

    def __str__(self) -> str:
        return f"({self.term} | {self.panel})"
