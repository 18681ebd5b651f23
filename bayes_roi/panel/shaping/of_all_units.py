"""A file without units beside files with them: what it says is of all units together."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace

import numpy as np

from bayes_roi.errors import Problem
from bayes_roi.panel.audit import AuditEntry
from bayes_roi.panel.observed import Observed


def not_divisible(
    names: Sequence[str], unit: str, *, spends: Collection[str], explained: Collection[str], weights: str | None
) -> list[Problem]:
    """Return why columns of all units together cannot be given to each of them."""
    found = []
    for name in names:
        what = f"it is in a file without {unit!r}, so that it is of all {unit} labels together"
        if name in explained:
            mend = f"give what is to be explained for each {unit}, or sum all files to periods and leave panel: out"
            found.append(Problem(what, mend, name))
        elif name in spends and weights is None:
            divide = "name weights: in the model, a column such as the population, by which money is divided"
            mend = f"{divide}; or give {name} for each {unit}"
            found.append(Problem(what, mend, name))
    return found


def divided(observed: Observed, names: Sequence[str], weights: str) -> Observed:
    """Return spends of all units divided over the units of each period, in proportion to their weights.

    The sum over units is what was spent: money is counted once.
    """
    assert observed.ordinals is not None
    period = np.unique(observed.ordinals, return_inverse=True)[1]
    size = observed.values[weights]
    share = size / np.bincount(period, weights=size)[period]
    return replace(observed, values={n: c * share if n in names else c for n, c in observed.values.items()})


def audit_of_sums(
    source: str, unit: str, *, repeated: Sequence[str], shared: Sequence[str], weights: str | None
) -> list[AuditEntry]:
    """Return what was done with the columns of a file without units."""
    together = f"of {source}, of all {unit} labels together"
    divided_by = AuditEntry("divided", f"{', '.join(shared)} {together}: divided over them in proportion to {weights}")
    the_same = AuditEntry("repeated", f"{', '.join(repeated)} {together}: the same in each")
    return [*[divided_by] * bool(shared), *[the_same] * bool(repeated)]
