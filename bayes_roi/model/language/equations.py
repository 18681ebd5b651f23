"""Structural equations: text to terms and back.

The text is cut into tokens (`tokens`), a right side is read by `reader`, and what comes out are the nouns of `equation`
and `identity`. Every error names the line of the equations, the column and what would be right.
"""

from __future__ import annotations

import ast
import keyword

from bayes_roi.errors import ModelError
from bayes_roi.model.language.equation import Confounding, Equation, Structural
from bayes_roi.model.language.identity import Identity
from bayes_roi.model.language.reader import Reader
from bayes_roi.model.language.reserved import objection_to_name
from bayes_roi.model.language.tokens import BRACKETS, Token, Tokens, logical_lines, normalise, shown, text_of

MOST_TERMS = 1000


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
        f"expected one ~ between a node and its causes, got none: {shown(text_of(line))}; "
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
        at.fail(f"{where} must be one name, got {shown(text_of(tokens))}; {remedy}")
    return _free_name(tokens[0])


def _free_name(token: Token) -> str:
    """Return the name of a node, or raise when Python or the grammar keeps it for itself."""
    name = normalise(token.string)
    if (objection := objection_to_name(name)) is not None:
        token.fail(objection)
    return name


def _equation(line: Tokens, left: Tokens, right: Tokens) -> Equation:
    node = _node_name(line[0], left, "the left side")
    if right and right[0].string == "+":
        right = right[1:]
    if not right:
        line[-1].fail(f"{node!r} has nothing on the right of ~; write its causes, or 1 for none")
    _check_right(right)
    return Reader(right).equation(node)


def _identity(line: Tokens, left: Tokens, right: Tokens) -> Identity:
    node = _node_name(line[0], left, "the left of :=")
    if not right:
        line[-1].fail(f"{node!r} has nothing on the right of :=; write what it is computed from, as in a * b")
    expression = Reader(right).arithmetic()
    found = Identity(node, ast.unparse(expression))
    if not found.parents:
        right[0].fail(f"{node} := {text_of(right)} names no node; write what it is computed from, as in a * b")
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
