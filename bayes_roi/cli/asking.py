"""The commands that ask a run: roi, ate, do and report."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from bayes_roi.cli import files, show
from bayes_roi.cli.app import app
from bayes_roi.cli.options import AsJson, During, HoldSpend, Prob, Run
from bayes_roi.errors import QueryError

if TYPE_CHECKING:
    from bayes_roi.draws import Draws
    from bayes_roi.inference.fit import Fit
    from bayes_roi.model.design import During as Window
    from bayes_roi.model.intervention import Intervention


@app.command()
def roi(
    run: Run,
    by: Annotated[str | None, typer.Option(metavar="COLUMN", help="By the units of the panel, e.g. geo.")] = None,
    prob: Prob = 0.9,
    as_json: AsJson = False,
) -> None:
    """Print what each channel is worth: spend, ROAS, ROI, and how sure we are."""
    from bayes_roi.run.estimates import estimates

    fit = read(run)
    numbers = estimates(fit, prob=prob)
    if not numbers["channels"]:
        raise QueryError(f"{fit.model.name} has no channels:, so there is no money to ask about; ask ate or do")
    if by is not None and by not in numbers.get("by", {}):
        known = ", ".join(numbers.get("by", {})) or "this model has no panel:"
        raise QueryError(f"--by takes the column of the panel unit, got {by!r}; there is {known}")
    if as_json:
        show.as_json({"roi": {name: c["roi"] for name, c in numbers["channels"].items()}} | numbers)
    elif by is not None:
        typer.echo(show.by_unit(numbers, by))
    else:
        typer.echo(show.estimates(numbers))


@app.command()
def ate(
    run: Run,
    node: Annotated[str, typer.Argument(metavar="NODE", help="What is changed.")],
    shift: Annotated[float | None, typer.Option(metavar="X", help="From the actual values to these plus X.")] = None,
    between: Annotated[
        tuple[float, float] | None, typer.Option(metavar="A B", help="From the level A to the level B.")
    ] = None,
    outcome: Annotated[str | None, typer.Option(metavar="NODE", help="What responds; by default the outcome.")] = None,
    during: During = None,
    hold_spend: HoldSpend = False,
    prob: Prob = 0.9,
    as_json: AsJson = False,
) -> None:
    """Print the average effect of a node on the outcome, per period."""
    from bayes_roi.queries.effects import ate as average_effect

    if (shift is None) == (between is None):
        raise QueryError("ate needs either --shift X or --between A B")
    fit = read(run, prob)
    inside = window(fit, during)
    draws = average_effect(
        fit, node, shift=shift, between=between, outcome=outcome, during=inside, hold_spend=hold_spend
    )
    if as_json:
        show.as_json({"ate": _numbers(draws, prob)} | _about(draws, fit, prob))
    else:
        typer.echo(_told({draws.unit: draws}, prob, draws.estimand))


@app.command()
def do(
    run: Run,
    levels: Annotated[
        list[str] | None, typer.Argument(metavar="[NODE=VALUE]...", help="Set nodes to levels.", show_default=False)
    ] = None,
    scale: Annotated[list[str] | None, typer.Option(metavar="NODE=F", help="Multiply a node by F.")] = None,
    shift: Annotated[list[str] | None, typer.Option(metavar="NODE=D", help="Add D to a node.")] = None,
    during: During = None,
    hold_spend: HoldSpend = False,
    prob: Prob = 0.9,
    as_json: AsJson = False,
) -> None:
    """Print every node downstream of an intervention, as it would be."""
    from bayes_roi.queries.effects import do as intervene

    fit = read(run, prob)
    inside = window(fit, during)
    wanted = [
        *_interventions("set", levels, inside),
        *_interventions("scale", scale, inside),
        *_interventions("shift", shift, inside),
    ]
    if not wanted:
        raise QueryError("do needs an intervention: NODE=VALUE, --scale NODE=F or --shift NODE=D")
    found = intervene(fit, *wanted, hold_spend=hold_spend)
    first = next(iter(found.values()))
    if as_json:
        numbers = {
            node: _numbers(draws, prob) | {"evidence": _evidence(draws), "reason": draws.why_assumed}
            for node, draws in found.items()
        }
        about = _about(first, fit, prob)
        over_time = "time" in first.arrays.values.dims
        times = {"time": first.arrays.values.labels("time").tolist()} if over_time else {}
        if fit.model.panel in first.arrays.values.dims:
            times |= {str(fit.model.panel): first.arrays.values.labels(str(fit.model.panel)).tolist()}
        show.as_json({"do": numbers} | times | {key: about[key] for key in ("interval", "diagnosis")})
    else:
        typer.echo(_told(found, prob, f"do({', '.join(map(str, wanted))})"))


@app.command()
def report(
    run: Run,
    output: Annotated[
        Path | None, typer.Option("-o", "--output", metavar="FILE", help="The file; by default RUN.html beside RUN.")
    ] = None,
    prob: Prob = 0.9,
) -> None:
    """Write the report of a run anew, beside the run or elsewhere: a finished run is not changed."""
    from bayes_roi.report.html import report as write_report
    from bayes_roi.run.manifest import read_manifest

    fit = read(run, prob)
    file = files.output(output or run.parent / f"{run.resolve().name}.html", (".html", ".htm"), run=run)
    typer.echo(write_report(fit, file, prob=prob, manifest=read_manifest(run)))


def read(run: Path, prob: float = 0.9) -> Fit:
    """Return the fit of a run; say on stderr when it should not be trusted."""
    from bayes_roi.draws import check_prob
    from bayes_roi.run.folder import read_run

    check_prob(prob)
    fit = read_run(run)
    if not fit.diagnosis:
        typer.echo(f"note: {fit.diagnosis}", err=True)
    return fit


def window(fit: Fit, text: str | None) -> Window:
    """Return the window of --during: a label, or FIRST:LAST of which one may be left out."""
    if text is None:
        return None
    ends = [_label(fit, part.strip()) for part in text.split(":")]
    if len(ends) > 2 or not any(end is not None for end in ends):
        raise QueryError(f"--during takes a period or FIRST:LAST, got {text!r}; write for example 2025-03:2025-06")
    return ends[0] if len(ends) == 1 else slice(*ends)


def _label(fit: Fit, text: str) -> str | int | None:
    if not text:
        return None
    if fit.design.periods is None or fit.design.periods.dtype.kind != "i":
        return text
    number = files.number(text, "--during: a period of this run")
    if not number.is_integer():
        raise QueryError(f"--during: a period of this run is a whole number, got {text!r}")
    return int(number)


def _interventions(how: Any, texts: Iterable[str] | None, inside: Window) -> list[Intervention]:
    from bayes_roi.model.intervention import Intervention

    found = []
    for text in texts or ():
        node, amount = files.assignment(text, "do" if how == "set" else f"--{how}", "tv_spend=0")
        found.append(Intervention(node, how, files.number(amount, node), inside))
    return found


def _numbers(draws: Draws, prob: float) -> dict[str, Any]:
    from bayes_roi.run.estimates import summary

    return summary(draws, prob)


def _evidence(draws: Draws) -> str:
    return str(draws.words().array.item())


def _about(draws: Draws, fit: Fit, prob: float) -> dict[str, Any]:
    return {
        "estimand": draws.estimand,
        "unit": draws.unit,
        "evidence": _evidence(draws),
        "reason": draws.why_assumed,
        "support": None if draws.arrays.support is None else float(draws.arrays.support.array),
        "note": draws.note,
        "interval": {"kind": "eti", "prob": prob},
        "diagnosis": {"ok": bool(fit.diagnosis)},
    }


def _told(found: dict[str, Draws], prob: float, what: str) -> str:
    """Return a table of draws: their mean over time where they have any."""
    rows = []
    for node, draws in found.items():
        over_rows = bool(set(draws.arrays.values.dims) - {"chain", "draw"})
        numbers = _numbers(_mean_over_rows(draws) if over_rows else draws, prob)
        label = f"{node}, mean over {'time' if len(draws.arrays.values.dims) == 3 else 'rows'}" if over_rows else node
        rows.append([label, show.number(numbers["mean"]), show.interval(numbers), _evidence(draws)])
    table = show.table(["node", "mean", f"{prob:.0%} interval", "evidence"], rows)
    why = dict.fromkeys(draws.why_assumed for draws in found.values() if draws.why_assumed)
    return "\n".join([what, table, *(f"assumed: {text}" for text in why)])


def _mean_over_rows(draws: Draws) -> Draws:
    """Return the mean over time, in a panel over the rows there are."""
    import numpy as np

    from bayes_roi.draws import Draws

    known = draws.arrays
    over = [dim for dim in known.values.dims if dim not in ("chain", "draw")]
    return Draws(
        values=known.values.reduced(np.nanmean, *over),
        unit=draws.unit,
        estimand=draws.estimand,
        evidence=known.evidence,
        support=known.support,
        note=draws.note,
        reason=draws.reason,
    )
