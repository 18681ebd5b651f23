"""Linear: all touches alike."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from bayes_roi.journeys.counts.path_types import PathTypes
from bayes_roi.journeys.rules.base import TouchRule


@dataclass(frozen=True)
class Linear(TouchRule):
    """The same to each touch."""

    name = "linear"
    title = "linear"

    def weights(self, paths: PathTypes) -> np.ndarray:
        return 1.0 / paths.lengths[paths.owner]
