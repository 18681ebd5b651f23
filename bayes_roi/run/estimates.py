"""estimates.json: what each channel is worth, as plain numbers."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from bayes_roi.draws import DEFAULT_PROB, Draws, Evidence, as_interval, check_prob
from bayes_roi.errors import RunError
from bayes_roi.inference.diagnosis import BlockReport, Diagnosis
from bayes_roi.inference.fit import Fit
from bayes_roi.inference.predictive import Given, drawn_between
from bayes_roi.inference.predictive_check import predictive_check
from bayes_roi.model.language.edges import carry_over
from bayes_roi.model.rows.by_row import calendar
from bayes_roi.plain_text import shown
from bayes_roi.queries.paths.responding import identification_of_money, mediators
from bayes_roi.run.json_numbers import plain, summary
from bayes_roi.run.lift_numbers import lift_numbers
from bayes_roi.run.manifest import loading
from bayes_roi.run.parts import parts, remainder, together
from bayes_roi.value.answers import MoneyAnswers
from bayes_roi.value.attribution.channel_table import ChannelTable
from bayes_roi.value.money.evidence import posterior_support
from bayes_roi.value.money.money import Money
from bayes_roi.value.money.never_paused import never_paused
from bayes_roi.value.money.parted import By
from bayes_roi.value.priors.media_share import SharePair
from bayes_roi.value.uncertainty.prior_weight import PriorWeight

SCHEMA = 2
"""Raised whenever a key is renamed or dropped, or means something else.

