"""What in a table can be right and mostly is a slip: seen at reading, told in the audit, changed by nothing."""

from __future__ import annotations

import re
from collections.abc import Iterator

import numpy as np

from bayes_roi.numbers import amount, plain
from bayes_roi.panel.audit import AuditEntry
from bayes_roi.panel.observed import Observed

FAR = 100.0
"""How many times nine of ten other values a value is that looks like a slip of the decimal point or of the unit."""
LEAST_OTHERS = 10
SEPARATORS = re.compile(r"[\s_.\-]+")


def oddities(observed: Observed) -> list[AuditEntry]:
    """Return an entry for each cell out of all proportion, each unit without change, and labels that look the same."""
    return [*_far_cells(observed), *_still_units(observed), *_twin_labels(observed)]


def _far_cells(observed: Observed) -> Iterator[AuditEntry]:
    for name, column in observed.values.items():
        size = np.where(np.isfinite(column), np.abs(column), 0.0)
        some = size[size > 0]
        if len(some) <= LEAST_OTHERS:
            continue
        usual = float(np.quantile(some, 0.9, method="lower"))
        for i in np.flatnonzero(size > FAR * usual):
            times = f"{plain(column[i])} is {amount(size[i] / usual)} times what nine of ten other values reach"
            yield AuditEntry(
                action="out of proportion",
                reason=f"{times}: a slip of the decimal point or of the unit?",
                row=int(observed.row_numbers[i]),
                period=observed.period(int(i)),
                column=name,
                before=float(column[i]),
                after=float(column[i]),
            )


def _still_units(observed: Observed) -> Iterator[AuditEntry]:
    """Yield the units in which a column does not change that changes in most other units."""
    if observed.units is None:
        return
    stretches = observed.stretches()
    for name, column in observed.values.items():
        still = [rows for rows in stretches if rows.stop - rows.start > 1 and np.ptp(column[rows]) == 0]
        if 2 * len(still) >= len(stretches):
            continue
        for rows in still:
            what = f"{observed.unit} {observed.units.label(rows.start)!r} has {plain(column[rows.start])} in every row"
            yield AuditEntry("unit without change", f"{what}, others do not: is it recorded there?", column=name)


def _twin_labels(observed: Observed) -> Iterator[AuditEntry]:
    columns = dict(observed.categories)
    if observed.units is not None and observed.unit is not None:
        columns[observed.unit] = observed.units
    for name, category in columns.items():
        alike: dict[str, list[str]] = {}
        for label in category.labels:
            alike.setdefault(SEPARATORS.sub("", label).casefold(), []).append(label)
        for labels in (x for x in alike.values() if len(x) > 1):
            said = " and ".join(map(repr, labels))
            yield AuditEntry(
                "labels alike", f"{said} differ by case, blanks or dashes only, and count as different", column=name
            )
