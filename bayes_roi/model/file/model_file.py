"""The model file: YAML to a `Model` and back.

The file is read through YAML's node marks, so that every error has its line. Three passes: YAML to plain values with
their lines, plain values to the types of `ModelFile`, and those to a `Model`. The first two tell everything they find.

Editors complete and check a model file by its JSON schema, model_file.schema.json in this folder. Write it anew with
`python -m bayes_roi.model.file.model_file > bayes_roi/model/file/model_file.schema.json`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from bayes_roi.atomic import said, write_whole
from bayes_roi.errors import ModelError, nearest
from bayes_roi.model.file.model_page import Page
from bayes_roi.model.file.model_schema import ModelFile, model_schema
from bayes_roi.model.file.yaml_text import Dumper, YamlBlock
from bayes_roi.model.language.model import Model


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
    page = Page(source, text)
    try:
        values = page.values()
        known = page.checked(values)
    except RecursionError:
        raise ModelError(f"{source}: brackets or indents lie too deep inside one another") from None
    try:
        return Model(**known)
    except ModelError as error:
        page.retell(error)


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
    kept["equations"] = YamlBlock(lines + "\n")
    kept = {key: _plain(value) for key, value in kept.items()}
    return yaml.dump(kept, Dumper=Dumper, sort_keys=False, allow_unicode=True, width=10**9, default_flow_style=False)


def _plain(value: Any) -> Any:
    """Return a value as YAML writes it."""
    if isinstance(value, Mapping):
        plain = (float, Mapping)
        return {str(name): _plain(item) if isinstance(item, plain) else str(item) for name, item in value.items()}
    if isinstance(value, (tuple, list)):
        return [str(item) for item in value]
    if isinstance(value, str):
        printable = all(char == "\n" or char.isprintable() for char in value)
        return YamlBlock(value) if isinstance(value, YamlBlock) or ("\n" in value and printable) else str(value)
    return int(value) if float(value).is_integer() and abs(value) < 1e15 else float(value)


if __name__ == "__main__":
    print(json.dumps(model_schema(), indent=2))
