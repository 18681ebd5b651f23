"""Difference in differences with units treated at once or one after the other, and its posterior."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from bayes_roi.draws import Draws
from bayes_roi.errors import QueryError
from bayes_roi.experiments.as_draws import check_draws
from bayes_roi.experiments.check import Check
from bayes_roi.experiments.did.cohorts import Base, Cohorts, Controls
from bayes_roi.experiments.effect import WindowEffect
from bayes_roi.experiments.panel_table import UnitTable, column, first_few, label, moment, unit_table
from bayes_roi.experiments.placebos import Placebos
from bayes_roi.numbers import number, ratio

if TYPE_CHECKING:
    from bayes_roi.experiments.panel_table import Table

ASSUMPTION = (
    "without treatment the treated would have moved in parallel with their controls, nobody acts before it begins, and "
    "controls are not touched by it"
)
LEAST_PLACEBOS = 2
"""Untreated units of which none can stand for a treated one."""
NOISE = "noise of a unit may be autocorrelated in any way, that of different units is independent"


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class DifferenceInDifferences(WindowEffect):
    """Answer of `difference_in_differences`.

    Parameters
    ----------
    point
        Effect on a treated unit in a period, by the formula alone: defined for any number of units.
    starts, sizes
        First treated period of each treated cohort, and its number of units.
    effects
        (draws, cohorts, time) the effect on a unit of each cohort in each period; before its treatment a placebo.
    placebos
        Each unit that is never treated against the others, from the first treatment on; none where there are two.
    data, cohorts
        The outcome by unit and period, and who was treated when.
    """

    it: ClassVar[str] = "effect"
    method: ClassVar[str] = "difference in differences"

    point: float
    starts: np.ndarray
    sizes: np.ndarray
    effects: np.ndarray = field(repr=False)
    placebos: Placebos
    data: UnitTable = field(repr=False)
    cohorts: Cohorts = field(repr=False)

    def placebo_in_time(self, start: Any, *, draws: int = 1000, seed: int = 0) -> DifferenceInDifferences:
        """Return the answer were all treated units treated from `start` on, by the periods before any was: none.

        Raises
        ------
        QueryError
            When `start` does not lie before the first treatment with a period before it.
        """
        end = int(self.cohorts.first.min())
        at = self.data.during(start, self.data.times[end - 1]).start
        early = replace(self.data, times=self.data.times[:end], values=self.data.values[:, :end])
        first = np.where(self.cohorts.first < self.cohorts.periods, at, end)
        known = replace(self.cohorts, values=early.values, first=first)
        effects = known.effects(known.draw(check_draws(draws), np.random.default_rng(seed)))
        return _answer(early, known, effects, self.randomised)

    @cached_property
    def group_time(self) -> Draws:
        """Effect on a unit by cohort and period, ATT(g, t): dims `cohort` and `time`."""
        names = [label(g) for g in self.starts]
        return self._draws(self.effects, "ATT(g, t)", {"cohort": np.array(names), "time": self.times})

    @cached_property
    def event_study(self) -> Draws:
        """Effect on a unit by periods since its treatment began, dim `since`; negative ones are placebos."""
        since, effect = by_event_time(self.effects, np.searchsorted(self.times, self.starts), self.sizes)
        return self._draws(effect, "effect by periods since treatment began", {"since": since})

    @property
    def beside(self) -> tuple[tuple[str, str], ...]:
        """The point by the formula, and the cohorts where there are several."""
        many = len(self.starts) > 1
        cohorts = ", ".join(f"{label(g)} ({n})" for g, n in zip(self.starts, self.sizes, strict=True))
        lines = [("difference in differences, a unit and period", number(self.point))]
        if self.placebos.units and np.isfinite(self.placebos.treated):
            share = f"share as far out as the treated {ratio(self.placebos.chance)}"
            lines.append(("placebos in space", f"{len(self.placebos.units)} untreated units, {share}"))
        return (*lines, ("cohorts (units)", cohorts)) if many else tuple(lines)


def difference_in_differences(
    table: Table,
    *,
    outcome: str,
    unit: str,
    time: str,
    treated: str | None = None,
    adopted: str | Mapping[str, Any] | None = None,
    controls: Controls = "never",
    base: Base = "all",
    randomised: bool = False,
    draws: int = 2000,
    seed: int = 0,
) -> DifferenceInDifferences:
    r"""Return the effect on the treated by difference in differences, by cohort, by period and in total.

    With all units treated at once and `base="all"` the point is that of two-way fixed effects,
    $(\bar Y_{1,post} - \bar Y_{1,pre}) - (\bar Y_{0,post} - \bar Y_{0,pre})$; otherwise ATT(g, t) of Callaway and
    Sant'Anna (2021), summed over treated units and periods, so that no treated unit is ever a control.

    Parameters
    ----------
    table
        One row a unit and period: a frame, or a mapping from names to columns.
    outcome, unit, time
        Names of its columns.
    treated
        Name of a column that is 1 from the period on in which a unit is treated, else 0.
    adopted
        Instead: name of a column with the first treated period of each unit, empty where never, or a mapping from units
        to it.
    controls
        Who stands for the treated: units "never" treated, or those "not yet" treated too.
    base
        Compared with "all" periods before treatment, on average, or with the "last" one.
    randomised
        Whether chance decided who was treated (and when).
    draws
        Number of posterior draws.
    seed
        Of the draws.

    Returns
    -------
    DifferenceInDifferences
        `.estimate`, `.average`, `.by_period`, `.event_study`, `.group_time`, `.pre_trend`.

    Raises
    ------
    QueryError
        When nobody is treated, nobody is left to compare with, a unit has no period before its treatment, or treatment
        ends again.
    DataError
        When the table lacks rows, columns or numbers.

    Notes
    -----
    Cohort means are normal with an unrestricted covariance between periods, so that noise of a unit may be
    autocorrelated; the posterior of any effect is Student t with the units' degrees of freedom. One treated unit takes
    its noise from the controls. With one unit on either side nothing is known of the noise: the point stands alone.

    Examples
    --------
    >>> banks = {
    ...     "district": ["sixth", "sixth", "eighth", "eighth"],
    ...     "year": [1930, 1931, 1930, 1931],
    ...     "banks": [135, 121, 165, 132],
    ... }
    >>> found = difference_in_differences(banks, outcome="banks", unit="district", time="year", adopted={"sixth": 1931})
    >>> found.point
    19.0
    """
    if controls not in ("never", "not yet") or base not in ("all", "last"):
        raise QueryError("controls must be 'never' or 'not yet', and base 'all' or 'last'")
    data = unit_table(table, outcome=outcome, unit=unit, time=time)
    first = _first(table, data, unit, time, treated, adopted)
    _check_first(data, first, controls)
    known = Cohorts(data.values, first, controls, base)
    rng = np.random.default_rng(seed)
    effects = known.effects(known.draw(check_draws(draws), rng))
    return _answer(data, known, effects, randomised)


def _answer(data: UnitTable, known: Cohorts, effects: np.ndarray, randomised: bool) -> DifferenceInDifferences:
    starts, sizes = known.starts[known.treated], known.sizes[known.treated]
    times, cells = np.arange(known.periods), sizes[:, None] * np.ones(known.periods)
    exact = known.effects(known.means)
    inside = (times >= starts[:, None]) & np.isfinite(exact)
    counted = inside | (times < starts.min())
    whole = np.where(counted, effects * cells, 0.0).sum(axis=1) / sizes.sum()
    own = np.isin(known.first, starts)
    since, pre = by_event_time(effects, starts, sizes)
    _, at = by_event_time(exact[None], starts, sizes)
    before = since < 0
    never = known.first >= known.periods
    names = tuple(np.array(data.units)[never].tolist())
    apart = placebo_changes(data.values[never], int(starts.min()))
    average = np.where(inside, effects * cells, 0.0).sum(axis=(1, 2))
    freedom = max(int(never.sum()) - 1, 3)  # the draws are Student t, whose sd is larger than its scale
    spread = average.std() * np.sqrt((freedom - 2) / freedom)
    return DifferenceInDifferences(
        outcome=data.outcome,
        units=tuple(np.array(data.units)[own].tolist()),
        controls=names,
        times=data.times,
        treated_units=(inside * cells).sum(axis=0),
        observed=data.values[own].mean(axis=0),
        gap=whole,
        randomised=randomised,
        assumption=ASSUMPTION,
        noise=NOISE,
        pre_trend=parallel(at[0, before], pre[:, before]),
        point=float((exact * cells)[inside].sum() / cells[inside].sum()),
        starts=data.times[starts],
        sizes=sizes,
        effects=effects,
        data=data,
        cohorts=known,
        placebos=Placebos(names if len(apart) else (), apart, float(average.mean() / spread) if spread > 0 else np.nan),
    )


def placebo_changes(values: np.ndarray, start: int) -> np.ndarray:
    """Return the change of each untreated unit less that of the others, in sd of these; none where there are few."""
    count = len(values)
    if count <= LEAST_PLACEBOS:
        return np.zeros(0)
    change = values[:, start:].mean(axis=1) - values[:, :start].mean(axis=1)
    others = np.stack([np.delete(change, j) for j in range(count)])
    spread = others.std(axis=1, ddof=1) * np.sqrt(1 + 1 / (count - 1))
    return np.divide(change - others.mean(axis=1), spread, out=np.zeros(count), where=spread > 0)


def by_event_time(effects: np.ndarray, starts: np.ndarray, sizes: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return periods since treatment began, and (draws, since) the effect on a unit, over the cohorts that have it."""
    since = np.arange(effects.shape[2]) - starts[:, None]
    seen = np.isfinite(effects).any(axis=0) if np.isfinite(effects).any() else np.ones(since.shape, bool)
    labels = np.unique(since[seen])
    means = []
    for e in labels:
        which, at = np.nonzero((since == e) & seen)
        means.append(effects[:, which, at] @ (sizes[which] / sizes[which].sum()))
    return labels, np.stack(means, axis=1)


