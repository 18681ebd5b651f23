"""What a term of an equation is: a frozen object that names its parents, its parameters and its curve.

An equation's linear predictor is the intercept plus, term by term, effect x curve. A new term is one class in one file
of this folder; the grammar, the priors, the PyMC model, the forward pass and the laws of the tests find it there.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields
from functools import cached_property
from typing import Any, ClassVar, Protocol

import numpy as np

from bayes_roi.errors import ModelError
from bayes_roi.guards import whole_number
from bayes_roi.mechanisms.arrays import Array, Namespace
from bayes_roi.mechanisms.prior import Prior
from bayes_roi.mechanisms.scale import Scale


class Inputs(Protocol):
    """What a term may see of the model's rows while it computes its curve."""

    @property
    def spends(self) -> Collection[str]:
        """The nodes that are money spent."""

    @property
    def scales(self) -> Mapping[str, Scale]:
        """Node -> size of its column."""

    @property
    def levels(self) -> Mapping[str, tuple[str, ...]]:
        """Categorical node -> its labels; the node's values are the positions of its labels."""

    @property
    def index(self) -> np.ndarray:
        """Number of each row's period, counted from the first period of the table."""

    @property
    def reference(self) -> np.ndarray:
        """The same for the rows of the likelihood the model was scaled on: bases are centred over them."""

    def value(self, node: str) -> Array:
        """Return a node's rows (..., time)."""

    def of_periods(self, x: Array) -> Array:
        """Return values by period of the likelihood (..., periods) in each row (..., time)."""

    def past(self, node: str, lags: Iterable[int]) -> Sequence[Array]:
        """Return a node's rows (..., time) as they were each of `lags` periods before."""


def option(default: Any) -> Any:
    """Declare a keyword-only option of a term."""
    return field(default=default, kw_only=True)


@dataclass(frozen=True)
class Term(ABC):
    """One summand of an equation's right side."""

    name: ClassVar[str]
    needs_time: ClassVar[bool] = False
    needs_nonnegative: ClassVar[bool] = False
    saturating: ClassVar[bool] = False

    @abstractmethod
    def curve(self, xp: Namespace, inputs: Inputs, shape: Mapping[str, Array]) -> Array:
        """Return what the effect multiplies: (..., time), or (..., width, time) where it has a width.

        `shape` holds the parameters of `shape_priors` by role, each with a trailing axis of length one.
        """

    @abstractmethod
    def unit(self, inputs: Inputs) -> float:
        """Return the amount of the curve that default priors call one: a spend's positive mean, a covariate's sd."""

    def shape_priors(self, scales: Mapping[str, Scale]) -> dict[str, Prior]:
        """Return role -> default prior of the parameters inside the curve."""
        return {}

    def prepared(self, xp: Namespace, shape: Mapping[str, Array]) -> Mapping[str, Array]:
        """Return `shape` with what follows from it alone worked out, so that many curves of the same draws share it."""
        for term in self.inner:
            shape = term.prepared(xp, shape)
        return shape

    def affine_in(self, node: str, random: Collection[str]) -> bool:
        """Whether the curve is affine in `node`, while the nodes in `random` vary too."""
        return True

    def dose(self, xp: Namespace, inputs: Inputs, shape: Mapping[str, Array], node: str) -> Array:
        """Return what of `node` acts in each period (..., time): the node, its adstock or its lag, not centred."""
        return inputs.value(node)

    @property
    def inner(self) -> Iterator[Term]:
        """The terms inside this one."""
        return (v for f in fields(self) if isinstance(v := getattr(self, f.name), Term))

    @cached_property
    def parents(self) -> tuple[str, ...]:
        """The nodes it reads, in the order they are written."""
        return tuple(dict.fromkeys(p for t in self.inner for p in t.parents))

    @property
    def max_lag(self) -> int:
        """Rows of history before the first row that it needs."""
        return max((t.max_lag for t in self.inner), default=0)

    def width(self, levels: Mapping[str, tuple[str, ...]]) -> int | None:
        """Return the length of its vector of effects, None for a single effect."""
        return None

    def basis(self, levels: Mapping[str, tuple[str, ...]]) -> tuple[str, ...] | None:
        """Return what the effects of a vector are called, None where their numbers have to do."""
        return None

    @property
    def fixed_effect(self) -> float | None:
        """The effect, where the equation fixes it."""
        return None

    @property
    def default_label(self) -> str:
        """What its parameters are called when no label is given."""
        return self.parents[0] if self.parents else self.name

    @property
    def label_or_default(self) -> str:
        """The middle part of its parameters' names."""
        return getattr(self, "label", None) or self.default_label

    @property
    def share_or_none(self) -> str | None:
        """The name under which it shares its parameters with other terms."""
        return getattr(self, "share", None)

    @property
    def either_sign(self) -> bool:
        """Whether its effect may have either sign where it is a spend's too."""
        return bool(getattr(self, "signed", False))

    def prefix(self, node: str) -> str:
        """Return what the names of its parameters begin with: the name of its share, or its node and its label."""
        return self.share_or_none or f"{node}.{self.label_or_default}"

    def is_media(self, spends: Collection[str]) -> bool:
        """Whether it contains a spend column, so that its effect is positive unless it is said to have either sign."""
        return any(p in spends for p in self.parents)

    def __str__(self) -> str:
        parts = []
        for f in fields(self):
            value = getattr(self, f.name)
            if not f.kw_only:
                parts.append(str(value))
            elif value != f.default:
                parts.append(f"{f.name}={_literal(value)}")
        return f"{self.name}({', '.join(parts)})"


def _literal(value: object) -> str:
    if isinstance(value, str):
        return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
    return repr(value)


def check_label(label: object, share: object = None) -> None:
    """Raise unless each is None or a name that can stand inside a parameter's name."""
    for option, name in (("label", label), ("share", share)):
        good = isinstance(name, str) and name.strip() and name.isprintable() and not {".", "/"} & set(name)
        if name is not None and not good:
            raise ModelError(f"{option} must be a non-empty text without '.', '/' or control characters, got {name!r}")


def check_signed(signed: object) -> None:
    """Raise unless it is True or False."""
    if not isinstance(signed, bool):
        raise ModelError(f"signed must be True or False, got {signed!r}")


def check_count(name: str, value: object, *, least: int = 0, most: int | None = None) -> None:
    """Raise unless `value` is a whole number in [least, most]."""
    whole_number(value, name, least, most, error=ModelError)


def check_node(term: str, x: object, *, also_adstock: bool = False) -> None:
    """Raise unless `x` is a plain node (or, where that is allowed, an adstock)."""
    allowed = {"node", "adstock"} if also_adstock else {"node"}
    if not isinstance(x, Term) or x.name not in allowed:
        if isinstance(x, Term) and x.saturating and also_adstock:
            raise ModelError(f"{term}({x}): a saturation inside a saturation has no meaning here; keep one of the two")
        wanted = "a node or an adstock" if also_adstock else "a node"
        raise ModelError(f"{term} takes {wanted}, got {x}")
    if x.share_or_none is not None:
        raise ModelError(f"{term}({x}): share= belongs to the whole term; write {term}(..., share={x.share_or_none!r})")
    if x.either_sign:
        raise ModelError(f"{term}({x}): signed= belongs to the whole term; write {term}(..., signed=True)")
