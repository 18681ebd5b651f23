"""The command that checks a model and its data before any sampling."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import typer

from bayes_roi.cli import files, show
from bayes_roi.cli.app import app
from bayes_roi.cli.options import AsJson, Clean, Data, DayFirst, Decimal, Every, ModelName, Prob
from bayes_roi.numbers import level, number, percent, plain
from bayes_roi.panel.audit import audit_lines

if TYPE_CHECKING:
    from bayes_roi.draws import Draws
    from bayes_roi.inference.fit import Fit
    from bayes_roi.model.language.model import Model
    from bayes_roi.panel import Panel
    from bayes_roi.value.money.money import Money

Rows = list[dict[str, Any]]


@app.command()
def check(
    model: ModelName,
    data: Data = None,
    clean: Clean = None,
    decimal: Decimal = None,
    day_first: DayFirst = None,
    every: Every = None,
    prob: Prob = 0.9,
    as_json: AsJson = False,
) -> None:
    """Check a model and its data: what is identified, and what the priors say in money. Nothing is sampled."""
    from bayes_roi.draws import check_prob

    check_prob(prob)
    _, known, panel = files.read(model, data, clean or (), decimal=decimal, day_first=day_first, every=every)
    found = {
        "model": _model(known),
        "data": _data(panel),
        "identification": _questions(known),
        **(_money(known, panel, prob) if known.channels else {"channels": {}}),
        "dependencies": _dependencies(known, panel),
        "never_harms": _never_harms(known, panel),
        "warnings": _warnings(known, panel),
        "priors": _priors(known, panel),
    }
    if as_json:
        show.as_json(found)
    else:
        typer.echo(_text(known, panel, found, prob))


def _model(model: Model) -> dict[str, Any]:
    return {
        "name": model.name,
        "outcome": model.outcome,
        "currency": model.currency,
        "margin": float(model.margin),
        "nodes": list(model.nodes),
        "exogenous": list(model.exogenous),
        "unobserved": list(model.unobserved),
        "panel": model.panel,
        "max_lag": model.max_lag,
    }


def _questions(model: Model) -> list[dict[str, str]]:
    """Return what the graph says to the usual questions."""
    from bayes_roi.queries.questions import questions

    return [{"question": q.name, "verdict": q.verdict, "by": q.by, "reason": q.reason} for q in questions(model)]


def _data(panel: Panel) -> dict[str, Any]:
    labels = None if panel.periods is None else [panel.periods[0].item(), panel.periods[-1].item()]
    audit = [{"action": e.action, "column": e.column, "row": e.row, "reason": e.reason} for e in panel.audit]
    return {"source": panel.source, "rows": panel.rows, "periods": labels, "frequency": panel.frequency, "audit": audit}


def _money(model: Model, panel: Panel, prob: float) -> dict[str, Any]:
    """Return what can be said of channels before any fitting, from one set of draws of the prior."""
    from bayes_roi.value.money.money import Money
    from bayes_roi.value.priors.prior_check import prior_fit

    prior = prior_fit(model, panel)
    money = Money(prior)
    returns = money.roas
    return {"channels": _channels(money, prob)} | _media(model, panel, prior, returns, prob)


def _channels(money: Money, prob: float) -> dict[str, dict[str, Any]]:
    """Return of each channel what stands behind its ROI, and its ROAS under the prior alone."""
    import numpy as np

    from bayes_roi.draws import Evidence
    from bayes_roi.queries.paths.responding import evidence_of_money, identification_of_money, mediations
    from bayes_roi.run.json_numbers import plain, summary
    from bayes_roi.value.money.never_paused import never_paused

    model, found, prior = money.fit.model, money.increments, money.roas
    rows, always = money.fit.design.rows, never_paused(money.fit)

    def in_total(channel: str, node: str) -> dict[str, Any]:
        """Return who mediates a channel, and what stands behind its return in total; empty where none does."""
        between = {m.mediator: list(m.route) for m in mediations(model) if m.channel == channel}
        if not between:
            return {}
        behind = {"evidence": str(evidence_of_money(model, node, hold_spend=False))}
        return {"mediators": between, "in_total": behind | {"adjustment": adjustment(node, hold_spend=False)}}

    def adjustment(node: str, *, hold_spend: bool) -> list[str] | None:
        known = identification_of_money(model, node, hold_spend=hold_spend).adjustment
        return None if known is None else list(known)

    return {
        channel: {
            "spend": plain(np.nansum(rows[node])),
            "evidence": str(Evidence(int(found.evidence[at]))),
            "reason": found.reasons[at],
            "strategy": identification_of_money(model, node, hold_spend=True).strategy,
            "adjustment": adjustment(node, hold_spend=True),
            "without_spend": plain(np.mean(rows[node] == 0)),
            "support": plain(found.support[at]),
            "prior_roas": summary(prior.sel(channel=channel), prob),
        }
        | ({"never_pauses": always[channel]} if channel in always else {})
        | in_total(channel, node)
        for at, (channel, node) in enumerate(model.channels.items())
    }


def _media(model: Model, panel: Panel, prior: Fit, returns: Draws, prob: float) -> dict[str, Any]:
    """Return spend as a share of the outcome, what the priors say of the share of media, and what is odd about both."""
    from bayes_roi.run.json_numbers import plain, summary
    from bayes_roi.value.priors.media_share import media_share
    from bayes_roi.value.priors.prior_check import SpendShare, absurdities

    spent, share = SpendShare.of(model, panel), media_share(prior)
    odd = absurdities(returns, share.arrays.values.array)
    return {
        "spend_share": plain(spent.share),
        "prior_media_share": summary(share, prob),
        "questions": [*([spent.question] if spent.question else []), *odd],
    }


def _dependencies(model: Model, panel: Panel) -> dict[str, list[str]]:
    """Return node -> what is exactly or nearly a rule among its parents."""
    import numpy as np

    from bayes_roi.model.rows.design import design
    from bayes_roi.queries.variation import dependencies

    rows = design(model, panel)
    seen = {n: rows.observed(np, n) for n in rows.rows}
    return dependencies(rows, seen, {n: p for n, p in model.graph.parents.items() if n in model.equation})


def _never_harms(model: Model, panel: Panel) -> list[str]:
    """Return the channels whose spend can only add to the outcome, by its priors."""
    from bayes_roi.model.rows.design import design
    from bayes_roi.value.priors.never_harms import never_harms

    return list(never_harms(model, design(model, panel)))


def _warnings(model: Model, panel: Panel) -> list[str]:
    from bayes_roi.queries.identification.over_control import moving_together
    from bayes_roi.queries.paths.responding import warnings

    return [*warnings(model), *moving_together(model, panel)]


def _priors(model: Model, panel: Panel) -> dict[str, dict[str, Any]]:
    from bayes_roi.model.law.prior_table import listed_priors
    from bayes_roi.run.json_numbers import plain

    found = {}
    for row in map(asdict, listed_priors(model, panel)):
        name = row.pop("parameter")
        found[name] = {key: plain(value) if isinstance(value, float) else value for key, value in row.items()}
    return found


def _text(model: Model, panel: Panel, found: dict[str, Any], prob: float) -> str:
    equations = [f"  {line}" for line in (*model.equations, *model.confounding)]
    for key in ("panel", "weights", "unobserved", "families", "noise"):
        if value := getattr(model, key):
            equations.append(f"  {key}: {_said(value)}")
    money = f"{model.currency or 'no currency'}, margin {plain(model.margin)}"
    parts = [
        "\n".join([f"{model.name}: outcome {model.outcome} ({money})", *equations]),
        "\n".join([repr(panel), *(f"  {line}" for line in audit_lines(panel.audit))]),
    ]
    parts += [_asked(found["identification"])] if found["identification"] else []
    if found["channels"]:
        parts += [_identification(found["channels"])]
        parts += ["\n".join(lines)] if (lines := _notes(found)) else []
    parts += ["\n".join(lines)] if (lines := _mediators(found)) else []
    if found["channels"]:
        parts += [_prior_roas(found["channels"], prob), _prior_share(found, prob)]
    tied = [f"tied: in {node}: {rule}" for node, rules in found["dependencies"].items() for rule in rules]
    return "\n\n".join([*parts, *(["\n".join(tied)] if tied else []), _prior_table(found["priors"])])


def _said(value: object) -> str:
    """Return a value of the model file on one line."""
    if isinstance(value, Mapping):
        return ", ".join(f"{name}: {item}" for name, item in value.items())
    return ", ".join(value) if isinstance(value, tuple) else str(value)


def _asked(questions: list[dict[str, str]]) -> str:
    """Return the table of what the graph identifies."""
    rows = [[q["question"], q["verdict"], q["by"], q["reason"]] for q in questions]
    return show.table(["question", "verdict", "by what", "reason"], rows)


def _identification(channels: dict[str, dict[str, Any]]) -> str:
    from bayes_roi.draws import Evidence, evidence_label

    rows = [
        [
            name,
            number(c["spend"]),
            percent(c["without_spend"]) if c["without_spend"] else "never",
            ", ".join(
                [
                    evidence_label(Evidence[c["evidence"].upper()], c["support"]),
                    *["never pauses"] * ("never_pauses" in c),
                ]
            ),
            _in_tenths(c["support"]),
            "not by adjusting" if c["adjustment"] is None else ", ".join(c["adjustment"]) or "none",
        ]
        for name, c in channels.items()
    ]
    return show.table(["channel", "spend", "without spend", "evidence", "support", "adjustment set"], rows)


def _in_tenths(support: float | None) -> str:
    """Return a share that is nothing but rounding error as 0 %."""
    return percent(None if support is None else round(support, 3))


def _notes(found: dict[str, Any]) -> list[str]:
    """Return the sentences behind the table: what is assumed and why, what never pauses, what the priors rule out."""
    from bayes_roi.value.priors.never_harms import sentence

    harmless = found["never_harms"]
    always = [f"note: {c['never_pauses']}" for c in found["channels"].values() if "never_pauses" in c]
    return [*show.behind(found["channels"]), *always, *([f"note: {sentence(harmless)}"] if harmless else [])]


def _mediators(found: dict[str, Any]) -> list[str]:
    """Return which channels are mediators of which, with what stands behind the return in total, and the warnings."""
    lines = [
        f"{mediator} is a paid mediator of {name} ({' -> '.join(route)}): {name} has two returns, other spends held "
        f"({c['evidence']}) and in total ({c['in_total']['evidence']})"
        for name, c in found["channels"].items()
        for mediator, route in c.get("mediators", {}).items()
    ]
    return [*lines, *(f"warning: {w}" for w in found["warnings"])]


def _prior_roas(channels: dict[str, dict[str, Any]], prob: float) -> str:
    rows = [[name, number(c["prior_roas"]["median"]), show.interval(c["prior_roas"])] for name, c in channels.items()]
    return show.table(["channel", "prior ROAS, median", f"{level(prob)} interval"], rows)


def _prior_share(found: dict[str, Any], prob: float) -> str:
    share = found["prior_media_share"]
    inside = f"{percent(share['lower'])} to {percent(share['upper'])}"
    lines = [
        f"spend is {percent(found['spend_share'])} of the outcome's value; before any data media make "
        f"{percent(share['median'])} of the outcome ({level(prob)} interval {inside})",
        *(f"question: {text}" for text in found["questions"]),
    ]
    return "\n".join(lines)


def _prior_table(priors: dict[str, dict[str, Any]]) -> str:
    header = ["parameter", *next(iter(priors.values()))]
    rows = [
        [name, *(value if isinstance(value, str) else number(value) for value in row.values())]
        for name, row in priors.items()
    ]
    return show.table(header, rows)
