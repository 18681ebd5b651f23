"""The commands for other programs: a run as tables (export), and the schemas of what goes in and comes out (schema)."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from bayes_roi.cli import files, show
from bayes_roi.cli.app import app
from bayes_roi.cli.effects import read
from bayes_roi.cli.options import Prob, Run
from bayes_roi.errors import QueryError, nearest
from bayes_roi.plain_text import listed

KINDS = ("model", "estimates", "plans")
"""Of what there are schemas."""


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


@app.command()
def schema(
    kind: Annotated[
        str,
        typer.Argument(metavar="[model|estimates|plans]", help="Model files, estimates.json, or optimise --json."),
    ] = "model",
) -> None:
    """Print the JSON schema of model files, of estimates.json or of plans."""
    show.as_json(_schema(kind))


def _schema(kind: str) -> dict[str, Any]:
    if kind == "model":
        from bayes_roi.model.file.model_schema import model_schema

        return model_schema()
    if kind == "estimates":
        from bayes_roi.run.estimates_schema import estimates_schema

        return estimates_schema()
    if kind == "plans":
        from bayes_roi.run.plan_schema import plan_schema

        return plan_schema()
    raise QueryError(f"there are schemas of {listed(KINDS)}, got {kind!r}{nearest(kind, KINDS)}")
