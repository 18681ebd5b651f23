"""Position based, W: the first, a middle and the last touch stand out."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from bayes_roi.errors import QueryError
from bayes_roi.journeys.counts.path_types import PathTypes
from bayes_roi.journeys.rules.base import TouchRule, from_end, normalised


@dataclass(frozen=True)
class WShaped(TouchRule):
    """The same share to the first, the middle and the last touch, the rest alike to the others.

    The middle of n touches is the one at position n // 2, counted from 0. With two touches each has a half.

    Parameters
    ----------
    each
        Share of each of the three, at most a third.
    """

    name = "w_shaped"
    title = "position based (W)"
    each: float = 0.3

    def __post_init__(self) -> None:
        if not 0 < self.each <= 1 / 3:
            raise QueryError(f"each must be a share, at most a third, got {self.each}")

    def weights(self, paths: PathTypes) -> np.ndarray:
        length = paths.lengths[paths.owner]
        middle = (paths.place == length // 2) & (length > 2)
        marked = (paths.place == 0) | middle | (from_end(paths) == 0)
        rest = (1 - 3 * self.each) / np.maximum(length - 3, 1)
        return normalised(np.where(marked, self.each, rest), paths)
