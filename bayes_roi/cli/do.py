"""The command that asks what would be: do."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Annotated, Any

import typer

from bayes_roi.cli import files, show
from bayes_roi.cli.app import app
from bayes_roi.cli.effects import read
from bayes_roi.cli.options import AsJson, During, HoldSpend, Prob, Run
from bayes_roi.errors import QueryError
from bayes_roi.numbers import level, number, whole

if TYPE_CHECKING:
    from bayes_roi.draws import Draws
    from bayes_roi.inference.fit import Fit
    from bayes_roi.model.law.intervention import Intervention
    from bayes_roi.model.rows.during import During as Window

BEFORE, AFTER, CHANGE = "baseline", "intervention", "difference"


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
    """Print all that an intervention moves, with and without it, in the window asked."""
    from bayes_roi.model.law.intervention import scale_by
    from bayes_roi.queries.effects.do import do as intervene

    fit = read(run, prob)
    wanted = [
        *_interventions("set", levels, during),
        *_interventions("scale", scale, during),
        *_interventions("shift", shift, during),
    ]
    if not wanted:
        raise QueryError("do needs an intervention: NODE=VALUE, --scale NODE=F or --shift NODE=D")
    for node in (n for n, count in Counter(i.node for i in wanted).items() if count > 1):
        raise QueryError(f"{node} is given more than once; say one thing of each node")
    as_it_was = [scale_by(i.node, 1.0) for i in wanted]
    found = intervene(fit, {BEFORE: as_it_was, AFTER: wanted}, hold_spend=hold_spend)
    means = {node: _means(fit, draws, during) for node, draws in found.items()}
    if as_json:
        show.as_json(_as_json(fit, found, means, during, prob))
    else:
        why = dict.fromkeys(three[CHANGE].why_assumed for three in means.values() if three[CHANGE].why_assumed)
        title = f"do({', '.join(map(str, wanted))})"
        typer.echo("\n".join([title, _of(fit, during), _table(means, prob), *(f"assumed: {text}" for text in why)]))


def _interventions(how: Any, texts: Iterable[str] | None, inside: Window) -> list[Intervention]:
    from bayes_roi.model.law.intervention import Intervention

    found = []
    for text in texts or ():
        node, amount = files.assignment(text, "do" if how == "set" else f"--{how}", "tv_spend=0")
        found.append(Intervention(node, how, files.number(amount, node), inside))
    return found


def _means(fit: Fit, draws: Draws, inside: Window) -> dict[str, Draws]:
    """Return the mean over the window without and with the intervention, and their difference, draw by draw."""
    import numpy as np

    from bayes_roi.draws import Draws
    from bayes_roi.labelled import Labelled

    known = draws.sel(intervention=AFTER).arrays
    values = draws.arrays.values
    if "time" in values.dims:
        there = np.isin(values.labels("time"), _labels(fit, inside))
        cells = values.array[..., there]
        values = values.filled(np.nanmean(cells.reshape(*cells.shape[:3], -1), axis=-1), values.dims[:3])
    why = draws.reason.partition(f"{AFTER}: ")[2]
    before, after = (values.sel(intervention=name).array for name in (BEFORE, AFTER))
    return {
        name: Draws(
            Labelled(x, ("chain", "draw")), draws.unit, draws.estimand, known.evidence, known.support, reason=why
        )
        for name, x in ((BEFORE, before), (AFTER, after), (CHANGE, after - before))
    }


def _labels(fit: Fit, inside: Window) -> Any:
    """Return the labels of the periods in a window, in order."""
    import numpy as np

    assert fit.design.periods is not None
    return np.unique(fit.design.periods[fit.design.window(inside)])


def _of(fit: Fit, inside: Window) -> str:
    """Return what the means are over."""
    if fit.design.periods is None:
        return f"mean over {whole(fit.design.length * fit.design.copies)} rows"
    labels = _labels(fit, inside)
    units = f" and {len(fit.design.units)} units" if fit.model.panel else ""
    return f"mean over {len(labels)} periods{units}, {labels[0]} to {labels[-1]}"


def _table(means: Mapping[str, Mapping[str, Draws]], prob: float) -> str:
    from bayes_roi.run.estimates import summary

    interval = f"{level(prob)} interval"
    rows = []
    for node, three in means.items():
        summaries = [summary(draws, prob) for draws in three.values()]
        cells = [x for numbers in summaries for x in (number(numbers["mean"]), show.interval(numbers))]
        rows.append([node, *cells, str(three[CHANGE].words().array.item())])
    return show.table(["node", BEFORE, interval, AFTER, interval, CHANGE, interval, "evidence"], rows)


def _as_json(
    fit: Fit, found: Mapping[str, Draws], means: Mapping[str, Mapping[str, Draws]], inside: Window, prob: float
) -> dict[str, Any]:
    """Return each node under the intervention, by period where there are any, and its means over the window."""
    from bayes_roi.run.estimates import summary

    numbers = {
        node: summary(draws.sel(intervention=AFTER), prob)
        | {"in_window": {name: summary(x, prob) for name, x in means[node].items()}}
        | {"evidence": str(means[node][CHANGE].words().array.item()), "reason": means[node][CHANGE].why_assumed}
        for node, draws in found.items()
    }
    values = next(iter(found.values())).arrays.values
    labels = {dim: values.labels(dim).tolist() for dim in values.dims[3:]}
    if fit.design.periods is not None:
        labels["window"] = _labels(fit, inside)[[0, -1]].tolist()
    about = {"interval": show.as_interval(prob), "diagnosis": {"ok": bool(fit.diagnosis)}}
    return {"do": numbers} | labels | about
