"""By what a number is wanted: the units of a panel, the parts of the calendar, or both."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from bayes_roi.errors import QueryError, nearest
from bayes_roi.inference.fit import Fit
from bayes_roi.value.money.window import CALENDAR, Window, check_split

By = str | Sequence[str] | None
"""What to have every number by: the panel's unit, "month", "quarter" or "year", or two of them; None for totals."""


@dataclass(frozen=True)
class Parted:
    """What numbers are had by: the names as they were given, the panel's unit and the part of the calendar in them."""

    names: tuple[str, ...] = ()
    unit: str | None = None
    split: str | None = None

    def axes(self, fit: Fit, asked: Window) -> dict[str, tuple[str, ...]]:
        """Return name -> labels of each axis, in their order."""
        labels = {self.unit: tuple(fit.design.units), self.split: asked.labels}
        return {name: labels[name] for name in self.names}

    def arranged(self, sums: np.ndarray) -> np.ndarray:
        """Return sums (..., windows, units), the last where they are by unit, with these axes alone, in their order."""
        found = sums if self.split else sums.squeeze(axis=-2 if self.unit else -1)
        return found.swapaxes(-1, -2) if self.unit and self.split and self.names[0] == self.unit else found


def parted(fit: Fit, by: By) -> Parted:
    """Return what numbers are asked by.

    Raises
    ------
    QueryError
        When it is neither the panel's unit nor a part of the calendar, or two of one kind.
    """
    names = () if by is None else (by,) if isinstance(by, str) else tuple(by)
    unit, known = fit.model.panel, [*filter(None, [fit.model.panel]), *CALENDAR]
    for name in names:
        if name not in known:
            there = "this model has no panel:" if unit is None else f"the panel's unit is {unit!r}"
            raise QueryError(
                f"by= takes the column of the panel unit, or {', '.join(CALENDAR)}, got {name!r}"
                f"{nearest(str(name), known)}; {there}"
            )
    splits = [n for n in names if n != unit]
    if len(splits) > 1 or len(names) > len({*names}):
        raise QueryError(f"by= takes the panel unit and one part of the calendar, got {', '.join(names)}")
    split = splits[0] if splits else None
    check_split(fit, split)
    return Parted(names, unit if unit in names else None, split)