def parallel(found: np.ndarray, drawn: np.ndarray) -> Check:
    """Return the check of a difference in trend before treatment: the slope of the differences, in sd of its noise.

    A slope is one number a unit, so that its t test keeps its level whatever the autocorrelation of the noise.

    Parameters
    ----------
    found
        (periods,) differences before treatment.
    drawn
        (draws, periods) the same in each draw.
    """
    what = "difference in trend before treatment"
    t = np.arange(len(found)) - (len(found) - 1) / 2
    slopes, slope = drawn @ t, found @ t
    if len(found) < 2 or not np.isfinite(slopes).all() or not slopes.std() > 0:
        return Check(what, np.nan, np.nan)
    return Check(what, float(abs(slope) / slopes.std()), float((np.abs(slopes - slope) >= abs(slope)).mean()))


def _first(
    table: Table,
    data: UnitTable,
    unit: str,
    time: str,
    treated: str | None,
    adopted: str | Mapping[str, Any] | None,
) -> np.ndarray:
    """Return the position of the first treated period of each unit; the number of periods where there is none."""
    if (treated is None) == (adopted is None):
        raise QueryError("say who is treated by treated= (a column of 0 and 1) or by adopted= (first treated periods)")
    if treated is not None:
        return _of_column(unit_table(table, outcome=treated, unit=unit, time=time))
    if isinstance(adopted, str):
        rows = zip((str(n) for n in column(table, unit)), column(table, adopted), strict=True)
        adopted = {name: start for name, start in rows if not _empty(start)}
    first = np.full(len(data.units), len(data.times))
    for k, (_, start) in zip(data.at(adopted), adopted.items(), strict=True):  # type: ignore[union-attr, arg-type]
        if not _empty(start):
            first[k] = np.searchsorted(data.times, moment(start, data.times))
    return first


