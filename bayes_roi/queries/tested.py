"""What randomised lift tests tell of a question: which spends they set, and how much of its way."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np

from bayes_roi.experiments.lift_test import LiftTest
from bayes_roi.inference.diagnosis import LiftReport
from bayes_roi.inference.fit import Fit
from bayes_roi.mechanisms.arrays import Array


def randomised_spends(fit: Fit, outcome: str) -> frozenset[str]:
    """Return the spends that randomised tests of an outcome set, of those whose results say something of it."""
    return frozenset(fit.model.channels[c] for test, _ in _telling(fit, outcome) for c in test.channels)


def tested_share(
    fit: Fit, observed: Mapping[str, Array], before: Mapping[str, Array], after: Mapping[str, Array], node: str
) -> float:
    """Return the share of a spend's way that lies between what randomised tests set and what was usual.

    Each test reached doses between two multiples of the usual ones (`LiftReport.doses`); they are taken of each row's
    own spend. 0 where no test of the outcome set the node alone.
    """
    spans = _spans(fit, node)
    if not spans:
        return 0.0
    usual = np.asarray(observed[node], float)
    low, high = min(1.0, *(s[0] for s in spans)) * usual, max(1.0, *(s[1] for s in spans)) * usual
    start, end = (np.asarray(end.get(node, usual), float) for end in (before, after))
    way = np.abs(end - start).sum()
    inside = np.clip(np.minimum(np.maximum(start, end), high) - np.maximum(np.minimum(start, end), low), 0, None)
    return float(inside.sum() / way) if way > 0 else 1.0


def tested_down_to(fit: Fit, node: str) -> float:
    """Return the least dose of a spend, over the usual one, that a randomised test of it alone reached; 1 if none."""
    return min((low for low, _ in _spans(fit, node)), default=1.0)


def _spans(fit: Fit, node: str) -> list[tuple[float, float]]:
    """Return the least and the most dose over the usual one of each telling test of a spend alone."""
    tests = _telling(fit, fit.model.outcome)
    return [report.doses[node] for test, report in tests if len(test.channels) == 1 and node in report.doses]


def _telling(fit: Fit, outcome: str) -> Iterator[tuple[LiftTest, LiftReport]]:
    """Yield the randomised tests of an outcome whose results say something of it, and contradict nothing.

    A test in some units of a panel says nothing of the others where the effect varies by unit.
    """
    for test, report in zip(fit.experiments, fit.diagnosis.lifts, strict=True):
        measured = (test.outcome or fit.model.outcome) == outcome
        spends = [fit.model.channels[c] for c in test.channels]
        everywhere = test.units is None or set(test.units) >= set(fit.design.units)
        if test.randomised and measured and report.informs and (everywhere or not _varies(fit, spends, outcome)):
            yield test, report


def _varies(fit: Fit, spends: list[str], outcome: str) -> bool:
    """Whether an effect on the way from spends to an outcome varies by unit."""
    graph = fit.model.graph
    between = graph.descendants(spends) & graph.ancestors([outcome])
    nodes = (fit.forward.nodes[n] for n in between - set(spends) if n in fit.forward.nodes)
    return any(t.pooled is not None and set(t.term.parents) & between for own in nodes for t in own.terms)
