"""What kind of evidence stands behind a number, and the words that are shown for it."""

from __future__ import annotations

import enum
from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from bayes_roi.labelled import Labelled, stretched

WELL_SUPPORTED = 0.5
"""Support below which what is identified is extrapolated."""
UNSUPPORTED = 0.02
"""Support below which nothing but prior and form carries a number."""
ASSUMED = "the graph, or what was never spent, leaves it to prior and form"
"""Said of an assumed number of which nothing more is known."""


class Evidence(enum.IntEnum):
    """What stands behind a number, weakest first; of two numbers combined, the weaker one counts."""

    PREDICTIVE = -1
    """A forecast or a score; it claims no cause."""
    DESCRIPTIVE = 0
    """A rule hands it out; it is not a cause."""
    ASSUMED = 1
    """The graph does not identify it from what was observed; prior and form carry it."""
    IDENTIFIED = 2
    """The graph identifies it from the observed columns."""
    EXPERIMENTAL = 3
    """A randomised test informs it."""

    def __str__(self) -> str:
        return self.name.lower()


def evidence_label(evidence: int, support: float = 1.0) -> str:
    """Return the words for evidence and support, e.g. "identified, extrapolated".

    >>> evidence_label(Evidence.IDENTIFIED, 0.2)
    'identified, extrapolated'
    """
    word = str(standing(evidence, support))
    return f"{word}, extrapolated" if support < WELL_SUPPORTED and evidence >= Evidence.IDENTIFIED else word


def standing(evidence: int, support: float = 1.0) -> Evidence:
    """Return the evidence of a number: what is identified is assumed where the data do not reach it.

    >>> standing(Evidence.IDENTIFIED, 0.01)
    <Evidence.ASSUMED: 1>
    """
    known = Evidence(int(evidence))
    return Evidence.ASSUMED if known >= Evidence.IDENTIFIED and support < UNSUPPORTED else known


def lowered(evidence: Labelled, support: Labelled | None) -> Labelled:
    """Return the evidence of numbers: that of `standing`, over the dims of both."""
    if support is None or not (support.array < UNSUPPORTED).any():
        return evidence
    evidence, support = stretched(evidence, support)
    unreached = (evidence.array >= Evidence.IDENTIFIED) & (support.array < UNSUPPORTED)
    return evidence.filled(np.where(unreached, int(Evidence.ASSUMED), evidence.array))


def words(evidence: Labelled, support: Labelled | None) -> Labelled:
    """Return what `evidence_label` says of each number, as a labelled array of texts."""
    evidence, support = stretched(evidence, Labelled(np.array(1.0)) if support is None else support)
    said = [evidence_label(e, s) for e, s in zip(evidence.array.flat, support.array.flat, strict=True)]
    return evidence.filled(np.array(said, dtype=object).reshape(evidence.array.shape))


def evidence_array(known: npt.ArrayLike, coords: Mapping[str, Labelled] | None = None) -> Labelled:
    """Return evidence as `Draws` keeps it: one for all numbers, or along the dims that are labelled.

    Parameters
    ----------
    known
        `Evidence`, one or many.
    coords
        Labels of dims, and of what lies along them.

    Examples
    --------
    >>> from bayes_roi.labelled import along
    >>> evidence_array(Evidence.IDENTIFIED, along(channel=["tv", "search"])).array
    array([2, 2])
    """
    return _along(np.asarray(known, int), coords or {})


def support_array(shares: npt.ArrayLike, coords: Mapping[str, Labelled] | None = None) -> Labelled:
    """Return support as `Draws` keeps it, as `evidence_array` does evidence."""
    return _along(np.asarray(shares, float), coords or {})


def _along(cells: np.ndarray, coords: Mapping[str, Labelled]) -> Labelled:
    sizes = {name: len(labels.array) for name, labels in coords.items() if labels.dims == (name,)}
    return Labelled(np.broadcast_to(cells, tuple(sizes.values())).copy(), tuple(sizes), coords)
