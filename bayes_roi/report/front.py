"""The first screen: what advertising earned, channel by channel and in all, what to do next, and what is uncertain."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from bayes_roi.draws import WELL_SUPPORTED, Evidence
from bayes_roi.plain_text import listed
from bayes_roi.report.findings import Channel, Findings
from bayes_roi.report.rounding import (
    DASH,
    NO_BREAK,
    Estimate,
    aligned,
    decimals,
    estimates,
    interval_name,
    magnitude,
    number,
    percent,
    probability,
    scale,
    span,
    two_columns,
    with_unit,
)
from bayes_roi.report.tables import Table, counted, if_causal
from bayes_roi.report.words import LIKELY, UNLIKELY, media_carried
from bayes_roi.value.money.money import Money
from bayes_roi.value.money.next_step import NextStep, next_step

UNITS = "units of money"
LEANS = 0.8
"""Probability of a gain from which a step is recommended, and not only named."""
MUCH = 0.02
"""Share of a spend beyond which a step above the largest one seen is said so."""
UNTOLD = (
    "the data do not identify its return",
    "the prior carries its return",
    "it never paused, so that no data show its absence",
    "few data lie near zero spend",
    "its interval spans break-even",
)
"""Why the answer on a channel is uncertain, the gravest reason first."""


def front(findings: Findings) -> dict[str, object]:
    """Return what the first screen shows: the profit, three sentences at most, and the table."""
    sentences = (earned(findings), what_next(findings), media_carried(findings) or uncertain(findings))
    return {"sentences": [s for s in sentences if s], "table": front_table(findings)}


def front_table(findings: Findings) -> Table:
    """Return spend, what it added, ROI, P(ROI > 0) before and after the data, and evidence, with a row of the total."""
    joint, money = findings.together, findings.money
    channels, spends, added = counted(findings)
    columns = [
        [c.title for c in channels],
        aligned([c.spend / spends.size for c in channels]),
        _with_interval([c.contribution.times(1 / added.size) for c in channels], most=2),
        _with_interval([if_causal(c, c.roi.times(100)) for c in channels], most=0),
        [f"{_before(c, findings)} → {_after(c)}" for c in channels],
        [c.marked for c in channels],
    ]
    heads = (
        "channel",
        with_unit("spend", spends.unit(findings.currency)),
        with_unit(f"incremental {findings.model.outcome}", added.unit(_unit(findings, money))),
        "ROI, %",
        "P(ROI > 0), before → after the data",
        "evidence",
    )
    note = f"Medians with {interval_name(findings.prob)}s."
    if joint:
        note += " All channels together are one question, so that the medians above do not add up to theirs."
    return Table(heads, tuple(zip(*columns, strict=True)), words=(0, len(columns) - 1), note=note, total=bool(joint))


def earned(findings: Findings) -> str:
    """Return what all advertising earned beyond its cost, and how sure that is, in one sentence."""
    found, positive = _profit(findings)
    if not found.defined:
        return ""
    s = scale([found.lower, found.upper])
    shown = found.times(1 / s.size)
    places = decimals(shown.width / 10, most=3)
    unit = s.unit(findings.currency or UNITS)
    kept = f"after the {percent(findings.model.margin)} margin" if findings.model.margin < 1 else "with no margin set"
    moved = "earned" if shown.centre >= 0 else "lost"
    size = number(abs(shown.centre), places)
    verb = f"{moved} {size} {unit}" if _said_outright(findings) else f"is taken to have {moved} {size} {unit}"
    lead = f"Advertising {verb} beyond its cost" if shown.centre >= 0 else f"Advertising {verb} on balance"
    return (
        f"{lead}, {kept} ({interval_name(findings.prob)} of the profit {span(shown, places)}); "
        f"the probability that it paid is {probability(positive)}."
    )


def what_next(findings: Findings) -> str:
    """Return what to do next with its gain, in one sentence."""
    step = next_step(findings.money)
    if step is None and not findings.fit.diagnosis:
        return "Next: mend what the diagnosis names."
    if step is None:
        asked = _widest(c for c in findings.channels if c.roi.defined)
        return f"Next: test {asked.name} by an experiment before money is moved." if asked else ""
    did, would = _done(step, findings)
    gain = next(iter(estimates(step.gain, findings.prob).values()))
    s = scale([gain.centre])
    shown = gain.times(1 / s.size)
    places = decimals(shown.width, most=1)
    gained = (
        f"{number(shown.centre, places)} {s.unit(findings.currency or UNITS)} of profit ({span(shown, places)}; "
        f"probability of a gain {probability(step.probability)})"
    )
    if not findings.fit.diagnosis:
        return f"Next: mend what the diagnosis names; on these draws {would} would have gained {gained}."
    if step.probability < LEANS:
        return f"Next: no small step is clearly better; {would} would have gained {gained}."
    return f"Next: {did}, which would have gained {gained} in the same time{_beyond(step, findings)}."


def _beyond(step: NextStep, findings: Findings) -> str:
    """Return how far above any seen a step takes a channel's largest spend, where that is much."""
    if step.more is None:
        return ""
    further = step.amount / next(c.spend for c in findings.channels if c.name == step.more)
    return f", with {step.more} up to {percent(further)} above any spend seen" if further > MUCH else ""


