"""The commands that make something to start from: new and simulate."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bayes_roi.atomic import said, write_whole
from bayes_roi.cli import files
from bayes_roi.cli.app import app
from bayes_roi.cli.options import ModelName, Output
from bayes_roi.errors import BayesRoiError

if TYPE_CHECKING:
    from bayes_roi.model.simulation.truth import Truth

START = "weekly_funnel"


@app.command()
def new(
    name: Annotated[str, typer.Argument(metavar="NAME", help="The name of the new file, without .yaml.")],
    source: Annotated[
        str | None,
        typer.Option("--from", metavar="MODEL", help="By default the shipped model of that name, or weekly_funnel."),
    ] = None,
) -> None:
    """Copy a shipped model into this folder, to start from."""
    from bayes_roi.model.file.model_file import read_model

    stem = name.removesuffix(".yaml")
    if not stem or Path(stem).name != stem:
        raise BayesRoiError(f"{name!r} cannot name a file in this folder; write a plain name, for example my_funnel")
    model = files.model_file(source or (stem if stem in files.shipped_names("models", files.MODELS) else START))
    read_model(model)  # raises where it is none
    file = Path(f"{stem}.yaml")
    if file.exists() or file.is_symlink():
        raise BayesRoiError(f"{file} is there already; choose another name")
    try:
        write_whole(file, model.read_bytes())
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
