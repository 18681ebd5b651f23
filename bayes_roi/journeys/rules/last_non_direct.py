"""Last touch that is no direct visit."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from bayes_roi.journeys.counts.path_types import PathTypes
from bayes_roi.journeys.rules.base import TouchRule


@dataclass(frozen=True)
class LastNonDirect(TouchRule):
    """All to the last touch that is no direct visit; to the last one where all are.

    Parameters
    ----------
    direct
        Names of channels that are direct visits, in small letters.
    """

    name = "last_non_direct"
    title = "last non-direct touch"
    direct: tuple[str, ...] = ("direct", "(direct)", "none", "(none)")

    def weights(self, paths: PathTypes) -> np.ndarray:
        named = np.array([c.lower() not in self.direct for c in paths.channels], bool)[paths.codes]
        latest = np.full(len(paths), -1)
        np.maximum.at(latest, paths.owner[named], paths.place[named])
        latest = np.where(latest < 0, paths.lengths - 1, latest)
        return (paths.place == latest[paths.owner]).astype(float)