Since 2 a window counts what its spend brings after the last row, and each channel has `prior`.
"""
READ = (1, SCHEMA)
"""Schemas that are read."""


def read_estimates(folder: Path) -> dict[str, Any]:
    """Return the estimates of a run folder as they were written; those of schema 1 lack what came later.

    Raises
    ------
    RunError
        When the file cannot be read, or has a schema that this version does not know.
    """
    path = folder / "estimates.json"
    with loading(folder, path.name):
        found = json.loads(path.read_text(encoding="utf-8"))
        schema = found["schema"]
    if schema not in READ:
        known = " and ".join(map(str, READ))
        text = shown(str(schema)).strip("'")
        raise RunError(f"{path} has schema {text}, and this version reads {known}; install a later one")
    return dict(found)


def estimates(
    fit: Fit,
    *,
    prob: float = DEFAULT_PROB,
    answers: MoneyAnswers | None = None,
    table: ChannelTable | None = None,
    by: By = None,
) -> dict[str, Any]:
    """Return the estimates of a fit as numbers, texts and lists that JSON can hold; what is undefined is None.

    Parameters
    ----------
    fit
        A fit.
    prob
        Probability inside the intervals, which have equal tails.
    answers
        The money quantities of a window and what is said beside them; those of all rows when None.
    table
        Credit beside cause, told where it has been computed: it takes longer than all the rest.
    by
        What channels are told by besides the units of the panel, as in `contribution`.

    Returns
    -------
    dict
        `channels`: channel -> `spend`; `evidence` and, where that is assumed, its `reason`; `support`, and that at the
        posterior's retention; `strategy` and `adjustment`, by what the graph identifies the joint question and after
        what is adjusted for (None: not by adjusting), with all that `identify` tells in `identification`; `prior`:
        whether it carries the return, the power-scaling sensitivities, and P(ROI > 0) before the data; `never_pauses`,
        a sentence, of channels that do; and `contribution`, `roas`, `roi`, `marginal_roas` (each mean, median, lower,
        upper) and `cost_per` (median, lower, upper), other spends held. Where a channel makes others spend, `mediators`
        (these channels) and `in_total`: the same numbers in total, with `induced_spend` beside the own `spend`. Around
        it what they are estimates of; `media_share`: `prior` and `posterior` of what all channels together make of the
        outcome, and whether the prior carries it; `experiments`: lift tests, each beside what is expected without it;
        `total`: all spends against none, with the `interaction` that the
        contributions of channels lack of it; `horizon`: periods counted after the window. Of a panel, `by`: its column
        -> unit -> channel -> `spend`, `contribution`, `roas`, `roi`, `probability_positive`, and `in_total` with all
        but the spend; so by what is asked for ("month", or "geo, month": unit -> month), with `remainder`: the same
        name -> channel -> what its parts lack of the whole. With `table`, `channel_table`: what `channel_numbers`
        returns, and `influence`: node -> `share`.

    Raises
    ------
    QueryError
        When `prob` is not a probability.
    """
    check_prob(prob)
    model, periods = fit.model, fit.design.periods
    answers = answers or MoneyAnswers(Money(fit))
    money = answers.money
    return (
        {
            "schema": SCHEMA,
            "model": model.name,
            "outcome": model.outcome,
            "currency": model.currency,
            "margin": float(model.margin),
            "value": model.value,
            "window": _window(money),
            "horizon": None if periods is None else carry_over(model) if money.horizon is None else int(money.horizon),
            "rows": fit.design.length,
            "interval": as_interval(prob),
            "units": _units(money) if model.channels else {},
            "notes": _notes(money) if model.channels else [],
            "diagnosis": verdict(fit.diagnosis)
            | {"predictive": predictive_numbers(fit, prob), "roas_width": answers.widths},
            "channels": {channel: _channel(money, channel, prob, answers.weights) for channel in model.channels},
        }
        | ({"media_share": share_numbers(answers.share, prob)} if model.channels else {})
        | ({"experiments": lift_numbers(fit)})
        | ({"total": together(money, prob)} if model.channels else {})
        | (_parts(answers, by, prob) if model.channels else {})
        | ({} if table is None else {"influence": _influence(table), "channel_table": channel_numbers(table)})
    )


def _window(money: Money) -> list[str | int] | None:
    """Return the labels of the first and the last period asked about; None for exchangeable rows."""
    rows = money.fit.design
    if rows.periods is None:
        return None
    labels, at = calendar(rows)
    inside = at[rows.window(money.during)]
    return [labels[inside.min()].item(), labels[inside.max()].item()]


def _parts(answers: MoneyAnswers, by: By, prob: float) -> dict[str, Any]:
    """Return `by`, and `remainder` where parts of the calendar are asked for."""
    money, panel = answers.money, answers.fit.model.panel
    asked = [] if by is None else [(by,) if isinstance(by, str) else tuple(by)]
    wanted = list(dict.fromkeys([*([] if panel is None else [(panel,)]), *asked]))
    each = {", ".join(n): answers.by_unit if n == (panel,) else replace(money, by=n) for n in wanted}
    found = {name: parts(m, prob) for name, m in each.items()}
    rest = {name: remainder(m, money, prob) for name, m in each.items() if name != panel}
    return ({"by": found} if found else {}) | ({"remainder": rest} if rest else {})


def predictive_numbers(fit: Fit, prob: float) -> list[dict[str, Any]]:
    """Return how the outcome's rows lie to what is predicted of them, given its parents and given spends alone.

    Nothing for an outcome that is computed without noise.
    """
    outcome = fit.model.outcome
    if outcome not in fit.model.modelled:
        return []
    kinds: tuple[Given, ...] = ("parents", "spend") if drawn_between(fit.model, outcome) else ("parents",)
    checks = [predictive_check(fit, outcome, given=given, prob=prob) for given in kinds]
    return [
        {
            "node": c.node,
            "given": c.given,
            "rows": c.rows,
            "inside": plain(c.inside),
            "counted": plain(c.counted),
            "chance": plain(c.chance),
            "r2": plain(c.r2),
            "mape": plain(c.mape),
        }
        for c in checks
    ]


def prior_numbers(weight: PriorWeight) -> dict[str, Any]:
    """Return what the prior does to a channel's return, as numbers."""
    return {
        "carries": weight.carries,
        "conflict": weight.conflict,
        "sensitivity": plain(weight.prior),
        "likelihood_sensitivity": plain(weight.likelihood),
        "probability_positive": plain(weight.positive_before),
    }


def share_numbers(share: SharePair, prob: float) -> dict[str, Any]:
    """Return the media share before the data and with them as numbers, and whether the prior carries it."""
    tails = [(1 - prob) / 2, 0.5, (1 + prob) / 2]

    def numbers(draws: np.ndarray) -> dict[str, Any]:
        lower, median, upper = np.quantile(draws, tails)
        four = {"mean": draws.mean(), "median": median, "lower": lower, "upper": upper}
        return {k: plain(v) for k, v in four.items()}

    return {"prior": numbers(share.prior), "posterior": numbers(share.posterior), "carried_by_prior": share.carried}


