"""What kind of evidence stands behind a contrast, and how far it reaches beyond what was observed."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from bayes_roi.draws import UNSUPPORTED, WELL_SUPPORTED, Evidence
from bayes_roi.inference.fit import Fit
from bayes_roi.mechanisms.arrays import Array
from bayes_roi.model.language.edges import Edge
from bayes_roi.model.language.model import Model
from bayes_roi.model.law.intervention import Intervention
from bayes_roi.model.law.parameters import TermParameters
from bayes_roi.model.rows.design import Design
from bayes_roi.model.rows.view import View
from bayes_roi.queries.identification.identify import identify
from bayes_roi.queries.identification.verdict import ONLY_PRIOR, verdict
from bayes_roi.queries.tested import randomised_spends, tested_share
from bayes_roi.queries.variation import Residual, beside, times_of

BY_FORM = "what a single row would have been rests on the form of its noise, which no data show; " + ONLY_PRIOR


def evidence(model: Model, treated: Collection[str], outcome: str, randomised: Collection[str] = ()) -> Evidence:
    """Return IDENTIFIED where the graph identifies the joint intervention on the outcome, ASSUMED where it does not.

    It is the verdict of `bayes_roi.queries.identification.identify`, without positivity: that is the support's. What a
    test has `randomised` has no causes.
    """
    return Evidence.IDENTIFIED if verdict(model, treated, outcome, randomised) else Evidence.ASSUMED


def refuted(fit: Fit) -> str:
    """Return what the data say against the graph, where it moves returns, in words; empty where nothing does."""
    return next(iter(fit.diagnosis.refuted), "")


def evidence_in(fit: Fit, treated: Collection[str], outcome: str) -> Evidence:
    """Return the same of a fit: ASSUMED too where the data contradict the graph that identifies it."""
    return Evidence.ASSUMED if refuted(fit) else evidence(fit.model, treated, outcome, randomised_spends(fit, outcome))


def evidence_of_change(
    fit: Fit, changed: Collection[str], treated: Collection[str], outcome: str, support: Support
) -> Evidence:
    """Return the evidence of changing nodes while `treated`, they among them, are set: EXPERIMENTAL where tests say it.

    Randomised tests must have set all that changes, and most of the way that is asked about; and with what they set
    freed of its causes the graph must identify the change, spends that respond to it and are held among what is set.
    """
    known, chance = evidence_in(fit, treated, outcome), randomised_spends(fit, outcome)
    if refuted(fit) or support.tested < WELL_SUPPORTED or not chance.issuperset(changed):
        return known
    held = {n for n in treated if n in fit.model.graph.descendants(changed)} | set(changed)
    return Evidence.EXPERIMENTAL if verdict(fit.model, held, outcome, chance) else known


def why_assumed(fit: Fit, treated: Collection[str], outcome: str) -> str:
    """Return why `evidence_in` is no more than assumed, in words; empty where it is more."""
    return unobserved_cause(fit.model, treated, outcome, randomised_spends(fit, outcome)) or refuted(fit)


def unobserved_cause(model: Model, treated: Collection[str], outcome: str, randomised: Collection[str] = ()) -> str:
    """Return what takes identification away by the graph, in words; empty where nothing does."""
    return verdict(model, treated, outcome, randomised).reason


def adjustment(model: Model, treated: Collection[str], outcome: str | None = None) -> tuple[str, ...] | None:
    """Return a smallest adjustment set of the joint intervention; None where it is not identified by adjusting."""
    asked = [n for n in model.nodes if n in frozenset(treated)]
    return identify(model, asked, outcome).adjustment if asked else ()


def evidence_of_all(model: Model, target: str) -> Evidence:
    """Return the evidence of what asks for every equation above a target, the target's own among them.

    Each must be the law of its node given observed parents: no unobserved cause may act on any.
    """
    return Evidence.ASSUMED if hidden_above(model, target) else Evidence.IDENTIFIED


def hidden_above(model: Model, target: str) -> str:
    """Return which unobserved causes act on a target, in words; empty where none does."""
    above = model.computation.ancestors([target])
    hidden = [n for n in model.computation.order if n in above and n in model.hidden]
    return (
        f"{', '.join(hidden)}: not observed, and every equation above {target} is asked; {ONLY_PRIOR}" if hidden else ""
    )


def evidence_of_rows(
    fit: Fit, done: Sequence[Intervention], held: Collection[str], outcome: str, *, by_row: bool
) -> tuple[Evidence, str]:
    """Return the evidence of a counterfactual of rows, or of their mean, and why it is no more than assumed.

    A row's own is assumed by the form of its noise: models with one observed law disagree on it. The mean over all rows
    of what sets nodes to one level is that of the intervention; where it moves with what each row had, or holds others
    at that, the rows that had it must be alike once an adjustment set is known.
    """
    model, treated = fit.model, list(held) or [i.node for i in done]
    if outcome in treated:
        return Evidence.IDENTIFIED, ""  # it is what it is set to
    if why := why_assumed(fit, treated, outcome):
        return Evidence.ASSUMED, why
    levels = all(i.how == "set" and i.during is None for i in done) and {i.node for i in done} >= set(held)
    if by_row or not (levels or adjustment(model, treated, outcome) is not None):
        return Evidence.ASSUMED, BY_FORM
    return Evidence.IDENTIFIED, ""


@dataclass(frozen=True)
class Support:
    """How far the data reach along the way that a question takes a node.

    Parameters
    ----------
    range, variation
        Shares of the way inside the observed range of the dose, and inside that of the residual once what stands beside
        the node is known.
    rule
        What the node follows from, in words, where it hardly varies by itself.
    node
        The node.
    tested
        Share of the way inside what randomised tests set.
    """

    range: float = 1.0
    variation: float = 1.0
    rule: str = ""
    node: str = ""
    tested: float = 0.0

    @property
    def share(self) -> float:
        """The smaller of the two shares, or that of tests where it is larger."""
        return max(min(self.range, self.variation), self.tested)

    @property
    def reason(self) -> str:
        """Why the question is not identified by the data, in a sentence; empty where it is."""
        if self.share >= UNSUPPORTED:
            return ""
        if self.rule or self.range >= UNSUPPORTED:
            text = self.rule or f"{self.node} hardly varies by itself given the other causes"
            return f"{text}; only prior and form separate them"
        return f"hardly any of the way asked about for {self.node} was ever observed; {ONLY_PRIOR}"


def supported(
    fit: Fit,
    before: Mapping[str, Array],
    after: Mapping[str, Array],
    node: str,
    *,
    held: Collection[str] | None = (),
    rows: Design | None = None,
    retention: Literal["prior", "posterior"] = "prior",
) -> Support:
    """Return the shares of the way from `before` to `after` that the data support, of a node's dose.

    The dose is what acts in a period: the adstocked node, at the prior median of its retention, so that the answer is
    the same before a fit and after it (at the posterior mean where that is asked for). Range: the share inside the
    observed doses. Variation: the same of what is left of the node once its beside_it are known (`variation`), carried
    through the same adstock. Where the node enters several equations the least counts. 1 where nothing moves.

    Parameters
    ----------
    fit
        A fit, or one of the prior.
    before, after
        Node -> values of the two ends; nodes that are in neither are as observed.
    node
        The node whose way it is.
    held
        The spends that the question holds; None where the node moves with what it follows, so that its range alone
        counts.
    rows
        Rows of the way, where they are not those of the fit.
    retention
        Where the retention is read from.
    """
    if node in before and node in after and np.array_equal(before[node], after[node]):
        return Support(node=node)  # what moves around it is the others' way
    there = fit.design if rows is None else rows
    means = {name: draws.mean(axis=0) for name, draws in fit.parameters.items()}
    seen = (n for n in fit.model.computation.order if n not in fit.model.hidden or n in means)
    observed = {n: fit.forward.observed(n, means) for n in seen}
    carried = _carried(fit.model, node)
    ends = [_computed(fit.model, carried, (observed if rows is None else {}) | dict(end)) for end in (before, after)]
    ways = [(fit.design, observed), *((there, end) for end in ends)]
    read = dict.fromkeys(e for e in fit.model.edges if e.parent in (node, *carried) and e.kind != "identity")
    ranges, rests = [1.0], [(1.0, "")]
    for edge in read:
        by_itself = held is not None and edge.parent not in fit.model.hidden
        beside_it = _beside_it(fit, observed, edge.parent, edge.child, held or ()) if by_itself else None
        for t, shape in readers(fit, edge, means, retention):
            ranges.append(_share_inside(*(dose_of(edge, t, shape, View(np, on, values)) for on, values in ways)))
            if beside_it is not None:
                rest = [(on, beside_it.residual(on, values)) for on, values in ways]
                left = [x if t is None else beside_it.dose(t, shape, on, x) for on, x in rest]
                share = _share_inside(*left)
                rests.append((share, beside_it.rule if share < UNSUPPORTED else ""))
        if held is not None and (all_given := _all_given(fit, edge.child, edge.parent, observed)):
            rests.append((0.0, all_given))
    variation, rule = min(rests, key=lambda rest: (rest[0], not rest[1]))
    tested = tested_share(fit, observed, before, after, node) if rows is None else 0.0
    return Support(range=min(ranges), variation=variation, rule=rule, node=node, tested=tested)


def told_apart(fit: Fit, nodes: Collection[str]) -> dict[str, Support]:
    """Return node -> support of its way from what it was to its mean: whether the data tell its variation from others'.

    What splits a variance or a difference over causes asks for it. A node that is not observed, or that nothing reads,
    is not judged.
    """
    means = {name: draws.mean(axis=0) for name, draws in fit.parameters.items()}
    found = {}
    for node in nodes:
        if node in fit.model.hidden or not any(e.parent == node for e in fit.model.edges):
            found[node] = Support(node=node)
            continue
        actual = fit.forward.observed(node, means)
        middle = np.full_like(np.asarray(actual, float), np.mean(actual))
        found[node] = supported(fit, {node: actual}, {node: middle}, node, held=())
    return found


def reasons_of(supports: Mapping[Any, Support]) -> str:
    """Return why those that are not supported are not, each rule once."""
    return "; ".join(dict.fromkeys(s.reason for s in supports.values() if s.reason))


def readers(
    fit: Fit, edge: Edge, means: Mapping[str, np.ndarray], retention: str
) -> Iterator[tuple[TermParameters | None, dict[str, np.ndarray]]]:
    """Yield each term that reads an edge's parent, with what stands inside its curve; None of one that reads trials."""
    if edge.kind == "trials":
        yield None, {}
        return
    for t in (t for t in fit.forward.nodes[edge.child].terms if edge.parent in t.term.parents):
        of_fit = {role: means[name][..., None] for role, name in t.shape_names.items()}
        yield t, _middle(t) if retention == "prior" else of_fit


