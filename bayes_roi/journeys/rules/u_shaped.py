"""Position based, U: the first and the last touch stand out."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from bayes_roi.errors import QueryError
from bayes_roi.journeys.counts.path_types import PathTypes
from bayes_roi.journeys.rules.base import TouchRule, from_end, normalised


@dataclass(frozen=True)
class UShaped(TouchRule):
    """Shares to the first and the last touch, the rest alike to those between; halves where there are but two.

    Parameters
    ----------
    first, last
        Their shares, together at most one.
    """

    name = "u_shaped"
    title = "position based (U)"
    first: float = 0.4
    last: float = 0.4

    def __post_init__(self) -> None:
        if min(self.first, self.last) < 0 or not 0 < self.first + self.last <= 1:
            raise QueryError(f"first and last must be shares, together at most one, got {self.first} and {self.last}")

    def weights(self, paths: PathTypes) -> np.ndarray:
        rest = (1 - self.first - self.last) / np.maximum(paths.lengths[paths.owner] - 2, 1)
        ends = self.first * (paths.place == 0) + self.last * (from_end(paths) == 0)
        weights = np.where((paths.place > 0) & (from_end(paths) > 0), rest, ends)
        return normalised(weights, paths)
