"""The tables of a report: plain rows of text, and the money table as a great-tables object that notebooks show too."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING

import numpy as np

from bayes_roi.draws import DEFAULT_PROB, Evidence
from bayes_roi.inference.fit import Fit
from bayes_roi.model.parameters import priors
from bayes_roi.report.findings import Channel, Findings
from bayes_roi.report.numbers import (
    DASH,
    Estimate,
    decimals,
    interval_name,
    number,
    percent,
    plain,
    probability,
    scale,
    span,
)

if TYPE_CHECKING:
    from great_tables import GT
    from great_tables._text import Html

MOST_AUDIT = 40
PAIR = ("mean", "interval")


@dataclass(frozen=True)
class Table:
    """A table as text: the heads of its columns, its rows, and the columns that hold words, not numbers."""

    heads: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    words: tuple[int, ...] = (0,)
    note: str = ""


def money_table(fit: Fit, *, prob: float = DEFAULT_PROB) -> GT:
    """Return spend, contribution, ROAS, ROI, P(ROI > 0), marginal ROAS and evidence of each channel.

    Parameters
    ----------
    fit
        A fit of a model with channels.
    prob
        Posterior probability inside the credible intervals.
    """
    return money_table_of(Findings(fit, prob))


def money_table_of(findings: Findings) -> GT:
    """Return the money table of findings; each column has one number of decimals, by its narrowest interval."""
    import pandas as pd
    from great_tables import GT

    channels, money = findings.channels, findings.money
    spends = scale(c.spend for c in channels)
    added = scale(v for c in channels for v in (c.contribution.lower, c.contribution.upper))
    columns: dict[str, Sequence[str]] = {
        "channel": [c.name for c in channels],
        "spend": _aligned([c.spend / spends.size for c in channels]),
    }
    columns |= _two_columns("contribution", [c.contribution.times(1 / added.size) for c in channels], most=3)
    columns |= _two_columns("ROAS", [c.roas for c in channels], least=2, most=4)
    columns |= _two_columns("ROI", [_if_causal(c, c.roi.times(100)) for c in channels], most=2)
    columns["P(ROI > 0)"] = [probability(c.probability_positive) if _causal(c) else DASH for c in channels]
    columns |= _two_columns("marginal ROAS", [_if_causal(c, c.marginal_roas) for c in channels], least=2, most=4)
    columns |= {"evidence": [c.label for c in channels], "support": [percent(c.support) for c in channels]}

    table = GT(pd.DataFrame(columns), id="money").cols_align("right").cols_align("left", ["channel", "evidence"])
    table = table.cols_label(spend=_label(_with_unit("spend", spends.unit(findings.currency))))
    for name in ("contribution", "ROAS", "ROI", "marginal ROAS"):
        unit = {"contribution": added.unit(money.outcome_unit), "ROI": "%"}.get(name, "")
        pair = [f"{name} mean", f"{name} interval"]
        table = table.tab_spanner(_label(_with_unit(name, unit)), pair, id=name).cols_label(
            dict(zip(pair, PAIR, strict=True))
        )
    notes = [f"Posterior means with {interval_name(findings.prob)}s."]
    notes += [f"{DASH}: undefined; {money.roi.note}."] if any(not c.roi.defined for c in channels) else []
    return table.tab_source_note(_label(" ".join(notes)))


def _label(text: str) -> Html:
    """Return a label that great-tables takes as it is, without a notation of its own for units."""
    from great_tables import html

    return html(escape(text))


def _with_unit(name: str, unit: str) -> str:
    return f"{name}, {unit}" if unit else name


def _aligned(values: Sequence[float]) -> list[str]:
    """Return numbers with as many decimals as give the smallest of them three digits, at most two."""
    least = min((abs(v) for v in values if v), default=0.0)
    return [number(v, decimals(least / 10, most=2)) for v in values]


def as_html(table: GT) -> str:
    """Return a great-tables table without its own style sheet, part of which would reach the whole page."""
    return re.sub(r"<style>.*?</style>", "", table.as_raw_html(), flags=re.DOTALL)


def _causal(channel: Channel) -> bool:
    return channel.evidence > Evidence.DESCRIPTIVE


def _if_causal(channel: Channel, e: Estimate) -> Estimate:
    """Return an estimate, undefined where the channel's number is no effect."""
    return e if _causal(channel) else Estimate(math.nan, math.nan, math.nan)