def dose_of(edge: Edge, term: TermParameters | None, shape: Mapping[str, np.ndarray], view: View) -> Array:
    """Return what of an edge's parent acts in each period."""
    return view.value(edge.parent) if term is None else term.term.dose(np, view, shape, edge.parent)


def _all_given(fit: Fit, child: str, node: str, observed: Mapping[str, Array]) -> str:
    """Return why the level of an equation is given to a spend by its form alone, in words; empty where it is not."""
    spent = node in fit.model.spends and float(np.min(observed[node])) > 0
    if not spent or fit.model.equation[child].intercept != "none":
        return ""
    return f"{child} has no intercept (0 +) and {node} never pauses, so that what is there without it is given to it"


def _middle(term: TermParameters) -> dict[str, np.ndarray]:
    """Return role -> prior median (1,) of what stands inside a term's curve."""
    return {role: np.array([prior.ppf(np.array(0.5))]) for role, prior in term.shape.items()}


def _beside_it(fit: Fit, observed: Mapping[str, Array], node: str, child: str, held: Collection[str]) -> Residual:
    """Return a node beside what it must be told from in the equation of `child`."""
    adjusted = beside_treated(fit.model, {node, *held})
    times = times_of(*(fit.forward.nodes.get(n) for n in (node, child)))
    return Residual(fit.design, observed, node, beside(fit.model, node, child, adjusted, held), times)


