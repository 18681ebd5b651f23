"""Each datum counted once: rows that a result was computed from leave the likelihood."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from bayes_roi.errors import QueryError
from bayes_roi.experiments.lift_test import LiftTest
from bayes_roi.lift.window import Times, times_of
from bayes_roi.model.language.model import Model
from bayes_roi.model.rows.layout import layout
from bayes_roi.panel import Panel


def counted_once(tests: Sequence[LiftTest], model: Model, data: Panel) -> Panel:
    """Return the panel in which the rows that results were computed from are set aside.

    Raises
    ------
    QueryError
        When a result may have been computed from rows of the table, and its test does not say so.
    """
    aside = np.zeros(data.rows, bool)
    for test in tests:
        if test.rows == "elsewhere" or data.clock is None:
            continue
        shared = _shared(test, times_of(test, data), data)
        if not shared.any():
            continue
        if test.rows == "table":
            aside |= shared
        elif _may_share(test):
            raise QueryError(
                f"{test.label}: {int(shared.sum())} of its rows are in the table, and what they show must count once; "
                "say rows='table' if the result was computed from them (they then leave the likelihood), or "
                "rows='elsewhere' if it comes from other data, as other customers or a platform's own records"
            )
    if not aside.any():
        return data
    whole = aside if data.set_aside is None else aside | data.set_aside
    panel = replace(data, set_aside=whole)
    if not len(layout(model, panel).rows):
        raise QueryError("no row is left to fit once those of the tests are set aside; say rows='elsewhere'")
    return panel


def _shared(test: LiftTest, times: Times, data: Panel) -> np.ndarray:
    """Return which rows (rows,) of the table lie in a test's windows and units."""
    assert data.clock is not None
    inside = np.isin(data.clock, np.union1d(times.tested, times.measured))
    if test.units is None or data.units is None:
        return inside
    return inside & np.isin(data.units.astype(str), [str(u) for u in test.units])


def _may_share(test: LiftTest) -> bool:
    """Whether a result that says nothing may come from rows of the table.

    Chance cannot have split the rows of a single series, or those of all units: such a test split customers.
    """
    return not test.randomised or (test.units is not None and test.share == 1)
