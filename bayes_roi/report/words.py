"""The answer in sentences: what each channel caused, what that is worth and how sure we are."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from bayes_roi.draws import WELL_SUPPORTED, Evidence, tails
from bayes_roi.inference.predictive_check import PredictiveCheck
from bayes_roi.model.language.model import Model
from bayes_roi.numbers import level, ratio
from bayes_roi.plain_text import listed
from bayes_roi.report.findings import Channel, Findings
from bayes_roi.report.rounding import (
    Estimate,
    decimals,
    interval_name,
    magnitude,
    number,
    percent,
    percent_span,
    probability,
    scale,
    share,
    span,
)
from bayes_roi.value.attribution.channel_table import ChannelTable
from bayes_roi.value.attribution.credit_to_cause import CreditToCause
from bayes_roi.value.priors.media_share import MOSTLY_PRIOR, says_nothing

LIKELY, UNLIKELY = 0.95, 0.05
MOST_NAMES = 10
UNUSUAL = 0.01
"""Probability below which a share of rows inside a band is called too small or too large."""

EVIDENCE = {
    Evidence.EXPERIMENTAL: "a randomised test informs the number.",
    Evidence.IDENTIFIED: "if the graph is right, the observed columns suffice to tell the effect from its confounders.",
    Evidence.ASSUMED: "the observed columns do not identify the number, by the graph or because what is asked about "
    "never varied by itself; the prior and the form of the model carry it. The data have not shown it.",
    Evidence.PREDICTIVE: "a forecast; it claims no cause.",
    Evidence.DESCRIPTIVE: "a rule hands it out; it describes and is not a cause.",
}
EXTRAPOLATED = (
    "less than half of the range from the actual spend to the one that is asked about (for ROI: none) is covered by "
    "data; the shape of the response curve carries the rest."
)
NOT_IDENTIFIED = "Warning, not identified by the data: the prior and the form of the model carry this number{why}. "


def question(model: Model) -> str:
    """Return the question that the report answers."""
    if not model.channels:
        return f"What moves {model.outcome}, and how sure are we?"
    return f"What did each channel cause in {model.outcome}, what is it worth, and how sure are we?"


def verdict(findings: Findings) -> str:
    """Return which channels earned back their cost, in one sentence for each answer that any channel has."""
    groups: dict[str, list[str]] = {}
    for c in findings.estimands:
        if c.roi.defined and c.evidence > Evidence.DESCRIPTIVE:
            p = c.probability_positive
            answer = "yes" if p > LIKELY else "no" if p < UNLIKELY else "open"
            answer = answer if c.evidence > Evidence.ASSUMED else "unknown"
            groups.setdefault(answer, []).append(c.title)
    words = {
        "yes": f"Earned back the money spent (probability above {percent(LIKELY)}): {{}}.",
        "no": f"Did not earn back the money spent (probability below {percent(UNLIKELY)}): {{}}.",
        "open": "Inconclusive: {}.",
        "unknown": "Not answered by these data, as they do not tell the return: {}.",
    }
    return " ".join(words[answer].replace("{}", listed(groups[answer])) for answer in words if answer in groups)


def answer(channel: Channel, findings: Findings) -> str:
    """Return the one sentence on a channel: its return, its ROI, the probability that it paid, and the evidence."""
    model, c = findings.model, channel
    if not c.roas.defined:
        return "No money was spent in the window, so there is no return to measure."
    one, many = findings.currency or "unit of money", findings.currency or "units of money"
    worth = "of" if model.value == 1 else "worth of"
    places = decimals(c.roas.width, least=2, most=4)
    inside = f"{interval_name(findings.prob)} {span(c.roas, places)}"
    returned = f"{number(c.roas.centre, places)} {many} {worth} {model.outcome} ({inside})"
    if c.evidence == Evidence.DESCRIPTIVE:
        return (
            f"A rule credits each {one} spent with {returned}. This describes and is not a cause. Evidence: {c.label}."
        )
    digits = decimals(100 * c.roi.width)
    roi = f"{percent(c.roi.centre, digits)} ({percent_span(c.roi, digits)})"
    margin = f"after the {share(model.margin)} margin" if model.margin < 1 else "all of it counted as profit,"
    not_identified = NOT_IDENTIFIED.format(why=f" ({c.reason})" if c.reason else "")
    warning, verb = ("", "returned") if c.evidence > Evidence.ASSUMED else (not_identified, "is taken to have returned")
    return (
        f"{warning}{_estimand(c)}{one} spent {verb} {returned}; {margin} that is an ROI of {roi}; "
        f"the probability that it earned back its cost is {probability(c.probability_positive)}. Evidence: {c.marked}."
    )


def _estimand(c: Channel) -> str:
    """Return the words before the money that a sentence is about, with the estimand where the channel has two."""
    if not c.mediators:
        return "Each "
    moved = listed(list(c.mediators))
    if c.induced is None:
        return f"With other spends held, that of {moved} among them, each "
    return f"In total, with what {moved} {'spends' if len(c.mediators) == 1 else 'spend'} in response, each "


def amounts(channel: Channel, findings: Findings) -> str:
    """Return the second line on a channel: how much was spent, what that added, what the next money would return."""
    c, model = channel, findings.model
    unit = f"{findings.currency} of {model.outcome}".strip() if model.value == 1 else model.outcome
    if not c.roas.defined:
        return ""
    verb = "caused" if c.evidence > Evidence.ASSUMED else "is taken to have added"
    if c.evidence == Evidence.DESCRIPTIVE:
        verb = "is credited with"
    s = scale([c.contribution.centre])
    shown = c.contribution.times(1 / s.size)
    places = decimals(shown.width, most=3)
    added = f"{number(shown.centre, places)} {s.unit(unit)} ({span(shown, places)})"
    digits = decimals(c.marginal_roas.width, least=2, most=4)
    following = f"{number(c.marginal_roas.centre, digits)} ({span(c.marginal_roas, digits)})"
    beside = "" if c.induced is None else f" of its own and {_induced(c.induced, findings.currency)} of others"
    sentence = f"{magnitude(c.spend, findings.currency)}{beside} spent {verb} {added}"
    if c.evidence == Evidence.DESCRIPTIVE or not c.marginal_roas.defined:
        return f"{sentence}."
    return f"{sentence}; the next {findings.currency or 'unit of money'} would return {following}."


def _induced(e: Estimate, currency: str) -> str:
    """Return money of others with its interval."""
    s = scale([e.centre])
    places = decimals(e.width / s.size, most=3)
    return f"{number(e.centre / s.size, places)} {s.unit(currency)} ({span(e.times(1 / s.size), places)})"


def meanings(findings: Findings) -> list[tuple[str, str]]:
    """Return (word, meaning) of the evidence words that the report uses."""
    used = sorted({c.evidence for c in findings.estimands}, reverse=True)
    found = [(str(e), EVIDENCE[e]) for e in used]
    if any(c.support < WELL_SUPPORTED and c.evidence >= Evidence.IDENTIFIED for c in findings.estimands):
        found.append(("extrapolated", EXTRAPOLATED))
    return found


def not_identified(findings: Findings) -> str:
    """Return the warning that stands above all numbers when some are not identified, or an empty string."""
    found = [c for c in findings.estimands if c.evidence == Evidence.ASSUMED]
    if not found:
        return ""
    groups: dict[str, list[str]] = {}
    for c in found:
        groups.setdefault(c.reason, []).append(c.title)
    why = "".join(f" {listed(titles)}: {reason}." for reason, titles in groups.items() if reason)
    return (
        f"The returns of {listed([c.title for c in found])} are not identified by these data: the prior and the form "
        f"of the model carry them; do not move money on them before an experiment.{why}"
    )


def media_carried(findings: Findings) -> str:
    """Return what stands above all numbers where the prior carries what all media bring, or an empty string."""
    if not findings.channels or not (share := findings.answers.share).carried:
        return ""
    before, after = (_share_of(x, findings.prob) for x in (share.prior, share.posterior))
    return (
        f"The prior carries how much all media together bring: {after} of {findings.model.outcome} with the data, "
        f"{before} without them. Pauses in spending or an experiment would tell; these data do not."
    )


def media_share(findings: Findings) -> str:
    """Return what all channels together make of the outcome, before the data and with them."""
    share, prob = findings.answers.share, findings.prob
    prior = share.prior
    lower, upper = np.quantile(prior, tails(prob)).tolist()
    before = "any share" if says_nothing(lower, upper) else _share_of(prior, prob)
    return (
        f"All channels together: {_share_of(share.posterior, prob)} of the observed {findings.model.outcome} "
        f"(median, {interval_name(prob)}); before the data the priors allowed {before}."
    )


def _share_of(draws: np.ndarray, prob: float) -> str:
    lower, middle, upper = np.quantile(draws, [(1 - prob) / 2, 0.5, (1 + prob) / 2]).tolist()
    digits = decimals(100 * (upper - lower))
    return f"{percent(middle, digits)} ({percent_span(Estimate(middle, lower, upper), digits)})"


def carried_by_prior(findings: Findings) -> str:
    """Return which returns the prior carries, and which parameters the data hardly narrowed."""
    carried = [f"the ROAS of {name}" for name, w in findings.answers.weights.items() if w.carries]
    torn = [f"the ROAS of {name}" for name, w in findings.answers.weights.items() if w.conflict]
    wide = [p.name for p in findings.parameters_compared if p.width_ratio(findings.prob) > MOSTLY_PRIOR]
    more = [f"{number(len(wide) - MOST_NAMES)} more"] if len(wide) > MOST_NAMES else []
    lines = [
        f"The prior carries {listed(carried)}: it moves with the strength of the prior and not with that of the data."
        if carried
        else "The prior carries no ROAS: none moves with the strength of the prior alone."
        if findings.model.channels
        else "",
        f"The prior has a say in {listed(torn)}: it moves with the strength of the prior and with that of the data."
        if torn
        else "",
        f"Of {listed([*sorted(wide)[:MOST_NAMES], *more])} the interval is still more than {percent(MOSTLY_PRIOR)} as "
        "wide as without the data."
        if wide
        else "",
    ]
    return " ".join(t for t in lines if t)


def calibration(check: PredictiveCheck) -> str:
    """Return how many observations of a node lie inside the predictive band, and whether that is as it should be."""
    whole = f"{percent(check.inside)} of the {number(check.rows)} observations of {check.node} lie inside"
    said = f"{whole} the {level(check.prob)} band"
    if round(100 * check.counted) != round(100 * check.inside):
        said += f", {percent(check.counted)} when counted draw by draw, which leaves out what the fit took from them"
    chance = f"a share so far off, were the model right, has probability {_probability(check.chance)}"
    if check.chance >= UNUSUAL:
        return f"{said}, about as many as there should be ({chance})."
    if check.counted < check.prob:
        return f"{said}, fewer than they should: the model is too sure of itself here ({chance})."
    return f"{said}, more than they should: the model is less sure than it could be here ({chance})."


def predictive(given_parents: PredictiveCheck, given_spend: PredictiveCheck | None, parents: Sequence[str]) -> str:
    """Return what predictions of a node say, given what was observed of its causes, and given the spends alone."""
    said = calibration(given_parents)
    if given_spend is None:
        return f"{said} {_fit_of(given_parents)}"
    conditional = f"This takes {listed(list(parents))} as observed: {_fit_of(given_parents)}"
    alone = calibration(given_spend)
    return f"{said} {conditional} With all that stands between drawn anew: {alone} {_fit_of(given_spend)}"


def _fit_of(check: PredictiveCheck) -> str:
    error = f", its mean predictions are off by {percent(check.mape, 1)} (MAPE)" if check.mape == check.mape else ""
    return f"R² is {number(check.r2, 2)}{error}."


def _probability(p: float) -> str:
    return ratio(p) if p >= 0.01 else "below 0.01"


def capitalised(text: str) -> str:
    """Return a text that begins with a capital letter."""
    return text[:1].upper() + text[1:]


def credit_and_cause(table: ChannelTable) -> list[str]:
    """Return for each channel how last click's share compares with what the channel caused."""
    inside = interval_name(table.prob)
    return [_credit_to_cause(c, inside) for c in table.credit_to_cause]


def _credit_to_cause(c: CreditToCause, inside: str) -> str:
    if c.kind == "ratio" and c.upper == 0:
        return f"{c.channel}: last click gives it nothing, whatever it caused."
    size = 100.0 if c.kind == "difference" else 1.0
    found = Estimate(size * c.median, size * c.lower, size * c.upper)
    places = decimals(found.width, most=2)
    centre, ends = number(found.centre, places), f"{inside} {span(found, places)}"
    if c.kind == "difference":
        nothing = "it may have caused nothing"
        return f"{c.channel}: {nothing}; last click's share is {centre} points above what it did ({ends})."
    return f"{c.channel}: last click gives it {centre} times the share that it caused ({ends})."
