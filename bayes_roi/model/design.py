"""The model's rows: a panel as the equations see it.

The one place where scaling is decided: the `Scale` of each column is fixed here from the rows of the likelihood and
never moved by a question. Curves and priors take the data's units through it, so the same data in cents give the same
ROI.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np

from bayes_roi.errors import QueryError
from bayes_roi.mechanisms.arrays import Array, Namespace, lengthen
from bayes_roi.mechanisms.scale import Scale
from bayes_roi.model.model import Model
from bayes_roi.panel import Panel

During = str | int | slice | tuple[str | int, str | int] | None
"""A window of time: a label or its beginning ("2025-03"), a pair or slice (first, last), or None for all rows."""


@dataclass(frozen=True, eq=False)
class Design:
    """Rows of the likelihood, the carry-in before them, and the scale of each column.

    Parameters
    ----------
    rows
        Node -> (time,) observed values; NaN where a cell is missing and left to the model.
    carry
        Node -> (max_lag,) what came before the first row.
    scales
        Node -> `Scale`.
    outcome_scales
        Node with an equation -> `Scale` on the link scale of its family.
    spends
        The nodes that are money spent.
    index, reference
        Row numbers of these rows, and of the rows the model was scaled on.
    periods
        (time,) labels, None for exchangeable rows.
    copies
        How many rows of the table each row stands for (more than one only after `averaged`).
    """

    rows: Mapping[str, np.ndarray]
    carry: Mapping[str, np.ndarray]
    scales: Mapping[str, Scale]
    outcome_scales: Mapping[str, Scale]
    spends: Collection[str]
    index: np.ndarray
    reference: np.ndarray
    periods: np.ndarray | None = None
    copies: int = 1
    value_column: np.ndarray | None = field(default=None, repr=False)

    @property
    def length(self) -> int:
        """Number of rows."""
        return len(self.index)

    @cached_property
    def missing(self) -> dict[str, np.ndarray]:
        """Node -> positions of the cells left to the model, for the nodes that have any."""
        gaps = {n: np.flatnonzero(np.isnan(x)) for n, x in self.rows.items()}
        return {n: at for n, at in gaps.items() if at.size}

    def observed(self, xp: Namespace, node: str, cells: Array | None = None) -> Array:
        """Return a node's rows (..., time), its missing cells filled with `cells` (..., missing).

        Where there are no draws of them, as under a prior, they are filled with the column's mean.
        """
        rows = self.rows[node]
        if node not in self.missing:
            return rows
        if cells is None:
            return np.nan_to_num(rows, nan=self.scales[node].mean)
        selector = np.zeros((len(self.missing[node]), self.length))
        selector[np.arange(len(selector)), self.missing[node]] = 1.0
        return np.nan_to_num(rows) + xp.matmul(cells, selector)

    def window(self, during: During) -> np.ndarray:
        """Return which rows (time,) lie in a window; a period is inside if its label is.

        Raises
        ------
        QueryError
            When the rows have no periods, or none of them is inside.
        """
        if during is None:
            return np.ones(self.length, bool)
        if self.periods is None:
            raise QueryError("these rows have no periods (the model has no time:), so during= has no meaning")
        first, last = _ends(during)
        inside = np.array([_within(label, first, last) for label in self.periods.tolist()])
        if not inside.any():
            span = f"{self.periods[0]} to {self.periods[-1]}"
            raise QueryError(
                f"no period lies in {_say(during)}; the rows run from {span} (the carry-in is not counted)"
            )
        return inside

    def averaged(self) -> Design:
        """Return one row with the means of all: enough for questions that are linear in every row."""
        return replace(
            self,
            rows={n: x.mean(keepdims=True) for n, x in self.rows.items()},
            index=self.index[:1],
            copies=self.copies * self.length,
        )


def _ends(during: During) -> tuple[str | int | None, str | int | None]:
    if isinstance(during, slice):
        return during.start, during.stop
    if isinstance(during, tuple):
        if len(during) != 2:
            raise QueryError(f"during takes one label or a pair (first, last), got {during!r}")
        return during
    return during, during


def _within(label: str | int, first: str | int | None, last: str | int | None) -> bool:
    """Compare as far as the end of the window is written: "2025-03" holds every label that begins with it."""
    if isinstance(label, int):
        low, high = (None if end is None else _number(end) for end in (first, last))
        return (low is None or label >= low) and (high is None or label <= high)
    after = first is None or label[: len(str(first))] >= str(first)
    return after and (last is None or label[: len(str(last))] <= str(last))


def _number(end: str | int) -> int:
    try:
        return int(end)
    except ValueError:
        raise QueryError(
            f"the periods of these rows are numbers, so during= takes a number or a pair, got {end!r}"
        ) from None


def _say(during: During) -> str:
    first, last = _ends(during)
    return repr(first) if first == last else f"{first!r} to {last!r}"


def design(model: Model, panel: Panel) -> Design:
    """Return the rows that a model sees of a panel, and the scale of each column."""
    cut = carry_in_rows(model)
    rows = {n: panel.columns[n][cut:] for n in model.nodes}
    scales = {n: Scale.of(rows[n], panel.columns[n]) for n in model.nodes}
    index = np.arange(cut, panel.rows)
    return Design(
        rows=rows,
        carry={n: carry_in(panel.columns[n][:cut], model.max_lag) for n in model.nodes},
        scales=scales,
        outcome_scales={n: Scale.of(model.family(n).link(rows[n])) for n in model.equation},
        spends=model.spends,
        index=index,
        reference=index,
        periods=None if panel.periods is None else panel.periods[cut:],
        value_column=panel.columns[model.value][cut:] if isinstance(model.value, str) else None,
    )


def carry_in_rows(model: Model) -> int:
    """Return how many first rows of the table are history only, outside the likelihood.

    With `carry_in: zero` that is none for a spend, whose past is taken as zero; a lag of anything else still needs its
    rows.
    """
    terms = [t for e in model.equation.values() for t in e.terms]
    if model.carry_in == "zero":
        terms = [t for t in terms if not set(t.parents) <= model.spends]
    return max((t.max_lag for t in terms), default=0)


def carry_in(history: np.ndarray, length: int) -> np.ndarray:
    """Return the last `length` values of a history, zero where it does not reach back far enough."""
    return np.concatenate([np.zeros(max(length - len(history), 0)), history[max(len(history) - length, 0) :]])


@dataclass(frozen=True, eq=False)
class View:
    """What the terms of one equation see: a design with the current values of the nodes."""

    xp: Namespace
    design: Design
    values: Mapping[str, Array]

    @property
    def spends(self) -> Collection[str]:
        return self.design.spends

    @property
    def scales(self) -> Mapping[str, Scale]:
        return self.design.scales

    @property
    def index(self) -> np.ndarray:
        return self.design.index

    @property
    def reference(self) -> np.ndarray:
        return self.design.reference

    def value(self, node: str, lags: int = 0) -> Array:
        """Return a node's values (..., lags + time)."""
        x = self.values[node]
        carry = self.design.carry[node]
        return lengthen(self.xp, carry[len(carry) - lags :], x) if lags else x
