"""The commands that make something to start from: new and simulate."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bayes_roi.atomic import said, write_whole
from bayes_roi.cli import files
from bayes_roi.cli.app import app
from bayes_roi.cli.options import Clean, DayFirst, Decimal, Every, ModelName, Output
from bayes_roi.errors import BayesRoiError, QueryError
from bayes_roi.plain_text import printable
from bayes_roi.shipped import shipped

if TYPE_CHECKING:
    from bayes_roi.model.simulation.truth import Truth

START = "weekly_funnel"


@app.command()
def new(
    names: Annotated[
        list[str],
        typer.Argument(
            metavar="NAME|TABLE...",
            help="A name for the file: mmm, mmm_geo, funnel and users are templates. Or a table, or several.",
        ),
    ],
    source: Annotated[
        str | None,
        typer.Option("--from", metavar="MODEL", help="By default the template of that name, or weekly_funnel."),
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
    every: Every = None,
    clean: Clean = None,
    decimal: Decimal = None,
    day_first: DayFirst = None,
    suggest: Annotated[
        bool, typer.Option("--suggest", help="Of a table: write arrows that it suggests too, as comments; hypotheses.")
    ] = False,
    output: Annotated[
        Path | None,
        typer.Option("-o", "--output", metavar="FILE", help="The file; by default NAME.yaml, in this folder."),
    ] = None,
) -> None:
    """Write a model from tables, guessing their columns, or copy a template or a shipped model, to start from."""
    from bayes_roi.cli.new.drafting import Drafting, from_tables
    from bayes_roi.panel.clean import as_clean
    from bayes_roi.panel.guessing.guessed import Asked
    from bayes_roi.panel.locale.locales import Locale

    asked = Asked(outcome, tuple(spend or ()), time, panel)
    tables = [Path(name) for name in names if Path(name).suffix.lower() in files.TABLES]
    if len(tables) == len(names):
        if source is not None:
            raise QueryError("--from copies a model and takes no table; leave one of the two away")
        file = _free(output, tables[0].stem)
        period = None if every is None else files.period(every)
        cleaning = files.cleaning(clean or ())
        as_clean(cleaning)  # raises where it is none
        drafting = Drafting(tables, file, asked, period, cleaning, Locale(decimal, day_first), suggest)
        _write(file, from_tables(drafting).encode())
        typer.echo(printable(f"next: bayes-roi check {drafting.rest}"), err=True)
        return
    name = next(name for name in names if Path(name) not in tables)
    given = [
        *asked.names.values(),
        *["--every"] * (every is not None),
        *["--clean"] * bool(clean),
        *["--suggest"] * suggest,
    ]
    if given:
        option = given[0]
        raise QueryError(f"{option} is {_meant(option)}, and {name!r} is none; name a file such as sales.csv")
    if len(names) > 1:
        raise QueryError(f"{name!r} is no table; name one template or model, or tables such as sales.csv")
    _copy(name, source, output)


def _meant(option: str) -> str:
    return "for a table" if option in ("--every", "--clean", "--suggest") else "a column of a table"


def _copy(name: str, source: str | None, output: Path | None) -> None:
    """Copy a shipped model, or another one, byte for byte."""
    from bayes_roi.model.file.model_file import read_model

    stem = name.removesuffix(".yaml")
    if not stem or Path(stem).name != stem:
        raise BayesRoiError(f"{name!r} cannot name a file in this folder; write a plain name, for example my_funnel")
    model = _shipped(stem) if source is None else files.model_file(source)
    read_model(model)  # raises where it is none
    file = _free(output, stem)
    _write(file, model.read_bytes())


def _shipped(stem: str) -> Path:
    """Return the template or shipped model of a name, else the one to start from."""
    for folder in (files.TEMPLATES, "models"):
        if stem in files.shipped_names(folder, files.MODELS):
            return shipped(f"{folder}/{stem}.yaml")
    return shipped(f"models/{START}.yaml")


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