def _places(widths: Sequence[float], least: int = 0, most: int = 3) -> int:
    return max((decimals(w, least, most) for w in widths if math.isfinite(w) and w > 0), default=least)


def _two_columns(name: str, found: Sequence[Estimate], least: int = 0, most: int = 3) -> dict[str, list[str]]:
    places = _places([e.width for e in found], least, most)
    return {
        f"{name} mean": [number(e.centre, places) for e in found],
        f"{name} interval": [span(e, places) for e in found],
    }


def spend_table(findings: Findings) -> Table:
    """Return what was spent on each channel, over the rows of the likelihood."""
    fit = findings.fit
    period = "row" if fit.design.periods is None else fit.data.frequency or "period"
    rows = []
    for c in findings.channels:
        x = fit.design.rows[fit.model.channels[c.name]]
        seen = x[np.isfinite(x)]
        cells = [c.spend, seen.mean(), seen.min(), seen.max()]
        total, mean, low, high = (number(v, 0 if seen.max() >= 100 else 2) for v in cells)
        column, dark = fit.model.column(fit.model.channels[c.name]), percent(float((seen == 0).mean()))
        rows.append((c.name, column, total, mean, dark, low, high))
    heads = (
        "channel",
        "column",
        _with_unit("total", findings.currency),
        f"mean a {period}",
        f"{period}s dark",
        "least",
        "most",
    )
    return Table(heads, tuple(rows), words=(0, 1))


def audit_table(fit: Fit) -> Table | None:
    """Return what reading and cleaning changed or flagged, or None where nothing was."""
    entries = fit.data.audit
    if not entries:
        return None
    rows = tuple(
        (
            e.action,
            "" if e.row is None else number(e.row).replace(",", ""),
            e.period or "",
            e.column or "",
            "" if e.before is None else plain(e.before),
            "" if e.after is None else plain(e.after),
            e.reason,
        )
        for e in entries[:MOST_AUDIT]
    )
    more = len(entries) - MOST_AUDIT
    note = f"and {number(more)} more entries" if more > 0 else ""
    return Table(("what", "row", "period", "column", "before", "after", "why"), rows, words=(0, 2, 3, 6), note=note)


def block_table(fit: Fit) -> Table:
    """Return how each block was fitted."""
    rows = tuple(
        (
            ", ".join(b.nodes),
            b.engine,
            b.why,
            number(b.seconds, 1),
            number(b.rhat, 3),
            number(b.ess_bulk),
            number(b.ess_tail),
            number(b.divergences),
            DASH if b.ebfmi is None else number(b.ebfmi, 2),
        )
        for b in fit.diagnosis.blocks
    )
    heads = ("nodes", "engine", "why this engine", "seconds", "R-hat", "ESS bulk", "ESS tail", "divergences", "E-BFMI")
    return Table(heads, rows, words=(0, 1, 2))


def residual_table(fit: Fit) -> Table:
    """Return the autocorrelation and the tails of each node's residuals."""
    rows = tuple(
        (
            r.node,
            number(r.rows),
            number(r.autocorrelation, 2),
            number(r.excess_kurtosis, 2),
            fit.model.family(r.node).name,
        )
        for r in fit.diagnosis.residuals
    )
    return Table(("node", "rows", "autocorrelation at lag one", "excess kurtosis", "family"), rows, words=(0, 4))


def prior_table(fit: Fit) -> Table:
    """Return every prior with its quantiles, in the units of the data."""
    frame = priors(fit.model, fit.data)
    cells = frame[["source", "note", "q05", "median", "q95"]].itertuples()
    rows = tuple(
        (str(name), _rounded(text), source, *map(plain, quantiles), note)
        for text, (name, source, note, *quantiles) in zip(frame["prior"], cells, strict=True)
    )
    return Table(("parameter", "prior", "source", "5 %", "median", "95 %", "note"), rows, words=(0, 1, 2, 6))


def _rounded(prior: str) -> str:
    """Return a prior's text with four significant digits."""
    return re.sub(r"(?<==)-?\d+\.?\d*(?:e[+-]?\d+)?", lambda found: f"{float(found[0]):.4g}", prior)
