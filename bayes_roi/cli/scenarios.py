"""The commands about scenarios: scenario and compare."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from bayes_roi.cli import files, show
from bayes_roi.cli.app import app
from bayes_roi.cli.effects import read
from bayes_roi.cli.optimise import SCHEMA
from bayes_roi.cli.options import AsJson, Output, Prob, Run
from bayes_roi.numbers import level, number, probability

if TYPE_CHECKING:
    from bayes_roi.decisions.scenarios.comparison import Comparison

REFERENCE = "as last year"
Numbers = Mapping[str, Mapping[str, Any]]
"""Scenario -> its numbers, see `Comparison.summary`."""


@app.command()
def scenario(
    run: Run,
    output: Output,
    spend: Annotated[
        list[str] | None, typer.Option(metavar="CHANNEL=X", help="Spend X in all; may be given again.")
    ] = None,
    change: Annotated[
        list[str] | None, typer.Option(metavar="CHANNEL=D", help="Change last year's spend by the share D, e.g. 0.2.")
    ] = None,
    periods: Annotated[int | None, typer.Option(metavar="N", help="Periods to plan; by default a year.")] = None,
    name: Annotated[str | None, typer.Option(help="What the plan is called; by default as the file.")] = None,
) -> None:
    """Write a plan of spend as a table to edit: last year's, but for what is changed."""
    from bayes_roi.decisions.scenarios.build_scenario import scenario as build
    from bayes_roi.decisions.scenarios.scenario_file import write_plan

    file = files.output(output, (".csv", ".xlsx"), run=run)
    totals, shares = _amounts(spend, "--spend", "tv=300000"), _amounts(change, "--change", "tv=0.2")
    made = build(read(run), name or file.stem, periods=periods, spend=totals, change=shares)
    typer.echo(write_plan(made, file))


def _amounts(texts: Iterable[str] | None, option: str, example: str) -> dict[str, float]:
    pairs = [files.assignment(text, option, example) for text in texts or ()]
    return {channel: files.number(amount, f"{option} {channel}") for channel, amount in pairs}


@app.command()
def compare(
    run: Run,
    plans: Annotated[
        list[Path], typer.Argument(metavar="PLAN...", help="Tables of period, channel and spend: .csv or .xlsx.")
    ],
    horizon: Annotated[
        int | None,
        typer.Option(metavar="N", help="Periods of carry-over counted after the plan; by default all."),
    ] = None,
    others: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="NODE=X", help="What another node will be: a number, mean or last_year."),
    ] = None,
    prob: Prob = 0.9,
    as_json: AsJson = False,
) -> None:
    """Print what plans of spend would bring, against last year's."""
    from bayes_roi.decisions.scenarios.build_scenario import scenario as build
    from bayes_roi.decisions.scenarios.compare import compare as side_by_side
    from bayes_roi.decisions.scenarios.scenario_file import read_plans

    fit = read(run, prob)
    nodes = files.forecasts(fit.model, others)
    scenarios = [plan for file in plans for plan in read_plans(file, fit, nodes=nodes)]
    reference = build(fit, REFERENCE, periods=scenarios[0].periods, nodes=nodes)
    found = side_by_side(fit, [reference, *scenarios], horizon=horizon)
    if as_json:
        show.as_json(_as_json(found, prob))
    else:
        typer.echo(_text(found, prob))


def _as_json(found: Comparison, prob: float) -> dict[str, Any]:
    labels = found.ahead.labels
    return {
        "schema": SCHEMA,
        "compare": found.summary(prob),
        "predictive": {name: {"outcome": n["outcome"]} for name, n in found.predictive.summary(prob).items()},
        "probability_better": {
            name: {other: _defined(p) for other, p in zip(found.names, row, strict=True)}
            for name, row in zip(found.names, found.better.array.tolist(), strict=True)
        },
        "periods": [labels[0].item(), labels[-1].item()],
        "horizon": found.ahead.horizon,
        "margin": found.ahead.margin,
        "units": {"money": found.unit, "outcome": found.outcome.unit},
        "note": found.outcome.note,
        "interval": show.as_interval(prob),
        "diagnosis": {"ok": bool(found.fit.diagnosis)},
    }


def _defined(p: float) -> float | None:
    return p if p == p else None  # NaN where a plan meets itself


def _text(found: Comparison, prob: float) -> str:
    span = f"{found.ahead.labels[0]} to {found.ahead.labels[-1]}"
    numbers, shown = found.summary(prob), found.predictive.summary(prob)
    lines = [
        f"plans over {found.ahead.periods} periods, {span}; {found.unit}",
        f"{found.outcome.unit} of these periods, as expected and as they would show it, with their noise:",
        _outcomes(numbers, shown, prob),
        f"what the spend adds, {found.ahead.horizon} periods of run-off included:",
        _added(numbers, prob),
    ]
    far = {name: n["extrapolated"] for name, n in numbers.items() if n["extrapolated"]}
    lines += [
        f"note: {name}: {', '.join(c)}: this amount, or this mix with the other spends, was hardly ever seen"
        for name, c in far.items()
    ]
    lines += [f"assumed: {name}: {n['reason']}" for name, n in numbers.items() if n["reason"]]
    return "\n".join([*lines, *([f"note: {found.outcome.note}"] if found.outcome.note else [])])


def _outcomes(numbers: Numbers, shown: Numbers, prob: float) -> str:
    header = ["scenario", "outcome", f"{level(prob)} interval", "with noise"]
    rows = [
        [name, number(n["outcome"]["mean"]), show.interval(n["outcome"]), show.interval(shown[name]["outcome"])]
        for name, n in numbers.items()
    ]
    return show.table(header, rows)


def _added(numbers: Numbers, prob: float) -> str:
    interval = f"{level(prob)} interval"
    header = ["scenario", "spend", "outcome", "profit", interval, "ROI", interval, "gain", interval, "P(gain>0)"]
    return show.table([*header, "evidence"], [_row(name, n) for name, n in numbers.items()])


def _row(name: str, numbers: Mapping[str, Any]) -> list[str]:
    cells = [name, number(numbers["spend"]), number(numbers["incremental_outcome"]["mean"])]
    for key in ("profit", "roi", "gain"):
        estimate = numbers[key]
        cells += ["-", "-"] if estimate is None else show.measured(key, estimate)
    evidence, of_gain = numbers["evidence"], numbers["gain_evidence"]
    said = evidence if of_gain in (None, evidence) else f"{evidence}; gain: {of_gain}"
    return [*cells, probability(numbers["better"]), said]
