"""Reading a table: its columns checked, cleaned where that was asked for, and put in order."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from os import PathLike
from typing import TYPE_CHECKING

import numpy as np

from bayes_roi.errors import DataError, QueryError, nearest
from bayes_roi.panel.audit import AuditEntry
from bayes_roi.panel.check import Rules, column_problems, observe, period_problems
from bayes_roi.panel.clean import Clean, as_clean, fill_missing, flag_outliers, merge_duplicates
from bayes_roi.panel.labels import labels_of
from bayes_roi.panel.locale.locales import Locale, in_plain_writing, label_notes, labels_missing
from bayes_roi.panel.observed import Observed
from bayes_roi.panel.oddities import oddities
from bayes_roi.panel.panel import Panel
from bayes_roi.panel.periods import rhythm_of
from bayes_roi.panel.table import read_table
from bayes_roi.panel.units import absences, unit_problems

if TYPE_CHECKING:
    import pandas as pd


def read_panel(
    source: str | PathLike[str] | pd.DataFrame,
    *,
    columns: Mapping[str, str],
    time: str | None,
    spends: Collection[str],
    clean: Clean | Mapping[str, object] | None = None,
    unit: str | None = None,
    categories: Collection[str] = (),
    positive: Collection[str] = (),
    may_be_constant: Collection[str] = (),
    explained: Collection[str] = (),
    decimal: str | None = None,
    day_first: bool | None = None,
) -> Panel:
    r"""Return the panel of a table, or raise one error that lists every problem of the columns asked for.

    Rows that are not in order of time are sorted, and numbers and dates of another locale are read as what its columns
    show them to be (1.234,50 €, 06.01.2025), which the audit tells; nothing else is changed, dropped or filled
    unless `clean` asks for it. Columns that are not asked for may hold anything.

    Parameters
    ----------
    source
        Path of a .csv, .tsv, .txt, .parquet or .xlsx file (its first sheet), or a DataFrame.
    columns
        Node name -> name of its column in the table.
    time
        Name of the period column, or None where rows are exchangeable. Labels may be ISO dates, months (2025-03), ISO
        weeks (2025-W11), quarters (2025Q1), which become the date of their first day, or integers. A date may have a
        time of midnight and a time zone, which changes nothing.
    spends
        The nodes that are spends: these may not be negative.
    clean
        What may be done about problems, see `Clean`.
    unit
        Name of the column of the panel unit, such as "geo", or None for a single series. All units share one calendar;
        a period that one of them lacks is told in the audit, a period that all of them lack is a problem.
    categories
        The nodes whose columns are labels: text, whole numbers or true and false. See `Panel.levels`.
    positive
        The nodes that have to be above zero, such as weights and values per unit.
    may_be_constant
        The nodes that may be the same in every row of the table.
    explained
        The nodes that are to be explained, of which one that never changes gets other advice than a cause.
    decimal
        The decimal mark, "." or ","; None where the table shows it. It is asked for where it does not.
    day_first
        Whether the day stands before the month in dates such as 06/01/2025; None where a day above 12 shows it.

    Raises
    ------
    DataError
        With all problems found, each with its row, its column and how to mend it.
    QueryError
        If `clean` or a collection of nodes asks for what there is not.

    Examples
    --------
    >>> import tempfile, pathlib
    >>> file = pathlib.Path(tempfile.mkdtemp()) / "tv.csv"
    >>> _ = file.write_text("week,TV\n2025-01-06,10\n2025-01-13,20\n")
    >>> read_panel(file, columns={"tv": "TV"}, time="week", spends=["tv"])
    Panel(tv.csv: 2 weeks, 2025-01-06 to 2025-01-13, 1 column: tv)
    >>> _ = file.write_text("geo,week,TV\nA,2025-01-06,10\nA,2025-01-13,20\nB,2025-01-06,30\nB,2025-01-13,40\n")
    >>> read_panel(file, columns={"tv": "TV"}, time="week", spends=["tv"], unit="geo")
    Panel(tv.csv: 4 rows: 2 geos x 2 weeks, 2025-01-06 to 2025-01-13, 1 column: tv)
    """
    asked = as_clean(clean)
    nodes = {
        "spends": spends,
        "categories": categories,
        "positive": positive,
        "may_be_constant": may_be_constant,
        "explained": explained,
    }
    _require_answerable(asked, columns=columns, time=time, unit=unit, nodes=nodes)
    locale = Locale(decimal, day_first)
    table = read_table(source, time=time, unit=unit)
    numbers = dict.fromkeys(name for node, name in columns.items() if node not in categories)
    labels = dict.fromkeys([*([] if unit is None else [unit]), *(columns[node] for node in categories)])
    gone = labels_missing(table, labels=labels, numbers=numbers)
    plain = in_plain_writing(table, numbers=numbers, time=time, locale=locale)
    found, problems = observe(
        table, plain, columns=columns, categories=categories, time=time, unit=unit, missing_labels=gone
    )
    single, merging, unmerged = merge_duplicates(found, asked.duplicates)
    problems += period_problems(single, whole=not table.misshapen)
    problems += [] if table.misshapen else unit_problems(single)
    rules = Rules(
        spends={columns[node] for node in spends},
        positive={columns[node] for node in positive},
        may_be_constant=set(columns.values()) - {name for node, name in columns.items() if node not in may_be_constant},
        may_be_missing=asked.missing != "error",
        explained={columns[node] for node in explained},
    )
    problems += [*unmerged, *column_problems(single, rules)]
    filled, filling, unfilled = fill_missing(single, asked.missing)
    if problems or unfilled:
        raise DataError(table.source, [*problems, *unfilled])
    written = (*plain.notes, *label_notes(table, labels=labels, missing=gone))
    changed = (*written, *_sorting(found), *merging, *filling, *flag_outliers(filled, asked))
    audit = (*changed, *oddities(filled))
    return _panel(filled, columns=columns, categories=categories, source=table.source, audit=audit)


def _panel(
    observed: Observed,
    *,
    columns: Mapping[str, str],
    categories: Collection[str],
    source: str,
    audit: tuple[AuditEntry, ...],
) -> Panel:
    levels = {node: observed.categories[columns[node]] for node in columns if node in categories}
    named = {node: levels[node].codes if node in levels else observed.values[name] for node, name in columns.items()}
    periods = frequency = None
    if observed.ordinals is not None and observed.form is not None:
        periods = labels_of(observed.ordinals, observed.form)
        frequency = rhythm_of(np.unique(observed.ordinals), observed.form).frequency
    return Panel(
        columns=named,
        periods=periods,
        time=None if periods is None else observed.time,
        frequency=frequency,
        source=source,
        audit=(*audit, *absences(observed, frequency)),
        unit=observed.unit,
        units=None if observed.units is None else np.array(observed.units.labels)[observed.units.codes],
        clock=observed.clock,
        levels={node: category.labels for node, category in levels.items()},
    )


def _sorting(observed: Observed) -> list[AuditEntry]:
    """Return an entry if the rows of the table, or of a unit in it, were in another order than that of time."""
    early = np.flatnonzero((np.diff(observed.row_numbers) < 0) & observed.same_unit)
    if observed.ordinals is None or not early.size:
        return []
    row = int(early[0]) + 1
    reason = f"the rows were not in order of time, as at row {observed.row_numbers[row]}"
    return [AuditEntry("sorted", reason, column=observed.time)]


def _require_answerable(
    clean: Clean,
    *,
    columns: Mapping[str, str],
    time: str | None,
    unit: str | None,
    nodes: Mapping[str, Collection[str]],
) -> None:
    for option, asked in nodes.items():
        for node in asked:
            if node not in columns:
                raise QueryError(
                    f"{option}: there is no node {node!r}{nearest(node, columns) or '.'} "
                    f"There are {', '.join(columns)}."
                )
    for option in ("spends", "positive"):
        for node in nodes[option]:
            if node in nodes["categories"]:
                raise QueryError(f"{option}: {node!r} is a category, and labels are no numbers. Leave it out of one.")
    if unit is not None and unit == time:
        raise QueryError(
            f"unit: {unit!r} is the period column too. Name the column of the geos, stores or other units."
        )
    if time is None and clean.missing == "interpolate":
        raise QueryError("clean: missing='interpolate' needs rows in time. Name their period column, or use 'model'.")
    if time is None and clean.duplicates != "error":
        raise QueryError(f"clean: duplicates={clean.duplicates!r} needs rows in time. Name their period column.")
