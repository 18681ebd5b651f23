"""A categorical cause."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from bayes_roi.mechanisms.arrays import Array, Namespace
from bayes_roi.mechanisms.term import Inputs, Term, check_label, check_node, option


@dataclass(frozen=True)
class Factor(Term):
    r"""`factor(x)`: one effect for each category of a column but the first, which the intercept stands for.

    $\sum_k \beta_k 1[x = k]$, treatment contrasts (Chambers and Hastie 1992); categories in alphabetical order.
    """

    name = "factor"
    x: Term
    label: str | None = option(None)
    share: str | None = option(None)

    def __post_init__(self) -> None:
        check_node("factor", self.x)
        check_label(self.label, self.share)

    def width(self, levels: Mapping[str, tuple[str, ...]]) -> int | None:
        return len(levels.get(self.parents[0], (0, 0))) - 1  # two categories where there are no data to tell

    def basis(self, levels: Mapping[str, tuple[str, ...]]) -> tuple[str, ...] | None:
        return levels[self.parents[0]][1:] if self.parents[0] in levels else None

    def curve(self, xp: Namespace, inputs: Inputs, shape: Mapping[str, Array]) -> Array:
        (node,) = self.parents
        codes = inputs.value(node)
        each = [xp.where(abs(codes - k) < 0.5, 1.0, 0.0) for k in range(1, len(inputs.levels[node]))]
        return xp.stack(each, axis=-2)

    def unit(self, inputs: Inputs) -> float:
        return 1.0
