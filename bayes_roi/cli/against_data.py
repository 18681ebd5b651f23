"""The commands that hold the graph of a run against its data, and weigh what no data tell."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from bayes_roi.cli import files, show
from bayes_roi.cli.app import app
from bayes_roi.cli.effects import read
from bayes_roi.cli.options import AsJson, Prob, Run
from bayes_roi.errors import UNTRUSTED, QueryError


@app.command()
def falsify(
    run: Run,
    graphs: Annotated[int, typer.Option(metavar="N", min=0, help="Permuted graphs to compare with.")] = 200,
    as_json: AsJson = False,
) -> None:
    """Print what the graph implies of the data, and whether the data contradict it."""
    from bayes_roi.checks.falsify.falsify import falsify as falsified

    fit = read(run)
    found = falsified(fit, graphs=graphs)
    if as_json:
        show.as_json({"falsification": found.to_dict(), "diagnosis": {"ok": bool(fit.diagnosis)}})
    else:
        typer.echo(str(found))
    raise typer.Exit(0 if found else UNTRUSTED)


@app.command()
def sensitivity(
    run: Run,
    channel: Annotated[str, typer.Argument(metavar="CHANNEL", help="A channel of the model.")],
    node: Annotated[
        str | None, typer.Option(metavar="NODE", help="What else the hidden cause moves; by default the outcome.")
    ] = None,
    apart: Annotated[bool, typer.Option("--apart", help="It moves one up and the other down.")] = False,
    both_up: Annotated[bool, typer.Option("--both-up", help="It moves both up; by default what hurts the answer.")] = (
        False
    ),
    strongest: Annotated[float | None, typer.Option(metavar="S", help="The strongest cause to ask about.")] = None,
    picture: Annotated[
        Path | None, typer.Option("-o", "--output", metavar="FILE", help="Draw it too, to an .svg file.")
    ] = None,
    prob: Prob = 0.9,
    as_json: AsJson = False,
) -> None:
    """Print how strong a hidden cause must be to change a channel's ROI."""
    from bayes_roi.checks.sensitivity.sensitivity import sensitivity as asked

    file = None if picture is None else files.output(picture, (".svg",), run=run)
    sign = "both up" if both_up else "apart" if apart else "adverse"
    fit = read(run, prob)
    found = asked(fit, channel, node=node, sign=sign, strongest=strongest, prob=prob)  # type: ignore[arg-type]
    if as_json:
        show.as_json({"sensitivity": found.to_dict(), "diagnosis": {"ok": bool(fit.diagnosis)}})
    else:
        typer.echo(str(found))
    if file is not None:
        from bayes_roi.atomic import write_whole
        from bayes_roi.report.plots import plot_sensitivity, svg

        write_whole(file, svg(plot_sensitivity(found)))


@app.command("tests")
def lifts(run: Run, prob: Prob = 0.9, as_json: AsJson = False) -> None:
    """Print what lift tests changed: each beside what is expected without it, and ROI with and without each."""
    from bayes_roi.checks.lifts.lift_tests import lift_tests

    found = lift_tests(read(run, prob), prob=prob)
    if as_json:
        show.as_json(found.to_dict())
    else:
        typer.echo(str(found))


@app.command()
def refute(
    run: Run,
    fast: Annotated[bool, typer.Option("--fast", help="Only what needs no new fit.")] = False,
    as_json: AsJson = False,
) -> None:
    """Print what refuters show: placebos, a random cause, rows left out."""
    from bayes_roi.checks.refute.refute import refute as refuted

    fit = read(run)
    found = refuted(fit, refits=not fast)
    if as_json:
        show.as_json({"refutation": found.to_dict(), "diagnosis": {"ok": bool(fit.diagnosis)}})
    else:
        typer.echo(str(found))
    raise typer.Exit(0 if found else UNTRUSTED)


@app.command()
def average(
    runs: Annotated[list[Path], typer.Argument(metavar="RUN...", help="Runs of several graphs of one table.")],
    weight: Annotated[
        list[str] | None, typer.Option(metavar="RUN=W", help="Prior weight of a run's name; equal by default.")
    ] = None,
    prob: Prob = 0.9,
    as_json: AsJson = False,
) -> None:
    """Print ROI by graph, and of several graphs together."""
    from bayes_roi.checks.average.average import average as averaged

    fits = {name: read(run, prob) for name, run in zip(files.run_names(runs), runs, strict=True)}
    found = averaged(fits, weights=_weights(weight), prob=prob)
    if as_json:
        show.as_json({"average": found.to_dict()})
    else:
        typer.echo(str(found))


def _weights(given: list[str] | None) -> dict[str, float] | None:
    found = {}
    for text in given or ():
        name, _, number = text.partition("=")
        try:
            found[name.strip()] = float(number)
        except ValueError:
            raise QueryError(f"--weight takes RUN=W, a run's name and a number, got {text!r}") from None
    return found or None
