"""The commands that fit: run and demo."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from bayes_roi.cli import files, show
from bayes_roi.cli.app import app
from bayes_roi.cli.options import AsJson, Clean, Data, DayFirst, Decimal, Every, Folder, ModelName, Prob, Seed
from bayes_roi.errors import UNTRUSTED

if TYPE_CHECKING:
    from bayes_roi.model.language.model import Model
    from bayes_roi.panel import Panel

DEMO = "weekly_funnel"


@app.command()
def run(
    model: ModelName,
    data: Data = None,
    out: Folder = None,
    draws: Annotated[int, typer.Option(help="Draws a chain.")] = 1000,
    chains: Annotated[int, typer.Option(help="Number of chains.")] = 4,
    tune: Annotated[int, typer.Option(help="Tuning steps a chain.")] = 1000,
    seed: Seed = 0,
    engine: Annotated[str, typer.Option(help="auto, or nuts for all equations.")] = "auto",
    clean: Clean = None,
    decimal: Decimal = None,
    day_first: DayFirst = None,
    every: Every = None,
    prob: Prob = 0.9,
    experiments: Annotated[
        Path | None, typer.Option(help="A file of lift tests with their results (CSV, Excel or YAML).", metavar="FILE")
    ] = None,
    no_report: Annotated[bool, typer.Option("--no-report", help="Write no report.html.")] = False,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace a run that is there.")] = False,
    as_json: AsJson = False,
) -> None:
    """Fit a model, write a run folder and print what each channel is worth."""
    file, known, panel = files.read(model, data, clean or (), decimal=decimal, day_first=day_first, every=every)
    place = out or Path("runs") / file.stem
    settings: dict[str, Any] = {"draws": draws, "chains": chains, "tune": tune, "seed": seed, "engine": engine}
    if experiments is not None:
        from bayes_roi.lift.experiments_file import read_experiments

        settings["experiments"] = read_experiments(experiments)
    folder = {"overwrite": overwrite, "report": not no_report, "prob": prob}
    trusted = _write(known, panel, place, settings, folder)
    _tell(place, as_json=as_json)
    raise typer.Exit(0 if trusted else UNTRUSTED)


@app.command()
def demo(
    out: Folder = None,
    open_report: Annotated[bool, typer.Option("--open", help="Open the report in the browser.")] = False,
) -> None:
    """Fit a shipped model and print the path of its report."""
    _, known, panel = files.read(DEMO, None, ())
    place = out or Path("runs") / "demo"
    trusted = _write(known, panel, place, {"seed": 7}, {"overwrite": out is None})
    _tell(place, as_json=False)
    if open_report:
        import webbrowser

        webbrowser.open((place / "report.html").resolve().as_uri())
    raise typer.Exit(0 if trusted else UNTRUSTED)


def _write(model: Model, panel: Panel, place: Path, settings: Mapping[str, Any], folder: Mapping[str, Any]) -> bool:
    """Fit, write the run folder and say how it went; return whether the draws can be trusted."""
    from bayes_roi.inference.progress import progress
    from bayes_roi.lift.fit import fit
    from bayes_roi.run.folder import run_folder
    from bayes_roi.value.uncertainty.as_wide import sentence

    with run_folder(place, **folder) as write:
        found = fit(model, panel, **settings)
        blocks = [f"{' + '.join(block.nodes)} by {block.engine}" for block in found.diagnosis.blocks]
        typer.echo(f"fitted {', '.join(blocks)}", err=True)
        with progress(None, doing="writing") as tell:
            tell("estimates" + " and report" * folder.get("report", True), math.nan)
            write(found)
    if not found.diagnosis:
        typer.echo(f"the diagnosis failed: {found.diagnosis}", err=True)
        if ratios := json.loads((place / "estimates.json").read_text(encoding="utf-8"))["diagnosis"]["roas_width"]:
            typer.echo(f"  money: {sentence(ratios)}", err=True)
    return bool(found.diagnosis)


def _tell(place: Path, *, as_json: bool) -> None:
    """Print the estimates of a run folder, and where to read on."""
    from bayes_roi.run.estimates import read_estimates

    numbers = read_estimates(place)
    if as_json:
        show.as_json(numbers)
        return
    if numbers["channels"]:
        typer.echo(show.estimates(numbers) + "\n")
    report = place / "report.html"
    typer.echo(report if report.exists() else place)
