"""A scenario: a named plan of spend by channel and period, and what is assumed of the other nodes."""

from __future__ import annotations

import html
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from bayes_roi.decisions.horizon.outlook import Outlook
from bayes_roi.errors import QueryError
from bayes_roi.labelled import Labelled, along
from bayes_roi.numbers import amount
from bayes_roi.queries.horizon.history import Forecast

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr


@dataclass(frozen=True, eq=False, repr=False)
class Scenario:
    """A plan of spend, by name.

    Parameters
    ----------
    name
        What answers call it.
    money
        Spend, dims `channel` and `time`, in units of money: 0 or more in every period of the plan.
    nodes
        Node -> what it will be: see `outlook`. What is not named is as last year, or responds to its causes.
    note
        What must be said beside its numbers.

    Raises
    ------
    QueryError
        When the name is empty, or the spend is no such table.

    Examples
    --------
    >>> Scenario("one week of tv", Labelled(np.array([[500.0]]), ("channel", "time"), along(channel=["tv"], time=[7])))
    <Scenario 'one week of tv': 1 period, 7; tv 500; total 500>
    """

    name: str
    money: Labelled
    nodes: Mapping[str, Forecast] = field(default_factory=dict)
    note: str = ""

    def __post_init__(self) -> None:
        if not isinstance(self.name, str) or not self.name.strip():
            raise QueryError(f"a scenario needs a name, got {self.name!r}")
        given = Labelled.of(self.money)
        if set(given.dims) != {"channel", "time"} or not given.array.size:
            raise QueryError(f"the spend of a scenario has dims channel and time, got {', '.join(given.dims)}")
        table = given.first("channel", "time")
        values = np.asarray(table.array, float)
        if not np.isfinite(values).all() or values.min() < 0:
            raise QueryError(f"{self.name}: spend must be a number, 0 or more, in every period")
        object.__setattr__(self, "money", table.filled(values))
        object.__setattr__(self, "nodes", dict(self.nodes))

    @property
    def channels(self) -> tuple[str, ...]:
        """The channels, in order."""
        return tuple(self.money.labels("channel").tolist())

    @property
    def labels(self) -> np.ndarray:
        """(periods,) labels of the planned periods."""
        return self.money.labels("time")

    @property
    def periods(self) -> int:
        """How many periods are planned."""
        return self.money.sizes["time"]

    @property
    def total(self) -> dict[str, float]:
        """Channel -> its spend in the whole plan."""
        return dict(zip(self.channels, self.money.array.sum(axis=1).tolist(), strict=True))

    @property
    def spend(self) -> xr.DataArray:
        """Spend, dims `channel` and `time`, in money: `money` as xarray has it."""
        return self.money.xarray

    def to_frame(self) -> pd.DataFrame:
        """Return the spend as a table: a row for each period, a column for each channel."""
        import pandas as pd

        return pd.DataFrame(self.money.array.T, index=pd.Index(self.labels, name="period"), columns=list(self.channels))

    def __repr__(self) -> str:
        return f"<Scenario {self.name!r}: {self._span()}; {self._totals()}>"

    def _repr_html_(self) -> str:
        rows = [*self.total.items(), ("total", float(self.money.array.sum()))]
        cells = "".join(f"<tr><th>{html.escape(c)}</th><td>{amount(v)}</td></tr>" for c, v in rows)
        return f"<table><caption>{html.escape(f'{self.name}: {self._span()}')}</caption>{cells}</table>"

    def _span(self) -> str:
        if self.periods == 1:
            return f"1 period, {self.labels[0]}"
        return f"{self.periods} periods, {self.labels[0]} to {self.labels[-1]}"

    def _totals(self) -> str:
        each = ", ".join(f"{c} {amount(v)}" for c, v in self.total.items())
        return "; ".join([each, f"total {amount(self.money.array.sum())}", *(f"{n} set" for n in self.nodes)])


def planned(
    ahead: Outlook, name: str, spend: np.ndarray, *, nodes: Mapping[str, Forecast] | None = None, note: str = ""
) -> Scenario:
    """Return spend (channels, periods) on an outlook as a scenario."""
    coords = along(channel=list(ahead.channels), time=ahead.labels)
    return Scenario(name, Labelled(ahead.checked(spend), ("channel", "time"), coords), nodes or {}, note)


def alike(scenarios: Sequence[Scenario]) -> None:
    """Raise unless scenarios are of the same channels and periods, and each has a name of its own.

    Raises
    ------
    QueryError
        For the first that differs.
    """
    for s in scenarios:
        if not isinstance(s, Scenario):
            raise QueryError(f"{s!r} is not a scenario; make one with scenario(fit, name, ...) or read_plan(path, fit)")
    names = [s.name for s in scenarios]
    for name in names:
        if names.count(name) > 1:
            raise QueryError(f"{names.count(name)} scenarios are called {name!r}; give each a name of its own")
    for s in scenarios[1:]:
        first = scenarios[0]
        if s.labels.tolist() != first.labels.tolist():
            raise QueryError(
                f"{s.name!r} runs over {s._span()}, {first.name!r} over {first._span()}; compare plans of the same time"
            )
        if s.channels != first.channels:
            raise QueryError(
                f"{s.name!r} has channels {', '.join(s.channels)}, {first.name!r} {', '.join(first.channels)}"
            )
