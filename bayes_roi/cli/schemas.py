"""The command that prints the JSON schema of what goes in and comes out: schema."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from bayes_roi.cli import show
from bayes_roi.cli.app import app
from bayes_roi.errors import QueryError, nearest

KINDS = ("model", "estimates", "plans")


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
    raise QueryError(
        f"there are schemas of {', '.join(KINDS[:-1])} and {KINDS[-1]}, got {kind!r}{nearest(kind, KINDS)}"
    )
