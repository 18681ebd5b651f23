"""The truth behind simulated data: parameters in the data's units, and laws of the nodes without an equation."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, NoReturn

import numpy as np
from pydantic import ConfigDict, TypeAdapter, ValidationError

from bayes_roi.atomic import said, write_whole
from bayes_roi.errors import ModelError, nearest
from bayes_roi.model.language.model import Model
from bayes_roi.model.language.names import BY_UNIT, parameter_ranges, structural_names
from bayes_roi.model.simulation.exogenous import CHECKED, Categories, ExogenousLaw
from bayes_roi.numbers import plain
from bayes_roi.panel.categories import read_label
from bayes_roi.plain_text import shown, steering

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails


@dataclass(frozen=True)
class Truth:
    """Everything that `simulate` needs beside the model.

    Parameters
    ----------
    parameters
        Name -> value, or list of values for a vector of effects; in the data's units.
    exogenous
        Node without an equation -> its `Law`, or `Categories`.
    periods, seed, start
        How the shipped table was made: rows, seed, first period.
    units
        Panel unit -> its size, such as its population; spends and modelled amounts are in proportion to it where the
        model has weights. Empty for a single series.
    roas
        Channel -> true ROAS of the likelihood rows of that table and all their carry-over, for reference.
    note
        What a reader should know.
    """

    __pydantic_config__: ClassVar[ConfigDict] = CHECKED

    parameters: Mapping[str, float | list[float]]
    exogenous: Mapping[str, ExogenousLaw | Categories]
    periods: int = 156
    seed: int = 0
    start: str = "2023-01-02"
    roas: Mapping[str, float] = field(default_factory=dict)
    note: str = ""
    units: Mapping[str, float] = field(default_factory=dict)

    def check(self, model: Model) -> None:
        """Raise unless every parameter and every exogenous node of the model has its truth."""
        if self.seed < 0:
            raise ModelError(f"seed must be 0 or more, got {self.seed}")
        known = structural_names(model)
        for name in known:
            if name not in self.parameters:
                raise ModelError(f"the truth has no value for {name!r}{nearest(name, self.parameters)}")
        for name in self.parameters:
            if name not in known:
                raise ModelError(f"the truth names {name!r}, which is not a parameter{nearest(name, known)}")
        if model.panel is not None and len(self.units) < 2:
            raise ModelError(f"the truth needs the units of {model.panel!r}, two or more, with their sizes")
        for node in (*model.exogenous, *value_column(model)):
            if node not in self.exogenous:
                raise ModelError(
                    f"the truth has no law for {node!r}{nearest(node, self.exogenous)}; write its mean and sd"
                )
        self._check_laws(model)
        self._check_lengths(model)
        self._check_ranges(model)

    def _check_laws(self, model: Model) -> None:
        for unit, size in self.units.items():
            if read_label(unit) != unit:
                raise ModelError(f"{shown(unit)} cannot be a unit; write a text that is no number with decimals")
            if not 0 < size < math.inf:
                raise ModelError(f"the sizes of units must be above zero, got {size} for {unit!r}")
        for node, law in self.exogenous.items():
            if isinstance(law, Categories) and node not in model.categorical:
                raise ModelError(f"the truth has labels for {node!r}, which is read as numbers; write its mean and sd")
            if not isinstance(law, Categories) and node in model.categorical:
                raise ModelError(
                    f"the truth has a law of numbers for {node!r}, which is read as categories; write its labels and "
                    "their shares"
                )

    def _check_lengths(self, model: Model) -> None:
        levels = {n: law.labels for n, law in self.exogenous.items() if isinstance(law, Categories)}
        terms = ((f"{t.prefix(n)}.effect", t.width(levels)) for n in model.equation for t in model.terms(n))
        widths = {name: width for name, width in terms if width is not None}
        for name, value in self.parameters.items():
            of_units = name.endswith(BY_UNIT)
            wanted = len(self.units) if of_units else widths.get(name)
            have = len(value) if isinstance(value, (list, tuple)) else None
            if have == wanted or (have is None and wanted == 1):
                continue
            said = "1 value" if have in (None, 1) else f"{have} values"
            there = "it is one number" if wanted is None else f"there are {wanted} {'units' if of_units else 'effects'}"
            raise ModelError(f"the truth has {said} for {name!r}, and {there}")

    def _check_ranges(self, model: Model) -> None:
        ranges = parameter_ranges(model)
        for name, value in self.parameters.items():
            low, high = ranges[name]
            for number in np.ravel(value).tolist():
                if not (math.isfinite(number) and low <= number <= high):
                    wanted = "a finite number" if math.isinf(low) else f"between {plain(low)} and {plain(high)}"
                    raise ModelError(f"the truth has {plain(number)} for {name!r}, which must be {wanted}")


def value_column(model: Model) -> tuple[str, ...]:
    """Return the column of money per unit of the outcome, where the model has one."""
    return (model.value,) if isinstance(model.value, str) else ()


def read_truth(path: str | Path) -> Truth:
    """Return the truth in a JSON file.

    Raises
    ------
    ModelError
        When the file is not there or is not JSON, or with all keys that are unknown, lacking or of another type.
    """
    content, problems = _json(Path(path)), list[str]()
    if not isinstance(content, dict):
        raise ModelError(f"{path}: expected a mapping with {', '.join(f.name for f in fields(Truth))}")
    given, laws = content.get("exogenous"), dict[str, Any]()
    if isinstance(given, dict):
        content |= {"exogenous": {}}  # read one by one, so that what is wrong has its node
        laws = {node: _built(_law_of(law), law, ("exogenous", node), problems) for node, law in given.items()}
    truth = _built(Truth, content, (), problems)
    if problems:
        text = problems[0] if len(problems) == 1 else "\n  - ".join([f"{len(problems)} problems", *problems])
        raise ModelError(f"{path}: {text}")
    known: Truth = replace(truth, exogenous=laws)
    return known


def _law_of(values: object) -> type[ExogenousLaw | Categories]:
    return Categories if isinstance(values, dict) and "labels" in values else ExogenousLaw


def _built(cls: type, values: object, where: tuple[str, ...], problems: list[str]) -> Any:
    """Return an object of a class from values of JSON, or None once what is wrong is added to the problems."""
    try:
        return TypeAdapter(cls).validate_json(json.dumps(values))
    except ModelError as error:
        problems.append(f"{_place(where)}{error}")
    except ValidationError as error:
        problems += list(dict.fromkeys(_in_words(cls, detail, where) for detail in error.errors(include_url=False)))
    return None


def _in_words(cls: type, detail: ErrorDetails, where: tuple[str, ...]) -> str:
    """Return one sentence for what pydantic found."""
    known = [f.name for f in fields(cls)]
    inner = tuple(str(part) for part in detail["loc"] if part not in ("float", "list[float]"))
    if detail["type"] in ("unexpected_keyword_argument", "extra_forbidden"):
        return f"{_place(where)}unknown key {shown(inner[-1])}{nearest(inner[-1], known)}; known are {', '.join(known)}"
    if detail["type"] in ("missing", "missing_argument"):
        return f"{_place(where)}{inner[-1]} is missing"
    if detail["type"] in ("dataclass_type", "dataclass_exact_type"):
        return f"{_place(where)}expected a mapping with {', '.join(known)}, got {shown(detail['input'])}"
    message = detail["msg"].removeprefix("Input ")
    return f"{_place((*where, *inner))}{message[:1].lower()}{message[1:]}, got {shown(detail['input'])}"


def _place(where: tuple[str, ...]) -> str:
    return f"{'.'.join(where)}: " if where else ""


def _json(path: Path) -> object:
    """Return what a JSON file holds; a key that is there twice is an error, and so is a number that is none."""
    try:
        return json.loads(path.read_text(encoding="utf-8-sig"), object_pairs_hook=_once, parse_constant=_no_number)
    except FileNotFoundError:
        raise ModelError(f"{path}: there is no such file") from None
    except OSError as error:
        raise ModelError(f"cannot read {path}: {error.strerror or error}") from None
    except RecursionError:
        raise ModelError(f"{path}: brackets lie too deep inside one another") from None
    except ValueError as error:
        raise ModelError(f"{path}: not a truth file in JSON ({error})") from None


def _once(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    for key, _ in pairs:
        if (odd := steering(key)) is not None:
            raise ValueError(f"the key {shown(key)} holds the character {odd}")
    if len(found) < len(pairs):
        twice = next(key for i, (key, _) in enumerate(pairs) if key in dict(pairs[:i]))
        raise ValueError(f"the key {shown(twice)} is there twice; keep one")
    return found


def _no_number(name: str) -> NoReturn:
    raise ValueError(f"{name} is not a number")


def write_truth(truth: Truth, path: str | Path) -> None:
    """Write a truth as JSON, the way `read_truth` reads it.

    Raises
    ------
    ModelError
        When the file cannot be written.
    """
    content = asdict(truth) | {"exogenous": {n: asdict(law) for n, law in truth.exogenous.items()}}
    content |= {"parameters": dict(truth.parameters), "roas": dict(truth.roas)}
    try:
        write_whole(path, json.dumps(content, indent=2) + "\n")
    except OSError as error:
        raise ModelError(f"cannot write {path}: {said(error)}") from None
