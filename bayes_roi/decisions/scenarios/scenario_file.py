"""Plans as files: a tidy CSV or Excel table with a row for each period and channel, and other nodes beside."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from bayes_roi.atomic import said, write_whole
from bayes_roi.decisions.horizon.outlook import outlook
from bayes_roi.decisions.scenarios.scenario import Scenario, planned
from bayes_roi.decisions.scenarios.scenario_nodes import by_period, read_nodes, written
from bayes_roi.errors import DataError, Problem, QueryError, nearest
from bayes_roi.inference.fit import Fit
from bayes_roi.panel.labels import labels_of
from bayes_roi.panel.numbers import read_numbers
from bayes_roi.panel.periods import following, read_periods
from bayes_roi.panel.problems import SHOWN, capped, flaw_problems
from bayes_roi.panel.raw import RawTable, likely, normalised
from bayes_roi.panel.table import read_table
from bayes_roi.plain_text import formula, shown, steering
from bayes_roi.queries.horizon.history import Forecast

if TYPE_CHECKING:
    import pandas as pd

COLUMNS = ("period", "channel", "spend")
MOST_NAME = 200
"""Characters of the name of a scenario."""
NAME = "scenario"


@dataclass(frozen=True, eq=False)
class _Rows:
    """The rows of a plan file as they were read; `numbers` are their rows in the file."""

    names: np.ndarray
    periods: np.ndarray  # labels as text
    channels: np.ndarray
    spend: np.ndarray
    numbers: np.ndarray
    nodes: Mapping[str, np.ndarray]


def read_plan(
    source: str | PathLike[str] | pd.DataFrame,
    fit: Fit,
    *,
    name: str | None = None,
    nodes: Mapping[str, Forecast] | None = None,
) -> Scenario:
    """Return a plan that a planner wrote: a tidy table with columns period, channel and spend.

    Parameters
    ----------
    source
        A .csv, .tsv, .xlsx or .parquet file, or a DataFrame, with one row for each period and channel. The periods are
        those that follow the fit's data. A column `scenario` names several plans in one table; a column named after
        another node, a price or a promotion, says what it will be in each period.
    fit
        The fit that the plan is for.
    name
        Which scenario of the table; what it is called where the table names none (by default the file's name).
    nodes
        Other nodes -> what they will be, as in `scenario`, of those that the table does not say.

    Raises
    ------
    DataError
        With all that is wrong with the table: an unknown channel, a period that is missing, doubled or does not follow
        the data, spend that is negative or no number.
    QueryError
        When the table holds several scenarios and none of them is named, or a node cannot be set so, or is set twice.
    """
    found = read_plans(source, fit, name=name, nodes=nodes)
    if len(found) == 1 and (name is None or found[0].name == name):
        return found[0]
    names = [s.name for s in found]
    if name in names:
        return found[names.index(name)]
    told = "" if name is None else f", and none is {name!r}{nearest(name, names)}"
    raise QueryError(f"the table holds {len(found)} scenarios{told}; name one of {', '.join(names)}")


def read_plans(
    source: str | PathLike[str] | pd.DataFrame,
    fit: Fit,
    *,
    name: str | None = None,
    nodes: Mapping[str, Forecast] | None = None,
) -> tuple[Scenario, ...]:
    """Return all plans of a table, in the order of its rows; arguments and errors are those of `read_plan`."""
    outlook(fit, periods=1, horizon=0)  # refuses a model that cannot plan before the table is read
    table = read_table(source, time="period")
    called = name or (Path(source).stem if isinstance(source, str | PathLike) else "plan")
    rows, problems = _read(table, fit, called)
    names = list(dict.fromkeys(rows.names.tolist()))
    calendar = _calendar(rows, fit)
    told: dict[str, dict[str, Forecast]] = {}
    if not problems:
        for own in names:
            part, called = _of(rows, own), own if len(names) > 1 else ""
            problems += _problems(called, part, fit, calendar)
            of = f" of {called!r}" if called else ""
            own_nodes, odd = by_period(part.nodes, part.periods, part.numbers, calendar, of)
            told[own], problems = {**own_nodes}, problems + odd
    if problems:
        raise DataError(table.source, problems)
    ahead = outlook(fit, periods=len(calendar), horizon=0, others=nodes)
    return tuple(
        planned(ahead, own, _spend(_of(rows, own), ahead.channels, calendar), nodes=_once(nodes or {}, told[own]))
        for own in names
    )


def _once(given: Mapping[str, Forecast], told: Mapping[str, Forecast]) -> dict[str, Forecast]:
    """Return what is given and what a table tells of other nodes, of which none is said twice."""
    for node in told:
        if node in given:
            raise QueryError(
                f"the plan's table says what {node!r} will be, and so does nodes=; leave out one of the two"
            )
    return {**given, **told}


def write_plan(scenarios: Scenario | Sequence[Scenario], path: str | PathLike[str]) -> Path:
    """Write plans to a .csv or .xlsx file, columns scenario, period, channel, spend and other nodes; return its path.

    `read_plan` reads it back: names, and spend to the last bit (of Excel, to 15 digits). Other nodes have a column each
    where a plan says what they will be. Names are text whatever they look like: in Excel as cells of text, in CSV with
    an apostrophe before what a spreadsheet would compute. An earlier file of that name stands until the new one is
    whole.

    Raises
    ------
    QueryError
        When the file is of another type or cannot be written, no scenario is given, a name is no text, or one assumes
        of another node what one value a period cannot say.
    """
    file = Path(path)
    plans = [scenarios] if isinstance(scenarios, Scenario) else list(scenarios)
    if not plans:
        raise QueryError("name at least one scenario to write")
    if file.suffix.lower() not in (".csv", ".xlsx"):
        raise QueryError(f"a plan is written as .csv or .xlsx, got {file.name!r}")
    others = written(plans)
    rows = [
        (s.name, label, channel, value, *(values[i][t] for values in others.values()))
        for i, s in enumerate(plans)
        for channel, spent in zip(s.channels, s.money.array.tolist(), strict=True)
        for t, (label, value) in enumerate(zip(s.labels.tolist(), spent, strict=True))
    ]
    header = (NAME, *COLUMNS, *others)
    for own in plans:
        if (why := _no_name(own.name)) is not None:
            raise QueryError(f"the scenario {shown(own.name)} {why}; name it otherwise")
    try:
        return write_whole(file, (_excel if file.suffix.lower() == ".xlsx" else _csv)(header, rows))
    except OSError as error:
        raise QueryError(f"cannot write {file}: {said(error)}") from None


def _csv(header: Sequence[str], rows: Iterable[tuple[object, ...]]) -> str:
    with io.StringIO(newline="") as out:
        writer = csv.writer(out, lineterminator="\n")
        writer.writerow(header)
        writer.writerows([_quoted(cell) if isinstance(cell, str) else cell for cell in row] for row in rows)
        return out.getvalue()


def _excel(header: Sequence[str], rows: Iterable[tuple[object, ...]]) -> bytes:
    import openpyxl

    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = "plan"
    for i, row in enumerate([header, *rows], 1):
        for j, value in enumerate(row, 1):
            cell = sheet.cell(i, j, value)
            if isinstance(value, str):  # of "=..." openpyxl makes a formula, of "#N/A" an error
                cell.value = _quoted(value) if value.startswith("'") else value
                cell.data_type, cell.quotePrefix = "s", formula(value)
    with io.BytesIO() as out:
        book.save(out)
        return out.getvalue()


def _quoted(text: str) -> str:
    """Return a text as a cell of CSV that a spreadsheet shows: with an apostrophe before what it would compute.

    >>> [_quoted(text) for text in ("spring", "=1+1", "'=1+1")]
    ['spring', "'=1+1", "''=1+1"]
    """
    return f"'{text}" if formula(text.lstrip("'")) else text


def _unquoted(text: str) -> str:
    """Return what `_quoted` made a cell of."""
    return text[1:] if text.startswith("'") and formula(text.lstrip("'")) else text


def _no_name(text: str) -> str | None:
    """Return why a text cannot name a scenario, or None."""
    if (odd := steering(text)) is not None:
        return f"holds the character {odd}"
    if len(text) > MOST_NAME:
        return f"has {len(text):,} characters, more than {MOST_NAME}"
    return None if text.strip() == text and text else "begins or ends with a blank, or is empty"


def _read(table: RawTable, fit: Fit, called: str) -> tuple[_Rows, list[Problem]]:
    """Return the rows of a table, and the problems of its cells."""
    problems = list(table.misshapen)
    at = {c: _column(table, c, problems) for c in COLUMNS}
    if any(i is None for i in at.values()):
        raise DataError(table.source, problems)
    cells = {c: table.column(i) for c, i in at.items() if i is not None}
    spend, numbers = read_numbers(cells["spend"]), table.row_numbers
    problems += flaw_problems(spend.flaws, "spend", numbers)
    missing = [int(numbers[i]) for i in np.flatnonzero(np.isnan(spend.values))]
    empty = [Problem("the spend is missing", "write 0 where nothing is spent", "spend", row) for row in missing]
    problems += capped(empty, "cells", "spend")
    negative = [(int(i), spend.values[i]) for i in np.flatnonzero(spend.values < 0)]
    told = [Problem(f"the spend is negative, {x:g}", "write 0 or more", "spend", int(numbers[i])) for i, x in negative]
    problems += capped(told, "cells", "spend")
    read = read_periods(cells["period"])
    problems += flaw_problems(read.flaws, "period", numbers)
    channels = np.array(["" if c is None else normalised(_unquoted(str(c))) for c in cells["channel"].tolist()])
    problems += _unknown(channels, fit, numbers)
    names = np.full(len(channels), called, dtype=object)
    if any(normalised(h) == NAME for h in table.header):
        names, odd = _names(table, called)
        problems += odd
    labels = labels_of(read.ordinals, read.form).astype(str)
    nodes, odd = read_nodes(table, fit, (*COLUMNS, NAME))
    return _Rows(names, labels, channels, spend.values, numbers, nodes), problems + odd


def _names(table: RawTable, called: str) -> tuple[np.ndarray, list[Problem]]:
    """Return the scenario of each row, `called` where its cell is empty, and what cannot be one."""
    position = next(i for i, h in enumerate(table.header) if normalised(h) == NAME)
    cells = ["" if c is None or c != c else str(c).strip() for c in table.column(position).tolist()]
    names = [_unquoted(cell) if cell else called for cell in cells]
    odd = {name: why for name in dict.fromkeys(names) if (why := _no_name(name)) is not None}
    told = [
        Problem(
            f"the scenario {shown(name)} {why}", "name it otherwise", NAME, int(table.row_numbers[names.index(name)])
        )
        for name, why in odd.items()
    ]
    return np.array(names, dtype=object), capped(told, "cells", NAME)


def _column(table: RawTable, name: str, problems: list[Problem]) -> int | None:
    """Return where a column stands; where there is not exactly one of that name, add the problem."""
    found = [i for i, h in enumerate(table.header) if normalised(h) == name]
    if len(found) == 1:
        blocked = table.blocked(found[0])
        if blocked is None:
            return found[0]
        problems.append(blocked)
    elif found:
        problems.append(Problem(f"the name is in the header {len(found)} times", "rename all but one", name, 1))
    else:
        known = ", ".join(repr(h) for h in table.header if h)
        what = f"there is no such column{likely(name, table.header)}; the table has {known}"
        problems.append(Problem(what, "a plan has columns period, channel and spend", name))
    return None


def _unknown(channels: np.ndarray, fit: Fit, numbers: np.ndarray) -> list[Problem]:
    """Return the channels of a table that the model does not have, each once."""
    known = tuple(fit.model.channels)
    spends = {node: channel for channel, node in fit.model.channels.items()}
    odd = [name for name in dict.fromkeys(channels.tolist()) if name not in known]
    found = []
    for name in odd[:SHOWN]:
        row = int(numbers[np.flatnonzero(channels == name)[0]])
        hint = f", did you mean {spends[name]!r}?" if name in spends else likely(name, known)
        what = f"there is no channel {shown(name)}{hint}"
        found.append(Problem(what, f"write one of {', '.join(known)}", "channel", row))
    return [*found, *capped(found, "names", "channel", count=len(odd))[len(found) :]]


def _calendar(rows: _Rows, fit: Fit) -> list[str]:
    """Return the periods of the plan as the data's calendar goes on: from the first after the data to its last."""
    wanted = set(rows.periods.tolist())
    ahead = following(np.asarray(fit.data.periods), 2 * len(wanted) + 60).astype(str).tolist()
    last = max((i for i, label in enumerate(ahead) if label in wanted), default=len(wanted) - 1)
    return ahead[: last + 1]


def _of(rows: _Rows, name: str) -> _Rows:
    own = rows.names == name
    names, periods, channels, spend, numbers = (
        x[own] for x in (rows.names, rows.periods, rows.channels, rows.spend, rows.numbers)
    )
    return _Rows(names, periods, channels, spend, numbers, {n: x[own] for n, x in rows.nodes.items()})


def _problems(name: str, rows: _Rows, fit: Fit, calendar: Sequence[str]) -> list[Problem]:
    """Return what is wrong with the periods of one plan."""
    of = f" of {name!r}" if name else ""
    last = str(np.asarray(fit.data.periods)[np.argmax(np.asarray(fit.data.clock))])
    odd, twice, first = [], [], dict[tuple[str, str], int]()
    for period, channel, row in zip(rows.periods.tolist(), rows.channels.tolist(), rows.numbers.tolist(), strict=True):
        if period not in calendar:
            what = f"{period} does not continue the data, which end with {last}"
            odd.append(Problem(what, f"begin with {calendar[0]} and leave no period out", "period", row))
        elif (period, channel) in first:
            what = f"{channel} has {period}{of} twice, first in row {first[period, channel]}"
            twice.append(Problem(what, "keep one of the two", "period", row))
        first.setdefault((period, channel), row)
    lacking: list[Problem] = []
    for channel in fit.model.channels:
        gone = [p for p in calendar if (p, channel) not in first]
        if len(gone) == len(calendar):
            what = f"{channel} has no rows{of}"
            lacking.append(Problem(what, "add a row for each period, with 0 where nothing is spent", "channel"))
        elif gone:
            more = (
                f" and {len(gone) - 1} more periods" if len(gone) > 2 else f" and {gone[1]}" if len(gone) == 2 else ""
            )
            what = f"{channel} lacks {gone[0]}{more}{of}"
            lacking.append(Problem(what, "add a row for each period, with 0 where nothing is spent", "period"))
    return [*capped(odd, "rows", "period"), *capped(twice, "rows", "period"), *lacking]


def _spend(rows: _Rows, channels: Sequence[str], calendar: Sequence[str]) -> np.ndarray:
    """Return the spend (channels, periods) of one plan."""
    table = np.zeros((len(channels), len(calendar)))
    at = [list(channels).index(c) for c in rows.channels], [list(calendar).index(p) for p in rows.periods]
    table[at] = rows.spend
    return table
