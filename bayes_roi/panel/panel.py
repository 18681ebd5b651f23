"""The panel: the observed table as a model sees it, checked and in order of time."""

from __future__ import annotations

import html
from collections.abc import Collection, Iterable, Mapping
from dataclasses import asdict, dataclass
from os import PathLike
from typing import TYPE_CHECKING

import numpy as np

from bayes_roi.errors import DataError, Problem, QueryError, nearest
from bayes_roi.panel.audit import AuditEntry
from bayes_roi.panel.check import Observed, observe
from bayes_roi.panel.clean import Clean, as_clean, fill_missing, flag_outliers, merge_duplicates
from bayes_roi.panel.labels import labels_of
from bayes_roi.panel.periods import rhythm_of
from bayes_roi.panel.table import read_table

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, eq=False)
class Panel:
    """Observed columns by node name; rows are periods in order of time, or exchangeable.

    Parameters
    ----------
    columns
        Node name -> values, (rows,) float64 and read-only; NaN only where `missing="model"` was asked for.
    periods
        (rows,) ISO dates of the first days as text, or integers; ascending. None for exchangeable rows.
    time
        Name of the period column.
    frequency
        "day", "week", "month", "quarter" or "year"; "period" for integers; None for exchangeable rows.
    source
        What messages call the table, such as the name of its file.
    audit
        What reading and cleaning changed or flagged, in order.

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

    def __post_init__(self) -> None:
        object.__setattr__(self, "columns", {name: _read_only(values) for name, values in self.columns.items()})
        lengths = {name: values.shape for name, values in self.columns.items()}
        if self.periods is not None:
            lengths[self.time or "periods"] = self.periods.shape
        if len(set(lengths.values())) > 1:
            what = f"the columns differ in shape: {', '.join(f'{name} {shape}' for name, shape in lengths.items())}"
            raise DataError(self.source, [Problem(what, "give one value a row to each")])

    @property
    def rows(self) -> int:
        """Number of rows."""
        arrays = [*self.columns.values(), *([] if self.periods is None else [self.periods])]
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
        columns = {name: self.columns[name] for name in chosen}
        return Panel(columns, self.periods, self.time, self.frequency, self.source, self.audit)

    def to_frame(self) -> pd.DataFrame:
        """Return a DataFrame: the period column first (dates as datetime64), then one column for each node."""
        import pandas as pd

        if self.periods is None:
            return pd.DataFrame(dict(self.columns))
        periods = self.periods if self.periods.dtype.kind == "i" else self.periods.astype("datetime64[s]")
        return pd.DataFrame({self.time or "period": periods, **self.columns})

    def audit_frame(self) -> pd.DataFrame:
        """Return the audit as a DataFrame with columns row, period, column, action, before, after, reason."""
        import pandas as pd

        names = ["row", "period", "column", "action", "before", "after", "reason"]
        frame = pd.DataFrame([asdict(entry) for entry in self.audit], columns=names)
        return frame.astype({"row": "Int64", "before": "float64", "after": "float64"})

    def __repr__(self) -> str:
        audit = f"; {_count(len(self.audit), 'audit entry', 'audit entries')}" if self.audit else ""
        return f"Panel({self.source}: {self._extent()}, {self._names()}{audit})"

    def _repr_html_(self) -> str:
        rows = [("rows", self._extent()), ("columns", self._names())]
        rows += [(entry.action, f"{entry.column or 'table'}: {entry.reason}") for entry in self.audit[:10]]
        if len(self.audit) > 10:
            rows.append(("audit", f"and {len(self.audit) - 10:,} more entries, see audit_frame()"))
        cells = "".join(f"<tr><th>{html.escape(k)}</th><td>{html.escape(v)}</td></tr>" for k, v in rows)
        return f"<table><caption>Panel: {html.escape(self.source)}</caption>{cells}</table>"

    def _extent(self) -> str:
        if self.periods is None:
            return _count(self.rows, "exchangeable row", "exchangeable rows")
        unit = self.frequency or "period"
        extent = f"{self.periods[0]} to {self.periods[-1]}" if self.rows else "none"
        return f"{_count(self.rows, unit, unit + 's')}, {extent}"

    def _names(self) -> str:
        names = list(self.columns)
        more = f" and {len(names) - 8} more" if len(names) > 8 else ""
        return f"{_count(len(names), 'column', 'columns')}: {', '.join(names[:8])}{more}"


def read_panel(
    source: str | PathLike[str] | pd.DataFrame,
    *,
    columns: Mapping[str, str],
    time: str | None,
    spends: Collection[str],
    clean: Clean | Mapping[str, object] | None = None,
) -> Panel:
    r"""Return the panel of a table, or raise one error that lists every problem of the columns asked for.

    Rows that are not in order of time are sorted, which the audit tells; nothing else is changed, dropped or filled
    unless `clean` asks for it. Columns that are not asked for may hold anything.

    Parameters
    ----------
    source
        Path of a .csv, .tsv, .txt, .parquet or .xlsx file (its first sheet), or a DataFrame.
    columns
        Node name -> name of its column in the table.
    time
        Name of the period column, or None where rows are exchangeable. Labels may be ISO dates, months (2025-03), ISO
        weeks (2025-W11), quarters (2025Q1), which become the date of their first day, or integers.
    spends
        The nodes that are spends: these may not be negative.
    clean
        What may be done about problems, see `Clean`.

    Raises
    ------
    DataError
        With all problems found, each with its row, its column and how to mend it.
    QueryError
        If `clean` or `spends` asks for what there is not.

    Examples
    --------
    >>> import tempfile, pathlib
    >>> file = pathlib.Path(tempfile.mkdtemp()) / "tv.csv"
    >>> _ = file.write_text("week,TV\n2025-01-06,10\n2025-01-13,20\n")
    >>> read_panel(file, columns={"tv": "TV"}, time="week", spends=["tv"])
    Panel(tv.csv: 2 weeks, 2025-01-06 to 2025-01-13, 1 column: tv)
    """
    asked = as_clean(clean)
    _require_answerable(asked, columns=columns, time=time, spends=spends)
    table = read_table(source, time=time)
    found, problems = observe(table, names=columns.values(), time=time)
    single, merging = merge_duplicates(found, asked.duplicates)
    spent = {columns[node] for node in spends}
    problems += single.period_problems(whole=not table.misshapen)
    problems += single.column_problems(spends=spent, may_be_missing=asked.missing != "error")
    filled, filling, unfilled = fill_missing(single, asked.missing)
    if problems or unfilled:
        raise DataError(table.source, [*problems, *unfilled])
    audit = (*table.notes, *_sorting(found), *merging, *filling, *flag_outliers(filled, asked))
    return _panel(filled, columns=columns, source=table.source, audit=audit)


def _panel(observed: Observed, *, columns: Mapping[str, str], source: str, audit: tuple[AuditEntry, ...]) -> Panel:
    named = {node: observed.values[name] for node, name in columns.items()}
    if observed.ordinals is None or observed.form is None:
        return Panel(named, None, None, None, source, audit)
    periods = labels_of(observed.ordinals, observed.form)
    frequency = rhythm_of(observed.ordinals, observed.form).frequency
    return Panel(named, periods, observed.time, frequency, source, audit)


def _sorting(observed: Observed) -> list[AuditEntry]:
    """Return an entry if the rows of the table were in another order than that of time."""
    early = np.flatnonzero(np.diff(observed.row_numbers) < 0)
    if observed.ordinals is None or not early.size:
        return []
    row = int(early[0]) + 1
    reason = f"the rows were not in order of time, as at row {observed.row_numbers[row]}"
    return [AuditEntry("sorted", reason, column=observed.time)]


def _require_answerable(clean: Clean, *, columns: Mapping[str, str], time: str | None, spends: Collection[str]) -> None:
    for node in spends:
        if node not in columns:
            raise QueryError(
                f"spends: there is no node {node!r}{nearest(node, columns) or '.'} There are {', '.join(columns)}."
            )
    if time is None and clean.missing == "interpolate":
        raise QueryError("clean: missing='interpolate' needs rows in time. Name their period column, or use 'model'.")
    if time is None and clean.duplicates != "error":
        raise QueryError(f"clean: duplicates={clean.duplicates!r} needs rows in time. Name their period column.")


def _read_only(values: np.ndarray) -> np.ndarray:
    view = np.asarray(values, dtype=np.float64).view()
    view.flags.writeable = False
    return view


def _count(number: int, one: str, many: str) -> str:
    return f"{number:,} {one if number == 1 else many}"
