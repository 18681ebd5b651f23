"""The command that writes a run as tables: export."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from bayes_roi.cli import files
from bayes_roi.cli.app import app
from bayes_roi.cli.effects import read
from bayes_roi.cli.options import Prob, Run


@app.command()
def export(
    run: Run,
    output: Annotated[
        Path | None, typer.Option("-o", "--output", metavar="FILE", help="The .xlsx; by default RUN.xlsx beside RUN.")
    ] = None,
    prob: Prob = 0.9,
) -> None:
    """Write a run as Excel tables: ROI, quarters, periods, channels, parameters, audit."""
    from bayes_roi.run.export import KIND, excel_file, to_excel

    file = files.output(output or run.parent / f"{run.resolve().name}{KIND}", (KIND,), run=run)
    excel_file(file)  # what cannot be is told before anything is computed
    typer.echo(to_excel(read(run, prob), file, prob=prob))
