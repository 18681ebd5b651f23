"""What each node brings in to the mean outcome, in money."""

from __future__ import annotations

import numpy as np

from bayes_roi.inference.fit import Fit
from bayes_roi.model.design import During
from bayes_roi.queries.noise_sources import Sources


def money_parts(
    fit: Fit, sources: Sources, during: During, seed: int, tolerance: float
) -> tuple[tuple[str, ...], np.ndarray, np.ndarray, str]:
    raise NotImplementedError
