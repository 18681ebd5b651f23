"""The command that says what it is worth to know more before a budget is split: value-of-information."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from bayes_roi.cli import files, show
from bayes_roi.cli.app import app
from bayes_roi.cli.effects import read
from bayes_roi.cli.optimise import SCHEMA
from bayes_roi.cli.options import AsJson, Run
from bayes_roi.numbers import number

if TYPE_CHECKING:
    from bayes_roi.decisions.information.information import ValueOfInformation

WAITS = "write each result there, then bayes-roi run MODEL --experiments FILE"


@app.command("value-of-information")
def information(
    run: Run,
    periods: Annotated[int, typer.Option(metavar="N", help="Periods to plan.")],
    budget: Annotated[
        float | None, typer.Option(metavar="X", help="Money to spend in them; by default as much as last year.")
    ] = None,
    test_periods: Annotated[
        int | None, typer.Option(metavar="K", help="Length of a test; by default half of the plan, 4 to 8 periods.")
    ] = None,
    extrapolate: Annotated[bool, typer.Option("--extrapolate", help="Go beyond the spend that was observed.")] = False,
    output: Annotated[
        Path | None,
        typer.Option(
            "-o", "--output", metavar="FILE", help="Write the tests that pay to a .yaml file for their results."
        ),
    ] = None,
    cost: Annotated[float, typer.Option(metavar="X", help="Money that a test costs beside the profit it forgoes.")] = 0,
    as_json: AsJson = False,
) -> None:
    """Print what it is worth to know more before a budget is split, and which test to run first."""
    from bayes_roi.decisions.information.choices import decision
    from bayes_roi.decisions.information.information import value_of_information
    from bayes_roi.decisions.information.planned_test import usual_tests

    file = None if output is None else files.output(output, (".yaml", ".yml"), run=run)
    fit = read(run)
    chosen = decision(fit, periods=periods, budget=budget, extrapolate=extrapolate)
    tests = [replace(e, cost=cost) for e in usual_tests(chosen.outlook, periods=test_periods)]
    found = value_of_information(fit, chosen, tests=tests)
    if as_json:
        show.as_json(_as_json(found))
    else:
        typer.echo(_text(found))
    if file is not None:
        from bayes_roi.lift.experiments_file import write_experiments

        paying = [t.test for t in found.tests if t.net > 0] or [t.test for t in found.tests[:1]]
        typer.echo(f"{write_experiments(paying, file)}: {WAITS}", err=True)


@app.command("design-test")
def design(
    run: Run,
    channel: Annotated[str, typer.Argument(metavar="CHANNEL", help="The channel to test.")],
    periods: Annotated[
        list[int] | None, typer.Option(metavar="N", help="Length of the test; several may be given.")
    ] = None,
    factor: Annotated[
        list[float] | None, typer.Option(metavar="F", help="What its spend is multiplied by; by default 0 and 2.")
    ] = None,
    units: Annotated[list[int] | None, typer.Option(metavar="K", help="How many units of a panel are treated.")] = None,
    start: Annotated[
        list[int] | None, typer.Option(metavar="T", help="Period to come that it begins in, from 0.")
    ] = None,
    power: Annotated[float, typer.Option(help="Probability of finding a lift of the size given.")] = 0.8,
    level: Annotated[float, typer.Option(help="Probability of finding one that is not there.")] = 0.1,
    output: Annotated[
        Path | None,
        typer.Option("-o", "--output", metavar="FILE", help="Write the cheapest good test to a .yaml file."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Print lift tests that could be made next: what each would see, cost and do to a channel's ROI."""
    from bayes_roi.decisions.information.design import LENGTHS, design_test

    file = None if output is None else files.output(output, (".yaml", ".yml"), run=run)
    found = design_test(
        read(run),
        channel,
        periods=periods or LENGTHS,
        designs=factor or ("off", "double"),
        units=units or None,
        starts=start or (0,),
        power=power,
        level=level,
    )
    if as_json:
        show.as_json({"design": found.to_dict()})
    else:
        typer.echo(str(found))
    if file is not None:
        from bayes_roi.lift.experiments_file import write_experiments

        typer.echo(f"{write_experiments([found.best.test], file)}: {WAITS}", err=True)


def _as_json(found: ValueOfInformation) -> dict[str, Any]:
    chosen = found.decision
    return {
        "schema": SCHEMA,
        "value_of_information": {
            "everything": {"value": found.total.value, "error": found.total.error},
            "channels": {c: {"value": w.value, "error": w.error} for c, w in found.channels.items()},
            "experiments": [
                {
                    "experiment": str(t.planned),
                    "channel": t.planned.channel,
                    "factor": t.planned.factor,
                    "periods": t.planned.periods,
                    "units": t.planned.units,
                    "value": t.evsi.value,
                    "error": t.evsi.error,
                    "effective_draws": t.evsi.effective,
                    "cost": t.cost,
                    "net": t.net,
                    "earned": t.earned,
                    "gain_per_cost": t.gain_per_cost if math.isfinite(t.gain_per_cost) else None,
                }
                for t in found.tests
            ],
        },
        "plan": {
            "name": chosen.best,
            "spend": dict(zip(chosen.outlook.channels, _spend(found), strict=True)),
            "plans": len(chosen.names),
        },
        "advice": found.advice,
        "unit": found.unit,
        "evidence": chosen.words,
        "note": chosen.note,
        "diagnosis": {"ok": bool(chosen.fit.diagnosis)},
    }


def _spend(found: ValueOfInformation) -> list[float]:
    chosen = found.decision
    by_channel: list[float] = chosen.spends[chosen.names.index(chosen.best)].sum(axis=1).tolist()
    return by_channel


def _text(found: ValueOfInformation) -> str:
    chosen = found.decision
    spent = zip(chosen.outlook.channels, _spend(found), strict=True)
    money = ", ".join(f"{c} {number(x)}" for c, x in spent)
    rows = [
        [r["knowing"], r["kind"], *(number(r[key]) for key in ("value", "error", "cost", "net", "earned"))]
        for r in found.rows()
    ]
    span = f"{chosen.outlook.labels[0]} to {chosen.outlook.labels[-1]}"
    lines = [
        f"a choice between {len(chosen.names)} plans for {chosen.outlook.periods} periods, {span}; {found.unit}",
        f"best as far as is known: {chosen.best} ({money})",
        show.table(["knowing", "", "value", "+-", "cost", "net", "earned meanwhile"], rows),
        found.advice,
        f"evidence: {chosen.words}",
    ]
    return "\n".join([*lines, *([f"note: {chosen.note}"] if chosen.note else [])])
