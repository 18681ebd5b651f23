"""The command that makes the best plan for a budget: optimise."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from bayes_roi.cli import files, show
from bayes_roi.cli.app import app
from bayes_roi.cli.effects import read
from bayes_roi.cli.options import AsJson, Prob, Run
from bayes_roi.errors import QueryError
from bayes_roi.numbers import level, number

if TYPE_CHECKING:
    from bayes_roi.decisions.optimise.plan import Plan

SCHEMA = 3
"""Of the JSON about plans: 2 since outcomes are of the planned periods alone and profit is incremental; 3 since last
year's spend is called the reference."""
MEASURES = ("outcome", "incremental_outcome", "profit", "roi", "gain", "gain_over_mix")
LABELS = {
    "outcome": "outcome of the planned periods",
    "incremental_outcome": "incremental outcome",
    "profit": "incremental profit",
    "roi": "ROI",
    "gain": "profit less the reference's (last year's spend)",
    "gain_over_mix": "profit less the reference's mix, this budget",
}


@app.command()
def optimise(
    run: Run,
    periods: Annotated[int, typer.Option(metavar="N", help="Periods to plan.")],
    budget: Annotated[
        float | None, typer.Option(metavar="X", help="Divide X over channels; least_spend and roi can do without.")
    ] = None,
    objective: Annotated[
        str, typer.Option(metavar="NAME", help="mean, cvar, probability, least_spend or roi.")
    ] = "mean",
    target: Annotated[
        float | None,
        typer.Option(metavar="X", help="An incremental profit, an outcome or an ROI, as the objective needs it."),
    ] = None,
    level: Annotated[float, typer.Option(metavar="A", help="Share of draws in the tail of cvar.")] = 0.1,
    bound: Annotated[
        list[str] | None, typer.Option(metavar="CHANNEL=LO:HI", help="Bound a channel's total; an end may be left out.")
    ] = None,
    most_change: Annotated[
        float | None, typer.Option(metavar="D", help="Change no channel by more than the share D of last year.")
    ] = None,
    flighting: Annotated[
        str, typer.Option(metavar="KIND", help="pattern (as last year), even, or free by period.")
    ] = "pattern",
    extrapolate: Annotated[bool, typer.Option("--extrapolate", help="Go beyond the spend that was observed.")] = False,
    keep_rest: Annotated[
        bool, typer.Option("--keep-rest", help="Spend less than the budget where that is better.")
    ] = False,
    name: Annotated[str | None, typer.Option(help="What the plan is called; by default as the file.")] = None,
    output: Annotated[
        Path | None, typer.Option("-o", "--output", metavar="FILE", help="Write the plan: .csv or .xlsx.")
    ] = None,
    prob: Prob = 0.9,
    as_json: AsJson = False,
) -> None:
    """Divide a budget over channels as best, over the periods after the data."""
    from bayes_roi.decisions.optimise.optimise import optimise as best_plan

    file = None if output is None else files.output(output, (".csv", ".xlsx"), run=run)
    found = best_plan(
        read(run, prob),
        budget=budget,
        periods=periods,
        objective=objective,  # type: ignore[arg-type]  # checked there
        target=target,
        level=level,
        bounds=dict(_bound(text) for text in bound or ()),
        most_change=most_change,
        flighting=flighting,  # type: ignore[arg-type]
        extrapolate=extrapolate,
        spend_all=not keep_rest,
    )
    if file is not None:
        from bayes_roi.decisions.scenarios.scenario_file import write_plan

        write_plan(replace(found.scenario, name=name or file.stem), file)
    if as_json:
        show.as_json(_numbers(found, prob))
    else:
        typer.echo("\n".join([_text(found, prob), *([str(file)] if file else [])]))


