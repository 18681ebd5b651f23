"""The right side of one equation: tokens to terms. It is parsed as a Python expression and never evaluated."""

from __future__ import annotations

import ast
import math
import warnings
from collections.abc import Sequence
from dataclasses import fields, replace
from typing import NoReturn

from bayes_roi.errors import ModelError, nearest
from bayes_roi.mechanisms import TERMS, Fixed, Node, Term, Varying
from bayes_roi.model.language.equation import Equation, Intercept, printable
from bayes_roi.model.language.identity import OPERATIONS
from bayes_roi.model.language.reserved import LATER, objection_to_name
from bayes_roi.model.language.tokens import Tokens, cut, shown, text_of


class Reader:
    """Turns the tokens of one right side into terms."""

    def __init__(self, tokens: Tokens) -> None:
        self.tokens, self.source = tokens, text_of(tokens)

    def parsed(self) -> ast.expr:
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", SyntaxWarning)  # of a backslash in a label
                return ast.parse(self.source, mode="eval").body
        except (SyntaxError, ValueError) as error:
            offset = max((getattr(error, "offset", None) or 1) - 1, 0)
            self.fail_at(offset, f"cannot read {shown(self.source)} as a sum of terms; write a + hill(b)")
        except (RecursionError, MemoryError):
            self.fail_at(0, f"{shown(self.source)} is too long to read; write terms joined by +")

    def equation(self, node: str) -> Equation:
        summands = self.summands(self.parsed())
        intercept: Intercept = "implied"
        if _is_int(summands[0], 0):
            intercept, summands = "none", summands[1:]
        ones = [s for s in summands if _is_int(s, 1)]
        pooled = [s for s in summands if self.is_pooled_intercept(s)]
        terms = [(self.term(s), s) for s in summands if s not in ones + pooled]
        if ones and intercept == "none":
            self.fail(ones[0], "0 + says no intercept and 1 says one; keep one of the two")
        if len(ones) > 1:
            self.fail(ones[1], "the intercept 1 is there already; write it once or leave it out")
        if intercept == "none" and not terms and not pooled:
            self.fail_at(0, f"{node!r} has neither an intercept nor a cause; write 1 for a node without causes")
        if ones and (terms or pooled):
            intercept = "common"
        by = tuple(self.unit(s) for s in pooled if isinstance(s, ast.BinOp))
        if (again := next((i for i, column in enumerate(by) if column in by[:i]), None)) is not None:
            self.fail(pooled[again], f"{self.text(pooled[again])} is there already; write it once")
        self.check_labels(node, terms)
        return Equation(node, tuple(term for term, _ in terms), intercept, by)

    def arithmetic(self) -> ast.expr:
        """Return the right side of an accounting identity, once all of it is known to be arithmetic on nodes."""
        body = self.parsed()

        def check(e: ast.expr) -> None:
            match e:
                case ast.Name():
                    self.name(e)
                case ast.BinOp() if type(e.op) in OPERATIONS:
                    check(e.left)
                    check(e.right)
                case ast.UnaryOp(op=ast.USub()):
                    check(e.operand)
                case _ if (number := _number(e)) is not None:
                    if _beyond_float(number):
                        self.fail(e, "a number beyond the range of floats")
                case _:
                    self.fail(e, f"{self.text(e)} has no meaning after :=; write nodes and numbers with + - * /")

        check(body)
        return body

    def is_pooled_intercept(self, e: ast.expr) -> bool:
        """Whether it is `(1 | geo)` or `(1 | week)`."""
        return isinstance(e, ast.BinOp) and isinstance(e.op, ast.BitOr) and _is_int(e.left, 1)

    def unit(self, e: ast.BinOp) -> str:
        """Return the panel's column of `(x | geo)`."""
        if not isinstance(e.right, ast.Name):
            self.fail(e.right, f"{self.text(e.right)}: the right of | is the panel's column, as in (x | geo)")
        return e.right.id

    def varying(self, e: ast.BinOp) -> Term:
        unit = self.unit(e)
        if isinstance(e.left, ast.BinOp) and isinstance(e.left.op, (ast.Add, ast.BitOr)):
            self.fail(e, f"{self.text(e)}: write one term in each bracket, as in (a | geo) + (b | geo)")
        try:
            return Varying(self.term(e.left), unit)
        except ModelError as error:
            self.fail(e, error.message)

    def summands(self, body: ast.expr) -> list[ast.expr]:
        found: list[ast.expr] = []
        while isinstance(body, ast.BinOp) and isinstance(body.op, ast.Add):
            found.append(body.right)
            body = body.left
        return [body, *reversed(found)]

    def check_labels(self, node: str, terms: Sequence[tuple[Term, ast.expr]]) -> None:
        seen: dict[str, Term] = {}
        for term, e in terms:
            label = term.label_or_default
            if seen.get(label) == term:
                self.fail(e, f"{node!r} has the term {term} twice; leave one out")
            if label in seen:
                both = f"{node!r} has two terms called {label!r}: {seen[label]} and {term}"
                self.fail(e, f"{both}; {_way_out(term, seen[label])}")
            seen[label] = term

    def fail(self, where: ast.expr | ast.keyword, message: str) -> NoReturn:
        self.fail_at(len(self.source.encode()[: where.col_offset].decode()), message)

    def fail_at(self, offset: int, message: str) -> NoReturn:
        """Raise an error at a character of the source, told by its place in the equations."""
        at = 0
        for before, token in zip((None, *self.tokens), self.tokens, strict=False):
            at += before is not None and before.end != (token.line, token.column)
            if at + len(token.string) > offset:
                token.fail(message, skip=max(offset - at, 0))
            at += len(token.string)
        self.tokens[-1].fail(message)

    def term(self, e: ast.expr) -> Term:
        match e:
            case ast.Name():
                return Node(self.name(e))
            case ast.Call(func=ast.Name(id=name)):
                return self.call(e, name)
            case ast.BinOp(op=ast.Mult()) if (factor := _number(e.left)) is not None:
                return self.fixed(e, factor)
            case ast.BinOp(op=ast.BitOr()):
                return self.varying(e)
            case _:
                self.fail(e, self.why_not(e))

    def name(self, e: ast.Name) -> str:
        if (objection := objection_to_name(e.id)) is not None:
            self.fail(e, objection)
        return e.id

    def fixed(self, e: ast.BinOp, factor: float) -> Term:
        if _beyond_float(factor):
            self.fail(e.left, "a number beyond the range of floats")
        node = self.term(e.right)
        try:
            return Fixed(factor, node)
        except ModelError as error:
            self.fail(e, error.message)

    def call(self, e: ast.Call, name: str) -> Term:
        known = ", ".join(sorted(TERMS))
        if name in LATER:
            self.fail(e, f"{name}() is not supported yet; known are {known}")
        if name not in TERMS:
            self.fail(e, f"unknown term {name!r}{nearest(name, TERMS)}; known are {known}")
        options = self.options(e, name)
        arguments = self.arguments(e, name)
        try:
            return TERMS[name](*arguments, **options)
        except ModelError as error:
            self.fail(e, error.message)

    def arguments(self, e: ast.Call, name: str) -> list[object]:
        own = [f.name for f in fields(TERMS[name]) if not f.kw_only]
        if len(e.args) != len(own):
            wanted = ", ".join(own + [f"{f.name}=" for f in fields(TERMS[name]) if f.kw_only])
            self.fail(e, f"{name} takes {len(own)} unnamed argument{'s' * (len(own) != 1)}: {name}({wanted})")
        return [self.literal(a) if field == "k" else self.term(a) for field, a in zip(own, e.args, strict=True)]

    def options(self, e: ast.Call, name: str) -> dict[str, object]:
        known = [f.name for f in fields(TERMS[name]) if f.kw_only]
        found: dict[str, object] = {}
        for k in e.keywords:
            option = k.arg or "**"
            if option not in known:
                self.fail(k, f"{name} has no option {option!r}{nearest(option, known)}; it has {', '.join(known)}")
            if option in found:
                self.fail(k, f"{name} has the option {option!r} twice; keep one of the two")
            found[option] = self.literal(k.value)
        return found

    def literal(self, e: ast.expr) -> object:
        number = _number(e)
        if number is not None:
            if _beyond_float(number):
                self.fail(e, "a number beyond the range of floats")
            return number
        if not isinstance(e, ast.Constant) or not isinstance(e.value, (str, bool, type(None))):
            self.fail(e, f"an option must be a number or a quoted text, got {self.text(e)}")
        return e.value

    def text(self, e: ast.expr) -> str:
        """Return an expression as it was written."""
        return printable(cut(self.source.encode()[e.col_offset : e.end_col_offset].decode()))

    def why_not(self, e: ast.expr) -> str:
        text = self.text(e)
        match e:
            case ast.BinOp(op=ast.Sub()) | ast.UnaryOp(op=ast.USub()):
                return f"a minus has no meaning here: {text}; write a + b, the sign is estimated"
            case ast.BinOp(op=ast.Mult()):
                return f"a product has no meaning here: {text}; write interact(a, b), or 1*x to fix a coefficient"
            case ast.BinOp(op=ast.Add()):
                return f"a sum inside a term has no meaning here: {text}; write the terms one by one"
            case ast.BinOp(op=ast.Div()):
                return f"a quotient has no meaning here: {text}; put the ratio into a column of its own"
            case ast.BinOp(op=ast.Pow()):
                return f"a power has no meaning here: {text}; write root(x) or another saturation"
            case ast.Constant(value=str()):
                return f"{text} is a text, not a node; write the name without quotes"
            case ast.Constant():
                return f"{text} is not a term; only 0 + (no intercept) and 1 (an intercept) stand alone"
            case ast.Attribute():
                return f"a name has no dot: {text}; give the node another name and map it in columns:"
            case ast.Tuple():
                return f"a comma has no meaning here: {text}; write a + b"
            case _:
                return f"{text} is not a term"


def _is_int(e: ast.expr, value: int) -> bool:
    return isinstance(e, ast.Constant) and type(e.value) is int and e.value == value


def _number(e: ast.expr) -> float | None:
    """Return the value of a number with or without a minus, None for anything else."""
    minus = isinstance(e, ast.UnaryOp) and isinstance(e.op, ast.USub)
    constant = e.operand if isinstance(e, ast.UnaryOp) and minus else e
    if not isinstance(constant, ast.Constant) or type(constant.value) not in (int, float):
        return None
    value: float = constant.value  # type: ignore[assignment]
    return -value if minus else value


def _beyond_float(value: float) -> bool:
    try:
        return not math.isfinite(float(value))
    except OverflowError:
        return True


def _way_out(*terms: Term) -> str:
    """Say how two terms of one name are told apart: the first that can have a label gets one."""
    for term in terms:
        if any(f.name == "label" for f in fields(term)):
            return f"give one a name of its own with label=, as in {replace(term, label='other')}"  # type: ignore[call-arg]
    return "leave one out"
