"""Users who count for no more than they may: the first journeys of each, and the last touches of each journey."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from bayes_roi.journeys.counts.path_types import PathTypes
from bayes_roi.journeys.counts.sessions import Journeys
from bayes_roi.journeys.privacy.domain import Domain


@dataclass(frozen=True, eq=False)
class Clipped:
    """Journeys after clipping.

    Parameters
    ----------
    paths
        Each journey as a path of its own, over the channels of the domain; decay and values are not kept.
    cut
        What was cut: journeys, the conversions among them, and touches of the journeys that were kept. Of each user at
        most as much is counted as may be kept of him, so that a user moves these counts no further.
    """

    paths: PathTypes
    cut: dict[str, int]


def clipped(found: Journeys, domain: Domain) -> Clipped:
    """Return the journeys that count.

    Which journeys of a user count is decided by their order in time and not by what came of them: the first ones, so
    that a rate of conversion is that of first journeys. Of a journey the last touches count, those next to its end.
    """
    touched = np.flatnonzero(found.paths.lengths)
    paths, user = found.paths.taken(touched), found.user[touched]
    number = np.arange(len(user)) - np.searchsorted(user, user)
    kept = number < domain.journeys_per_user
    short, touches_cut = _shortened(paths.taken(np.flatnonzero(kept)), domain)
    cut = {
        "journeys_cut": _capped(user, (~kept).astype(int), domain.journeys_per_user),
        "conversions_cut": _capped(user, np.where(kept, 0, paths.conversions), domain.journeys_per_user),
        "touches_cut": _capped(user[kept], touches_cut, domain.sensitivity["touches_cut"]),
    }
    return Clipped(short, cut)


def _shortened(paths: PathTypes, domain: Domain) -> tuple[PathTypes, np.ndarray]:
    """Return the last touches of each journey, their channels as the domain has them, and how many are cut of each."""
    public = {name: code for code, name in enumerate(domain.channels)}
    code = np.array([public.get(name, len(public) - 1) for name in paths.channels], np.uint8)
    lost = np.maximum(paths.lengths - domain.touches_per_journey, 0)
    kept = paths.place >= lost[paths.owner]
    starts = np.concatenate([[0], np.cumsum(paths.lengths - lost)])
    codes = code[paths.codes[kept]]
    nothing = np.zeros(len(paths))
    short = PathTypes(
        domain.channels, codes, starts, paths.journeys, paths.conversions, nothing, nothing, np.zeros(len(codes))
    )
    return short, lost


def _capped(user: np.ndarray, amounts: np.ndarray, most: int) -> int:
    """Return the sum over users of at most so much each."""
    _, person = np.unique(user, return_inverse=True)
    return int(np.minimum(np.bincount(person, amounts), most).sum()) if len(user) else 0
