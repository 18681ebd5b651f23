"""Reading a table: its columns checked, cleaned where that was asked for, and put in order."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from os import PathLike
from typing import TYPE_CHECKING

import numpy as np

from bayes_roi.errors import DataError, QueryError, nearest
from bayes_roi.panel.audit import AuditEntry
from bayes_roi.panel.clean import Clean, Columns, as_clean
from bayes_roi.panel.labels import labels_of
from bayes_roi.panel.locale.locales import Locale
from bayes_roi.panel.observed import Observed
from bayes_roi.panel.oddities import oddities
from bayes_roi.panel.panel import Panel
from bayes_roi.panel.parts import Ask, columns_of, joined, read_part, shaped, summed
from bayes_roi.panel.periods import rhythm_of
from bayes_roi.panel.shaping.every import EVERY, MAY_BE, Every
from bayes_roi.panel.table import read_table
from bayes_roi.panel.units import absences

if TYPE_CHECKING:
    import pandas as pd

    Source = str | PathLike[str] | pd.DataFrame


def read_panel(
    source: Source | Sequence[Source],
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
    every: Every | None = None,
    averages: Collection[str] = (),
    weights: str | None = None,
) -> Panel:
    r"""Return the panel of a table, or raise one error that lists every problem of the columns asked for.

    Rows that are not in order of time are sorted, and numbers and dates of another locale are read as what its columns
    show them to be (1.234,50 €, 06.01.2025), which the audit tells; nothing else is changed, dropped or filled
    unless `clean` asks for it. Columns that are not asked for may hold anything.

    Parameters
    ----------
    source
        Path of a .csv, .tsv, .txt, .parquet or .xlsx file (its first sheet), or a DataFrame; or several of them, which
        are joined on their periods and units. A table with a row for each channel has the columns `spend_tv`,
        `spend_radio`, `clicks_tv` and so on.
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
    every
        "week", "month" or "week from Sunday" (or another day): days are put together. Spends, amounts by their name
        (clicks, revenue, orders) and what is explained are summed, all else is averaged.
    averages
        The nodes that are averaged, whatever their name, where days are put together; those of `positive` are too.
    weights
        The node of the size of each unit, in proportion to which the spends of a file without units are divided.

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
    asked, named = as_clean(clean), Columns(columns, spends, explained, categories)
    nodes = {
        "spends": spends,
        "categories": categories,
        "positive": positive,
        "may_be_constant": may_be_constant,
        "explained": explained,
        "averages": averages,
    }
    _require_answerable(asked, named, time=time, unit=unit, every=every, nodes=nodes)
    locale = Locale(decimal, day_first)
    ask = Ask(
        named,
        time,
        unit,
        asked,
        every,
        locale,
        set(positive),
        set(may_be_constant),
        set(averages),
        None if weights is None else columns[weights],
    )
    sources = list(source) if isinstance(source, Sequence) and not isinstance(source, str) else [source]
    if time is None and len(sources) > 1:
        raise QueryError(
            "several tables are joined on their periods. Name their column with time:, or join them first."
        )
    if not sources:
        raise QueryError("there is no table: the list of tables is empty. Name one, or several.")
    tables = shaped([read_table(one, time=time, unit=unit) for one in sources], ask)
    parts = [read_part(t, own, ask, several=len(tables) > 1) for t, own in columns_of(tables, ask)]
    for part in parts:
        if part.problems:
            raise DataError(part.source, part.problems)
    whole = joined(summed(parts, ask), ask)
    if whole.problems:
        raise DataError(whole.source, whole.problems)
    audit = (*whole.audit, *oddities(whole.observed))
    return _panel(whole.observed, columns=columns, categories=categories, source=whole.source, audit=audit)


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


def _require_answerable(
    clean: Clean,
    named: Columns,
    *,
    time: str | None,
    unit: str | None,
    every: str | None,
    nodes: Mapping[str, Collection[str]],
) -> None:
    for option, asked in nodes.items():
        for node in asked:
            if node not in named.columns:
                raise QueryError(
                    f"{option}: there is no node {node!r}{nearest(node, named.columns) or '.'} "
                    f"There are {', '.join(named.columns)}."
                )
    for option in ("spends", "positive"):
        for node in nodes[option]:
            if node in nodes["categories"]:
                raise QueryError(f"{option}: {node!r} is a category, and labels are no numbers. Leave it out of one.")
    if unit is not None and unit == time:
        raise QueryError(
            f"unit: {unit!r} is the period column too. Name the column of the geos, stores or other units."
        )
    if every is not None and every not in EVERY:
        raise QueryError(f"every must be {MAY_BE}, got {every!r}.")
    if time is not None:
        return
    if every is not None:
        raise QueryError(f"every={every!r} needs rows in time. Name their period column.")
    if "interpolate" in named.chosen(clean, "missing").values():
        raise QueryError("clean: missing='interpolate' needs rows in time. Name their period column, or use 'model'.")
    for option in ("duplicates", "gaps"):
        if (how := getattr(clean, option)) != "error":
            raise QueryError(f"clean: {option}={how!r} needs rows in time. Name their period column.")
    if set(named.chosen(clean, "smooth").values()) - {"keep"}:
        raise QueryError("clean: smooth needs rows in time. Name their period column.")