def uncertain(findings: Findings) -> str:
    """Return which answers are uncertain and why, in one sentence."""
    groups: dict[str, list[str]] = {}
    for c in findings.estimands:
        if (why := _why(c)) and c.roi.defined:
            groups.setdefault(why, []).append(c.title)
    if not groups:
        return "Uncertain: whether the graph is right; given the graph, the data answer for each channel."
    lines = [f"{listed(groups[why])} ({_plural(why, len(groups[why]))})" for why in UNTOLD if why in groups]
    return f"Uncertain: {'; '.join(lines)}."


def _why(c: Channel) -> str:
    """Return why the answer on a channel is uncertain; empty where the data give it."""
    open_ = UNLIKELY <= c.probability_positive <= LIKELY
    causes = (
        c.evidence == Evidence.ASSUMED,
        c.prior is not None and c.prior.carries,
        open_ and bool(c.never_pauses),
        open_ and c.support < WELL_SUPPORTED,
        open_,
    )
    return next((why for why, holds in zip(UNTOLD, causes, strict=True) if holds), "")


def _plural(why: str, count: int) -> str:
    if count == 1:
        return why
    return why.replace("its interval spans", "their intervals span").replace("its", "their").replace("it ", "they ")


def _with_interval(found: Sequence[Estimate], most: int) -> list[str]:
    """Return a column of medians, each with its interval in brackets."""
    pairs = zip(*two_columns(found, most=most), strict=True)
    return [DASH if centre == DASH else f"{centre} ({ends.replace(' ', NO_BREAK)})" for centre, ends in pairs]


def _after(c: Channel) -> str:
    """Return P(ROI > 0) with the data."""
    return probability(c.probability_positive) if c.evidence > Evidence.DESCRIPTIVE else DASH


def _before(c: Channel, findings: Findings) -> str:
    """Return P(ROI > 0) before the data of a channel or of all together."""
    if c is findings.together:
        return probability(positive_before(findings))
    return DASH if c.prior is None else probability(c.prior.positive_before)


def positive_before(findings: Findings) -> float:
    """Return P(ROI > 0) of all channels together by the priors alone."""
    return float(findings.answers.before.of_all.roi.arrays.probability(above=0).array.item())


def _profit(findings: Findings) -> tuple[Estimate, float]:
    """Return what all channels together earned beyond their cost, and P(profit > 0)."""
    money = findings.money.of_all if findings.together else findings.money
    found = next(iter(estimates(money.profit, findings.prob).values()))
    return found, float(money.profit.arrays.probability(above=0).array.ravel()[0])


def _said_outright(findings: Findings) -> bool:
    """Whether the data tell what all channels together earned."""
    asked = findings.together or findings.channels[0]
    return asked.evidence > Evidence.ASSUMED


def _done(step: NextStep, findings: Findings) -> tuple[str, str]:
    """Return a step as an order and as a supposition."""
    money = magnitude(step.amount, findings.currency or UNITS)
    if step.less is not None and step.more is not None:
        return f"move {money} from {step.less} to {step.more}", f"moving {money} from {step.less} to {step.more}"
    if step.less is not None:
        return f"spend {money} less on {step.less}", f"spending {money} less on {step.less}"
    return f"spend {money} more on {step.more}", f"spending {money} more on {step.more}"


def _widest(channels: Iterable[Channel]) -> Channel | None:
    """Return the channel whose return is known least, in money."""
    return max(channels, key=lambda c: c.spend * c.roi.width, default=None)


def _unit(findings: Findings, money: Money) -> str:
    """Return the unit of the outcome where its name does not say it."""
    return findings.currency if money.outcome_unit != findings.model.outcome else ""
