"""What each channel returned in each quarter, or in each month of a short table."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from bayes_roi.draws import Draws, Evidence, evidence_label
from bayes_roi.labelled import Labelled
from bayes_roi.report.findings import Findings
from bayes_roi.report.rounding import Estimate, aligned, interval_name, scale, two_columns, with_unit
from bayes_roi.report.tables import Table
from bayes_roi.value.money.money import Money

REMAINDER, WHOLE = "remainder", "all"


@dataclass(frozen=True)
class Line:
    """A channel in a part of the calendar or in all of it; what the parts lack of the whole is a contribution alone."""

    channel: str
    part: str
    contribution: Estimate
    spend: float = 0.0
    roas: Estimate | None = None
    evidence: str = ""


def period_table(findings: Findings) -> Table | None:
    """Return spend, contribution and ROAS of each channel in each part of the calendar, other spends held.

    Contributions are means, so that a channel's parts and its remainder add up to the whole. None where the rows have
    no dates, or lie in one part.
    """
    parts = findings.by_period
    if parts is None:
        return None
    split = next(iter(parts.increments.by))
    lines = list(_lines(parts, findings.money, findings.prob))
    inside = [x for x in lines if x.part != WHOLE]
    spends, added = scale(x.spend for x in inside), scale(x.contribution.centre for x in inside)
    there = [x for x in lines if x.roas is not None]
    costs = iter(aligned([x.spend / spends.size for x in there]))
    returns = zip(*two_columns([x.roas for x in there if x.roas is not None], least=2, most=4), strict=True)
    contributions = zip(*two_columns([x.contribution.times(1 / added.size) for x in lines], most=3), strict=True)
    rows = tuple(
        (x.channel, x.part, next(costs), *shown, *next(returns), x.evidence)
        if x.roas is not None
        else (x.channel, x.part, "", *shown, "", "", "")
        for x, shown in zip(lines, contributions, strict=True)
    )
    heads = (
        "channel",
        split,
        with_unit("spend", spends.unit(findings.currency)),
        (with_unit("contribution", added.unit(parts.outcome_unit)), ("mean", "interval")),
        ("ROAS", ("median", "interval")),
        "evidence",
    )
    return Table(heads, rows, words=(0, 1, 7), note=_note(findings, split, curved=len(there) < len(lines)))


def _lines(parts: Money, whole: Money, prob: float) -> Iterator[Line]:
    """Yield each channel's parts, what they lack of the whole where that is anything, and the whole."""
    (labels,) = parts.increments.by.values()
    lacks = _means(parts.remainder(whole), prob)
    of_part, of_whole = (_figures(money, prob) for money in (parts, whole))
    curved = any(e.lower or e.upper for e in lacks.values())
    for i, channel in enumerate(parts.increments.channels):
        yield from (Line(channel, label, *of_part[i, j]) for j, label in enumerate(labels))
        if curved:
            yield Line(channel, REMAINDER, lacks[i,])
        yield Line(channel, WHOLE, *of_whole[i,])


def _figures(money: Money, prob: float) -> dict[tuple[int, ...], tuple[Estimate, float, Estimate, str]]:
    """Return (channel, part) -> contribution, spend, ROAS and the words of its evidence."""
    added, roas, spend = _means(money.contribution, prob), _medians(money.roas, prob), money.increments.spend
    stands = money.roas.arrays
    assert stands.support is not None
    words = [
        evidence_label(Evidence(int(kind)), float(share))
        for kind, share in zip(stands.evidence.array, stands.support.array, strict=True)
    ]
    return {at: (added[at], float(spend[at]), roas[at], words[at[0]]) for at in np.ndindex(spend.shape)}


def _means(draws: Draws, prob: float) -> dict[tuple[int, ...], Estimate]:
    return _each(draws.arrays.mean(), draws, prob)


def _medians(draws: Draws, prob: float) -> dict[tuple[int, ...], Estimate]:
    return _each(draws.arrays.median(), draws, prob)


def _each(centre: Labelled, draws: Draws, prob: float) -> dict[tuple[int, ...], Estimate]:
    columns = [x.array for x in (centre, *draws.arrays.interval(prob))]
    return {at: Estimate(*(float(x[at]) for x in columns)) for at in np.ndindex(centre.array.shape)}


def _note(findings: Findings, split: str, *, curved: bool) -> str:
    lines = [
        f"Means of contributions, medians of ROAS, with {interval_name(findings.prob)}s, other spends held",
        f"Each {split} is a question of its own: what its spend added, in it and after it; evidence is of all rows",
        "The first and the last may be incomplete",
    ]
    if curved:
        lines.append(
            f"Where responses are curved the {split}s do not add up, since without the spend of one that of the next "
            "meets a steeper part of the curve: the remainder is what they lack of the whole"
        )
    return " ".join(f"{sentence}." for sentence in lines)
