"""Structural equations: text to terms and back.

The text is cut into tokens first, so that a `#` or `~` inside a quoted label stays text. A right side is parsed as a
Python expression with `ast` and never evaluated. Every error names the line of the equations, the column and what would
be right.
"""

from __future__ import annotations

import ast
import keyword
import math
import re
import unicodedata
import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields, replace
from typing import Literal, NoReturn

import numpy as np

from bayes_roi.errors import ModelError, nearest
from bayes_roi.mechanisms import TERMS, Fixed, Node, Term, Varying
from bayes_roi.mechanisms.adstock import KINDS
from bayes_roi.mechanisms.families import FAMILIES
from bayes_roi.mechanisms.noise import NodeNoise
from bayes_roi.mechanisms.pooling import BY_PERIOD
from bayes_roi.mechanisms.saturation import SATURATIONS
from bayes_roi.mechanisms.scale import Scale
from bayes_roi.model.language.identity import OPERATIONS, Identity

LATER = {"holidays", "spline", "gp"}
ROLES = frozenset(
    {"intercept", "effect", "spread", "by_unit", BY_PERIOD}
    | {role for family in FAMILIES.values() for role in family.priors(1.0)}
    | {role for kind in KINDS.values() for role in kind.priors(1)}
    | {role for curve in SATURATIONS.values() for role in curve.own_priors(Scale.of(np.ones(1)))}
    | set(NodeNoise(autoregressive=True).priors)
)
"""What the last part of a parameter's name can be."""
RESERVED = ROLES | {*TERMS, *FAMILIES, *LATER, "ar", "by"}
"""Names of terms, families and roles: a column of that name needs `columns:`."""

MOST_TERMS = 1000
MOST_BRACKETS = 20
BRACKETS = {"(": ")", "[": "]", "{": "}"}
TOKEN = re.compile(
    r"""(?P<blank>  [ \t\f]+ | \#.* )
      | (?P<text>   "(?:[^"\\]|\\.)*" | '(?:[^'\\]|\\.)*' )
      | (?P<number> \.?[0-9] (?: [eE][-+] | [A-Za-z0-9_.] )* )
      | (?P<name>   (?: [A-Za-z_] | [^\x00-\x7f\s] ) (?: \w | [^\x00-\x7f\s] )* )
      | (?P<sign>   ~~ | := | [-+*/|:~()\[\]{},=.<>%@&^] )""",
    re.VERBOSE,
)


Intercept = Literal["implied", "common", "none"]
"""Nothing written (in a panel one for each unit, partially pooled); `1 +`, one for all units; `0 +`."""


@dataclass(frozen=True)
class Equation:
    """`node ~ terms`: what causes a node; `by` are the columns of each `(1 | column)`: unit, period."""

    node: str
    terms: tuple[Term, ...]
    intercept: Intercept = "implied"
    by: tuple[str, ...] = ()

    def __str__(self) -> str:
        parts = {"implied": [], "common": ["1"], "none": ["0"]}[self.intercept]
        parts += [f"(1 | {column})" for column in self.by]
        parts += [_printable(str(t)) for t in self.terms] or ([] if parts else ["1"])
        return f"{self.node} ~ {' + '.join(parts)}"


@dataclass(frozen=True)
class Confounding:
    """`a ~~ b`: an unobserved common cause of two nodes."""

    a: str
    b: str

    def other(self, node: str) -> str:
        """Return the other of the two nodes."""
        return self.b if node == self.a else self.a

    def __str__(self) -> str:
        return f"{self.a} ~~ {self.b}"


@dataclass(frozen=True)
class Token:
    """One word or sign and its place in the equations, counted from 1."""

    kind: str
    string: str
    line: int
    column: int

    @property
    def end(self) -> tuple[int, int]:
        """Line and column just after it."""
        return self.line, self.column + len(self.string)

    def fail(self, message: str, *, skip: int = 0) -> NoReturn:
        """Raise an error at this token, `skip` characters into it."""
        raise ModelError(message, where=("equations",), line=self.line, column=self.column + skip)


type Tokens = tuple[Token, ...]


type Structural = Equation | Identity


