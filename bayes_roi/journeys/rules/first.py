"""First touch."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from bayes_roi.journeys.counts.path_types import PathTypes
from bayes_roi.journeys.rules.base import TouchRule


@dataclass(frozen=True)
class First(TouchRule):
    """All to the first touch."""

    name = "first"
    title = "first touch"

    def weights(self, paths: PathTypes) -> np.ndarray:
        return (paths.place == 0).astype(float)
