"""What is held out together, and what a fit may then know."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from bayes_roi.errors import QueryError
from bayes_roi.model.language.model import Model
from bayes_roi.model.rows.layout import layout
from bayes_roi.panel import Panel
from bayes_roi.prediction.comparison.pointwise import between

By = Literal["unit", "time", "row"]
"""What is held out together: units of a panel, stretches of time, or rows."""


@dataclass(frozen=True, eq=False)
class Part:
    """One part of a table that is held out.

    Parameters
    ----------
    name
        What it is called.
    known
        What a fit sees.
    asked
        The table whose explained rows are the part; the others are read for carry-over alone.
    """

    name: str
    known: Panel
    asked: Panel


def parts(model: Model, data: Panel, by: By, folds: int, seed: int) -> Iterator[Part]:
    """Yield the parts of a table.

    Raises
    ------
    QueryError
        When the table has no such parts, or fewer than folds.
    """
    if by == "time":
        yield from _stretches(model, data, folds)
        return
    if by == "unit" and data.units is None:
        raise QueryError('by="unit" is of a panel, and the model has no panel:; give by="time" or by="row"')
    if by == "row" and data.clock is not None:
        raise QueryError('by="row" is of rows that are no periods: rows beside one tell of it; give by="time"')
    labels = np.arange(data.rows) if data.units is None or by == "row" else data.units
    each = list(dict.fromkeys(labels.tolist()))
    _enough(len(each), folds, f"{by}s")
    order = np.random.default_rng([seed, 89]).permutation(len(each))
    for number, chosen in enumerate(np.array_split(order, folds)):
        names = [each[i] for i in np.sort(chosen)]
        held = np.isin(labels, names)
        name = ", ".join(map(str, names)) if by == "unit" else f"part {number + 1}"
        yield Part(name, data.kept(~held), data.kept(held))


def _stretches(model: Model, data: Panel, folds: int) -> Iterator[Part]:
    """Yield stretches of time; rows after one that read what it is asked about are explained by no fit of it."""
    if data.clock is None or data.periods is None:
        raise QueryError('by="time" is of periods, and the model has no time:; give by="row"')
    clock = data.clock
    explained = np.unique(clock[layout(model, data).rows])
    _enough(len(explained), folds, "periods")
    forecast = between(model)
    lags = max((e.lag for e in model.edges if e.parent in forecast), default=0)
    aside = np.zeros(data.rows, bool) if data.set_aside is None else data.set_aside
    for stretch in np.array_split(explained, folds):
        first, last = int(stretch[0]), int(stretch[-1])
        held = (clock >= first) & (clock <= last)
        reading = (clock > last) & (clock <= last + lags)
        name = f"{data.periods[clock == first][0]} to {data.periods[clock == last][0]}"
        yield Part(name, replace(data, set_aside=aside | held | reading), replace(data, set_aside=aside | ~held))


def _enough(there: int, folds: int, what: str) -> None:
    if there < folds:
        raise QueryError(f"{folds} folds need as many {what}, and there are {there}; ask for fewer folds")
