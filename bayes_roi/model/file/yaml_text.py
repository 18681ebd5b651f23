"""YAML as model files use it: no dates, tags or anchors; what cannot be read is told in a sentence."""

from __future__ import annotations

import re
from typing import Any, NoReturn

import yaml

NUMBER = re.compile(
    r"[-+]? (?: (?: [0-9][0-9_]* (?: \.[0-9_]* )? | \.[0-9][0-9_]* ) (?: [eE][-+]?[0-9]+ )? | \.(?:inf|Inf|INF) ) $"
    r" | \.(?:nan|NaN|NAN) $",
    re.VERBOSE,
)
NULL, BOOL, FLOAT, TEXT = (f"tag:yaml.org,2002:{kind}" for kind in ("null", "bool", "float", "str"))

MOST_DEPTH = 50
"""Of brackets or indents inside one another; no model file comes near it, and PyYAML takes seconds over thousands."""


class Loader(yaml.SafeLoader):
    """YAML without dates, tags and anchors, and with 1e5 as a number; RecursionError where it nests too deeply."""

    depth = 0

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        event = self.peek_event()
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None) is not None:
            _refuse_yaml(event, "anchors (&name) and aliases (*name) are not read; write the value out")
        if getattr(event, "tag", None) is not None:
            _refuse_yaml(event, "tags (!name) are not read; put a text that begins with ! in quotation marks")
        self.depth += 1
        if self.depth > MOST_DEPTH:
            raise RecursionError
        node = super().compose_node(parent, index)
        self.depth -= 1
        return node


class Dumper(yaml.SafeDumper):
    """Writes in quotation marks what `Loader` would not read as the same text, line breaks of any kind included."""

    def represent_str(self, data: str) -> yaml.ScalarNode:
        return self.represent_scalar(TEXT, data, style=None if data.isprintable() else '"')


class YamlBlock(str):
    """A text that is written as a block, below a `|`."""


Loader.yaml_implicit_resolvers = {}
for _kind, _pattern, _first in [
    (NULL, re.compile("(?:~|null|Null|NULL|)$"), ["~", "n", "N", ""]),
    (BOOL, re.compile("(?i:yes|no|on|off|true|false)$"), list("yYnNoOtTfF")),
    (FLOAT, NUMBER, list("-+.0123456789")),
]:
    Loader.add_implicit_resolver(_kind, _pattern, _first)
    Dumper.add_implicit_resolver(_kind, _pattern, _first)
Dumper.add_representer(str, Dumper.represent_str)
Dumper.add_representer(YamlBlock, lambda dumper, text: dumper.represent_scalar(TEXT, str(text), style="|"))


def _refuse_yaml(event: Any, message: str) -> NoReturn:
    raise yaml.composer.ComposerError(None, None, message, event.start_mark)


NOT_CLOSED = "that is opened here is not closed"
SYNTAX = (  # part of what PyYAML says, what we say, whether its context (where it began) is the place to tell
    ("found character '\\t'", "a tab cannot indent YAML; use spaces", False),
    (
        "mapping values are not allowed",
        "a second ': ', or a key too far right; put such a text in quotation marks",
        False,
    ),
    ("could not find expected ':'", "a line without a colon; write 'key: value'", True),
    ("expected <block end>", "this line does not line up with those above; indent keys of one level alike", False),
    ("scanning a quoted scalar found unexpected", f"a quotation mark {NOT_CLOSED}", True),
    ("expected ',' or", f"a bracket {NOT_CLOSED}", True),
    ("but found '<stream end>'", f"a bracket {NOT_CLOSED}", True),
    ("expected a single document", "a second document begins here (---); a model file holds one", False),
    ("that cannot start any token", "a text that begins with this sign needs quotation marks", False),
)


def syntax(error: yaml.MarkedYAMLError) -> tuple[int | None, str]:
    """Return the line and one sentence for what YAML cannot read."""
    text = " ".join(x for x in (error.context, error.problem) if x)
    for part, sentence, at_context in SYNTAX:
        if part in text:
            return line_of_mark((at_context and error.context_mark) or error.problem_mark), sentence
    return line_of_mark(error.problem_mark or error.context_mark), text


def line_of_mark(mark: Any) -> int | None:
    """Return the line of a mark, counted from 1."""
    return None if mark is None else int(mark.line) + 1
