"""The commands that take an effect or a change apart: paths and decompose."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from bayes_roi.cli import show
from bayes_roi.cli.app import app
from bayes_roi.cli.effects import read
from bayes_roi.cli.options import AsJson, During, Horizon, Prob, Run
from bayes_roi.errors import QueryError
from bayes_roi.numbers import level, number

if TYPE_CHECKING:
    from bayes_roi.draws import Draws
    from bayes_roi.queries.change.explained import Change


@app.command()
def paths(
    run: Run,
    node: Annotated[str, typer.Argument(metavar="NODE", help="The cause: a spend, or a node with --shift.")],
    shift: Annotated[float | None, typer.Option(metavar="X", help="From the actual values to these plus X.")] = None,
    outcome: Annotated[str | None, typer.Option(metavar="NODE", help="What responds; by default the outcome.")] = None,
    path: Annotated[str | None, typer.Option(metavar="A->B->C", help="Only this path.")] = None,
    during: During = None,
    horizon: Horizon = None,
    hold_spend: Annotated[
        bool | None,
        typer.Option(
            "--hold-spend/--in-total", help="Other spends held (against no spend), or in total (with --shift)."
        ),
    ] = None,
    prob: Prob = 0.9,
    as_json: AsJson = False,
) -> None:
    """Print an effect split into direct, indirect and every path, with what each path returned."""
    from bayes_roi.queries.paths.responding import NAMES
    from bayes_roi.value.paths.paths import effect_paths

    fit = read(run, prob)
    found = effect_paths(
        fit, node, outcome=outcome, shift=shift, path=path, during=during, horizon=horizon, hold_spend=hold_spend
    )
    rows = dict(found.effect.rows())
    roas = {} if found.roas is None else dict(found.roas.rows())
    if as_json:
        parts = {name: {"effect": _part(d, prob)} | _named("roas", roas.get(name), prob) for name, d in rows.items()}
        about = {"contrast": found.contrast, "warnings": list(found.warnings), "unit": found.total.unit}
        about |= {"estimand": NAMES[found.hold_spend], "note": found.note}
        show.as_json({"paths": parts} | about | _said(prob, bool(fit.diagnosis)))
        return
    lines = []
    for name, draws in rows.items():
        e = _part(draws, prob)
        line = [name, number(e["mean"]), show.interval(e)]
        if roas:
            r = _part(roas[name], prob)
            line += [show.centre(r), show.interval(r)]
        lines.append([*line, e["evidence"]])
    inside = f"{level(prob)} interval"
    head = ["part", "mean", inside, *(["ROAS", inside] if roas else []), "evidence"]
    why = dict.fromkeys(draws.why_assumed for draws in rows.values() if draws.why_assumed)
    notes = [*(f"assumed: {text}" for text in why), *([f"note: {found.note}"] if found.note else [])]
    title = f"effect of {found.node} on {found.outcome} [{found.total.unit}]; {found.contrast}"
    typer.echo("\n".join([title, show.table(head, lines), *notes, *(f"warning: {w}" for w in found.warnings)]))


@app.command()
def decompose(
    run: Run,
    windows: Annotated[
        list[str],
        typer.Argument(metavar="PERIOD | BEFORE AFTER", help="One period, or two windows: 2023:2023-06 2024:2024-06."),
    ],
    target: Annotated[str | None, typer.Option(metavar="NODE", help="What changed; by default the outcome.")] = None,
    no_drift: Annotated[
        bool, typer.Option("--no-drift", help="Take the equations for the same in both windows.")
    ] = False,
    prob: Prob = 0.9,
    as_json: AsJson = False,
) -> None:
    """Print why the outcome changed between two windows, or was what it was in one period."""
    from bayes_roi.queries.change.change import decompose_change
    from bayes_roi.queries.change.period import decompose_period

    if len(windows) > 2:
        raise QueryError(f"decompose takes one period, or two windows BEFORE AFTER, got {len(windows)}")
    fit = read(run, prob)
    if len(windows) == 1:
        change = decompose_period(fit, windows[0], target=target).change
    else:
        before, after = windows
        change = decompose_change(fit, before, after, target=target, mechanisms=not no_drift)
    if as_json:
        show.as_json(_change(change, prob) | _said(prob, bool(fit.diagnosis)))
    else:
        typer.echo(_text(change, prob))


def _change(change: Change, prob: float) -> dict[str, Any]:
    parts = {c.name: {"kind": c.kind} | _part(change.share.sel(cause=c.name), prob) for c in change.causes}
    ends = {"before": change.before, "after": change.after, "windows": list(change.windows)}
    return {"decomposition": parts, "target": change.target, "unit": change.share.unit} | ends


def _text(change: Change, prob: float) -> str:
    parts = sorted(_change(change, prob)["decomposition"].items(), key=lambda kv: -abs(kv[1]["mean"]))
    rows = [[n, e["kind"], number(e["mean"]), show.interval(e), e["evidence"]] for n, e in parts]
    table = show.table(["cause", "kind", "mean", f"{level(prob)} interval", "evidence"], rows)
    assumed = f"assumed: {change.share.why_assumed}" if change.share.why_assumed else ""
    note = f"note: {change.share.note}" if change.share.note else ""
    return "\n".join(part for part in (change.head, table, assumed, note) if part)


def _named(name: str, draws: Draws | None, prob: float) -> dict[str, Any]:
    return {} if draws is None else {name: _part(draws, prob)}


def _part(draws: Draws, prob: float) -> dict[str, Any]:
    from bayes_roi.run.json_numbers import summary

    return summary(draws, prob) | {"evidence": str(draws.words().array.item())}


def _said(prob: float, trusted: bool) -> dict[str, Any]:
    return {"interval": show.as_interval(prob), "diagnosis": {"ok": trusted}}
