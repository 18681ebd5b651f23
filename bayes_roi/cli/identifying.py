"""The command that asks the graph of a model whether an effect can be told from what is observed."""

from __future__ import annotations

from typing import Annotated

import typer

from bayes_roi.cli import files, show
from bayes_roi.cli.app import app
from bayes_roi.cli.options import AsJson, ModelName


@app.command()
def identify(
    model: ModelName,
    treatment: Annotated[str, typer.Argument(metavar="TREATMENT", help="A node, or several joined by commas.")],
    outcome: Annotated[
        str | None, typer.Argument(metavar="OUTCOME", help="What responds; by default the model's outcome.")
    ] = None,
    given: Annotated[
        list[str] | None, typer.Option(metavar="NODE", help="An observed node that is known; may be given again.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Say whether the graph identifies an effect from the observed columns, and by what. No data are read."""
    from bayes_roi.model.language.model_file import read_model
    from bayes_roi.queries.identification.identify import identify as identified

    treated = [n.strip() for n in treatment.split(",") if n.strip()]
    found = identified(read_model(files.model_file(model)), treated, outcome, given=given or ())
    if as_json:
        show.as_json(found.to_dict())
    else:
        typer.echo(str(found))
