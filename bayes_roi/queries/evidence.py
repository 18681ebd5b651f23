"""What kind of evidence stands behind a contrast, and how far it reaches beyond what was observed."""

from __future__ import annotations

from collections.abc import Collection, Mapping

import numpy as np

from bayes_roi.draws import Evidence
from bayes_roi.inference.fit import Fit
from bayes_roi.mechanisms.arrays import Array
from bayes_roi.model.design import Design, View
from bayes_roi.model.model import Model


def evidence(model: Model, treated: Collection[str], outcome: str) -> Evidence:
    """Return IDENTIFIED when no unobserved common cause touches the question, ASSUMED otherwise.

    The question is touched by what causes a treated node or the outcome. With all of that observed, the parents of the
    treated nodes satisfy the back-door criterion (Pearl 2009, theorem 3.2.2), so every interventional mean is a
    function of the observed law. An unobserved node among these parents takes that away.
    """
    asked = model.graph.ancestors([*treated, outcome])
    touched = any(pair <= asked for pair in model.graph.confounded)
    unseen = any(p in model.unobserved for node in treated for p in model.graph.parents[node])
    return Evidence.ASSUMED if touched or unseen else Evidence.IDENTIFIED


def adjustment(model: Model, treated: Collection[str]) -> tuple[str, ...]:
    """Return an adjustment set of the joint intervention: the observed causes of the treated nodes, less themselves."""
    causes = {p for node in treated for p in model.graph.parents[node]}
    return tuple(n for n in model.nodes if n in causes - set(treated) - set(model.unobserved))


def support(
    fit: Fit, before: Mapping[str, Array], after: Mapping[str, Array], node: str, *, rows: Design | None = None
) -> float:
    """Return the share of the way from `before` to `after` that lies inside the observed range of a node's dose.

    The dose is what acts in a period: the adstocked node at the posterior mean of its retention. Where the node enters
    several equations the least share counts. 1 where nothing moves. With `rows` the way is on these rows, others than
    those of the fit.
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
    shares = []
    for carrier in (node, *carried):
        for child in fit.model.graph.children[carrier]:
            for t in fit.forward.nodes[child].terms if child in fit.forward.nodes else ():
                if carrier in t.term.parents:
                    shape = {role: means[name][..., None] for role, name in t.shape_names.items()}
                    doses = [t.term.dose(np, View(np, on, values), shape, carrier) for on, values in ways]
                    shares.append(_share_inside(*doses))
    return min(shares, default=1.0)


def _carried(model: Model, node: str) -> list[str]:
    """Return the nodes of accounting identities that a node enters through identities alone, causes first."""
    found: list[str] = []
    for n in (n for n in model.nodes if n in model.identity):
        if {node, *found} & set(model.identity[n].parents):
            found.append(n)
    return found


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
