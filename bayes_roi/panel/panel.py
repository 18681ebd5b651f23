"""The panel: the observed table as a model sees it, checked and in order of unit and time."""

from __future__ import annotations

import html
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np

from bayes_roi.errors import DataError, Problem, QueryError, nearest
from bayes_roi.panel.audit import AuditEntry
from bayes_roi.panel.extent import count, extent

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, eq=False)
class Panel:
    """Observed columns by node name; rows are periods in order of time, unit after unit, or exchangeable.

    Parameters
    ----------
    columns
        Node name -> values, (rows,) float64 and read-only; NaN only where `missing="model"` was asked for.
    periods
        (rows,) ISO dates of the first days as text, or integers; ascending in each unit. None for exchangeable rows.
    time
        Name of the period column.
    frequency
        "day", "week", "month", "quarter" or "year"; "period" for integers; None for exchangeable rows.
    source
        What messages call the table, such as the name of its file.
    audit
        What reading and cleaning changed or flagged, in order.
    unit
        Name of the column of the panel unit, such as "geo"; None for a single series.
    units
        (rows,) text label of each row's unit; rows of one unit stand together. None for a single series.
    clock
        (rows,) int64, the number of each row's period on the table's own even calendar, 0 for the first period of the
        table: a unit that starts late begins above 0, and one that misses periods jumps. None for exchangeable rows.
    levels
        Node -> labels of a categorical column, whose values are the codes 0.0, 1.0, ... into them.
    set_aside
        (rows,) which rows are read for carry-over only and explained by nothing, since what they show is told by an
        experiment; None where there are none.

    Raises
    ------
    DataError
        If the columns differ in shape, or the rows of a unit do not stand together.

    Examples
    --------
    >>> Panel(columns={"tv": np.array([1.0, 2.0])}, periods=None, time=None, frequency=None, source="tv.csv")
    Panel(tv.csv: 2 exchangeable rows, 1 column: tv)
    """

    columns: Mapping[str, np.ndarray]
    periods: np.ndarray | None
    time: str | None
    frequency: str | None
    source: str
    audit: tuple[AuditEntry, ...] = ()
    unit: str | None = None
    units: np.ndarray | None = None
    clock: np.ndarray | None = None
    levels: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    set_aside: np.ndarray | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "columns", {name: _read_only(values) for name, values in self.columns.items()})
        levels = {name: tuple(labels) for name, labels in self.levels.items() if name in self.columns}
        object.__setattr__(self, "levels", levels)
        if self.periods is not None and self.clock is None:
            object.__setattr__(self, "clock", _clock(self.periods, self.units))
        lengths = {name: values.shape for name, values in self.columns.items()}
        named = {self.unit or "units": self.units, self.time or "periods": self.periods, "clock": self.clock}
        named |= {"set_aside": self.set_aside}
        lengths |= {name: values.shape for name, values in named.items() if values is not None}
        if len(set(lengths.values())) > 1:
            what = f"the columns differ in shape: {', '.join(f'{name} {shape}' for name, shape in lengths.items())}"
            raise DataError(self.source, [Problem(what, "give one value a row to each")])
        if self.units is not None and _changes(self.units) > max(np.unique(self.units).size - 1, 0):
            what = "the rows of a unit do not stand together"
            raise DataError(self.source, [Problem(what, "sort the rows by unit, and by time in each", self.unit)])

    @property
    def rows(self) -> int:
        """Number of rows."""
        arrays = [*self.columns.values(), *(x for x in (self.periods, self.units) if x is not None)]
        return int(arrays[0].size) if arrays else 0

    def select(self, names: Iterable[str]) -> Panel:
        """Return the panel with the named columns only, in that order.

        Raises
        ------
        QueryError
            If the panel has no column of that name.
        """
        chosen = list(names)
        for name in chosen:
            if name not in self.columns:
                known = ", ".join(self.columns)
                raise QueryError(
                    f"{self.source} has no column {name!r}{nearest(name, self.columns) or '.'} It has {known}."
                )
        return self.with_columns({name: self.columns[name] for name in chosen})

    def with_columns(self, columns: Mapping[str, np.ndarray]) -> Panel:
        """Return the same rows with other columns; those of a categorical name keep its labels."""
        return replace(self, columns=columns)

    def kept(self, rows: np.ndarray) -> Panel:
        """Return some of the rows: a mask or positions (rows,), in order; the clock shows what it showed."""
        return replace(
            self,
            columns={name: values[rows] for name, values in self.columns.items()},
            periods=None if self.periods is None else self.periods[rows],
            units=None if self.units is None else self.units[rows],
            clock=None if self.clock is None else self.clock[rows],
            set_aside=None if self.set_aside is None else self.set_aside[rows],
        )

    def to_frame(self) -> pd.DataFrame:
        """Return a DataFrame: units, then periods (dates as datetime64), then one column for each node.

        Categories are pandas categoricals of their labels.
        """
        import pandas as pd

        first = {} if self.units is None else {self.unit or "unit": self.units}
        if self.periods is not None:
            periods = self.periods if self.periods.dtype.kind == "i" else self.periods.astype("datetime64[s]")
            first |= {self.time or "period": periods}
        columns: dict[str, object] = dict(self.columns)
        for name, labels in self.levels.items():
            codes = np.nan_to_num(self.columns[name], nan=-1).astype(np.int64)
            columns[name] = pd.Categorical.from_codes(codes, categories=pd.Index(labels))
        return pd.DataFrame({**first, **columns})

    def audit_frame(self) -> pd.DataFrame:
        """Return the audit as a DataFrame with columns row, period, column, action, before, after, reason."""
        import pandas as pd

        names = ["row", "period", "column", "action", "before", "after", "reason"]
        frame = pd.DataFrame([asdict(entry) for entry in self.audit], columns=names)
        return frame.astype({"row": "Int64", "before": "float64", "after": "float64"})

    def __repr__(self) -> str:
        audit = f"; {count(len(self.audit), 'audit entry', 'audit entries')}" if self.audit else ""
        return f"Panel({self.source}: {self._extent()}, {self._names()}{audit})"

    def _repr_html_(self) -> str:
        rows = [("rows", self._extent()), ("columns", self._names())]
        rows += [(entry.action, f"{entry.column or 'table'}: {entry.reason}") for entry in self.audit[:10]]
        if len(self.audit) > 10:
            rows.append(("audit", f"and {len(self.audit) - 10:,} more entries, see audit_frame()"))
        cells = "".join(f"<tr><th>{html.escape(k)}</th><td>{html.escape(v)}</td></tr>" for k, v in rows)
        return f"<table><caption>Panel: {html.escape(self.source)}</caption>{cells}</table>"

    def _extent(self) -> str:
        return extent(self.rows, self.periods, self.frequency, self.unit, self.units)

    def _names(self) -> str:
        names = list(self.columns)
        more = f" and {len(names) - 8} more" if len(names) > 8 else ""
        return f"{count(len(names), 'column', 'columns')}: {', '.join(names[:8])}{more}"


def _changes(units: np.ndarray) -> int:
    return int(np.count_nonzero(units[1:] != units[:-1]))


def _clock(periods: np.ndarray, units: np.ndarray | None) -> np.ndarray:
    """Return the number of each period: units share one calendar, and every period of it is somewhere in the table."""
    return np.arange(periods.size) if units is None else np.unique(periods, return_inverse=True)[1]


def _read_only(values: np.ndarray) -> np.ndarray:
    view = np.asarray(values, dtype=np.float64).view()
    view.flags.writeable = False
    return view