def beside_treated(model: Model, treated: Collection[str]) -> tuple[str, ...]:
    """Return what treated nodes must vary beside: the adjustment set, else their observed causes, less themselves."""
    known = adjustment(model, treated) if model.outcome not in treated else None
    if known is not None:
        return known
    causes = {p for node in treated for p in model.graph.parents[node]}
    return tuple(n for n in model.nodes if n in causes - set(treated) - set(model.unobserved))


def _carried(model: Model, node: str) -> list[str]:
    """Return the nodes of accounting identities that a node enters through identities alone, causes first."""
    found = {node}
    steps = [e for n in model.nodes for e in model.edges if e.child == n and e.kind == "identity"]
    for edge in steps:
        found |= {edge.child} if edge.parent in found else set()
    return [n for n in model.nodes if n in found - {node}]


def _computed(model: Model, nodes: Collection[str], values: dict[str, Array]) -> dict[str, Array]:
    """Return values with those of accounting identities computed from them."""
    for n in nodes:
        values[n] = model.identity[n].value(values)
    return values


def _share_inside(observed: np.ndarray, before: np.ndarray, after: np.ndarray) -> float:
    low, high = np.minimum(before, after), np.maximum(before, after)
    way = float((high - low).sum())
    inside = np.clip(np.minimum(high, observed.max()) - np.maximum(low, observed.min()), 0, None)
    return float(inside.sum()) / way if way > 0 else 1.0
