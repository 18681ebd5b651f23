"""Planned tests of a channel's spend: what is done, where and for how long."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from bayes_roi.decisions.horizon.outlook import Outlook
from bayes_roi.errors import QueryError, nearest
from bayes_roi.experiments.lift_test import LiftTest
from bayes_roi.guards import is_number, known_channel, whole_number
from bayes_roi.numbers import plain

FACTORS = {"off": 0.0, "double": 2.0}


@dataclass(frozen=True)
class PlannedTest:
    """A test: a channel's spend is changed for some periods, everywhere or in some units of the panel.

    Parameters
    ----------
    channel
        The channel.
    design
        "off", "double", or the factor by which its spend is multiplied.
    periods
        How long.
    units
        In how many units of the panel, chosen to be like the rest in size, or which (their labels). The rest are the
        control. None for all of them: then what would have been without the test is what the model expects.
    cost
        Money that the test costs beside the profit that it forgoes.
    first
        In which of the planned periods it begins, from 0.
    watched
        How many periods after it the outcome is measured too, in which it goes on acting.

    Examples
    --------
    >>> print(PlannedTest("search", "off", periods=6))
    search off for 6 periods
    """

    channel: str
    design: Literal["off", "double"] | float = "off"
    periods: int = 4
    units: int | tuple[str, ...] | None = None
    cost: float = 0.0
    first: int = 0
    watched: int = 0

    def __post_init__(self) -> None:
        if self.design not in FACTORS and not _number(self.design):
            raise QueryError(
                f"the design of a test must be 'off', 'double' or a factor of 0 or more, got {self.design!r}"
            )
        if not is_number(self.periods, kind=int) or self.periods < 1:
            raise QueryError(f"a test takes a whole number of periods, 1 or more, got {self.periods!r}")
        for name in ("first", "watched"):
            whole_number(getattr(self, name), f"{name} of a test", 0)
        if not _number(self.cost):
            raise QueryError(f"the cost of a test must be money, 0 or more, got {self.cost!r}")

    @property
    def last(self) -> int:
        """The planned period after the last in which the outcome is measured."""
        return self.first + self.periods + self.watched

    @property
    def factor(self) -> float:
        """What the spend is multiplied by."""
        return FACTORS[self.design] if isinstance(self.design, str) else float(self.design)

    def __str__(self) -> str:
        doing = {"off": "off", "double": "doubled"}.get(str(self.design), f"x {plain(self.factor)}")
        where = ""
        if self.units is not None:
            where = f" in {self.units if isinstance(self.units, int) else ', '.join(self.units)}"
            where += " units" if isinstance(self.units, int) else ""
        return f"{self.channel} {doing}{where} for {self.periods} period{'s' * (self.periods > 1)}"


def _number(x: object) -> bool:
    return is_number(x) and x >= 0  # type: ignore[operator]


def usual_tests(ahead: Outlook, *, periods: int | None = None) -> tuple[PlannedTest, ...]:
    """Return each channel off and doubled for half of the plan, 4 to 8 periods; in a panel in half of its units."""
    length = min(max(ahead.periods // 2, 4), 8) if periods is None else periods
    units = ahead.units // 2 if ahead.units > 1 else None
    ways: tuple[Literal["off", "double"], ...] = ("off", "double")
    return tuple(PlannedTest(c, design, length, units) for c in ahead.channels for design in ways)


def check_planned(ahead: Outlook, test: PlannedTest) -> None:
    """Raise unless a test can be made in an outlook.

    Raises
    ------
    QueryError
        For an unknown channel or unit, units without a panel or more than it has, or more periods than there are.
    """
    e, panel = test, ahead.fit.model.panel
    known_channel(e.channel, ahead.channels)
    if e.last > ahead.periods:
        raise QueryError(f"{e}: the outlook has {ahead.periods} periods; test and watch for no longer")
    if e.units is None:
        return
    if panel is None:
        raise QueryError(f"{e}: this model has no panel:, so there are no units to choose; leave out units=")
    names = unit_names(ahead)
    if not isinstance(e.units, int):
        for unit in e.units:
            if unit not in names:
                raise QueryError(
                    f"{unit!r} is not a unit of {panel}{nearest(unit, names)}; there are {', '.join(names)}"
                )
    count = e.units if isinstance(e.units, int) else len(set(e.units))
    if isinstance(e.units, bool) or not 1 <= count <= len(names):
        raise QueryError(f"a test takes 1 to {len(names)} units of {panel}, got {e.units!r}")


def unit_names(ahead: Outlook) -> tuple[str, ...]:
    """Return the labels of the panel units that are planned for."""
    design = ahead.scene.design
    codes = np.zeros(design.length, int) if design.codes is None else design.codes
    return tuple(design.units[c] for c in codes.reshape(ahead.units, -1)[:, 0]) if design.units else ()


def treated(ahead: Outlook, test: PlannedTest) -> np.ndarray:
    """Return which units (units,) are treated: those named, or a number of them spread evenly over their sizes."""
    units = test.units
    if units is None:
        return np.ones(ahead.units, bool)
    if not isinstance(units, int):
        return np.isin(unit_names(ahead), units)
    ranked = np.argsort(mean_sizes(ahead, ahead.fit.model.outcome), kind="stable")
    chosen = np.zeros(ahead.units, bool)
    chosen[ranked[((np.arange(units) + 0.5) * ahead.units / units).astype(int)]] = True
    return chosen


def mean_sizes(ahead: Outlook, node: str) -> np.ndarray:
    """Return each planned unit's mean of a node (units,) in the rows of the fit."""
    rows = ahead.fit.design
    if rows.codes is None:
        return np.ones(1)
    means = {name: draws.mean(axis=0) for name, draws in ahead.fit.parameters.items()}
    y = np.asarray(ahead.fit.forward.observed(node, means))
    return np.array([y[rows.codes == rows.units.index(u)].mean() for u in unit_names(ahead)])


def as_lift_test(ahead: Outlook, test: PlannedTest, *, name: str = "") -> LiftTest:
    """Return a planned test as a lift test without a result: what `fit` reads once it has one."""
    e, labels = test, [label.item() for label in ahead.labels]
    names, chosen = unit_names(ahead), treated(ahead, test)
    return LiftTest(
        e.channel,
        during=f"{labels[e.first]}:{labels[e.first + e.periods - 1]}",
        design="off" if e.factor == 0 else e.factor,
        units=None if e.units is None else tuple(n for n, there in zip(names, chosen, strict=True) if there),
        measured=f"{labels[e.first]}:{labels[e.last - 1]}" if e.watched else None,
        name=name,
    )