def channel_numbers(table: ChannelTable) -> dict[str, Any]:
    """Return a channel table as numbers: `rows`: row -> column -> mean, lower, upper; `columns`; `credit_to_cause`."""
    columns = {c.name: summary(c.draws, table.prob) for c in table.columns}
    rows: dict[str, dict[str, Any]] = {
        row: {n: {k: v[i] for k, v in x.items()} for n, x in columns.items() if x["lower"][i] is not None}
        for i, row in enumerate(table.rows)
    }
    for c in table.columns:
        for row, word in c.evidence_by_row.items():
            rows[row][c.name]["evidence"] = word
    for row, spent in table.spend.items():
        rows[row]["spend"] = plain(spent)
    against = {
        c.channel: {"kind": c.kind, "median": plain(c.median), "lower": plain(c.lower), "upper": plain(c.upper)}
        for c in table.credit_to_cause
    }
    asked = {c.name: {"question": c.question, "evidence": c.evidence} for c in table.columns}
    return {"rows": rows, "columns": asked, "credit_to_cause": against, "notes": table.notes}


def _influence(table: ChannelTable) -> dict[str, dict[str, Any]]:
    """Return node -> its share; a channel's influence is that of its spend."""
    if "influence" in table.left_out:
        return {}
    found, nodes = summary(table["influence"], table.prob), table.fit.model.channels
    return {
        nodes.get(row, row): {"share": {k: v[i] for k, v in found.items()}}
        for i, row in enumerate(table.rows)
        if found["lower"][i] is not None
    }


def _quantities(money: Money) -> dict[str, Draws]:
    found = {
        "contribution": money.contribution,
        "roas": money.roas,
        "roi": money.roi,
        "marginal_roas": money.marginal_roas,
        "cost_per": money.cost_per,
    }
    return found if money.hold_spend else {"induced_spend": money.induced_spend} | found


def _channel(money: Money, channel: str, prob: float, weights: Mapping[str, PriorWeight]) -> dict[str, Any]:
    """Return what a channel is worth with other spends held and, where it makes others spend, in total."""
    moved = mediators(money.fit.model).get(channel, ())
    found = _returns(money, channel, prob) | {"prior": prior_numbers(weights[channel])}
    if said := never_paused(money.fit).get(channel):
        found |= {"never_pauses": said}
    return found | ({"mediators": list(moved), "in_total": _returns(money.in_total, channel, prob)} if moved else {})


def _returns(money: Money, channel: str, prob: float) -> dict[str, Any]:
    model, increments = money.fit.model, money.increments
    at = increments.channels.index(channel)
    known = identification_of_money(model, model.channels[channel], hold_spend=money.hold_spend)
    found: dict[str, Any] = {
        "spend": plain(increments.spend[at]),
        "evidence": str(Evidence(int(increments.evidence[at]))),
        "reason": increments.reasons[at],
        "support": plain(increments.support[at]),
        "posterior_support": plain(
            posterior_support(money.fit, channel, during=money.during, hold_spend=money.hold_spend)
        ),
        "strategy": known.strategy,
        "adjustment": None if known.adjustment is None else list(known.adjustment),
        "identification": known.to_dict(),
    }
    for name, draws in _quantities(money).items():
        found[name] = summary(draws.sel(channel=channel), prob)
    found["roi"]["probability_positive"] = plain(money.roi.sel(channel=channel).arrays.probability(above=0).array)
    return found


def _units(money: Money) -> dict[str, str]:
    asked = money.in_total if mediators(money.fit.model) else money
    return {"spend": money.unit} | {name: draws.unit for name, draws in _quantities(asked).items()}


def _notes(money: Money) -> list[str]:
    asked = [money, *([money.in_total] if mediators(money.fit.model) else [])]
    return list(dict.fromkeys(draws.note for m in asked for draws in _quantities(m).values() if draws.note))


def verdict(diagnosis: Diagnosis) -> dict[str, Any]:
    """Return whether the draws can be trusted, with the figures that say so."""
    return {
        "ok": bool(diagnosis),
        "max_rhat": plain(diagnosis.max_rhat),
        "min_ess_bulk": plain(diagnosis.min_ess_bulk),
        "min_ess_tail": plain(diagnosis.min_ess_tail),
        "divergences": diagnosis.divergences,
        "problems": list(diagnosis.problems),
        "warnings": list(diagnosis.warnings),
        "blocks": [_block(block) for block in diagnosis.blocks],
    }


def _block(block: BlockReport) -> dict[str, Any]:
    return {"nodes": list(block.nodes), "engine": block.engine, "why": block.why}
