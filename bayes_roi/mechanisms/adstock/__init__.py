"""Adstock: how the effect of a spend carries over into later periods."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import dataclass

from bayes_roi.errors import ModelError, nearest
from bayes_roi.mechanisms.adstock.base import AdstockKind
from bayes_roi.mechanisms.arrays import Array, Namespace, weighted_lags
from bayes_roi.mechanisms.node import centre, linear_unit
from bayes_roi.mechanisms.prior import Prior
from bayes_roi.mechanisms.registry import discover
from bayes_roi.mechanisms.scale import Scale
from bayes_roi.mechanisms.term import (
    Inputs,
    Term,
    check_count,
    check_label,
    check_node,
    check_signed,
    option,
)

KINDS: dict[str, type[AdstockKind]] = discover(sys.modules[__name__], AdstockKind)  # type: ignore[type-abstract]
WEIGHTS = "weights of the lags"
"""Where `prepared` puts them among the parameters; no role is called so."""


@dataclass(frozen=True)
class Adstock(Term):
    r"""`adstock(x)`: the weighted mean of a node over this and earlier periods.

    $a_t = \sum_{l=0}^{L} w_l x_{t-l}$ with $L$ = `max_lag` and weights that sum to one, so that it is in the units of x
    (Broadbent 1979). `kind` gives the weights their shape. The term is $\beta a_t$ for a spend and
    $\beta (a_t - \bar x)$ for any other covariate; inside a saturation it is $a_t$ that is saturated.
    """

    name = "adstock"
    needs_time = True
    x: Term
    kind: str = option("geometric")
    max_lag: int = option(8)  # a field, where the base has a property
    label: str | None = option(None)
    share: str | None = option(None)
    signed: bool = option(False)

    def __post_init__(self) -> None:
        check_node("adstock", self.x)
        if self.kind not in KINDS:
            hint = nearest(str(self.kind), KINDS)
            raise ModelError(f"adstock's kind must be one of {', '.join(KINDS)}, got {self.kind!r}{hint}")
        check_count("adstock's max_lag", self.max_lag, most=1000)
        check_label(self.label, self.share)
        check_signed(self.signed)

    def shape_priors(self, scales: Mapping[str, Scale]) -> dict[str, Prior]:
        return KINDS[self.kind].priors(self.max_lag)

    def prepared(self, xp: Namespace, shape: Mapping[str, Array]) -> Mapping[str, Array]:
        return {**shape, WEIGHTS: KINDS[self.kind].weights(xp, self.max_lag, shape)}

    def dose(self, xp: Namespace, inputs: Inputs, shape: Mapping[str, Array], node: str) -> Array:
        known = shape if WEIGHTS in shape else self.prepared(xp, shape)
        return weighted_lags(xp, inputs.past(node, range(self.max_lag + 1)), known[WEIGHTS])

    def curve(self, xp: Namespace, inputs: Inputs, shape: Mapping[str, Array]) -> Array:
        (node,) = self.parents
        return self.dose(xp, inputs, shape, node) - centre(inputs, node)

    def unit(self, inputs: Inputs) -> float:
        return linear_unit(inputs, self.parents[0])