def _empty(start: Any) -> bool:
    return start is None or start != start or str(start) in ("", "NaT", "nan", "inf")


def _of_column(treated: UnitTable) -> np.ndarray:
    on = treated.values
    if not np.isin(on, (0, 1)).all():
        raise QueryError(f"column {treated.outcome!r} must be 0 or 1: 1 from the period on in which a unit is treated")
    if ends := np.flatnonzero((np.diff(on, axis=1) < 0).any(axis=1)).tolist():
        raise QueryError(
            f"treatment of {treated.units[ends[0]]} ends again; give the rows up to there, or use synthetic_control "
            "with end="
        )
    return np.where(on.any(axis=1), on.argmax(axis=1), on.shape[1])


def _check_first(data: UnitTable, first: np.ndarray, controls: Controls) -> None:
    never = first >= len(data.times)
    if never.all():
        span = f"{label(data.times[0])} to {label(data.times[-1])}"
        raise QueryError(f"no unit is treated in the table's periods, {span}")
    if (first == 0).any():
        names = first_few(np.array(data.units)[first == 0])
        raise QueryError(f"no period before treatment of {names}; take out what is treated from the first period on")
    if not never.any() and (controls == "never" or len(np.unique(first)) == 1):
        hint = "; controls='not yet' takes those that are treated later" if len(np.unique(first)) > 1 else ""
        raise QueryError(f"every unit is treated, so that nobody is left to compare with{hint}")