def parse_equations(text: str) -> tuple[tuple[Structural, ...], tuple[Confounding, ...]]:
    """Return the equations, accounting identities among them, and the unobserved common causes of a text.

    Raises
    ------
    ModelError
        At the first thing that is not in the grammar, with its line, its column and the right form.

    Examples
    --------
    >>> (equation,), _ = parse_equations("clicks ~ demand + hill(adstock(tv, max_lag=4))")
    >>> print(equation)
    clicks ~ demand + hill(adstock(tv, max_lag=4))
    """
    equations: dict[str, Structural] = {}
    confounded: list[Confounding] = []
    for line in logical_lines(text):
        item = _parse_line(line)
        if isinstance(item, Confounding):
            if {item.a, item.b} in ({c.a, c.b} for c in confounded):
                line[0].fail(f"{item} is there already; write it once")
            confounded.append(item)
        elif item.node in equations:
            line[0].fail(f"{item.node!r} has an equation already; put all its causes into one")
        else:
            equations[item.node] = item
    for node in (n for c in confounded for n in (c.a, c.b)):
        equations.setdefault(node, Equation(node, ()))
    if not equations:
        example = "write for example 'revenue ~ adstock(tv_spend)'"
        raise ModelError(f"there are no equations; {example}", where=("equations",))
    return tuple(equations.values()), tuple(confounded)


def line_of(text: str, node: str) -> int:
    """Return the number of the line on which a node's equation begins, 1 where it has none."""
    starts = (line[0] for line in logical_lines(text))
    return next((t.line for t in starts if normalise(t.string) == node), 1)


def normalise(name: str) -> str:
    """Return a name as Python's identifiers have it (NFKC)."""
    return unicodedata.normalize("NFKC", name)


def logical_lines(text: str) -> Iterator[Tokens]:
    """Yield the lines: one goes on while brackets are open, after a `+`, or when the next begins with `+`."""
    pending: Tokens = ()
    opened: list[Token] = []
    for number, row in enumerate(re.split(r"\r\n|[\r\n]", text), start=1):
        tokens = tuple(_tokens(row, number))
        if not tokens:
            continue
        if pending and not opened and tokens[0].string != "+" and pending[-1].string != "+":
            yield pending
            pending = ()
        pending += tokens
        for token in tokens:
            _match_bracket(opened, token)
    if opened:
        opened[-1].fail(f"this {opened[-1].string} is not closed; write {BRACKETS[opened[-1].string]} where it ends")
    if pending:
        yield pending


def _match_bracket(opened: list[Token], token: Token) -> None:
    """Keep the list of brackets that are open."""
    if token.string in BRACKETS:
        opened.append(token)
        if len(opened) > MOST_BRACKETS:
            token.fail(f"more than {MOST_BRACKETS} brackets inside one another; a term has two or three")
    elif token.string in BRACKETS.values() and (not opened or BRACKETS[opened.pop().string] != token.string):
        token.fail(f"this {token.string} closes no bracket; leave it out or open one before")


def _tokens(row: str, number: int) -> Iterator[Token]:
    """Yield the tokens of one row of text; blanks and comments carry no meaning."""
    at = 0
    while at < len(row):
        match = TOKEN.match(row, at)
        if match is None:
            Token("none", row[at], number, at + 1).fail(_no_token(row[at]))
        token = Token(str(match.lastgroup), match.group(), number, at + 1)
        if token.kind == "number" and not _is_number(token.string):
            token.fail(f"{_shown(token.string)} is neither a number nor a name; a name does not begin with a digit")
        if token.kind == "name" and not token.string.isidentifier():
            token.fail(f"{_shown(token.string)} is not a name; give the node another name and map it in columns:")
        if token.kind != "blank":
            yield token
        at = match.end()


def _no_token(char: str) -> str:
    if char in "'\"":
        return f"this {char} is not closed; a quoted text ends on its line"
    if char.isspace():
        return f"the blank U+{ord(char):04X} has no meaning here; write a plain space"
    return f"{char!r} has no meaning here"


def _is_number(string: str) -> bool:
    try:
        float(string)
    except ValueError:
        return False
    return True


def _shown(text: str) -> str:
    """Return a text in quotes, cut where it is long."""
    return repr(_cut(text))


def _cut(text: str, most: int = 60) -> str:
    return text if len(text) <= most else text[: most - 4] + " ..."


