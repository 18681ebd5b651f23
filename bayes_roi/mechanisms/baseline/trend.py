"""Trend over time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from bayes_roi.errors import ModelError
from bayes_roi.mechanisms.arrays import Array, Namespace
from bayes_roi.mechanisms.term import Inputs, Term, check_label, option


@dataclass(frozen=True)
class Trend(Term):
    r"""`trend()`: a straight line over time, $\beta (t - \bar t)$, zero in the middle of the data.

    $t$ is the number of the row's period, the effect $\beta$ is per period (Harvey 1989, chapter 2, without its
    disturbances).
    """

    name = "trend"
    needs_time = True
    kind: str = option("linear")
    label: str | None = option(None)
    share: str | None = option(None)

    def __post_init__(self) -> None:
        if self.kind != "linear":
            raise ModelError(f"trend's kind must be linear, got {self.kind!r}")
        check_label(self.label, self.share)

    def curve(self, xp: Namespace, inputs: Inputs, shape: Mapping[str, Array]) -> Array:
        return inputs.index - inputs.reference.mean()

    def unit(self, inputs: Inputs) -> float:
        return float(inputs.reference.std()) or 1.0
