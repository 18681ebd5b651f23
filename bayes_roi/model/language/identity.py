"""Accounting identities: nodes that are computed from others without parameters or noise."""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from functools import cached_property

from bayes_roi.errors import ModelError
from bayes_roi.mechanisms.arrays import Array

OPERATIONS: dict[type[ast.operator], Callable[[Array, Array], Array]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
}


@dataclass(frozen=True)
class Identity:
    """`node := expression`: a node that is a sum, difference, product or quotient of others, row by row.

    Nothing of it is estimated, and it needs no column. The expression is kept as it reads in a model file, e.g.
    `orders * basket`.
    """

    node: str
    expression: str

    @cached_property
    def _tree(self) -> ast.expr:
        return ast.parse(self.expression, mode="eval").body

    @cached_property
    def parents(self) -> tuple[str, ...]:
        """The nodes it reads, in the order they are written."""
        names = [n for n in ast.walk(self._tree) if isinstance(n, ast.Name)]
        return tuple(dict.fromkeys(n.id for n in sorted(names, key=lambda n: n.col_offset)))

    def value(self, values: Mapping[str, Array]) -> Array:
        """Return its rows (..., time) from those of its parents."""

        def of(e: ast.expr) -> Array:
            match e:
                case ast.Name():
                    return values[e.id]
                case ast.BinOp():
                    return OPERATIONS[type(e.op)](of(e.left), of(e.right))
                case ast.UnaryOp():
                    return -of(e.operand)
                case ast.Constant():
                    return e.value

        return of(self._tree)

    def affine_in(self, node: str, random: Collection[str]) -> bool:
        """Whether it is affine in `node`, while the nodes in `random` vary too."""
        varying = {node, *random}

        def order(e: ast.expr) -> float:
            match e:
                case ast.Name():
                    return 1 if e.id in varying else 0
                case ast.BinOp(op=ast.Mult()):
                    return order(e.left) + order(e.right)
                case ast.BinOp(op=ast.Div()):
                    return order(e.left) if order(e.right) == 0 else float("inf")
                case ast.BinOp():
                    return max(order(e.left), order(e.right))
                case ast.UnaryOp():
                    return order(e.operand)
                case _:
                    return 0

        return order(self._tree) <= 1

    def is_amount(self, amounts: Collection[str]) -> bool:
        """Whether it grows with the size of a row, as the nodes in `amounts` do: a product of an amount and a rate.

        Raises
        ------
        ModelError
            When it adds amounts to rates, or multiplies amounts.
        """

        def degree(e: ast.expr) -> int | None:
            match e:
                case ast.Name():
                    return int(e.id in amounts)
                case ast.BinOp(op=ast.Mult() | ast.Div()):
                    left, right = degree(e.left) or 0, degree(e.right) or 0
                    return left + right if isinstance(e.op, ast.Mult) else left - right
                case ast.BinOp():
                    parts = {d for d in (degree(e.left), degree(e.right)) if d is not None}
                    if len(parts) > 1:
                        self._refuse("adds what grows with a row's weight to what does not")
                    return parts.pop() if parts else None
                case ast.UnaryOp():
                    return degree(e.operand)
                case _:
                    return None  # a number goes with either

        found = degree(self._tree) or 0
        if found not in (0, 1):
            self._refuse(
                "multiplies or divides what grows with a row's weight into what is neither an amount nor a rate"
            )
        return found == 1

    def _refuse(self, why: str) -> None:
        raise ModelError(f"{self}: with weights:, spends and modelled amounts grow with the row, and this {why}")

    def __str__(self) -> str:
        return f"{self.node} := {self.expression}"
