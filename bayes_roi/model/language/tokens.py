"""The text of equations cut into tokens, so that a `#` or `~` inside a quoted label stays text."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NoReturn

from bayes_roi.errors import ModelError

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
            token.fail(f"{shown(token.string)} is neither a number nor a name; a name does not begin with a digit")
        if token.kind == "name" and not token.string.isidentifier():
            token.fail(f"{shown(token.string)} is not a name; give the node another name and map it in columns:")
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


def shown(text: str) -> str:
    """Return a text in quotes, cut where it is long."""
    return repr(cut(text))


def cut(text: str, most: int = 60) -> str:
    """Return a text, its end left out where it is long."""
    return text if len(text) <= most else text[: most - 4] + " ..."


def text_of(tokens: Tokens) -> str:
    """Return the tokens on one line, spaced as they were written."""
    parts: list[str] = []
    for before, token in zip((None, *tokens), tokens, strict=False):
        if before is not None and before.end != (token.line, token.column):
            parts.append(" ")
        parts.append(token.string)
    return "".join(parts)
