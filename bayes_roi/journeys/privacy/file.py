"""Releases as files: JSON that says what was spent on what, and how far a user counts."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from bayes_roi.atomic import write_whole
from bayes_roi.errors import DataError, Problem, QueryError
from bayes_roi.guards import is_number
from bayes_roi.journeys.privacy.domain import Domain, domain
from bayes_roi.journeys.privacy.mechanism import CUTS, TABLES, NoisedTable
from bayes_roi.journeys.privacy.private_counts import DELTA, PrivateCounts

FORMAT = "bayes_roi private journey counts 1"
GUARANTEE = (
    "epsilon-differential privacy; the unit is the user, logs are neighbours when one has the rows of one user more"
)
CELLS = {
    "transitions": "from each channel, then from the start; to each channel, to a conversion, to the end without one "
    "(the start has no cell of the last two)",
    "exposures": "journeys with exactly the channels of each of exposure_sets, with a conversion and without one",
}
ROUNDING = 1e-6
"""How far the parts of a budget may be from it."""


def write_private(private: PrivateCounts, path: str | Path) -> Path:
    """Write a release as JSON, whole or not at all, and return the path; `read_private` reads it.

    Parameters
    ----------
    private
        What `private_counts` returns.
    path
        The file.

    Raises
    ------
    OSError
        When it cannot be written.

    Examples
    --------
    >>> import tempfile
    >>> import bayes_roi as br
    >>> log = br.read_log(br.shipped("data/journeys.csv"))
    >>> private = br.private_counts(log, epsilon=2, channels=["display", "email"])
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     again = br.read_private(br.write_private(private, f"{folder}/release.json"))
    >>> again.epsilon
    2.0
    """
    known = private.domain
    document = {
        "format": FORMAT,
        "guarantee": GUARANTEE,
        "epsilon": private.epsilon,
        "delta": DELTA,
        "mechanism": private.mechanism,
        "clipping": {
            "journeys_per_user": known.journeys_per_user,
            "touches_per_journey": known.touches_per_journey,
            "kept": "the first journeys of a user, the last touches of a journey",
        },
        "gap": private.gap,
        "lookback": private.lookback,
        "bot_touches": private.bot_touches,
        "channels": list(known.channels),
        "cells": CELLS,
        "exposure_sets": [[c for i, c in enumerate(known.channels) if members >> i & 1] for members in _sets(private)],
        "parts": {name: asdict(table) | {"values": table.values.tolist()} for name, table in private.parts.items()},
    }
    return write_whole(path, json.dumps(document, ensure_ascii=False, allow_nan=False) + "\n")


def read_private(path: str | Path) -> PrivateCounts:
    """Return a release that `write_private` wrote. It needs neither the log nor OpenDP.

    Parameters
    ----------
    path
        The file.

    Returns
    -------
    PrivateCounts
        Held to its own budget: noise that is less than its epsilon wants is no release.

    Raises
    ------
    DataError
        When there is no such file, or it is no release.
    """
    try:
        document = json.loads(Path(path).read_text(encoding="utf-8"))
        if document["format"] != FORMAT:
            raise ValueError(f"format {document['format']!r}")
        return _of(document)
    except (OSError, ValueError, KeyError, TypeError, AttributeError, OverflowError, QueryError) as error:
        mend = "give a file that br.write_private wrote"
        problem = Problem(f"no release can be read ({type(error).__name__}: {error})", mend)
        raise DataError(str(path), [problem]) from None


def _of(document: dict[str, Any]) -> PrivateCounts:
    """Return a release from what a file says.

    Raises
    ------
    ValueError, KeyError, TypeError, OverflowError, QueryError
        When it contradicts itself.
    """
    clip, parts = document["clipping"], document["parts"]
    known = domain(
        document["channels"],
        journeys_per_user=clip["journeys_per_user"],
        touches_per_journey=clip["touches_per_journey"],
        with_sets="exposures" in parts,
    )
    if not set(CUTS) < set(parts) <= {*CUTS, *TABLES}:
        raise ValueError(f"parts are {', '.join(parts)}")
    found = {name: _table(name, parts[name], known) for name in (*TABLES, *CUTS) if name in parts}
    numbers = {name: document[name] for name in ("epsilon", "gap", "lookback", "bot_touches")}
    if odd := [name for name, value in numbers.items() if not is_number(value) or value <= 0]:
        raise ValueError(f"{odd[0]} {numbers[odd[0]]!r}")
    if abs(sum(t.epsilon for t in found.values()) / numbers["epsilon"] - 1) > ROUNDING:
        raise ValueError("the parts of epsilon do not add up to it")
    return PrivateCounts(known, found, **numbers, mechanism=str(document["mechanism"]))


def _table(name: str, part: dict[str, Any], known: Domain) -> NoisedTable:
    """Return one table, held to the cells and to the sensitivity of the domain."""
    values, sensitivity = part["values"], known.sensitivity[name]
    if not all(isinstance(v, int) for v in values) or len(values) != known.cells[name]:
        raise ValueError(f"{name} must have {known.cells[name]} whole numbers")
    if not all(is_number(part[key]) and part[key] > 0 for key in ("epsilon", "scale")):
        raise ValueError(f"{name} must have an epsilon and a scale above zero")
    if part["sensitivity"] != sensitivity or sensitivity / part["scale"] > part["epsilon"] * (1 + ROUNDING):
        raise ValueError(f"the noise of {name} is less than its epsilon wants")
    return NoisedTable(np.array(values, np.int64), sensitivity, float(part["epsilon"]), float(part["scale"]))


def _sets(private: PrivateCounts) -> list[int]:
    return private.domain.sets.tolist() if "exposures" in private.parts else []
