"""A plan in words: what a planner must read first, its rows, and what is said beneath them."""

from __future__ import annotations

from bayes_roi.decisions.horizon.outcomes import ROUNDING
from bayes_roi.decisions.optimise.objective import Chance
from bayes_roi.decisions.optimise.plan_numbers import PlanNumbers
from bayes_roi.draws import DEFAULT_PROB, Draws
from bayes_roi.numbers import amount, level, percent, probability, ratio

BY_FORM = (
    "a gain rests on the form of the curves and on how unlike the prior takes channels to be: in simulated markets "
    "with other curves a fifth of it came (docs/plans.md)"
)
UNFINISHED = "the search ended before the slopes were level: the plan keeps to its limits, but a better one may be near"


def head(plan: PlanNumbers, prob: float = DEFAULT_PROB) -> list[str]:
    """Return the first lines: that the budget is too large, where it is, what the plan is, and what it gains."""
    outlook = plan.outlook
    span = f"{outlook.labels[0]} to {outlook.labels[-1]}" if outlook.periods > 1 else str(outlook.labels[0])
    count = f"{outlook.periods} period{'s' * (outlook.periods > 1)}"
    title = f"{plan.objective}, {count}, {span}"
    return [line for line in (too_much(plan, prob), title, better(plan, prob)) if line]


def too_much(plan: PlanNumbers, prob: float = DEFAULT_PROB) -> str:
    """Return that one more unit of budget loses, and what spending less would earn; empty where it does not."""
    less = plan.rest_kept
    if less is None:
        return ""
    instead = f"spending {amount(less.budget)} instead of {amount(plan.budget)}"
    more = less.profit - plan.profit
    if isinstance(plan.question.objective, Chance):
        return f"a smaller budget does better by this objective: {instead} changes profit by {_said(more, prob)}"
    if more.centre().array <= 0:  # an objective that minds the worst draws
        return f"one more unit of budget loses {ratio(-plan.marginal)} by this objective: {instead} does better"
    return f"one more unit of budget loses {ratio(-plan.marginal)}: {instead} would earn {_said(more, prob)} more"


def timing(plan: PlanNumbers) -> str:
    """Return that a plan copies last year's timing, and what free timing would add; empty where it does not."""
    free = plan.freely_timed
    if free is None:
        return ""
    more = float((free.profit.centre().array - plan.profit.centre().array).item())
    made = float(plan.profit.centre().array.item()) + plan.budget
    said = "the spend of each channel is timed as a year before"
    if more <= ROUNDING * abs(made) or made <= 0:
        return f"{said}; a short search found no better timing"
    share = f", {percent(more / made)} of what the spend makes" if more < made else ""
    gained = f"{amount(more)} {plan.profit.unit}{share}"
    beside = f"; {free.profit.words().array}"
    return f"{said}; free timing of the same totals would add about {gained}{beside}"


def better(plan: PlanNumbers, prob: float = DEFAULT_PROB) -> str:
    """Return what a plan earns beyond last year's spend, and how probable it is that it does better."""
    if not plan.gain.arrays.values.array.any():
        return "the plan does what the reference, last year's spend, does"
    chance = probability(float(plan.gain.arrays.probability(above=0).array))
    gain = _said(plan.gain, prob)
    return f"profit less the reference's: {gain}; P(better than the reference) {chance}; {plan.gain.words().array}"


def rows(plan: PlanNumbers) -> list[tuple[str, str, str]]:
    """Return the table of spend, its header first."""
    before = plan.outlook.reference.sum(axis=1)
    each = [(c, amount(x), amount(b)) for (c, x), b in zip(plan.totals.items(), before, strict=True)]
    return [("channel", "plan", "reference"), *each, ("total", amount(plan.budget), amount(before.sum()))]


def lines(plan: PlanNumbers) -> list[str]:
    """Return what stands beneath the table."""
    left = plan.outlook.horizon
    counted = f"run-off of {left} periods included" if left else "no run-off"
    lines = [
        f"outcome: {_said(plan.outcome)}",
        f"incremental outcome: {_said(plan.incremental_outcome)}, {counted}",
        f"incremental profit: {_said(plan.profit)}; {plan.profit.words().array}",
    ]
    if abs(plan.budget / max(float(plan.outlook.reference.sum()), 1e-300) - 1) > 1e-3:
        said = _said(plan.mix) if plan.mix_keeps else "no comparison, it does not keep to the limits"
        lines.append(f"profit less that of the reference's mix at this budget: {said}")
    lines += [f"assumed: {plan.profit.why_assumed}"] if plan.profit.why_assumed else []
    return [*lines, *(f"note: {n}" for n in notes(plan))]


def notes(plan: PlanNumbers) -> list[str]:
    """Return what must be said beside the numbers, a sentence each."""
    found = [plan.outcome.note, timing(plan), "" if plan.kkt else UNFINISHED, BY_FORM if curved(plan) else ""]
    return [n for n in found if n]


def curved(plan: PlanNumbers) -> bool:
    """Whether spend acts through a curve whose form is taken, so that what moving it gains rests on that."""
    fit = plan.outlook.fit
    spends = fit.model.spends
    terms = (t for own in fit.forward.nodes.values() for t in own.terms if spends & set(t.term.parents))
    return any("half" in t.shape or "slope" in t.shape for t in terms)


def _said(draws: Draws, prob: float = DEFAULT_PROB) -> str:
    low, high = (float(end.array) for end in draws.arrays.interval(prob))
    middle = f"{amount(float(draws.centre().array))} {draws.unit}"
    return f"{middle} ({level(prob)} interval {amount(low)} to {amount(high)})"
