"""The commands that make something to start from: new and simulate."""

from __future__ import annotations

import shlex
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bayes_roi.atomic import said, write_whole
from bayes_roi.cli import files
from bayes_roi.cli.app import app
from bayes_roi.cli.options import ModelName, Output
from bayes_roi.errors import BayesRoiError, QueryError
from bayes_roi.plain_text import printable

if TYPE_CHECKING:
    from bayes_roi.model.simulation.truth import Truth
    from bayes_roi.panel.guessing.guessed import Asked

START = "weekly_funnel"


@app.command()
def new(
    name: Annotated[
        str,
        typer.Argument(metavar="NAME|TABLE", help="The name of the new file, without .yaml; or a table to model."),
    ],
    source: Annotated[
        str | None,
        typer.Option("--from", metavar="MODEL", help="By default the shipped model of that name, or weekly_funnel."),
    ] = None,
    outcome: Annotated[
        str | None, typer.Option(metavar="COLUMN", help="Of a table: the outcome; guessed where it is not given.")
    ] = None,
    spend: Annotated[
        list[str] | None,
        typer.Option(metavar="COLUMN", help="Of a table: a spend; give all of them, one after the other."),
    ] = None,
    time: Annotated[str | None, typer.Option(metavar="COLUMN", help="Of a table: the period.")] = None,
    panel: Annotated[
        str | None, typer.Option(metavar="COLUMN", help="Of a table: the region, store or other unit.")
    ] = None,
    output: Annotated[
        Path | None,
        typer.Option("-o", "--output", metavar="FILE", help="The file; by default NAME.yaml, in this folder."),
    ] = None,
) -> None:
    """Write a model from a table, guessing its columns, or copy a shipped model, to start from."""
    from bayes_roi.panel.guessing.guessed import Asked

    asked = Asked(outcome, tuple(spend or ()), time, panel)
    if Path(name).suffix.lower() in files.TABLES:
        if source is not None:
            raise QueryError("--from copies a model and takes no table; leave one of the two away")
        _from_table(Path(name), asked, output)
        return
    if asked.names:
        option = next(iter(asked.names.values()))
        raise QueryError(f"{option} is a column of a table, and {name!r} is none; name a file such as sales.csv")
    _copy(name, source, output)


def _copy(name: str, source: str | None, output: Path | None) -> None:
    """Copy a shipped model, or another one, byte for byte."""
    from bayes_roi.model.file.model_file import read_model

    stem = name.removesuffix(".yaml")
    if not stem or Path(stem).name != stem:
        raise BayesRoiError(f"{name!r} cannot name a file in this folder; write a plain name, for example my_funnel")
    model = files.model_file(source or (stem if stem in files.shipped_names("models", files.MODELS) else START))
    read_model(model)  # raises where it is none
    file = _free(output, stem)
    _write(file, model.read_bytes())


def _from_table(table: Path, asked: Asked, output: Path | None) -> None:
    """Write a model of a table and say what was guessed, each guess with its reason."""
    from bayes_roi.model.file.draft import draft
    from bayes_roi.panel.guessing.guess import guess
    from bayes_roi.panel.table import read_table

    file = _free(output, table.stem)
    guesses = guess(read_table(table), asked)
    text = draft(guesses, table.stem.replace("_", " "))
    for found in guesses.guesses:
        typer.echo(printable(str(found)), err=True)
    _write(file, text.encode())
    beside = file.parent.resolve() == table.parent.resolve() and file.stem == table.stem
    data = "" if beside else f" --data {shlex.quote(str(table))}"
    typer.echo(printable(f"next: bayes-roi check {shlex.quote(str(file))}{data}"), err=True)


def _free(output: Path | None, stem: str) -> Path:
    """Return the path of a model file that is not there yet: the one asked for, else one in this folder."""
    file = Path(f"{stem}.yaml") if output is None else files.output(output, files.MODELS)
    if file.exists() or file.is_symlink():
        raise BayesRoiError(f"{file} is there already; choose another name")
    return file


def _write(file: Path, content: bytes) -> None:
    try:
        write_whole(file, content)
    except OSError as error:
        raise BayesRoiError(f"cannot write {file}: {said(error)}") from None
    typer.echo(file)


@app.command()
def simulate(
    model: ModelName,
    output: Output,
    periods: Annotated[int | None, typer.Option(min=1, help="Number of rows; by default the truth's.")] = None,
    seed: Annotated[int | None, typer.Option(min=0, help="Seed; by default the truth's.")] = None,
    truth: Annotated[
        str | None, typer.Option(metavar="FILE", help="Parameters to simulate from; made up where there is none.")
    ] = None,
    levels: Annotated[
        list[str] | None, typer.Option("--do", metavar="NODE=VALUE", help="Set a node to a level; may be given again.")
    ] = None,
) -> None:
    """Simulate a table from a model, also under an intervention."""
    from bayes_roi.model.file.model_file import read_model
    from bayes_roi.model.law.intervention import set_to
    from bayes_roi.model.simulation.simulate import simulate as simulated
    from bayes_roi.model.simulation.write_table import write_table

    known = read_model(files.model_file(model))
    file = files.output(output, (".csv",))
    pairs = [files.assignment(text, "--do", "tv_spend=0") for text in levels or ()]
    interventions = [set_to(node, files.number(value, f"--do {node}")) for node, value in pairs]
    panel = simulated(known, _truth(truth), do=interventions, periods=periods, seed=seed)
    columns = {known.column(node): values for node, values in panel.columns.items()}
    try:
        labels = {known.column(node): names for node, names in panel.levels.items()}
        write_table(replace(panel, columns=columns, levels=labels), file)
    except OSError as error:
        raise BayesRoiError(f"cannot write {file}: {said(error)}") from None
    typer.echo(file)


def _truth(name: str | None) -> Truth | None:
    from bayes_roi.model.simulation.truth import read_truth

    return None if name is None else read_truth(files.truth_file(name))
