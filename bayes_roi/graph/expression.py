r"""Probabilities of observed nodes as objects: they print as a formula and are evaluated on a discrete joint law.

    Expression
    ├── Probability   P(y | x, z)
    ├── Product       P(y | x, z) P(z)
    ├── Sum           sum_{z} P(y | x, z) P(z)
    └── Ratio         P(x, y | z) / P(x | z)

Letters are nodes. A letter under a sum is bound by it; the same letter outside is another, and a printed formula
writes the bound one with a prime.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, final

if TYPE_CHECKING:
    import numpy as np


class Expression(ABC):
    """A function of the values of some nodes, made of probabilities of observed nodes."""

    @property
    @abstractmethod
    def free(self) -> frozenset[str]:
        """The nodes whose values it is a function of."""

    @abstractmethod
    def written(self, names: Mapping[str, str]) -> str:
        """Return it as text, with the bound letters called as `names` has them."""

    @abstractmethod
    def value(self, joint: np.ndarray, axes: Mapping[str, int]) -> np.ndarray:
        """Return its values, an axis for each node as in `joint`, of length one where it is not a function of it."""

    def evaluate(self, joint: np.ndarray, nodes: Iterable[str]) -> np.ndarray:
        """Return its values on a joint law, an axis for each node.

        Parameters
        ----------
        joint
            Probabilities, an axis for each node, positive where the formula conditions on them.
        nodes
            The nodes of the axes, in their order.

        Returns
        -------
        numpy.ndarray
            As many axes as `joint`; those of nodes that the expression is no function of have length one.

        Examples
        --------
        >>> import numpy as np
        >>> joint = np.array([[0.1, 0.3], [0.4, 0.2]])
        >>> P("y", given="x").evaluate(joint, ["x", "y"]).round(3).tolist()
        [[0.25, 0.75], [0.667, 0.333]]
        """
        return self.value(joint, {node: at for at, node in enumerate(nodes)})

    def __str__(self) -> str:
        return self.written({node: node for node in self.free})


@final
@dataclass(frozen=True)
class Probability(Expression):
    """P(nodes | given) in the observed law."""

    nodes: tuple[str, ...]
    given: tuple[str, ...] = ()

    @cached_property
    def free(self) -> frozenset[str]:
        return frozenset(self.nodes) | frozenset(self.given)

    def written(self, names: Mapping[str, str]) -> str:
        left, right = (", ".join(names[n] for n in side) for side in (self.nodes, self.given))
        return f"P({left} | {right})" if right else f"P({left})"

    def value(self, joint: np.ndarray, axes: Mapping[str, int]) -> np.ndarray:
        rest = tuple(at for node, at in axes.items() if node not in self.free)
        together = joint.sum(axis=rest, keepdims=True)
        return together / together.sum(axis=tuple(axes[n] for n in self.nodes), keepdims=True)


@final
@dataclass(frozen=True)
class Product(Expression):
    """A product; that of nothing is one."""

    factors: tuple[Expression, ...]

    @cached_property
    def free(self) -> frozenset[str]:
        return frozenset().union(*(f.free for f in self.factors))

    def written(self, names: Mapping[str, str]) -> str:
        ordered = sorted(self.factors, key=lambda f: isinstance(f, (Sum, Ratio)))
        texts = [f"[{f.written(names)}]" if isinstance(f, Ratio) else f.written(names) for f in ordered]
        last = len(texts) - 1
        bracketed = (isinstance(f, Sum) and i < last for i, f in enumerate(ordered))
        return " ".join(f"[{t}]" if b else t for t, b in zip(texts, bracketed, strict=True)) or "1"

    def value(self, joint: np.ndarray, axes: Mapping[str, int]) -> np.ndarray:
        found = joint.sum(keepdims=True)
        for factor in self.factors:
            found = found * factor.value(joint, axes)
        return found


@final
@dataclass(frozen=True)
class Sum(Expression):
    """An expression summed over the values of some nodes."""

    over: tuple[str, ...]
    inner: Expression

    @cached_property
    def free(self) -> frozenset[str]:
        return self.inner.free - frozenset(self.over)

    def written(self, names: Mapping[str, str]) -> str:
        taken, own = set(names.values()), dict[str, str]()
        for node in self.over:
            own[node] = node
            while own[node] in taken:
                own[node] += "'"
            taken.add(own[node])
        return f"sum_{{{', '.join(own.values())}}} {self.inner.written({**names, **own})}"

    def value(self, joint: np.ndarray, axes: Mapping[str, int]) -> np.ndarray:
        # A node that the inner expression is no function of would be counted once, not once a value: there is none.
        return self.inner.value(joint, axes).sum(axis=tuple(axes[n] for n in self.over), keepdims=True)


@final
@dataclass(frozen=True)
class Ratio(Expression):
    """A quotient."""

    above: Expression
    below: Expression

    @cached_property
    def free(self) -> frozenset[str]:
        return self.above.free | self.below.free

    def written(self, names: Mapping[str, str]) -> str:
        above, below = (
            f"[{x.written(names)}]"
            if isinstance(x, (Ratio, Sum)) or len(getattr(x, "factors", ())) > 1
            else x.written(names)
            for x in (self.above, self.below)
        )
        return f"{above} / {below}"

    def value(self, joint: np.ndarray, axes: Mapping[str, int]) -> np.ndarray:
        return self.above.value(joint, axes) / self.below.value(joint, axes)


ONE = Product(())


def P(*nodes: str, given: str | Iterable[str] = ()) -> Probability:
    """Return P(nodes | given).

    >>> print(P("y", given=["x", "z"]))
    P(y | x, z)
    """
    return Probability(nodes, (given,) if isinstance(given, str) else tuple(given))


def product(factors: Iterable[Expression]) -> Expression:
    """Return a product without products inside it.

    >>> print(product([P("y", given="x"), product([P("x"), ONE])]))
    P(y | x) P(x)
    """
    flat: list[Expression] = []
    for factor in factors:
        flat += factor.factors if isinstance(factor, Product) else [factor]
    return flat[0] if len(flat) == 1 else Product(tuple(flat))


def summed(over: Collection[str], inner: Expression) -> Expression:
    r"""Return a sum, with what does not depend on it in front, and without probabilities that sum to one.

    $\sum_z P(z \mid x) = 1$ where z stands nowhere else.

    Examples
    --------
    >>> print(summed(["z", "w"], product([P("y", given=["x", "z"]), P("z"), P("w", given="z")])))
    sum_{z} P(y | x, z) P(z)
    """
    factors = list(inner.factors) if isinstance(inner, Product) else [inner]
    left = [n for n in over if any(n in f.free for f in factors)]
    while (found := _sums_to_one(left, factors)) is not None:
        node, at = found
        factor = factors[at]
        assert isinstance(factor, Probability)
        rest = tuple(n for n in factor.nodes if n != node)
        factors[at : at + 1] = [Probability(rest, factor.given)] if rest else []
        left.remove(node)
    left = [n for n in left if any(n in f.free for f in factors)]
    inside = [f for f in factors if not f.free.isdisjoint(left)]
    outside = [f for f in factors if f.free.isdisjoint(left)]
    if len(inside) == 1 and isinstance(inner := inside[0], Sum):
        return product([*outside, summed((*left, *inner.over), inner.inner)])
    return product([*outside, Sum(tuple(left), product(inside))] if left else outside)


def _sums_to_one(over: list[str], factors: list[Expression]) -> tuple[str, int] | None:
    """Return a node that stands in one factor only, on the left of a probability, and the place of this factor."""
    for node in over:
        holding = [at for at, f in enumerate(factors) if node in f.free]
        factor = factors[holding[0]] if len(holding) == 1 else None
        if isinstance(factor, Probability) and node in factor.nodes:
            return node, holding[0]
    return None


def ratio(above: Expression, below: Expression) -> Expression:
    """Return a quotient without the factors that are on both sides.

    >>> print(ratio(product([P("y", given="x"), P("x")]), P("x")))
    P(y | x)
    """
    over = list(above.factors) if isinstance(above, Product) else [above]
    under = list(below.factors) if isinstance(below, Product) else [below]
    for factor in list(under):
        if factor in over:
            over.remove(factor)
            under.remove(factor)
    return Ratio(product(over), product(under)) if under else product(over)
