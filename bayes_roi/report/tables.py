"""The tables of a report, as rows of text; the template escapes them."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from bayes_roi.draws import Evidence
from bayes_roi.inference.fit import Fit
from bayes_roi.model.language.edges import carry_over
from bayes_roi.model.law.prior_table import listed_priors
from bayes_roi.numbers import written
from bayes_roi.report.findings import Channel, Findings
from bayes_roi.report.rounding import (
    DASH,
    MINUS,
    NO_BREAK,
    Estimate,
    MoneyUnit,
    aligned,
    interval_name,
    number,
    percent,
    plain,
    probability,
    scale,
    two_columns,
    with_unit,
)
from bayes_roi.report.words import capitalised
from bayes_roi.value.attribution.channel_table import ChannelTable
from bayes_roi.value.attribution.over_credit import OverCredit

MOST_AUDIT = 40
PAIR = ("median", "interval")


class Head(NamedTuple):
    """A head of a table: its text, how many columns and rows it takes, and whether its column holds words."""

    text: str
    columns: int
    rows: int
    words: bool


@dataclass(frozen=True)
class Table:
    """A table as text.

    Parameters
    ----------
    heads
        The head of each column, or for columns with one head over them all: that head, and theirs.
    rows
        The cells, row by row.
    words
        The columns that hold words, not numbers.
    note
        What must be said below the table.
    total
        Whether the last row is the total of those above.
    """

    heads: tuple[str | tuple[str, tuple[str, ...]], ...]
    rows: tuple[tuple[str, ...], ...]
    words: tuple[int, ...] = (0,)
    note: str = ""
    total: bool = False

    @property
    def labels(self) -> list[str]:
        """What each column is called where there is no room for heads above it, as on a phone."""
        return [
            ", ".join(x for x in (head, name) if x)
            for head, under in ((h, ("",)) if isinstance(h, str) else h for h in self.heads)
            for name in under
        ]

    @property
    def head_rows(self) -> list[list[Head]]:
        """The heads as they stand, one row or two."""
        above: list[Head] = []
        below: list[Head] = []
        column, deep = 0, 2 if any(isinstance(head, tuple) for head in self.heads) else 1
        for head in self.heads:
            text, under = (head, ()) if isinstance(head, str) else head
            above.append(Head(text, len(under) or 1, 1 if under else deep, column in self.words))
            below += [Head(name, 1, 1, column + i in self.words) for i, name in enumerate(under)]
            column += len(under) or 1
        return [above, below] if below else [above]


def counted(findings: Findings) -> tuple[tuple[Channel, ...], MoneyUnit, MoneyUnit]:
    """Return the rows of a table of money, the total last, and in what their spend and contributions are counted."""
    channels = (*findings.estimands, *([findings.together] if findings.together else []))
    added = scale(v for c in channels for v in (c.contribution.lower, c.contribution.upper))
    return channels, scale(c.spend for c in channels), added


def money_table(findings: Findings) -> Table:
    """Return spend, contribution, ROAS, ROI, P(ROI > 0) with and before the data, marginal ROAS and evidence.

    A channel that makes others spend has two rows, one for each estimand; what it made them spend stands beside its
    own. All channels together are asked as one question, and what the contributions of single ones lack of it is a row.
    Each column has one number of decimals, by its narrowest interval.
    """
    joint, money = findings.together, findings.money
    channels, spends, added = counted(findings)
    columns = [
        [c.title for c in channels],
        aligned([c.spend / spends.size for c in channels]),
        *([_induced(channels, spends)] if findings.in_total else []),
        *two_columns([c.contribution.times(1 / added.size) for c in channels], most=3),
        *two_columns([c.roas for c in channels], least=2, most=4),
        *two_columns([if_causal(c, c.roi.times(100)) for c in channels], most=2),
        [probability(c.probability_positive) if _causal(c) else DASH for c in channels],
        [DASH if c.prior is None else probability(c.prior.positive_before) for c in channels],
        *two_columns([if_causal(c, c.marginal_roas) for c in channels], least=2, most=4),
        [c.marked for c in channels],
        [percent(c.support) for c in channels],
    ]
    heads: tuple[str | tuple[str, tuple[str, ...]], ...] = (
        "channel",
        with_unit("spend", spends.unit(findings.currency)),
        *([with_unit("induced spend", spends.unit(findings.currency))] if findings.in_total else []),
        (with_unit("contribution", added.unit(money.outcome_unit)), PAIR),
        ("ROAS", PAIR),
        ("ROI, %", PAIR),
        "P(ROI > 0)",
        "before the data",
        ("marginal ROAS", PAIR),
        "evidence",
        "support",
    )
    note = f"Posterior medians with {interval_name(findings.prob)}s; medians do not add up.{_counted(findings)}"
    note += "".join(f" Assumed: {c.title}: {c.reason}." for c in channels if c.reason)
    note += "".join(f" {capitalised(c.never_pauses)}." for c in findings.channels if c.never_pauses)
    note += f" {DASH}: undefined; {money.roi.note}." if any(not c.roi.defined for c in channels) else ""
    rows, met = list(zip(*columns, strict=True)), findings.interaction if joint else None
    if met is not None and (met.lower or met.upper):
        first = 3 if findings.in_total else 2
        centre, ends = two_columns([met.times(1 / added.size)], most=3)
        cells = ["interaction", *[""] * (first - 1), *centre, *ends]
        rows.append((*cells, *[""] * (len(columns) - len(cells))))
        note += " Interaction: what all channels together added less the sum of what each did."
    return Table(heads, tuple(rows), words=(0, len(columns) - 2), note=note)


def _counted(findings: Findings) -> str:
    """Return what is counted after the last row, where anything is."""
    after = carry_over(findings.model)
    if findings.fit.design.periods is None or not after:
        return ""
    return f" What the spend brings in the {number(after)} periods after the last is counted."


def _induced(channels: Sequence[Channel], spends: MoneyUnit) -> list[str]:
    """Return what each made others spend, empty with other spends held."""
    there = [c.induced.centre / spends.size for c in channels if c.induced is not None]
    lines = iter(aligned(there))
    return ["" if c.induced is None else next(lines) for c in channels]


def _causal(channel: Channel) -> bool:
    return channel.evidence > Evidence.DESCRIPTIVE


def if_causal(channel: Channel, e: Estimate) -> Estimate:
    """Return an estimate, undefined where the channel's number is no effect."""
    return e if _causal(channel) else Estimate(math.nan, math.nan, math.nan)


