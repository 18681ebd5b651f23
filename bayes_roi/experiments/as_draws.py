"""Arrays of draws as `Draws`, with the evidence of an experiment."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from bayes_roi.draws import Draws, Evidence, evidence_array
from bayes_roi.guards import whole_number
from bayes_roi.labelled import Labelled, along

CHAINS = 4
"""Independent draws are shown as so many chains, as those of a fit are."""
LEAST_DRAWS = 100


def check_draws(draws: int) -> int:
    """Return the number of draws, a multiple of the chains."""
    return -(-whole_number(draws, "draws", LEAST_DRAWS) // CHAINS) * CHAINS


def as_draws(
    values: np.ndarray,
    *,
    unit: str,
    estimand: str,
    randomised: bool,
    assumption: str,
    note: str = "",
    has_mean: bool = True,
    labels: Mapping[str, npt.ArrayLike] | None = None,
) -> Draws:
    """Return draws of a quantity of an experiment.

    Parameters
    ----------
    values
        (draws, *labels), draws a multiple of `CHAINS`.
    unit, estimand, note, has_mean
        As `Draws` has them.
    randomised
        Whether chance decided who was treated; what was not randomised is assumed.
    assumption
        What else must hold, said where it is only assumed.
    labels
        Dim -> labels, in the order of the axes.
    """
    known = labels or {}
    array = values.reshape(CHAINS, -1, *values.shape[1:])
    return Draws(
        values=Labelled(array, ("chain", "draw", *known), along(**known)),
        unit=unit,
        estimand=estimand,
        evidence=evidence_array(Evidence.EXPERIMENTAL if randomised else Evidence.ASSUMED),
        note=note,
        has_mean=has_mean,
        reason="" if randomised else assumption,
    )


def flat(draws: Draws) -> np.ndarray:
    """Return the cells of draws with chains and draws as one axis, the first."""
    array = draws.arrays.values.first("chain", "draw").array
    return array.reshape(-1, *array.shape[2:])
