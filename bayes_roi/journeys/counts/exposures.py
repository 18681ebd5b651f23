"""Exposure sets: which channels a journey had, whatever their order, with what came of it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from bayes_roi.journeys.counts.path_types import PathTypes


@dataclass(frozen=True, eq=False)
class ExposureSets:
    """Journeys by the channels that they had.

    Parameters
    ----------
    channels
        Their names.
    sets
        Each set as a number, the channels whose bits are set in it (sets,), ascending.
    journeys, conversions
        How often each was there, and how often with a conversion (sets,).
    """

    channels: tuple[str, ...]
    sets: np.ndarray
    journeys: np.ndarray
    conversions: np.ndarray


def exposure_sets(paths: PathTypes) -> ExposureSets:
    """Return the exposure sets of journeys."""
    sets, row = np.unique(paths.sets, return_inverse=True)
    journeys, conversions = (
        np.bincount(row, n, len(sets)).astype(np.int64) for n in (paths.journeys, paths.conversions)
    )
    return ExposureSets(paths.channels, sets, journeys, conversions)