def channel_rows(table: ChannelTable) -> Table:
    """Return credit beside cause: a line for each channel and whatever else has a share, each column a question."""
    heads, asked, behind, *lines = table.texts()
    keep = [0, *range(2, len(heads))]  # the spend stands in the table above
    texts = [tuple(_unbroken(line[i]) if i else line[i] for i in keep) for line in lines]
    under: list[str | tuple[str, tuple[str, ...]]] = [("", ("",))] + [(heads[i], (asked[i],)) for i in keep[1:]]
    rows = (*texts, tuple(behind[i] for i in keep))
    note = f"Means ({interval_name(table.prob)}s); of ROI and ratios the medians. " + " ".join(
        f"{_sentence(n)}" for n in table.notes
    )
    return Table(tuple(under), rows, words=(0,), note=note)


def over_credit_rows(found: OverCredit) -> Table:
    """Return credit by the touch log beside what was caused: a column for each channel, a line for each rule."""
    heads, *lines = found.cells
    rows = tuple((name, *(cell if name == "evidence" else _unbroken(cell) for cell in cells)) for name, *cells in lines)
    return Table(tuple(heads), rows, words=(0,), note=" ".join(map(_sentence, found.notes)))


def _unbroken(cell: str) -> str:
    """Return a number and its interval with a break between the two alone, and true minus signs."""
    mean, bracket, ends = cell.replace("-", MINUS).partition(" [")
    return f"{mean} {bracket.lstrip()}{ends}".strip().replace(" ", NO_BREAK).replace(f"{NO_BREAK}[", " [")


