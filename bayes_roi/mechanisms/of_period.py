"""What all units of a panel share in a period."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from bayes_roi.mechanisms.arrays import Array, Namespace
from bayes_roi.mechanisms.pooling import BY_PERIOD
from bayes_roi.mechanisms.term import Inputs, Term


@dataclass(frozen=True)
class OfPeriod(Term):
    r"""`(1 | week)`: what happens to all units of a panel alike in a period, partially pooled.

    One effect for each period of the column that `time:` names, in the rows of all units, $a_t \sim N(0, \tau)$
    (Wallace and Hussain 1969, two-way error components). `spread` is $\tau$, `by_period` are the $a_t$. It takes up
    shocks that units share, and assumes that they do not drive spend. The effect of a period after the last is zero in
    expectation and drawn anew where noise is.
    """

    name = "of_period"
    needs_time = True
    time: str

    @property
    def fixed_effect(self) -> float | None:
        return 1.0

    @property
    def default_label(self) -> str:
        return self.time

    def curve(self, xp: Namespace, inputs: Inputs, shape: Mapping[str, Array]) -> Array:
        return inputs.of_periods(shape[BY_PERIOD][..., 0])

    def unit(self, inputs: Inputs) -> float:
        return 1.0

    def __str__(self) -> str:
        return f"(1 | {self.time})"
