"""The model file: YAML to a `Model` and back.

The file is read through YAML's node marks, so that every error has its line. Three passes: YAML to plain values with
their lines, plain values to the types of `ModelFile`, and those to a `Model`. The first two tell everything they find.

Editors complete and check a model file by its JSON schema, model_file.schema.json in this folder. Write it anew with
`python -m bayes_roi.model.language.model_file > bayes_roi/model/language/model_file.schema.json`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, NoReturn

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from bayes_roi.atomic import said, write_whole
from bayes_roi.errors import ModelError, nearest
from bayes_roi.model.language.equations import line_of, normalise
from bayes_roi.model.language.model import Model
from bayes_roi.plain_text import shown, steering

LINE_BREAK = re.compile("\r\n|[\r\n\x85\u2028\u2029]")  # as YAML counts lines
NUMBER = re.compile(
    r"[-+]? (?: (?: [0-9][0-9_]* (?: \.[0-9_]* )? | \.[0-9][0-9_]* ) (?: [eE][-+]?[0-9]+ )? | \.(?:inf|Inf|INF) ) $"
    r" | \.(?:nan|NaN|NAN) $",
    re.VERBOSE,
)
PROSE = ("story", "equations")
"""Keys whose texts may have several lines."""
NULL, BOOL, FLOAT, TEXT = (f"tag:yaml.org,2002:{kind}" for kind in ("null", "bool", "float", "str"))


class ModelFile(BaseModel):
    """A model: structural equations, and what money has to do with them."""

    model_config = ConfigDict(extra="forbid", strict=True, title="bayes_roi model")

    name: str = Field(description="What reports call the model.", examples=["weekly funnel"])
    equations: str = Field(
        description="Structural equations, one for each node: what is caused ~ its causes.",
        examples=["revenue ~ hill(adstock(tv_spend)) + trend()"],
    )
    outcome: str = Field(description="The node whose money is asked about.", examples=["revenue"])
    time: str | None = Field(None, description="Column of the period; leave out for exchangeable rows.")
    channels: dict[str, str] = Field({}, description="What money buys, each with the node that is its spend.")
    currency: str | None = Field(None, description="For labels, e.g. USD.")
    margin: float = Field(
        1.0,
        description="Profit per unit of money earned, in (0, 1].",
        json_schema_extra={"exclusiveMinimum": 0, "maximum": 1},
    )
    value: float | str = Field(1.0, description="Money per unit of the outcome: a number, or the name of a column.")
    panel: str | None = Field(None, description="Column of the panel unit, such as the region.")
    weights: str | None = Field(
        None, description="Column of the size of each row, such as the population of its region."
    )
    unobserved: list[str] = Field([], description="Nodes without a column, known by what they cause.")
    families: dict[str, str] = Field(
        {},
        description="Nodes with the family of their noise, where it is not normal; with the node of its trials where "
        "it has any.",
        examples=[{"clicks": "binomial(impressions)"}],
    )
    noise: dict[str, str] = Field(
        {},
        description="Nodes with how their noise is correlated: ar(1), by(panel column), or both joined by +.",
        examples=[{"revenue": "ar(1)"}],
    )
    priors: dict[str, str] = Field(
        {},
        description="Parameters with their priors, in the units of the data.",
        examples=[{"revenue.clicks.effect": "HalfNormal(sigma=3)"}],
    )
    media_roas: dict[str, float] = Field(
        {},
        description="What a unit of spend is expected to bring to the outcome, where spends stand in its equation: "
        "typical (median of a typical channel's ROAS), common and between (sd of the logs of what is typical, and of "
        "each channel's relative to it).",
        examples=[{"typical": 2, "common": 1, "between": 0.8}],
    )
    media_share: str | dict[str, str] = Field(
        {},
        description="The share of all spends of an equation in the mean of its node: of the outcome, or by node.",
        examples=["Beta(2, 6)", {"clicks": "Beta(4, 2)"}],
    )
    carry_in: Literal["rows", "zero"] = Field(
        "rows",
        description="rows: the first rows, as many as the longest lag, only carry over. "
        "zero: all rows count, and spend before them was zero.",
    )
    columns: dict[str, str] = Field({}, description="Nodes with their columns of the table, where the two differ.")
    story: str = Field("", description="What the model is for, what it assumes, and when not to use it.")


def model_schema() -> dict[str, Any]:
    """Return the JSON schema of a model file."""
    return {"$schema": "https://json-schema.org/draft/2020-12/schema"} | ModelFile.model_json_schema()


# ----------------------------------------------------------------------------------------------------------- reading


def read_model(path: str | Path) -> Model:
    """Return the model of a file.

    Raises
    ------
    ModelError
        When there is no such file, or with all that is wrong in it, line by line.
    """
    path = Path(path)
    try:
        content = path.read_bytes()
    except IsADirectoryError:
        raise ModelError(f"{path} is a folder; name a model file, e.g. {path / 'model.yaml'}") from None
    except FileNotFoundError:
        raise ModelError(f"there is no file {path}{_near_file(path)}") from None
    except (OSError, ValueError) as error:
        raise ModelError(f"cannot read {path}: {getattr(error, 'strerror', None) or error}") from None
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        message = f"byte 0x{content[error.start]:02X} is not UTF-8; save the file as UTF-8"
        raise ModelError(f"{path} line {line}: {message}") from None
    return parse_model(text, source=str(path))


def _near_file(path: Path) -> str:
    """Return a hint at the file of the folder that may be meant."""
    if not path.parent.is_dir():
        return f"; there is no folder {path.parent}"
    names = sorted(file.name for file in path.parent.iterdir() if file.is_file())
    models = [name for name in names if name.endswith((".yaml", ".yml"))]
    hint = nearest(path.name, models) or nearest(path.name, names)
    return hint or (f"; the model files there are {', '.join(models[:20])}" if models else "")


def parse_model(text: str, source: str = "model.yaml") -> Model:
    r"""Return the model of a file's text; `source` is what errors call the file.

    Raises
    ------
    ModelError
        With all that is wrong, line by line.

    Examples
    --------
    >>> parse_model("name: shop\noutcome: sales\nequations: sales ~ tv")
    <Model 'shop': 2 nodes, 0 channels, outcome sales>
    """
    page = _Page(source, text)
    try:
        values = page.values()
        known = page.checked(values)
    except RecursionError:
        raise ModelError(f"{source}: brackets or indents lie too deep inside one another") from None
    try:
        return Model(**known)
    except ModelError as error:
        page.retell(error)


class _Loader(yaml.SafeLoader):
    """YAML without dates, tags and anchors, and with 1e5 as a number."""

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        event = self.peek_event()
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None) is not None:
            _refuse_yaml(event, "anchors (&name) and aliases (*name) are not read; write the value out")
        if getattr(event, "tag", None) is not None:
            _refuse_yaml(event, "tags (!name) are not read; put a text that begins with ! in quotation marks")
        return super().compose_node(parent, index)


class _Dumper(yaml.SafeDumper):
    """Writes in quotation marks what `_Loader` would not read as the same text, line breaks of any kind included."""

    def represent_str(self, data: str) -> yaml.ScalarNode:
        return self.represent_scalar(TEXT, data, style=None if data.isprintable() else '"')


class _Block(str):
    """A text that is written as a block, below a `|`."""


_Loader.yaml_implicit_resolvers = {}
for _kind, _pattern, _first in [
    (NULL, re.compile("(?:~|null|Null|NULL|)$"), ["~", "n", "N", ""]),
    (BOOL, re.compile("(?i:yes|no|on|off|true|false)$"), list("yYnNoOtTfF")),
    (FLOAT, NUMBER, list("-+.0123456789")),
]:
    _Loader.add_implicit_resolver(_kind, _pattern, _first)
    _Dumper.add_implicit_resolver(_kind, _pattern, _first)
_Dumper.add_representer(str, _Dumper.represent_str)
_Dumper.add_representer(_Block, lambda dumper, text: dumper.represent_scalar(TEXT, str(text), style="|"))


def _refuse_yaml(event: Any, message: str) -> NoReturn:
    raise yaml.composer.ComposerError(None, None, message, event.start_mark)


@dataclass
class _Page:
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
            root = yaml.compose(self.text, Loader=_Loader)
        except yaml.reader.ReaderError as error:
            line = len(LINE_BREAK.split(self.text[: error.position]))
            self.fail(line, f"the character U+{ord(self.text[error.position]):04X} cannot stand in YAML; delete it")
        except yaml.MarkedYAMLError as error:
            self.fail(*_syntax(error))
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
        told = [f"line {line}: {message}" if line else message for line, message in problems]
        raise ModelError("\n".join([f"{self.source}: {len(told)} problems", *(f"  - {t}" for t in told)]))

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
                path = (
                    path[:1] if path[0] in ("value", "media_share") else path
                )  # its second part is which half was tried
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


def _syntax(error: yaml.MarkedYAMLError) -> tuple[int | None, str]:
    """Return the line and one sentence for what YAML cannot read."""
    told = " ".join(x for x in (error.context, error.problem) if x)
    for part, sentence, at_context in SYNTAX:
        if part in told:
            return _line((at_context and error.context_mark) or error.problem_mark), sentence
    return _line(error.problem_mark or error.context_mark), told


def _line(mark: Any) -> int | None:
    return None if mark is None else int(mark.line) + 1


# ----------------------------------------------------------------------------------------------------------- writing


def write_model(model: Model, path: str | Path) -> None:
    """Write a model to a file, which `read_model` reads back.

    Raises
    ------
    ModelError
        When the file cannot be written.
    """
    try:
        write_whole(path, model_text(model))
    except OSError as error:
        raise ModelError(f"cannot write {path}: {said(error)}") from None


def model_text(model: Model) -> str:
    """Return a model as the text of a file: equations in canonical form, what has its default left out.

    Examples
    --------
    >>> print(model_text(Model(name="shop", equations="sales ~ hill( tv )", outcome="sales", margin=0.4)), end="")
    name: shop
    equations: |
      sales ~ hill(tv)
    outcome: sales
    margin: 0.4
    """
    given = {key: (getattr(model, key), known.get_default()) for key, known in ModelFile.model_fields.items()}
    kept = {key: value for key, (value, default) in given.items() if value != default and value != ()}
    lines = "\n".join(str(line) for line in (*model.equations, *model.confounding))
    kept["equations"] = _Block(lines + "\n")
    kept = {key: _plain(value) for key, value in kept.items()}
    return yaml.dump(kept, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=10**9, default_flow_style=False)


def _plain(value: Any) -> Any:
    """Return a value as YAML writes it."""
    if isinstance(value, Mapping):
        return {str(name): _plain(item) if isinstance(item, float) else str(item) for name, item in value.items()}
    if isinstance(value, (tuple, list)):
        return [str(item) for item in value]
    if isinstance(value, str):
        printable = all(char == "\n" or char.isprintable() for char in value)
        return _Block(value) if isinstance(value, _Block) or ("\n" in value and printable) else str(value)
    return int(value) if float(value).is_integer() and abs(value) < 1e15 else float(value)


if __name__ == "__main__":
    print(json.dumps(model_schema(), indent=2))
