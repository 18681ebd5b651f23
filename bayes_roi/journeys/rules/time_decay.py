"""Time decay by a half-life."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from bayes_roi.journeys.counts.path_types import PathTypes
from bayes_roi.journeys.rules.base import TouchRule


@dataclass(frozen=True)
class TimeDecay(TouchRule):
    r"""To each touch $2^{-a / h}$, with its age $a$ at the conversion, normalised in each journey.

    The half-life $h$ is that of the counts (`journey_counts(half_life=)`): ages are not kept, their mean shares are.
    Where a path never converted there is none, and each touch counts alike.
    """

    name = "time_decay"
    title = "time decay"

    def weights(self, paths: PathTypes) -> np.ndarray:
        conversions = paths.conversions[paths.owner]
        return np.where(conversions > 0, paths.decay / np.maximum(conversions, 1), 1.0 / paths.lengths[paths.owner])