def _printable(term: str) -> str:
    """Return a term's text with whatever cannot be printed (it can only be in a quoted label) as an escape."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in term)


def _parse_line(line: Tokens) -> Structural | Confounding:
    at = [i for i, token in enumerate(line) if token.string in ("~", "~~", ":=")]
    twin = next((line[i] for i in at if line[i].string == "~~"), None)
    if len(at) == 1:
        left, right = line[: at[0]], line[at[0] + 1 :]
        if line[at[0]].string == ":=":
            return _identity(line, left, right)
        return _confounding(line, left, right) if twin else _equation(line, left, right)
    if twin:
        twin.fail("~~ stands on a line of its own, as in a ~~ b; it is not a term")
    if at:
        line[at[1]].fail(f"expected one ~ between a node and its causes, got {len(at)}; write one equation a line")
    line[0].fail(
        f"expected one ~ between a node and its causes, got none: {_shown(_text(line))}; "
        "an equation goes on when the next line begins with +"
    )


def _confounding(line: Tokens, left: Tokens, right: Tokens) -> Confounding:
    a = _node_name(line[0], left, "the left of ~~")
    b = _node_name(right[0] if right else line[-1], right, "the right of ~~")
    if a == b:
        line[0].fail(f"{a} ~~ {b}: a node shares every cause with itself; name two nodes")
    return Confounding(a, b)


def _node_name(at: Token, tokens: Tokens, where: str) -> str:
    if not tokens:
        at.fail(f"{where} must be one name, got nothing")
    if len(tokens) != 1 or tokens[0].kind != "name":
        remedy = "a column with another name is mapped in columns:"
        at.fail(f"{where} must be one name, got {_shown(_text(tokens))}; {remedy}")
    return _free_name(tokens[0])


def _free_name(token: Token) -> str:
    """Return the name of a node, or raise when Python or the grammar keeps it for itself."""
    name = normalise(token.string)
    if (objection := objection_to_name(name)) is not None:
        token.fail(objection)
    return name


def objection_to_name(name: str) -> str | None:
    """Return why a name cannot be a node's, or None."""
    remedy = "give the node another name and map it in columns:"
    if keyword.iskeyword(name):
        return f"{name!r} is a Python keyword; {remedy}"
    if name in TERMS or name in LATER:
        return f"{name!r} is a term and needs brackets, as in {name}(...), or if it is a node, {remedy}"
    if name in RESERVED:
        return f"{name!r} is the name of a family or a role; {remedy}"
    return None


def _text(tokens: Tokens) -> str:
    """Return the tokens on one line, spaced as they were written."""
    parts: list[str] = []
    for before, token in zip((None, *tokens), tokens, strict=False):
        if before is not None and before.end != (token.line, token.column):
            parts.append(" ")
        parts.append(token.string)
    return "".join(parts)


def _equation(line: Tokens, left: Tokens, right: Tokens) -> Equation:
    node = _node_name(line[0], left, "the left side")
    if right and right[0].string == "+":
        right = right[1:]
    if not right:
        line[-1].fail(f"{node!r} has nothing on the right of ~; write its causes, or 1 for none")
    _check_right(right)
    return _Reader(right).equation(node)


def _identity(line: Tokens, left: Tokens, right: Tokens) -> Identity:
    node = _node_name(line[0], left, "the left of :=")
    if not right:
        line[-1].fail(f"{node!r} has nothing on the right of :=; write what it is computed from, as in a * b")
    expression = _Reader(right).arithmetic()
    found = Identity(node, ast.unparse(expression))
    if not found.parents:
        right[0].fail(f"{node} := {_text(right)} names no node; write what it is computed from, as in a * b")
    return found


def _check_right(right: Tokens) -> None:
    """Raise for what Python would read and the grammar does not know, while the tokens still have their places."""
    depth = plus = 0
    for token in right:
        if token.kind == "name" and keyword.iskeyword(normalise(token.string)):
            if token.string not in ("True", "False", "None"):
                _free_name(token)
        elif token.string == ":":
            token.fail("a colon has no meaning here; write interact(a, b)")
        depth += (token.string in BRACKETS) - (token.string in BRACKETS.values())
        plus += token.string == "+" and depth == 0
    if right[-1].string == "+":
        right[-1].fail("the sum ends in +; write the next term or leave it out")
    if plus >= MOST_TERMS:
        right[0].fail(f"{plus + 1} terms, at most {MOST_TERMS} can be read; an equation lists causes, not all columns")


class _Reader:
    """Turns the tokens of one right side into terms."""

    def __init__(self, tokens: Tokens) -> None:
        self.tokens, self.source = tokens, _text(tokens)

    def parsed(self) -> ast.expr:
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", SyntaxWarning)  # of a backslash in a label
                return ast.parse(self.source, mode="eval").body
        except (SyntaxError, ValueError) as error:
            offset = max((getattr(error, "offset", None) or 1) - 1, 0)
            self.fail_at(offset, f"cannot read {_shown(self.source)} as a sum of terms; write a + hill(b)")
        except (RecursionError, MemoryError):
            self.fail_at(0, f"{_shown(self.source)} is too long to read; write terms joined by +")

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
        return _printable(_cut(self.source.encode()[e.col_offset : e.end_col_offset].decode()))

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
