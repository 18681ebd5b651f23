"""Terms that are linear in one node: the node itself, a node with a fixed effect, a node some periods ago."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import cached_property

from bayes_roi.errors import ModelError
from bayes_roi.guards import is_number
from bayes_roi.mechanisms.arrays import Array, Namespace
from bayes_roi.mechanisms.term import Inputs, Term, check_count, check_label, check_node, check_signed, option


def centre(inputs: Inputs, node: str) -> float:
    """Return what is taken off a node where it enters linearly: nothing for a spend, the mean for the rest."""
    return 0.0 if node in inputs.spends else inputs.scales[node].mean


def linear_unit(inputs: Inputs, node: str) -> float:
    """Return the size of one standardised step of a node: its positive mean for a spend, its sd for the rest."""
    return inputs.scales[node].positive_mean if node in inputs.spends else inputs.scales[node].sd


@dataclass(frozen=True)
class Node(Term):
    r"""`x`: the node as it is, $\beta x$ for a spend and $\beta (x - \bar x)$ for any other covariate.

    The effect $\beta$ is per unit of the node. Its default prior is set per standard deviation of a covariate and per
    mean of a spend, so that it says the same in any unit (Gelman and Hill 2007, chapter 4).
    """

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
    r"""`a ~~ b`: an unobserved common cause of two nodes, one latent $u \sim N(0, 1)$ for each row.

    It adds $\lambda_a u$ to the linear predictor of a and $\lambda_b u$ to that of b; $\lambda_a$ is positive,
    $\lambda_b$ of either sign. Each $\lambda$ is the effect of a term labelled `~~` and the other node. In the graph
    it is a bidirected edge (Pearl 2009, chapter 3).

    Parameters
    ----------
    latent
        The node that u is.
    partner
        The other of the two nodes; the term stands in the equation of one of them.
    """

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
    r"""`1*x`: the node with its effect fixed at a number $c$: $c (x - \bar x)$, of a spend $c x$.

    It is for a known conversion, as an offset is (McCullagh and Nelder 1989, chapter 6). $c$ is in units of the linear
    predictor per unit of x.
    """

    name = "fixed"
    factor: float
    x: Term

    def __post_init__(self) -> None:
        check_node("a fixed coefficient", self.x)
        if not is_number(self.factor):
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
    r"""`lag(x, 1)`: the node $k$ periods ago, $\beta (x_{t - k} - \bar x)$, of a spend $\beta x_{t - k}$.

    $k$ is a whole number of periods from 1 to 1000, here 1. The first k rows of a series are history only (Box and
    Jenkins 1970, transfer functions). Two lags of one node need a `label=` for one of them.
    """

    name = "lag"
    needs_time = True
    x: Term
    k: int
    label: str | None = option(None)
    share: str | None = option(None)
    signed: bool = option(False)

    def __post_init__(self) -> None:
        check_node("lag", self.x)
        check_count("lag's k", self.k, least=1, most=1000)
        check_label(self.label, self.share)
        check_signed(self.signed)

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
    r"""`interact(a, b)`: the product of two nodes, $\beta (a - \bar a)(b - \bar b)$.

    Where one of the two is a spend both enter as they are, $\beta a b$, so that no spend has no effect. It comes beside
    the nodes themselves, in `a + b + interact(a, b)`: the effect of a is then that at the mean of b (Gelman and Hill
    2007, sections 3.3 and 4.2). The effect is per unit of a times unit of b.
    """

    name = "interact"
    a: Term
    b: Term
    label: str | None = option(None)
    share: str | None = option(None)
    signed: bool = option(False)

    def __post_init__(self) -> None:
        check_node("interact", self.a)
        check_node("interact", self.b)
        check_label(self.label, self.share)
        check_signed(self.signed)

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
