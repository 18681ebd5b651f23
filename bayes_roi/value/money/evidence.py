"""The evidence behind a channel's money, and its support: how far the data reach to what is asked."""

from __future__ import annotations

from bayes_roi.draws import Evidence, standing
from bayes_roi.inference.fit import Fit
from bayes_roi.model.law.intervention import turn_off
from bayes_roi.model.rows.during import During
from bayes_roi.queries.evidence import Support, evidence_of_change, refuted, supported
from bayes_roi.queries.expect import Scene, scene
from bayes_roi.queries.paths.responding import evidence_of_money, held_beside, unobserved_cause_of_money
from bayes_roi.queries.tested import randomised_spends
from bayes_roi.value.money.question import Change, MoneyQuestion, held_but, mean_of


def behind(full: Scene, asked: MoneyQuestion, change: Change, free: tuple[str, ...]) -> tuple[Evidence, float, str]:
    """Return the evidence of a change's money, its support, and why it is assumed: of the least of its spends."""
    fit, model, hold = full.fit, full.fit.model, asked.hold_spend
    chance, against = randomised_spends(fit, model.outcome), refuted(fit)
    known = min(evidence_of_money(model, i.node, hold_spend=hold, randomised=chance) for i in change)
    supports = _supports(full, asked, change, free)
    least = min(supports, key=lambda s: s.share)
    if not free:
        treated = held_beside(model, change[0].node, hold_spend=hold)
        tested = min(supports, key=lambda s: s.tested)
        known = max(known, evidence_of_change(fit, [i.node for i in change], treated, model.outcome, tested))
    evidence = standing(Evidence.ASSUMED if against else known, least.share)
    causes = (unobserved_cause_of_money(model, i.node, hold_spend=hold, randomised=chance) for i in change)
    text = next((c for c in (*causes, against) if c), least.reason)
    return evidence, least.share, text if evidence == Evidence.ASSUMED else ""


def posterior_support(fit: Fit, channel: str, *, during: During = None, hold_spend: bool = True) -> float:
    """Return the support of a channel's return at the posterior mean of the retention, where the label has the prior's.

    It is that of the channel's own spend.
    """
    change, full = turn_off(fit.model.channels[channel], during=during), scene(fit)
    held = held_beside(fit.model, change.node, hold_spend=hold_spend)
    before = full.observed[change.node]
    after = change.apply(before, full.design.window(during))
    way = {change.node: before}, {change.node: after}
    return supported(fit, *way, change.node, held=held, retention="posterior").share


def _supports(full: Scene, asked: MoneyQuestion, change: Change, free: tuple[str, ...]) -> list[Support]:
    """Return the support of the way that a change takes the spends, and of those that `free` take in response.

    What responds is told at the posterior mean of the parameters and without noise, by its range alone: it moves with
    what it follows.
    """
    model, inside = full.fit.model, full.design.window(asked.during)
    before = {i.node: full.observed[i.node] for i in change}
    after = {i.node: i.apply(before[i.node], inside) for i in change}
    beside = {n: held_beside(model, n, hold_spend=not free) for n in before}
    held_still = {n: [s for s in spends if s not in before] for n, spends in beside.items()}
    shares = [supported(full.fit, before, after, n, held=held_still[n]) for n in before]
    if free:
        means = {name: draws.mean(axis=0, keepdims=True) for name, draws in full.fit.parameters.items()}
        held = {n: mean_of(x) for n, x in held_but(full, free).items()}
        arms = held, held | {n: mean_of(x) for n, x in after.items()}
        one, other = (full.forward.run(means, arm, targets=frozenset(free)).values for arm in arms)
        shares += [supported(full.fit, {s: mean_of(one[s])}, {s: mean_of(other[s])}, s, held=None) for s in free]
    return shares
