"""What kind of evidence stands behind a contrast, and how far it reaches beyond what was observed."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping

import numpy as np

from bayes_roi.draws import Evidence
from bayes_roi.inference.fit import Fit
from bayes_roi.mechanisms.arrays import Array
from bayes_roi.model.design import Design, View
from bayes_roi.model.lags import Edge
from bayes_roi.model.model import Model


def evidence(model: Model, treated: Collection[str], outcome: str) -> Evidence:
    """Return IDENTIFIED when no unobserved common cause touches the question, ASSUMED otherwise.

    The question is touched by what causes a treated node or the outcome. With all of that observed, the parents of the
    treated nodes satisfy the back-door criterion (Pearl 2009, theorem 3.2.2), so every interventional mean is a
    function of the observed law. An unobserved node among these parents takes that away, and so does a question about
    one.
    """
    asked = model.graph.ancestors([*treated, outcome])
    touched = any(pair <= asked for pair in model.graph.confounded)
    seen_by = [*treated, outcome, *(p for node in treated for p in model.graph.parents[node])]
    unseen = any(n in model.unobserved for n in seen_by)
    return Evidence.ASSUMED if touched or unseen else Evidence.IDENTIFIED


def adjustment(model: Model, treated: Collection[str]) -> tuple[str, ...]:
    """Return an adjustment set of the joint intervention: the observed causes of the treated nodes, less themselves."""
    causes = {p for node in treated for p in model.graph.parents[node]}
    return tuple(n for n in model.nodes if n in causes - set(treated) - set(model.unobserved))


def support(
    fit: Fit, before: Mapping[str, Array], after: Mapping[str, Array], node: str, *, rows: Design | None = None
) -> float:
    """Return the share of the way from `before` to `after` that lies inside the observed range of a node's dose.

    The dose is what acts in a period: the adstocked node at the posterior mean of its retention, or the trials that are
    computed of it. Where the node enters several equations the least share counts. 1 where nothing moves. With `rows`
    the way is on these rows, others than those of the fit.
    """
    there = fit.design if rows is None else rows
    means = {name: draws.mean(axis=0) for name, draws in fit.parameters.items()}
    seen = (n for n in fit.model.computation.order if n not in fit.model.hidden or n in means)
    observed = {n: fit.forward.observed(n, means) for n in seen}
    carried = _carried(fit.model, node)
    ways = [(fit.design, observed)] + [
        (there, _computed(fit.model, carried, (observed if rows is None else {}) | dict(end)))
        for end in (before, after)
    ]
    views = [View(np, on, values) for on, values in ways]
    read = dict.fromkeys(e for e in fit.model.edges if e.parent in (node, *carried) and e.kind != "identity")
    return min((_share_inside(*x) for edge in read for x in _doses(fit, edge, views, means)), default=1.0)


def _doses(fit: Fit, edge: Edge, views: list[View], means: Mapping[str, np.ndarray]) -> Iterator[list[Array]]:
    """Yield what of the parent acts in each period along an edge, in each view: one for each term that reads it."""
    if edge.kind == "trials":
        yield [view.value(edge.parent) for view in views]
        return
    for t in (t for t in fit.forward.nodes[edge.child].terms if edge.parent in t.term.parents):
        shape = {role: means[name][..., None] for role, name in t.shape_names.items()}
        yield [t.term.dose(np, view, shape, edge.parent) for view in views]


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