def _sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}."


def spend_table(findings: Findings) -> Table:
    """Return what was spent on each channel, over the rows of the likelihood."""
    fit = findings.fit
    period = "row" if fit.design.periods is None else fit.data.frequency or "period"
    period = period if fit.model.panel is None else f"{fit.model.panel} and {period}"
    rows = []
    for c in findings.channels:
        x = fit.design.rows[fit.model.channels[c.name]]
        seen = x[np.isfinite(x)]
        cells = [c.spend, seen.mean(), seen.min(), seen.max()]
        total, mean, low, high = (number(v, 0 if seen.max() >= 100 else 2) for v in cells)
        column, without = fit.model.column(fit.model.channels[c.name]), percent(float((seen == 0).mean()))
        rows.append((c.name, column, total, mean, without, low, high))
    heads = (
        "channel",
        "column",
        with_unit("total", findings.currency),
        f"mean a {period}",
        f"{period}s without spend",
        "least",
        "most",
    )
    return Table(heads, tuple(rows), words=(0, 1))


def unit_table(findings: Findings) -> Table:
    """Return spend and ROI of each channel in each panel unit, the unit that spends most first."""
    money, model = findings.answers.by_unit, findings.model
    assert model.panel is not None
    spend, units = money.increments.spend, findings.fit.design.units
    order = np.argsort(-spend.sum(axis=0))
    mean, (lower, upper) = money.roi.centre(), money.roi.arrays.interval(findings.prob)
    columns: list[list[str]] = [[units[u] for u in order]]
    heads: list[str | tuple[str, tuple[str, ...]]] = [model.panel]
    for i, channel in enumerate(model.channels):
        at = {name: x.sel(channel=channel).array for name, x in (("m", mean), ("l", lower), ("u", upper))}
        roi = [Estimate(*(float(at[k][u]) for k in "mlu")).times(100) for u in order]
        columns += [aligned([float(spend[i, u]) for u in order]), *two_columns(roi, most=2)]
        heads.append((channel, (with_unit("spend", findings.currency), "ROI, %", "interval")))
    note = f"Posterior medians with {interval_name(findings.prob)}s."
    return Table(tuple(heads), tuple(zip(*columns, strict=True)), note=note)


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
            DASH if b.khat is None else number(b.khat, 2),
        )
        for b in fit.diagnosis.blocks
    )
    sampler = ("seconds", "R-hat", "ESS bulk", "ESS tail", "divergences", "E-BFMI", "Pareto k")
    return Table(("nodes", "engine", "why this engine", *sampler), rows, words=(0, 1, 2))


def residual_table(fit: Fit) -> Table:
    """Return the size, the autocorrelation and the tails of each node's residuals."""
    rows = tuple(
        (
            r.node,
            number(r.rows),
            number(r.dispersion, 2),
            number(r.autocorrelation, 2),
            number(r.excess_kurtosis, 2),
            fit.model.family(r.node).name,
        )
        for r in fit.diagnosis.residuals
    )
    figures = ("standard deviation", "autocorrelation at lag one", "excess kurtosis")
    return Table(("node", "rows", *figures, "family"), rows, words=(0, 5))


def prior_table(fit: Fit) -> Table:
    """Return every prior with its quantiles, in the units of the data."""
    rows = tuple(
        (p.parameter, _rounded(p.prior), p.source, *map(plain, (p.q05, p.median, p.q95)), p.note)
        for p in listed_priors(fit.model, fit.data)
    )
    return Table(("parameter", "prior", "source", "5 %", "median", "95 %", "note"), rows, words=(0, 1, 2, 6))


def _rounded(prior: str) -> str:
    """Return a prior's text with four significant digits."""
    return re.sub(r"(?<==)-?\d+\.?\d*(?:e[+-]?\d+)?", lambda found: written(float(found[0]), 4), prior)
