"""Several graphs of one table, averaged: `br.average`."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from bayes_roi.checks.average.averaged import Average
from bayes_roi.checks.average.predictive import predictive_weights
from bayes_roi.draws import DEFAULT_PROB, Draws, check_prob, evidence_array
from bayes_roi.errors import QueryError, nearest
from bayes_roi.guards import is_number
from bayes_roi.inference.fit import Fit
from bayes_roi.inference.same_rows import check_same_rows
from bayes_roi.labelled import Labelled, along
from bayes_roi.model.language.observed_graph import observed_graph
from bayes_roi.value.money.money import Money

DRAWS = 4000


def average(
    fits: Mapping[str, Fit], *, weights: Mapping[str, float] | None = None, prob: float = DEFAULT_PROB
) -> Average:
    r"""Return ROI by graph, and of all graphs with their disagreement inside the interval.

    Draws of each graph stand in the average in proportion to its prior weight. The data weigh no graph: how well an
    equation predicts says nothing of which arrows are causes. Graphs that the data contradict (`falsify`) are marked,
    and keep the weight they are given.

    Parameters
    ----------
    fits
        Name of a graph -> its fit, all to the same rows and outcome; the first is what the others are held against.
    weights
        Name -> weight, above zero in all; equal when None. They are divided by their sum.
    prob
        Probability inside the intervals.

    Returns
    -------
    Average
        With ROI of the channels that all graphs have.

    Raises
    ------
    QueryError
        When there are fewer than two fits, when they are of other outcomes or rows or have no channel in common, or a
        weight is none.

    Examples
    --------
    >>> import bayes_roi as br
    >>> text = "clicks ~ tv \n sales ~ clicks"
    >>> model = br.Model(name="m", equations=text, outcome="sales", channels={"tv": "tv"})
    >>> direct = br.Model(name="m", equations=text + " + tv", outcome="sales", channels={"tv": "tv"})
    >>> data = br.simulate(model, periods=100, seed=1)
    >>> found = br.average({"by clicks": br.fit(model, data), "also directly": br.fit(direct, data)})
    >>> found.assumptions
    {'also directly': 'tv -> sales'}
    """
    check_prob(prob)
    channels = _checked(fits)
    weight = _weights(fits, weights)
    by_graph = {name: Money(fit).roi.sel(channel=channels) for name, fit in fits.items()}
    return Average(
        by_graph=by_graph,
        roi=_mixed(by_graph, weight, channels),
        weights=weight,
        predictive=predictive_weights(fits),
        rejected={name: "; ".join(fit.diagnosis.refuted) for name, fit in fits.items() if fit.diagnosis.refuted},
        assumptions=_assumptions(fits),
        prob=prob,
    )


def _checked(fits: Mapping[str, Fit]) -> list[str]:
    """Return the channels that all have; raise where the fits cannot be averaged."""
    if len(fits) < 2:
        raise QueryError(f"an average is of two graphs or more, got {len(fits)}; give average({{name: fit, ...}})")
    check_same_rows(fits)
    first = next(iter(fits.values()))
    common = [c for c in first.model.channels if all(c in f.model.channels for f in fits.values())]
    if not common:
        raise QueryError("the graphs have no channel in common, so that there is no ROI to average")
    return common


def _weights(fits: Mapping[str, Fit], given: Mapping[str, float] | None) -> dict[str, float]:
    if given is None:
        return {name: 1 / len(fits) for name in fits}
    if unknown := [n for n in given if n not in fits]:
        raise QueryError(f"there is no graph {unknown[0]!r}{nearest(unknown[0], fits)}; there are {', '.join(fits)}")
    for name in fits:
        if name not in given:
            raise QueryError(f"{name} has no weight; give one for each graph, or none for equal weights")
        if not is_number(given[name]) or given[name] <= 0:
            raise QueryError(f"the weight of {name} must be a number above zero, got {given[name]!r}")
    total = sum(given.values())
    return {name: given[name] / total for name in fits}


def _mixed(by_graph: Mapping[str, Draws], weights: Mapping[str, float], channels: list[str]) -> Draws:
    """Return draws of each graph in proportion to its weight; the evidence is the weakest of theirs."""
    parts = []
    for name, draws in by_graph.items():
        flat = draws.arrays.values.array.reshape(-1, len(channels))
        parts.append(flat[np.linspace(0, len(flat) - 1, max(round(DRAWS * weights[name]), 1)).astype(int)])
    mixed = np.concatenate(parts)
    first = next(iter(by_graph.values()))
    known = np.min([np.broadcast_to(d.arrays.evidence.array, len(channels)) for d in by_graph.values()], axis=0)
    coords = along(channel=channels)
    return Draws(
        values=Labelled(mixed[None], ("chain", "draw", "channel"), coords),
        unit=first.unit,
        estimand=f"{first.estimand}, averaged over {len(by_graph)} graphs",
        evidence=evidence_array(known, coords),
        reason="; ".join(f"{name}: {d.why_assumed}" for name, d in by_graph.items() if d.why_assumed),
    )


def _assumptions(fits: Mapping[str, Fit]) -> dict[str, str]:
    """Return what each graph has that the first has not, and the other way round, in words."""
    arrows = {name: _arrows(fit) for name, fit in fits.items()}
    first, *others = arrows
    found = {}
    for name in others:
        more, less = arrows[name] - arrows[first], arrows[first] - arrows[name]
        differences = [*sorted(more), *(f"no {arrow}" for arrow in sorted(less))]
        found[name] = ", ".join(differences) or "the same arrows in another form"
    return found


def _arrows(fit: Fit) -> set[str]:
    graph = observed_graph(fit.model).graph
    hidden = {" ~~ ".join(sorted(pair)) for pair in graph.confounded}
    return {f"{p} -> {n}" for n, parents in graph.parents.items() for p in parents} | hidden
