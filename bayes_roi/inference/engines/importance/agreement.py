"""What speaks against independent weighted samples of one target."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from bayes_roi.inference.engines.importance.sample import Sample
from bayes_roi.inference.engines.importance.weights import effective_size, normalised, pareto_k
from bayes_roi.numbers import places, ratio, whole

MOST_PARETO_K, LEAST_TOTAL_SIZE, MOST_WEIGHT = 0.5, 1000.0, 0.01
SAME_EVIDENCE, SAME_MEAN, ERRORS = 0.05, 0.1, 2.0
"""Runs agree when they differ by no more than this and two of their standard errors."""


def objection(samples: Sequence[Sample]) -> str | None:
    """Return what speaks against independent samples of one target taken together, or None.

    Their weights estimate the same evidence, so that all of them are judged as one importance sample, and then each run
    against all: a run that missed a part of the target has another evidence and other means.
    """
    if not all(s.settled for s in samples):
        return "its proposal did not settle"
    together = np.concatenate([s.log_weights for s in samples])
    if not (k := pareto_k(together)) < MOST_PARETO_K:
        return f"Pareto k of its weights is {ratio(k)}, should be below {MOST_PARETO_K}"
    if not (size := effective_size(together)) >= LEAST_TOTAL_SIZE:
        return f"the effective size of its weights is {whole(size)}, should be {whole(LEAST_TOTAL_SIZE)}"
    if not (largest := float(normalised(together).max())) < MOST_WEIGHT:
        return f"its largest weight is {places(largest, 3)}, should be below {MOST_WEIGHT}"
    return _disagreement(samples)


def _disagreement(samples: Sequence[Sample]) -> str | None:
    evidence = np.array([s.log_evidence for s in samples])
    error = np.array([s.log_evidence_error for s in samples])
    middle = np.log(np.mean(np.exp(evidence - evidence.max()))) + evidence.max()
    if not (apart := np.abs(evidence - middle) - ERRORS * error).max() < SAME_EVIDENCE:
        return f"its runs disagree on the evidence by {ratio(apart.max())} in the log"
    means, variances = (np.array(m) for m in zip(*(s.moments() for s in samples), strict=True))
    sd = np.sqrt(variances.mean(axis=0)) + np.finfo(float).tiny
    sizes = np.array([s.size for s in samples])
    distance = np.abs(means - means.mean(axis=0)) / sd - ERRORS / np.sqrt(sizes)[:, None]
    if not distance.max() < SAME_MEAN:
        return f"its runs disagree on a mean by {ratio(distance.max())} sd"
    return None
