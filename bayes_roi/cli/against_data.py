"""The commands that hold the graph of a run against its data: falsify."""

from __future__ import annotations

from typing import Annotated

import typer

from bayes_roi.cli import show
from bayes_roi.cli.app import app
from bayes_roi.cli.effects import read
from bayes_roi.cli.options import AsJson, Run
from bayes_roi.errors import UNTRUSTED


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
