"""Weights of one's own."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from bayes_roi.errors import QueryError
from bayes_roi.journeys.counts.path_types import PathTypes

Weighing = Callable[[tuple[str, ...]], Sequence[float]]
"""From the channels of a path, in order, to the weights of its touches."""


@dataclass(frozen=True)
class Custom:
    """Weights that a function gives to the touches of a path; they are normalised.

    Parameters
    ----------
    weighing
        From the channels of a path, in order, to a weight for each, none negative and some above zero.
    """

    weighing: Weighing
    name = "custom"
    title = "own weights"

    def weights(self, paths: PathTypes) -> np.ndarray:
        """Return the weight of each touch (touches,); those of a path sum to one.

        Raises
        ------
        QueryError
            When the weights of a path are none.
        """
        return np.concatenate([self._of(paths.names(i)) for i in range(len(paths))])

    def _of(self, path: tuple[str, ...]) -> np.ndarray:
        given = np.asarray(self.weighing(path), float)
        if given.shape != (len(path),) or not np.all(given >= 0) or not 0 < given.sum() < np.inf:
            raise QueryError(
                f"own weights must be one number, 0 or more, for each touch, and some above 0; for {' > '.join(path)} "
                f"they are {given.tolist()}"
            )
        return given / given.sum()
