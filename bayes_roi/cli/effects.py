"""The commands that ask a run: roi, ate and report."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from bayes_roi.cli import files, show
from bayes_roi.cli.app import app
from bayes_roi.cli.options import AsJson, During, HoldSpend, Horizon, Prob, Run
from bayes_roi.errors import QueryError
from bayes_roi.numbers import level, number

if TYPE_CHECKING:
    from bayes_roi.draws import Draws
    from bayes_roi.inference.fit import Fit
    from bayes_roi.value.attribution.channel_table import ChannelTable


@app.command()
def roi(
    run: Run,
    by: Annotated[
        list[str] | None,
        typer.Option(metavar="PART", help="By month, quarter, year or the panel's column; may be given twice."),
    ] = None,
    during: During = None,
    horizon: Horizon = None,
    prob: Prob = 0.9,
    as_json: AsJson = False,
) -> None:
    """Print what each channel is worth: spend, ROAS, ROI, and how sure we are."""
    from bayes_roi.run.estimates import estimates
    from bayes_roi.value.answers import MoneyAnswers
    from bayes_roi.value.money.money import Money
    from bayes_roi.value.money.parted import parted

    fit = read(run, prob)
    if not fit.model.channels:
        raise QueryError(f"{fit.model.name} has no channels:, so there is no money to ask about; ask ate or do")
    parted(fit, by)  # what cannot be had is told before anything is computed
    answers = MoneyAnswers(Money(fit, during=during, horizon=horizon))
    numbers = estimates(fit, prob=prob, answers=answers, by=by)
    if as_json:
        show.as_json({"roi": {name: c["roi"] for name, c in numbers["channels"].items()}} | numbers)
    elif by:
        typer.echo(show.by_parts(numbers, by))
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
    from bayes_roi.queries.effects.ate import ate as average_effect

    if (shift is None) == (between is None):
        raise QueryError("ate needs either --shift X or --between A B")
    fit = read(run, prob)
    draws = average_effect(
        fit, node, shift=shift, between=between, outcome=outcome, during=during, hold_spend=hold_spend
    )
    if as_json:
        show.as_json({"ate": _numbers(draws, prob)} | _about(draws, fit, prob))
    else:
        typer.echo(_text(draws, prob))


@app.command()
def report(
    run: Run,
    output: Annotated[
        Path | None, typer.Option("-o", "--output", metavar="FILE", help="The file; by default RUN.html beside RUN.")
    ] = None,
    prob: Prob = 0.9,
    journeys: Annotated[
        str | None, typer.Option(metavar="LOG", help="A touch log: its credit is set beside what was caused.")
    ] = None,
    channel: Annotated[
        list[str] | None, typer.Option(metavar="CHANNEL=NAME", help="A channel of the run by its name in the log.")
    ] = None,
) -> None:
    """Write the report of a run anew, beside the run or elsewhere: a finished run is not changed."""
    from bayes_roi.report.html import report as write_report
    from bayes_roi.run.manifest import read_manifest

    fit = read(run, prob)
    file = files.output(output or run.parent / f"{run.resolve().name}.html", (".html", ".htm"), run=run)
    named = dict(files.assignment(text, "--channel", "search=brand_search") for text in channel or ())
    table = None if journeys is None else _with_journeys(fit, journeys, named, prob)
    typer.echo(write_report(fit, file, prob=prob, manifest=read_manifest(run), table=table))


def _with_journeys(fit: Fit, log: str, named: dict[str, str], prob: float) -> ChannelTable:
    from bayes_roi.inference.progress import progress
    from bayes_roi.journeys.counts.count import journey_counts
    from bayes_roi.journeys.log.read_log import read_log
    from bayes_roi.value.attribution.channel_table import channel_table

    with progress(None, doing="counting") as bar:
        counts = journey_counts(read_log(files.log_file(log)), progress=bar)
        return channel_table(fit, prob=prob, journeys=counts, named=named)


def read(run: Path, prob: float = 0.9) -> Fit:
    """Return the fit of a run; say on stderr when it should not be trusted."""
    from bayes_roi.draws import check_prob
    from bayes_roi.run.folder import read_run

    check_prob(prob)
    fit = read_run(run)
    if not fit.diagnosis:
        typer.echo(f"note: {fit.diagnosis}", err=True)
    return fit


def _numbers(draws: Draws, prob: float) -> dict[str, Any]:
    from bayes_roi.run.json_numbers import summary

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
        "interval": show.as_interval(prob),
        "diagnosis": {"ok": bool(fit.diagnosis)},
    }


def _text(draws: Draws, prob: float) -> str:
    """Return an effect as a table of one row."""
    numbers = _numbers(draws, prob)
    row = [draws.unit, number(numbers["mean"]), show.interval(numbers), _evidence(draws)]
    table = show.table(["node", "mean", f"{level(prob)} interval", "evidence"], [row])
    return "\n".join([draws.estimand, table, *([f"assumed: {draws.why_assumed}"] if draws.why_assumed else [])])
