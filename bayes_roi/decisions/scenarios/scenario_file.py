"""Plans as files: a tidy CSV or Excel table with a row for each period and channel, and other nodes beside."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from bayes_roi.atomic import said, write_whole
from bayes_roi.decisions.horizon.outlook import outlook
from bayes_roi.decisions.scenarios.plan_rows import COLUMNS, NAME, PlanRows, no_name, of_plan, read_rows
from bayes_roi.decisions.scenarios.scenario import Scenario, planned
from bayes_roi.decisions.scenarios.scenario_nodes import by_period, written
from bayes_roi.errors import DataError, Problem, QueryError, nearest
from bayes_roi.inference.fit import Fit
from bayes_roi.panel.periods import following
from bayes_roi.panel.problems import summarised
from bayes_roi.panel.table import read_table
from bayes_roi.plain_text import shown
from bayes_roi.queries.horizon.history import Forecast
from bayes_roi.spreadsheet import put, quoted

if TYPE_CHECKING:
    import pandas as pd


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
    text = "" if name is None else f", and none is {name!r}{nearest(name, names)}"
    raise QueryError(f"the table holds {len(found)} scenarios{text}; name one of {', '.join(names)}")


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
    rows, problems = read_rows(table, fit, called)
    names = list(dict.fromkeys(rows.names.tolist()))
    calendar = _calendar(rows, fit)
    in_file: dict[str, dict[str, Forecast]] = {}
    if not problems:
        for own in names:
            part, called = of_plan(rows, own), own if len(names) > 1 else ""
            problems += _problems(called, part, fit, calendar)
            of = f" of {called!r}" if called else ""
            own_nodes, odd = by_period(part.nodes, part.periods, part.numbers, calendar, of)
            in_file[own], problems = {**own_nodes}, problems + odd
    if problems:
        raise DataError(table.source, problems)
    ahead = outlook(fit, periods=len(calendar), horizon=0, others=nodes)
    return tuple(
        planned(
            ahead, own, _spend(of_plan(rows, own), ahead.channels, calendar), nodes=_once(nodes or {}, in_file[own])
        )
        for own in names
    )


def _once(given: Mapping[str, Forecast], in_file: Mapping[str, Forecast]) -> dict[str, Forecast]:
    """Return what is given and what a table tells of other nodes, of which none is said twice."""
    for node in in_file:
        if node in given:
            raise QueryError(
                f"the plan's table says what {node!r} will be, and so does nodes=; leave out one of the two"
            )
    return {**given, **in_file}


def _calendar(rows: PlanRows, fit: Fit) -> list[str]:
    """Return the periods of the plan as the data's calendar goes on: from the first after the data to its last."""
    wanted = set(rows.periods.tolist())
    ahead = following(np.asarray(fit.data.periods), 2 * len(wanted) + 60).astype(str).tolist()
    last = max((i for i, label in enumerate(ahead) if label in wanted), default=len(wanted) - 1)
    return ahead[: last + 1]


def _problems(name: str, rows: PlanRows, fit: Fit, calendar: Sequence[str]) -> list[Problem]:
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
    return [*summarised(odd, "rows", "period"), *summarised(twice, "rows", "period"), *lacking]


def _spend(rows: PlanRows, channels: Sequence[str], calendar: Sequence[str]) -> np.ndarray:
    """Return the spend (channels, periods) of one plan."""
    table = np.zeros((len(channels), len(calendar)))
    at = [list(channels).index(c) for c in rows.channels], [list(calendar).index(p) for p in rows.periods]
    table[at] = rows.spend
    return table


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
        if (why := no_name(own.name)) is not None:
            raise QueryError(f"the scenario {shown(own.name)} {why}; name it otherwise")
    try:
        return write_whole(file, (_excel if file.suffix.lower() == ".xlsx" else _csv)(header, rows))
    except OSError as error:
        raise QueryError(f"cannot write {file}: {said(error)}") from None


def _csv(header: Sequence[str], rows: Iterable[tuple[object, ...]]) -> str:
    with io.StringIO(newline="") as out:
        writer = csv.writer(out, lineterminator="\n")
        writer.writerow(header)
        writer.writerows([quoted(cell) if isinstance(cell, str) else cell for cell in row] for row in rows)
        return out.getvalue()


def _excel(header: Sequence[str], rows: Iterable[tuple[object, ...]]) -> bytes:
    import openpyxl

    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = "plan"
    for i, row in enumerate([header, *rows], 1):
        for j, value in enumerate(row, 1):
            if isinstance(value, str) and value.startswith("'"):
                value = quoted(value)  # reading takes one apostrophe away
            put(sheet.cell(i, j), value)
    with io.BytesIO() as out:
        book.save(out)
        return out.getvalue()