def _bound(text: str) -> tuple[str, tuple[float | None, float | None]]:
    channel, ends = files.assignment(text, "--bound", "tv=0:300000")
    low, colon, high = ends.partition(":")
    if not colon:
        raise QueryError(
            f"--bound takes CHANNEL=LO:HI, got {text!r}; write for example {channel}=0:{low.strip() or 300000}"
        )
    first, last = (files.number(e, f"--bound {channel}") if e.strip() else None for e in (low, high))
    return channel, (first, last)


def _numbers(found: Plan, prob: float) -> dict[str, Any]:
    from bayes_roi.run.estimates import plain, summary

    outlook = found.outlook
    return {
        "schema": SCHEMA,
        "spend": found.totals,
        "by_period": dict(zip(found.totals, found.money.array.tolist(), strict=True)),
        "time": outlook.labels.tolist(),
        "reference": dict(zip(outlook.channels, outlook.reference.sum(axis=1).tolist(), strict=True)),
        "outcome": summary(found.outcome, prob),
        "incremental_outcome": summary(found.incremental_outcome, prob),
        "profit": summary(found.profit, prob),
        "roi": summary(found.roi, prob) if found.budget > 0 else None,
        "gain": summary(found.gain, prob)
        | {"probability_positive": float(found.gain.arrays.probability(above=0).array)},
        "gain_over_mix": None
        if not found.mix_keeps
        else summary(found.mix, prob) | {"probability_positive": float(found.mix.arrays.probability(above=0).array)},
        "marginal": plain(found.marginal),
        "multipliers": {name: plain(x) for name, x in found.kkt.multipliers.items()},
        "rest_kept": None if (less := found.rest_kept) is None else _beside(less, found, prob),
        "freely_timed": None if (free := found.freely_timed) is None else _beside(free, found, prob),
        "binding": list(found.kkt.binding),
        "kkt": {"ok": bool(found.kkt), "residual": found.kkt.residual},
        "objective": found.objective,
        "horizon": outlook.horizon,
        "evidence": str(found.profit.words().array.item()),
        "reason": found.profit.why_assumed,
        "note": found.outcome.note,
        "interval": show.as_interval(prob),
        "diagnosis": {"ok": bool(found.fit.diagnosis)},
    }


def _beside(other: Plan, found: Plan, prob: float) -> dict[str, Any]:
    """Return what another plan spends, what it adds and what it gains over the one found."""
    from bayes_roi.run.estimates import summary

    return {
        "spend": other.totals,
        "profit": summary(other.profit, prob),
        "gain": summary(other.profit - found.profit, prob),
        "evidence": str(other.profit.words().array.item()),
    }


def _text(found: Plan, prob: float) -> str:
    from bayes_roi.decisions.optimise import plan_words
    from bayes_roi.decisions.optimise.kkt import loosened, per_unit

    numbers = _numbers(found, prob)
    head = ["channel", "spend", "reference"]
    rows = [[c, number(x), number(numbers["reference"][c])] for c, x in numbers["spend"].items()]
    rows.append(["total", number(found.budget), number(sum(numbers["reference"].values()))])
    measures = [
        [LABELS[m], *show.measured(m, numbers[m])]
        for m in MEASURES
        if numbers[m] is not None and math.isfinite(numbers[m]["mean"])
    ]
    unit = f" {found.outcome.unit} of outcome" if found.question.units_only else ""
    lines = [
        *plan_words.head(found, prob),
        show.table(head, rows),
        show.table(["", "mean", f"{level(prob)} interval"], measures),
        f"incremental profit: {numbers['evidence']}",
        f"one more unit of budget adds {per_unit(found.marginal)}{unit}",
    ]
    multipliers = found.kkt.multipliers
    lines += [f"assumed: {numbers['reason']}"] if numbers["reason"] else []
    lines += [f"limit reached: {x}{loosened(x, multipliers[x]) if x in multipliers else ''}" for x in found.kkt.binding]
    return "\n".join([*lines, *(f"note: {n}" for n in plan_words.notes(found))])
