"""Which rows a question about money counts: those of a window, and those after it in which its spend still acts.

The window W may be split by the calendar: each month of it is then a window of its own, with what comes after it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property
from numbers import Integral

import numpy as np

from bayes_roi.errors import QueryError
from bayes_roi.guards import whole_number
from bayes_roi.inference.fit import Fit
from bayes_roi.mechanisms.arrays import Array
from bayes_roi.model.language.edges import carry_over
from bayes_roi.model.rows.by_row import summed
from bayes_roi.model.rows.during import During
from bayes_roi.queries.expect import Scene, scene
from bayes_roi.queries.horizon.run_off import said_of_run_off, with_run_off

CALENDAR: dict[str, Callable[[str], str]] = {
    "month": lambda label: label[:7],
    "quarter": lambda label: f"{label[:4]}-Q{(int(label[5:7]) + 2) // 3}",
    "year": lambda label: label[:4],
}
"""Name of a part of the calendar -> the part that the date of a row lies in."""
COARSER = {"month": ("quarter", "year"), "quarter": ("year",), "year": ()}
"""Part of the calendar -> frequencies of rows that are longer."""
LEAST_QUARTERS = 4
"""Quarters by which a table is told, not by months."""


@dataclass(frozen=True, eq=False)
class Window:
    """A window, or the parts of one, on the rows that are asked.

    Parameters
    ----------
    stage
        The rows: those of the fit, and the periods after its last that have to be counted.
    inside, counted
        (windows, rows) which rows lie in each window, and which are counted: those, and the horizon after them.
    labels
        Of the windows; one that is empty where the window is not split.
    horizon
        Periods after a window that are counted.
    note
        What must be said beside the numbers.
    """

    stage: Scene
    inside: np.ndarray
    counted: np.ndarray
    labels: tuple[str, ...] = ("",)
    horizon: int = 0
    note: str = ""

    @cached_property
    def seen(self) -> np.ndarray:
        """(windows, rows of the fit) which lie in each window."""
        beyond = self.stage.design.beyond
        return self.inside if beyond is None else self.inside[:, ~beyond]

    def sums(self, x: Array, *, by_unit: bool = False) -> np.ndarray:
        """Return rows (..., rows) summed over what each window counts (..., windows), in a panel by unit or in all."""
        return self._summed(x, self.counted, by_unit)

    def sums_inside(self, x: Array, *, by_unit: bool = False) -> np.ndarray:
        """Return rows (..., rows) summed over each window alone."""
        return self._summed(x, self.inside, by_unit)

    def _summed(self, x: Array, rows: np.ndarray, by_unit: bool) -> np.ndarray:
        design = self.stage.design
        if not by_unit or design.codes is None:
            return np.asarray(x @ rows.T.astype(float)) * design.copies
        parts = [summed(x * mask, design.codes, len(design.units)) for mask in rows]
        return np.stack(parts, axis=-2)

    def only(self, windows: list[int]) -> Window:
        """Return some of the windows."""
        labels = tuple(self.labels[w] for w in windows)
        return replace(self, inside=self.inside[windows], counted=self.counted[windows], labels=labels)

    def groups(self, lags: int) -> list[list[int]]:
        """Return the windows in groups that one intervention can ask at once.

        What is done in one of a group is over, and is no longer counted, before the next begins: an effect takes
        `lags` periods at most.
        """
        index, groups, ends = self.stage.design.index, list[list[int]](), list[int]()
        lags = max(lags, self.horizon)
        for w, mask in enumerate(self.inside):
            first, last = int(index[mask].min()), int(index[mask].max())
            at = next((g for g, end in enumerate(ends) if first > end + lags), len(groups))
            if at == len(groups):
                groups.append([])
                ends.append(0)
            groups[at].append(w)
            ends[at] = last
        return groups


def window(
    fit: Fit,
    during: During = None,
    horizon: int | None = None,
    *,
    split: str | None = None,
    target: str | None = None,
    means_only: bool = False,
) -> Window:
    """Return a window with the periods after it that count.

    Parameters
    ----------
    fit
        A fit.
    during
        The window; all rows when None.
    horizon
        Periods counted after it; as many as an effect of a spend on the target takes when None.
    split
        "month", "quarter" or "year": the parts of the window; None for the window as one.
    target
        Whose values are counted; the outcome's when None.
    means_only
        Whether means over all rows suffice where the model is linear.

    Raises
    ------
    QueryError
        When the window holds no period, the horizon is no whole number, or the rows have no months to split by.
    """
    seen, rows = scene(fit, means_only=means_only), fit.design
    inside = rows.window(during)
    if seen.design is not rows:
        return Window(seen, np.ones((1, 1), bool), np.ones((1, 1), bool))
    if rows.periods is None:
        check_split(fit, split)
        return Window(seen, inside[None], inside[None])
    lags = carry_over(fit.model, target)
    length = lags if horizon is None else whole_number(horizon, "horizon", 0, of="periods", kind=Integral)
    missing = int(rows.index[inside].max() + min(length, lags) - rows.index.max())
    stage, note = (seen, "") if missing <= 0 else _run_off(fit, missing, length)
    labels, parts = _parts(fit, stage, during, split)
    counted = np.stack([_counted(stage, mask, length) for mask in parts])
    return Window(stage, parts, counted, labels, length, note)


def _run_off(fit: Fit, missing: int, length: int) -> tuple[Scene, str]:
    """Return the rows with those after the last, or without where they cannot be had, and what must be said."""
    try:
        return with_run_off(fit, missing), said_of_run_off(fit, missing)
    except QueryError as error:
        cut = f"carry-over after the last row is not counted ({missing} of {length} periods)"
        return scene(fit), f"{cut}: {error}"


def check_split(fit: Fit, split: str | None) -> None:
    """Raise unless the rows can be split so."""
    if split is None:
        return
    periods, frequency = fit.design.periods, fit.data.frequency
    if periods is None or periods.dtype.kind == "i":
        what = "have no periods (the model has no time:)" if periods is None else "are numbered, not dated"
        raise QueryError(f"by={split!r} splits by the calendar, and these rows {what}")
    if frequency in COARSER[split]:
        raise QueryError(f"by={split!r} splits rows by the calendar, and each of these is a {frequency}")


def part_of_calendar(fit: Fit) -> str | None:
    """Return by what part of the calendar the rows of a fit are well told: quarters of a year or more, else months.

    None where they have no dates, lie in one part, or are as long as the parts are.
    """
    periods, frequency = fit.design.periods, fit.data.frequency
    if periods is None or periods.dtype.kind == "i":
        return None
    for split, least in (("quarter", LEAST_QUARTERS), ("month", 2)):
        parts = {CALENDAR[split](str(label)) for label in periods.tolist()}
        if frequency not in (split, *COARSER[split]) and len(parts) >= least:
            return split
    return None


def _parts(fit: Fit, stage: Scene, during: During, split: str | None) -> tuple[tuple[str, ...], np.ndarray]:
    """Return the parts of a window and their rows (windows, rows)."""
    inside = stage.design.window(during)
    check_split(fit, split)
    if split is None:
        return ("",), inside[None]
    assert stage.design.periods is not None
    own = np.array([CALENDAR[split](str(label)) for label in stage.design.periods.tolist()])
    labels = sorted(set(own[inside].tolist()))
    return tuple(labels), np.stack([inside & (own == label) for label in labels])


def _counted(stage: Scene, inside: np.ndarray, length: int) -> np.ndarray:
    """Return which rows (rows,) lie in a window or at most `length` periods after a period of it."""
    periods, asked = stage.design.index, np.unique(stage.design.index[inside])
    before = np.searchsorted(asked, periods, side="right") - 1  # the last period of the window up to each row's
    return np.asarray((before >= 0) & (periods - asked[before] <= length))
