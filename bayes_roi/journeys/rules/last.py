"""Last touch."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from bayes_roi.journeys.counts.path_types import PathTypes
from bayes_roi.journeys.rules.base import TouchRule, from_end


@dataclass(frozen=True)
class Last(TouchRule):
    """All to the last touch."""

    name = "last"
    title = "last touch"

    def weights(self, paths: PathTypes) -> np.ndarray:
        return (from_end(paths) == 0).astype(float)
