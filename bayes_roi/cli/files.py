"""Finding the files that a command names: paths, or what comes with the package."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from bayes_roi.errors import BayesRoiError, QueryError
from bayes_roi.shipped import HERE, shipped

if TYPE_CHECKING:
    from bayes_roi.model.language.model import Model
    from bayes_roi.panel import Panel
    from bayes_roi.panel.shaping.every import Every

MODELS = (".yaml", ".yml")
TEMPLATES = "models/templates"
"""Models to start from, which come without a table."""
TABLES = (".csv", ".tsv", ".txt", ".parquet", ".pq", ".xlsx", ".xlsm")


def model_file(name: str) -> Path:
    """Return the file of a model: a path, the name of one in this folder, or that of a shipped one.

    Raises
    ------
    BayesRoiError
        When a bare name is neither.
    """
    return _file(name, "models", MODELS)


def data_file(name: str | None, model: Path) -> Path:
    """Return the table for a model: the one named, else one with the model's name beside it or in ../data.

    A longer name will do where it is the only one: models/robyn.yaml finds data/robyn_weekly.csv.

    Raises
    ------
    BayesRoiError
        When there is none.
    """
    if name is not None:
        return _file(name, "data", TABLES)
    places = [folder / f"{model.stem}{kind}" for folder in _folders(model) for kind in TABLES]
    longer = [f for folder in _folders(model) for kind in TABLES for f in folder.glob(f"{model.stem}_*{kind}")]
    found = next((place for place in places if place.is_file()), longer[0] if len(longer) == 1 else None)
    if found is None:
        folders = " or ".join(str(folder) for folder in _folders(model))
        raise BayesRoiError(f"there is no table {model.stem}.csv in {folders}; name one with --data FILE")
    return found


def run_names(runs: Sequence[Path]) -> list[str]:
    """Return what runs are called side by side: the names of their folders.

    Raises
    ------
    QueryError
        When two have the same.
    """
    names = [run.resolve().name for run in runs]
    if len(set(names)) < len(names):
        raise QueryError(f"two runs have the same name ({', '.join(names)}); copy one to a folder of another name")
    return names


def log_file(name: str) -> Path:
    """Return the file of a touch log: a path, or the name of a shipped one."""
    return _file(name, "data", TABLES)


def truth_file(name: str) -> Path:
    """Return the file of a truth: a path, or the name of a shipped one."""
    return _file(name, "data", (".truth.json",))


def read(
    model: str,
    data: Sequence[str] | None,
    clean: Iterable[str],
    *,
    decimal: str | None = None,
    day_first: bool | None = None,
    every: str | None = None,
) -> tuple[Path, Model, Panel]:
    """Return the model that is named, with its file and its data: those named, else those that the model names."""
    from bayes_roi.model.file.model_file import read_model
    from bayes_roi.model.rows.read_data import read_data

    asked, file = cleaning(clean), model_file(model)
    known = read_model(file)
    tables = [data_file(name, file) for name in data] if data else _own_tables(known, file)
    asked_period = None if every is None else period(every)
    return file, known, read_data(tables, known, clean=asked, decimal=decimal, day_first=day_first, every=asked_period)


def _own_tables(model: Model, file: Path) -> list[Path]:
    """Return the tables that a model names, seen from its folder, else the one that is called as it is."""
    return [file.parent / name for name in model.data] or [data_file(None, file)]


def period(text: str) -> Every:
    """Return the period that `--every` names."""
    from bayes_roi.panel.shaping.every import EVERY, MAY_BE

    for known in EVERY:
        if text.casefold() == known.casefold():
            return known
    raise QueryError(f"--every must be {MAY_BE}, got {text!r}")


def cleaning(options: Iterable[str]) -> dict[str, object]:
    """Return the cleaning of `--clean KEY=VALUE`; a key may name a column or a role after a point.

    >>> cleaning(["missing=interpolate", "missing.spends=zero", "outlier_threshold=4"])
    {'missing': {'all': 'interpolate', 'spends': 'zero'}, 'outlier_threshold': 4.0}
    """
    from bayes_roi.panel.clean import ALL, NUMBERS

    plain: dict[str, object] = {}
    by_column: dict[str, dict[str, str]] = {}
    for option in options:
        written, value = assignment(option, "--clean", "missing=interpolate")
        key, point, column = (part.strip() for part in written.partition("."))
        if point:
            by_column.setdefault(key, {})[column] = value
        else:
            plain[key] = number(value, f"--clean {key}") if key in NUMBERS else value
    for key, named in by_column.items():
        plain[key] = {ALL: plain[key], **named} if key in plain else named
    return plain


def assignment(text: str, what: str, example: str) -> tuple[str, str]:
    """Return the two sides of NAME=VALUE."""
    name, equals, value = (part.strip() for part in text.partition("="))
    if not (name and equals and value):
        raise QueryError(f"{what} takes NAME=VALUE, got {text!r}; write for example {example}")
    return name, value


def number(text: str, what: str) -> float:
    """Return the number that a text is."""
    try:
        return float(text)
    except ValueError:
        raise QueryError(f"{what} must be a number, got {text!r}") from None


def forecasts(model: Model, texts: Iterable[str] | None) -> dict[str, str | float]:
    """Return NODE=X of --set: what nodes will be; what stands for a category is left as text."""
    pairs = dict(assignment(text, "--set", "demand=mean") for text in texts or ())
    kept = ("mean", "last_year")
    return {n: v if v in kept or n in model.categorical else number(v, f"--set {n}") for n, v in pairs.items()}


def output(path: Path, kinds: tuple[str, ...], *, run: Path | None = None, option: str = "-o") -> Path:
    """Return the path of a file to write; raise unless it can be one, of one of these kinds and not inside a run."""
    if path.is_dir():
        raise BayesRoiError(f"{option}: {path} is a folder; name a file, for example {path / f'name{kinds[0]}'}")
    if path.suffix.lower() not in kinds:
        raise BayesRoiError(f"{option}: the name of the file must end in {' or '.join(kinds)}, got {path}")
    if not path.parent.is_dir():
        raise BayesRoiError(f"{option}: there is no folder {path.parent}; make it, or name another file")
    if run is not None and path.resolve().parent == run.resolve():
        raise BayesRoiError(
            f"{option}: {path} is inside the run, which is not changed once it is written; name another file"
        )
    return path


def _file(name: str, folder: str, kinds: tuple[str, ...]) -> Path:
    path = Path(name)
    if path.is_file():
        return path
    bare = len(path.parts) == 1 and not name.endswith(kinds)
    here = [Path(f"{name}{kind}") for kind in kinds if bare]
    if (found := next((file for file in here if file.is_file()), None)) is not None:
        return found
    for candidate in [name, *(f"{place}/{name}{kind}" for place in (folder, TEMPLATES) for kind in ("", *kinds))]:
        with contextlib.suppress(BayesRoiError):
            return shipped(candidate)
    if bare and not path.exists():
        known = ", ".join(shipped_names(folder, kinds))
        raise BayesRoiError(f"{name!r} is neither a file nor one that comes with bayes_roi: {known}")
    return path  # its reader says what is wrong with it


def shipped_names(folder: str, kinds: tuple[str, ...]) -> list[str]:
    """Return the names, without what they end in, of the files of some kinds that come with the package."""
    there = [file.name for root in (HERE / "_shipped", HERE.parent) for file in (root / folder).glob("*.*")]
    return sorted({name.removesuffix(kind) for name in there for kind in kinds if name.endswith(kind)})


def _folders(model: Path) -> tuple[Path, ...]:
    here = model.parent
    return here, here / ".." / "data" if here.name in ("", "..") else here.parent / "data"
