"""The text of a model file with its lines: YAML to plain values, plain values to types, and what is wrong with both."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, NoReturn

import yaml
from pydantic import ValidationError

from bayes_roi.errors import ModelError, nearest
from bayes_roi.model.file.model_schema import ModelFile
from bayes_roi.model.file.yaml_text import BOOL, FLOAT, NULL, TEXT, Loader, syntax
from bayes_roi.model.language.equations import line_of
from bayes_roi.model.language.tokens import normalise
from bayes_roi.plain_text import shown, steering

LINE_BREAK = re.compile("\r\n|[\r\n\x85\u2028\u2029]")  # as YAML counts lines
HALVES = {"value": 1, "media_share": 1, "data": 1, "clean": 2}
"""Keys of more than one type, with how much of a place in them stands in the file."""
PROSE = ("story", "equations")
"""Keys whose texts may have several lines."""


@dataclass
class Page:
    """The text of a model file, where its keys stand, and what is wrong with it."""

    source: str
    text: str
    lines: dict[tuple[str, ...], int] = field(default_factory=dict)
    raw: dict[tuple[str, ...], yaml.Node] = field(default_factory=dict)
    problems: list[tuple[int, str]] = field(default_factory=list)

    def fail(self, line: int | None, message: str) -> NoReturn:
        raise ModelError(f"{self.source}{f' line {line}' if line else ''}: {message}") from None

    def root(self) -> yaml.MappingNode:
        """Return the mapping that the file is."""
        try:
            root = yaml.compose(self.text, Loader=Loader)
        except yaml.reader.ReaderError as error:
            line = len(LINE_BREAK.split(self.text[: error.position]))
            self.fail(line, f"the character U+{ord(self.text[error.position]):04X} cannot stand in YAML; delete it")
        except yaml.MarkedYAMLError as error:
            self.fail(*syntax(error))
        except (yaml.YAMLError, ValueError, OverflowError):
            self.fail(None, 'not YAML: a character after a \\ is out of range; write the text without "\\"')
        if root is None:
            self.fail(None, "the file is empty; a model has at least name, equations and outcome")
        if not isinstance(root, yaml.MappingNode):
            self.fail(root.start_mark.line + 1, "expected keys with values, as in 'name: weekly funnel'")
        return root

    def values(self) -> dict[str, Any]:
        return self._mapping(self.root(), ())

    def _mapping(self, node: yaml.MappingNode, path: tuple[str, ...]) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for key_node, value_node in node.value:
            line = key_node.start_mark.line + 1
            key = self._key(key_node, line)
            if key is None:
                continue
            if key in found:
                first = self.lines[(*path, key)]
                self.problems.append((line, f"{_named((*path, key))} is there already, on line {first}; keep one"))
                continue
            for spelling in (key, normalise(key)):
                self.lines.setdefault((*path, spelling), line)
            self.raw[(*path, key)] = value_node
            found[key] = self._value(value_node, (*path, key))
        return found

    def _key(self, node: yaml.Node, line: int) -> str | None:
        if isinstance(node, yaml.ScalarNode) and node.tag == TEXT:
            self._require_plain(node, f"the key {shown(node.value)}")
            return node.value
        if not isinstance(node, yaml.ScalarNode):
            self.problems.append((line, "a key must be a text"))
        elif node.tag == NULL:
            self.problems.append((line, f"a key must be a text, got {node.value or 'nothing'}"))
        else:
            self.problems.append((line, f"the key {_not_text(node)}"))
        return None

    def _value(self, node: yaml.Node, path: tuple[str, ...]) -> Any:
        if isinstance(node, yaml.MappingNode):
            return self._mapping(node, path)
        if isinstance(node, yaml.SequenceNode):
            return [self._value(item, (*path, str(i))) for i, item in enumerate(node.value)]
        if isinstance(node, yaml.ScalarNode) and node.tag == TEXT:
            self._require_plain(node, _named(path), allowed="\n\t" if path[0] in PROSE else "")
        if node.tag == FLOAT:
            return float(node.value.lower().replace("_", "").replace(".inf", "inf").replace(".nan", "nan"))
        return {NULL: None, BOOL: True}.get(node.tag, node.value)

    def _require_plain(self, node: yaml.ScalarNode, what: str, *, allowed: str = "") -> None:
        """Add a problem where a text holds what steers a terminal: names come back in messages, tables and reports."""
        if (odd := steering(node.value, allowed=allowed)) is not None:
            self.problems.append((node.start_mark.line + 1, f"{what} holds the character {odd}; delete it"))

    def checked(self, values: dict[str, Any]) -> dict[str, Any]:
        """Return the values with their types checked; raise all problems found so far as one error."""
        known: dict[str, Any] = {}
        try:
            known = ModelFile.model_validate(values).model_dump(exclude_unset=True)
        except ValidationError as error:
            self.problems += self._type_problems(error)
        for path, node in self.raw.items():
            empty = isinstance(node, yaml.ScalarNode) and node.tag == NULL
            if empty and len(path) <= 2 and path[0] in ModelFile.model_fields:
                message = f"{_named(path)} has no value; write one or leave the key out"
                self.problems.append((self.lines[path], message))
        self.problems += self._folded()
        if self.problems:
            self._raise_problems()
        return known

    def _raise_problems(self) -> NoReturn:
        # A problem without a line (0) concerns the whole file and comes first.
        problems = sorted(dict.fromkeys(self.problems), key=lambda problem: problem[0])
        if len(problems) == 1:
            self.fail(*problems[0])
        lines = [f"line {line}: {message}" if line else message for line, message in problems]
        raise ModelError("\n".join([f"{self.source}: {len(lines)} problems", *(f"  - {t}" for t in lines)]))

    def _folded(self) -> Iterable[tuple[int, str]]:
        node = self.raw.get(("equations",))
        if not isinstance(node, yaml.ScalarNode) or node.style == "|":
            return
        if node.style == ">" or node.end_mark.line > node.start_mark.line:
            remedy = "write 'equations: |' and the equations below it, indented"
            message = f"equations on several lines need a |, else YAML makes them one line; {remedy}"
            yield node.start_mark.line + 1, message

    def _type_problems(self, error: ValidationError) -> Iterable[tuple[int, str]]:
        """Yield the problems of types; the two halves of "a number or a text" are one problem."""
        wanted: dict[tuple[str, ...], list[str]] = {}
        for detail in error.errors(include_url=False, include_context=True):
            path = tuple(str(part) for part in detail["loc"])
            if detail["type"] == "missing":
                example = (ModelFile.model_fields[path[0]].examples or [""])[0]
                yield 0, f"{path[0]} is missing; write for example '{path[0]}: {example}'"
            elif detail["type"] == "extra_forbidden":
                yield self.lines[path], _unknown(path[0])
            else:
                path = path[: HALVES.get(path[0], len(path))]  # what follows is which half was tried
                wanted.setdefault(path, []).append(_wanted(detail["type"], detail.get("ctx", {})))
        for path, wants in wanted.items():
            node = self.raw[path]
            if isinstance(node, yaml.ScalarNode) and node.tag == NULL:
                continue  # told as a key without a value
            yield self.lines[path], f"{_named(path)} must be {' or '.join(wants)}, got {_got(node, wants)}"

    def retell(self, error: ModelError) -> NoReturn:
        """Raise an error of the model with its line in the file."""
        if error.line is not None and error.column is not None:
            line, column = self._in_equations(error.line, error.column)
            place = f"{self.source} line {line}" + (f", column {column}" if column else "")
            raise ModelError(f"{place}: {error.message}") from None
        if error.where[:1] == ("equations",) and len(error.where) == 2:
            equations = self.raw["equations",]
            self.fail(self._in_equations(line_of(str(equations.value), error.where[1]), 1)[0], error.message)
        path = error.where
        while path and path not in self.lines:
            path = path[:-1]
        self.fail(self.lines.get(path), error.message)

    def _in_equations(self, line: int, column: int) -> tuple[int, int | None]:
        """Return line and column in the file of a place in the equations; None for a column that escapes move."""
        node = self.raw["equations",]
        row = re.split(r"\r\n|[\r\n]", str(node.value))[line - 1]
        block = isinstance(node, yaml.ScalarNode) and node.style == "|"
        in_file = node.start_mark.line + (line if block else 0)
        begin = 0 if block else node.start_mark.column
        at = LINE_BREAK.split(self.text)[in_file].find(row, begin)
        return in_file + 1, at + column if at >= 0 else None


def _unknown(key: str) -> str:
    known = ModelFile.model_fields
    return f"unknown key {key!r}{nearest(key, known)}; known are {', '.join(known)}"


def _wanted(kind: str, context: Mapping[str, Any]) -> str:
    """Return in words what pydantic expected."""
    words = {
        "string_type": "a text",
        "float_type": "a number",
        "dict_type": "keys with values, one 'name: value' a line",
        "list_type": "a list of names, as in [demand]",
        "literal_error": str(context.get("expected", "")).replace("'", ""),
    }
    return words.get(kind, kind.replace("_", " "))


def _got(node: yaml.Node, wants: Iterable[str]) -> str:
    """Return in words what the file has."""
    if isinstance(node, yaml.MappingNode):
        return "keys with values"
    if isinstance(node, yaml.SequenceNode):
        return "a list"
    if node.tag in (BOOL, FLOAT) and "a text" in wants:
        return _not_text(node)
    return repr(node.value) if node.tag == TEXT else str(node.value)


def _not_text(node: yaml.Node) -> str:
    """Say what YAML takes a word for, and how it is made a text."""
    taken = "true or false" if node.tag == BOOL else "a number"
    return f'{node.value}, which YAML reads as {taken}; put it in quotation marks: "{node.value}"'


def _named(path: tuple[str, ...]) -> str:
    return ": ".join(path)
