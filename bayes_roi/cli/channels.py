"""The commands that set credit beside cause: channels and influence."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Annotated

import typer

from bayes_roi.cli import files, show
from bayes_roi.cli.app import app
from bayes_roi.cli.effects import read
from bayes_roi.cli.options import AsJson, During, Prob, Run
from bayes_roi.numbers import level, number, percent

if TYPE_CHECKING:
    from bayes_roi.inference.fit import Fit
    from bayes_roi.model.rows.during import During as Window
    from bayes_roi.value.attribution.channel_table import ChannelTable

MONEY_DRAWS = 400
"""Draws behind the means that stand beside an influence, in money."""


@app.command()
def channels(
    run: Run,
    click: Annotated[
        list[str] | None,
        typer.Option(metavar="CHANNEL=NODE", help="The click node of a channel; may be given again."),
    ] = None,
    during: During = None,
    prob: Prob = 0.9,
    as_json: AsJson = False,
) -> None:
    """Print credit beside cause: what each channel is worth by every question about it."""
    from bayes_roi.run.estimates import channel_numbers
    from bayes_roi.value.attribution.channel_table import channel_table

    fit = read(run, prob)
    table = channel_table(fit, clicks=_clicks(click or ()), during=during, prob=prob)
    if as_json:
        show.as_json(
            {"channel_table": channel_numbers(table)}
            | {"interval": show.as_interval(prob), "diagnosis": {"ok": bool(fit.diagnosis)}}
        )
    else:
        typer.echo(_text(table))


@app.command()
def influence(
    run: Run,
    target: Annotated[
        str | None, typer.Option(metavar="NODE", help="Whose variation; by default the outcome's.")
    ] = None,
    unit: Annotated[
        str, typer.Option(metavar="UNIT", help="share or variance; or money: a split of the mean.")
    ] = "share",
    during: During = None,
    prob: Prob = 0.9,
    as_json: AsJson = False,
) -> None:
    """Print the intrinsic causal influence of each node: where an outcome's variation comes from."""
    from bayes_roi.queries.influence.influence import influence as intrinsic
    from bayes_roi.run.json_numbers import summary

    fit = read(run, prob)
    draws = intrinsic(fit, target=target, unit=unit, during=during)  # type: ignore[arg-type]
    found, nodes = summary(draws, prob), draws.arrays.values.labels("node").tolist()
    each = {n: {k: v[i] for k, v in found.items()} for i, n in enumerate(nodes)}
    behind = dict(zip(nodes, draws.words().over({"node": len(nodes)}).tolist(), strict=True))
    if as_json:
        about = {key: getattr(draws, key) for key in ("estimand", "unit", "note")}
        about |= {
            "evidence": {n: str(word) for n, word in behind.items()},
            "reason": draws.why_assumed,
            "interval": show.as_interval(prob),
        }
        numbers = {n: {unit: v} for n, v in each.items()}
        show.as_json({"influence": numbers} | about | {"diagnosis": {"ok": bool(fit.diagnosis)}})
        return
    shown = percent if unit == "share" else number
    rows = [[n, shown(v["mean"]), f"{shown(v['lower'])} to {shown(v['upper'])}"] for n, v in each.items()]
    head = ["node", "mean", f"{level(prob)} interval"]
    if unit == "share" and target in (None, fit.model.outcome):
        money = _of_the_mean(fit, during)
        rows, head = [[*row, percent(money[row[0]])] for row in rows], [*head, "of the mean, in money"]
    table = show.table([*head, "evidence"], [[*row, behind[row[0]]] for row in rows])
    lines = [f"{draws.estimand} [{draws.unit}]", table]
    lines += [f"assumed: {draws.why_assumed}"] if draws.why_assumed else []
    typer.echo("\n".join([*lines, *(f"note: {n}" for n in draws.note.split("; ") if n)]))


def _of_the_mean(fit: Fit, inside: Window) -> dict[str, float]:
    """Return node -> the share of the mean outcome, in money, that it brings in: what an influence is not."""
    from bayes_roi.inference.fit import thinned
    from bayes_roi.queries.influence.influence import influence as intrinsic

    values = intrinsic(thinned(fit, MONEY_DRAWS), unit="money", during=inside).centre()
    return dict(zip(values.labels("node").tolist(), (values.array / values.array.sum()).tolist(), strict=True))


def _clicks(texts: Iterable[str]) -> dict[str, str]:
    return dict(files.assignment(text, "--click", "social=social_clicks") for text in texts)


def _text(table: ChannelTable) -> str:
    """Return a block of lines for each channel, one line a question, and the rest as a table."""
    heads, asked, _, *lines = table.texts()
    channels, by_title = set(table.fit.model.channels), {c.title: c.evidence_by_row for c in table.columns}
    blocks = []
    for line in (x for x in lines if x[0] in channels):
        behind = [by_title.get(head, {}).get(line[0]) for head in heads]
        columns = zip(heads[1:], line[1:], asked[1:], behind[1:], strict=True)
        rows = [
            [f"  {head}", cell or "-", f"{question} ({evidence})" if evidence else question]
            for head, cell, question, evidence in columns
        ]
        blocks.append(f"{line[0]}\n{show.table(['', '', ''], rows).lstrip(chr(10))}")
    rest = [line for line in lines if line[0] not in channels]
    keep = [i for i, head in enumerate(heads) if i == 0 or any(line[i] for line in rest)]
    blocks.append(
        "Not of a channel\n" + show.table([heads[i] for i in keep], [[line[i] for i in keep] for line in rest])
    )
    return "\n\n".join([*blocks, "\n".join(f"note: {n}" for n in table.notes)])
