"""The commands that forecast, and say how wrong forecasts were: predict, backtest, compare-models, cross-validate."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from bayes_roi.cli import files, show
from bayes_roi.cli.app import app
from bayes_roi.cli.effects import read
from bayes_roi.cli.options import AsJson, Prob, Run

RIVALS = ("seasonal naive",)


@app.command()
def predict(
    run: Run,
    periods: Annotated[int, typer.Option(metavar="N", help="Periods after the last.")] = 13,
    node: Annotated[str | None, typer.Option(metavar="NODE", help="What is predicted; by default the outcome.")] = None,
    others: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="NODE=X", help="What a channel or node will be: a number, mean or last_year."),
    ] = None,
    prob: Prob = 0.9,
    as_json: AsJson = False,
) -> None:
    """Print what periods to come are expected to bring, and what they would show, noise and all."""
    from bayes_roi.prediction.prediction import predict as predicted

    fit = read(run, prob)
    known = files.forecasts(fit.model, others)
    found = predicted(fit, node=node, periods=periods, known=known, prob=prob)
    if as_json:
        show.as_json({"prediction": found.to_dict()})
    else:
        typer.echo(str(found))


@app.command()
def backtest(
    run: Run,
    folds: Annotated[int, typer.Option(metavar="K", help="Origins that are looked back from.")] = 10,
    horizon: Annotated[int, typer.Option(metavar="N", help="Periods predicted from each.")] = 4,
    known: Annotated[
        str, typer.Option(help='What of the periods ahead is given: "spend and causes", "spend" or "nothing".')
    ] = "spend and causes",
    rivals: Annotated[
        list[str] | None,
        typer.Option("--rival", metavar="NAME", help='Beside it: "seasonal naive", "AutoETS" or "boosted trees".'),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Print how forecasts from earlier periods would have done, beside rivals that know no model."""
    from bayes_roi.prediction.backtest import backtest as tested

    fit = read(run)
    found = tested(
        fit.model,
        fit.data,
        folds=folds,
        horizon=horizon,
        known=known,  # type: ignore[arg-type]
        rivals=rivals or RIVALS,  # type: ignore[arg-type]
        seed=fit.seed,
    )
    if as_json:
        show.as_json({"backtest": found.to_dict()})
    else:
        typer.echo(str(found))


@app.command("compare-models")
def compare_models(
    runs: Annotated[list[Path], typer.Argument(metavar="RUN...", help="Runs of several models of one table.")],
    folds: Annotated[int, typer.Option(metavar="K", help="Origins that are looked back from; 0 for none.")] = 10,
    horizon: Annotated[int, typer.Option(metavar="N", help="Periods predicted from each.")] = 4,
    known: Annotated[
        str, typer.Option(help='What of the periods ahead is given: "spend and causes", "spend" or "nothing".')
    ] = "spend and causes",
    as_json: AsJson = False,
) -> None:
    """Print how well models of one table predict it: rows left out, and later periods."""
    from bayes_roi.prediction.comparison.compare_models import compare_models as compared

    fits = {name: read(run) for name, run in zip(files.run_names(runs), runs, strict=True)}
    found = compared(fits, folds=folds, horizon=horizon, known=known)  # type: ignore[arg-type]
    if as_json:
        show.as_json({"model_comparison": found.to_dict()})
    else:
        typer.echo(str(found))


@app.command("cross-validate")
def cross_validate(
    run: Run,
    by: Annotated[
        str | None, typer.Option(help='What is held out together: "unit", "time" or "row"; by default as the rows are.')
    ] = None,
    folds: Annotated[int, typer.Option(metavar="K", help="Parts that the table is divided into.")] = 5,
    as_json: AsJson = False,
) -> None:
    """Print how well rows are predicted by fits that do not know them."""
    from bayes_roi.prediction.held_out.cross_validate import cross_validate as validated

    fit = read(run)
    found = validated(fit.model, fit.data, by=by, folds=folds, seed=fit.seed)  # type: ignore[arg-type]
    if as_json:
        show.as_json({"cross_validation": found.to_dict()})
    else:
        typer.echo(str(found))
