"""What randomised lift tests tell of a question: which spends they set, and how much of its way."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from bayes_roi.inference.fit import Fit
from bayes_roi.mechanisms.arrays import Array


def randomised(fit: Fit, outcome: str) -> frozenset[str]:
    """Return the spends that randomised tests of an outcome set, of those whose results count."""
    return frozenset(
        fit.model.channels[c]
        for t in fit.experiments
        if t.randomised and t.discount > 0 and (t.outcome or fit.model.outcome) == outcome
        for c in t.channels
    )


def tested_share(
    fit: Fit, observed: Mapping[str, Array], before: Mapping[str, Array], after: Mapping[str, Array], node: str
) -> float:
    """Return the share of a spend's way that lies between what randomised tests set and what was usual.

    Each test reached doses between two multiples of the usual ones (`LiftReport.doses`); they are taken of each row's
    own spend. 0 where no test set the node alone.
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
    """Return the least and the most dose over the usual one of each randomised test of a spend alone."""
    return [
        report.doses[node]
        for test, report in zip(fit.experiments, fit.diagnosis.lifts, strict=True)
        if test.randomised and test.discount > 0 and len(test.channels) == 1 and node in report.doses
    ]
