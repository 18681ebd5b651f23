"""What a log counts to before the noise: this never leaves the release."""

from __future__ import annotations

from collections.abc import Callable, Collection
from functools import reduce

import numpy as np

from bayes_roi.journeys.counts.count import Sessions, each_slice
from bayes_roi.journeys.counts.exposures import exposure_sets
from bayes_roi.journeys.counts.path_types import PathTypes
from bayes_roi.journeys.counts.sessions import Journeys
from bayes_roi.journeys.counts.transitions import transitions
from bayes_roi.journeys.log.touch_log import TouchLog
from bayes_roi.journeys.privacy.clip import clipped
from bayes_roi.journeys.privacy.domain import Domain

Tables = dict[str, np.ndarray]
"""Part of a release -> its counts (cells,)."""


def exact_tables(
    log: TouchLog,
    domain: Domain,
    options: Sessions,
    *,
    parts: Collection[str],
    segment: str | None = None,
    progress: Callable[[str, float], None] | None = None,
) -> Tables:
    """Return the counts of a log, users clipped: what a release adds noise to."""
    found = (
        tables_of(one.journeys, domain, parts) for one in each_slice(log, options, segment=segment, progress=progress)
    )
    return reduce(lambda a, b: {name: a[name] + b[name] for name in parts}, found)


def tables_of(found: Journeys, domain: Domain, parts: Collection[str]) -> Tables:
    """Return the counts of some users' journeys."""
    short = clipped(found, domain)
    whole = {name: np.array([count]) for name, count in short.cut.items()}
    whole |= {"transitions": _transitions(short.paths, domain)} if "transitions" in parts else {}
    whole |= {"exposures": _exposures(short.paths, domain)} if "exposures" in parts else {}
    return {name: whole[name] for name in parts}


def _transitions(paths: PathTypes, domain: Domain) -> np.ndarray:
    """Return how often each channel, or the start, was followed by each, a conversion or the end (cells,)."""
    found, table = transitions(paths), np.zeros(domain.transitions.shape, np.int64)
    table[found.histories[:, 0]] = found.counts.astype(np.int64)
    return table[domain.transitions]


def _exposures(paths: PathTypes, domain: Domain) -> np.ndarray:
    """Return the journeys of each set with and without a conversion (sets x 2,)."""
    found, table = exposure_sets(paths), np.zeros((len(domain.sets), 2), np.int64)
    at = np.searchsorted(domain.sets, found.sets)
    table[at] = np.stack([found.conversions, found.journeys - found.conversions], axis=1)
    return table.ravel()
