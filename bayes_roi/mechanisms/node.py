"""Terms that are linear in one node: the node itself, a node with a fixed effect, a node some periods ago."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import cached_property

from bayes_roi.errors import ModelError
from bayes_roi.mechanisms.arrays import Array, Namespace
from bayes_roi.mechanisms.term import Inputs, Term, check_count, check_label, check_node, option


def centre(inputs: Inputs, node: str) -> float:
    """Return what is taken off a node where it enters linearly: nothing for a spend, the mean for the rest."""
    return 0.0 if node in inputs.spends else inputs.scales[node].mean


def linear_unit(inputs: Inputs, node: str) -> float:
    """Return the size of one standardised step of a node: its positive mean for a spend, its sd for the rest."""
    return inputs.scales[node].positive_mean if node in inputs.spends else inputs.scales[node].sd


@dataclass(frozen=True)
class Node(Term):
    """`x`: the node as it is; a spend uncentred, any other covariate less its mean."""

    name = "node"
    node: str

    @cached_property
    def parents(self) -> tuple[str, ...]:
        return (self.node,)

    def curve(self, xp: Namespace, inputs: Inputs, shape: Mapping[str, Array]) -> Array:
        return inputs.value(self.node) - centre(inputs, self.node)

    def unit(self, inputs: Inputs) -> float:
        return linear_unit(inputs, self.node)

    def __str__(self) -> str:
        return self.node


@dataclass(frozen=True)
class Common(Term):
    """The unobserved common cause of two nodes, `a ~~ b`, in the equation of one of them; `partner` is the other."""

    name = "common"
    latent: str
    partner: str

    @cached_property
    def parents(self) -> tuple[str, ...]:
        return (self.latent,)

    @property
    def default_label(self) -> str:
        return f"~~{self.partner}"

    def curve(self, xp: Namespace, inputs: Inputs, shape: Mapping[str, Array]) -> Array:
        return inputs.value(self.latent)

    def unit(self, inputs: Inputs) -> float:
        return 1.0


@dataclass(frozen=True)
class Fixed(Term):
    """`1*x`: the node with its effect fixed, for an accounting identity or a known conversion."""

    name = "fixed"
    factor: float
    x: Term

    def __post_init__(self) -> None:
        check_node("a fixed coefficient", self.x)
        if isinstance(self.factor, bool) or not isinstance(self.factor, (int, float)) or not math.isfinite(self.factor):
            raise ModelError(f"a fixed coefficient must be a finite number, got {self.factor!r}")

    @property
    def fixed_effect(self) -> float | None:
        return float(self.factor)

    def curve(self, xp: Namespace, inputs: Inputs, shape: Mapping[str, Array]) -> Array:
        return self.x.curve(xp, inputs, shape)

    def unit(self, inputs: Inputs) -> float:
        return self.x.unit(inputs)

    def __str__(self) -> str:
        return f"{self.factor!r}*{self.x}"


@dataclass(frozen=True)
class Lag(Term):
    """`lag(x, k)`: the node k periods ago."""

    name = "lag"
    needs_time = True
    x: Term
    k: int
    label: str | None = option(None)
    share: str | None = option(None)

    def __post_init__(self) -> None:
        check_node("lag", self.x)
        check_count("lag's k", self.k, least=1, most=1000)
        check_label(self.label, self.share)

    @property
    def max_lag(self) -> int:
        return self.k

    def curve(self, xp: Namespace, inputs: Inputs, shape: Mapping[str, Array]) -> Array:
        (node,) = self.parents
        return self.dose(xp, inputs, shape, node) - centre(inputs, node)

    def dose(self, xp: Namespace, inputs: Inputs, shape: Mapping[str, Array], node: str) -> Array:
        return inputs.past(node, [self.k])[0]

    def unit(self, inputs: Inputs) -> float:
        return linear_unit(inputs, self.parents[0])


@dataclass(frozen=True)
class Interact(Term):
    """`interact(a, b)`: the product of two nodes.

    Covariates enter less their means; where one of the two is a spend both enter as they are, so that no spend has no
    effect.
    """

    name = "interact"
    a: Term
    b: Term
    label: str | None = option(None)
    share: str | None = option(None)

    def __post_init__(self) -> None:
        check_node("interact", self.a)
        check_node("interact", self.b)
        check_label(self.label, self.share)

    @property
    def default_label(self) -> str:
        return f"{self.a}:{self.b}"

    def curve(self, xp: Namespace, inputs: Inputs, shape: Mapping[str, Array]) -> Array:
        raw = self.is_media(inputs.spends)
        a, b = (inputs.value(str(x)) - (0.0 if raw else inputs.scales[str(x)].mean) for x in (self.a, self.b))
        return a * b

    def unit(self, inputs: Inputs) -> float:
        raw = self.is_media(inputs.spends)
        a, b = (inputs.scales[str(x)] for x in (self.a, self.b))
        return a.positive_mean * b.positive_mean if raw else a.sd * b.sd

    def affine_in(self, node: str, random: Collection[str]) -> bool:
        return str(self.a) != str(self.b) and not all(p in random for p in self.parents)
