"""How far a plan may go without leaving what was observed: by channel, the dose that acts in a period."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

import numpy as np

from bayes_roi.decisions.horizon.outlook import Outlook
from bayes_roi.decisions.optimise.flighting import Flighting
from bayes_roi.decisions.optimise.limits import Limit
from bayes_roi.inference.fit import Fit
from bayes_roi.mechanisms.arrays import Array
from bayes_roi.model.rows.design import Design
from bayes_roi.model.rows.view import View
from bayes_roi.numbers import amount

Dose = Callable[[Design, Mapping[str, Array]], np.ndarray]
"""What of a node acts in each row, given rows and values of nodes."""


def observed_range(outlook: Outlook, flighting: Flighting) -> tuple[np.ndarray, tuple[Limit, ...]]:
    """Return the most of each variable (variables,), in shares, and the same as limits on totals.

    The dose is what acts in a period: the adstocked spend at the posterior mean of its retention, where a channel acts
    through several curves that of each. With a pattern a total may grow until its largest dose is the largest observed.
    With free flighting each period's spend may be as large as the largest dose observed, so that no run of periods
    builds up more. What was spent in the same periods a year before is always allowed by pattern: it was observed.
    """
    channels = outlook.channels
    if flighting.free:
        by_period = np.array([_by_period(outlook, c) for c in range(len(channels))])
        totals = by_period.sum(axis=1)
        most = by_period.ravel() / flighting.scale
    else:
        totals = np.array([_by_total(outlook, c, flighting.pattern[c]) for c in range(len(channels))])
        totals = np.maximum(totals, outlook.reference.sum(axis=1))
        most = totals / flighting.scale
    limits = [
        Limit(f"{name}: at most {amount(total)} inside its observed range", w, high=float(total))
        for name, total, w in zip(channels, totals, np.eye(len(channels)), strict=True)
        if total < np.inf
    ]
    return most, tuple(limits)


def _by_total(outlook: Outlook, channel: int, pattern: np.ndarray) -> float:
    """Return the total at which the largest dose of a pattern is the largest observed."""
    nothing = np.zeros_like(outlook.reference)
    some = nothing.copy()
    some[channel] = pattern
    node = outlook.fit.model.channels[outlook.channels[channel]]
    most = np.inf
    for dose, highest in _doses(outlook.fit, node):
        before, after = (dose(outlook.scene.design, outlook.held(spend)) for spend in (nothing, some))
        rise = after - before
        room = np.maximum(highest - before, 0.0)
        most = min(most, float(np.min(room[rise > 0] / rise[rise > 0], initial=np.inf)))
    return most


def _by_period(outlook: Outlook, channel: int) -> np.ndarray:
    """Return the spend of each period (periods,) that is as large, in every unit, as the largest dose observed."""
    unit = np.zeros_like(outlook.reference)
    unit[channel] = 1.0
    node = outlook.fit.model.channels[outlook.channels[channel]]
    rows = outlook.scene.design.per_size(node, outlook.held(unit)[node])
    by_unit = rows.reshape(outlook.units, -1)[:, : outlook.periods].max(axis=0)
    highest = min((h for _, h in _doses(outlook.fit, node)), default=np.inf)
    return highest / by_unit


def _doses(fit: Fit, node: str) -> Iterator[tuple[Dose, float]]:
    """Yield, for each way in which a spend acts, its dose and the largest observed."""
    means = {name: draws.mean(axis=0) for name, draws in fit.parameters.items()}
    observed = {node: fit.forward.observed(node, means)}
    for child in fit.model.graph.children[node]:
        own = fit.forward.nodes[child].terms if child in fit.forward.nodes else ()
        shapes = [
            (t.term, {role: means[name][..., None] for role, name in t.shape_names.items()})
            for t in own
            if node in t.term.parents
        ]
        doses: list[Dose] = [
            lambda rows, values, term=term, shape=shape: term.dose(np, View(np, rows, values), shape, node)  # type: ignore[misc]
            for term, shape in shapes
        ] or [lambda rows, values: rows.per_size(node, values[node])]  # an accounting identity takes it as it is
        for dose in doses:
            yield dose, float(np.max(dose(fit.design, observed)))
