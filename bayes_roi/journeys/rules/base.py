"""What a rule is that hands a conversion out to the touches before it."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import ClassVar

import numpy as np

from bayes_roi.journeys.counts.path_types import PathTypes


class TouchRule(ABC):
    """Hands each conversion out to the touches before it."""

    name: ClassVar[str]
    title: ClassVar[str]

    @abstractmethod
    def weights(self, paths: PathTypes) -> np.ndarray:
        """Return the weight of each touch (touches,); those of a path sum to one."""


def normalised(weights: np.ndarray, paths: PathTypes) -> np.ndarray:
    """Return weights that sum to one over each path."""
    totals = np.bincount(paths.owner, weights, len(paths))
    return weights / totals[paths.owner]


def from_end(paths: PathTypes) -> np.ndarray:
    """Return how many touches of its path stand after each (touches,)."""
    return paths.lengths[paths.owner] - 1 - paths.place
