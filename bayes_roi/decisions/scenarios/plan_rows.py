"""The rows of a plan's table, read cell by cell, and the names that may stand in them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from bayes_roi.decisions.scenarios.scenario_nodes import read_nodes
from bayes_roi.errors import DataError, Problem
from bayes_roi.inference.fit import Fit
from bayes_roi.numbers import plain
from bayes_roi.panel.cells import read_numbers
from bayes_roi.panel.labels import labels_of
from bayes_roi.panel.periods import read_periods
from bayes_roi.panel.problems import SHOWN, flaw_problems, summarised
from bayes_roi.panel.raw import RawTable, likely, normalised
from bayes_roi.plain_text import shown, steering
from bayes_roi.spreadsheet import unquoted

COLUMNS = ("period", "channel", "spend")
MOST_NAME = 200
"""Characters of the name of a scenario."""
NAME = "scenario"


@dataclass(frozen=True, eq=False)
class PlanRows:
    """The rows of a plan file as they were read; `numbers` are their rows in the file."""

    names: np.ndarray
    periods: np.ndarray  # labels as text
    channels: np.ndarray
    spend: np.ndarray
    numbers: np.ndarray
    nodes: Mapping[str, np.ndarray]


def of_plan(rows: PlanRows, name: str) -> PlanRows:
    """Return the rows of one plan."""
    own = rows.names == name
    names, periods, channels, spend, numbers = (
        x[own] for x in (rows.names, rows.periods, rows.channels, rows.spend, rows.numbers)
    )
    return PlanRows(names, periods, channels, spend, numbers, {n: x[own] for n, x in rows.nodes.items()})


def read_rows(table: RawTable, fit: Fit, called: str) -> tuple[PlanRows, list[Problem]]:
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
    problems += summarised(empty, "cells", "spend")
    negative = [(int(i), spend.values[i]) for i in np.flatnonzero(spend.values < 0)]
    faults = [
        Problem(f"the spend is negative, {plain(x)}", "write 0 or more", "spend", int(numbers[i])) for i, x in negative
    ]
    problems += summarised(faults, "cells", "spend")
    read = read_periods(cells["period"])
    problems += flaw_problems(read.flaws, "period", numbers)
    channels = np.array(["" if c is None else normalised(unquoted(str(c))) for c in cells["channel"].tolist()])
    problems += _unknown(channels, fit, numbers)
    names = np.full(len(channels), called, dtype=object)
    if any(normalised(h) == NAME for h in table.header):
        names, odd = _names(table, called)
        problems += odd
    labels = labels_of(read.ordinals, read.form).astype(str)
    nodes, odd = read_nodes(table, fit, (*COLUMNS, NAME))
    return PlanRows(names, labels, channels, spend.values, numbers, nodes), problems + odd


def _names(table: RawTable, called: str) -> tuple[np.ndarray, list[Problem]]:
    """Return the scenario of each row, `called` where its cell is empty, and what cannot be one."""
    position = next(i for i, h in enumerate(table.header) if normalised(h) == NAME)
    cells = ["" if c is None or c != c else str(c).strip() for c in table.column(position).tolist()]
    names = [unquoted(cell) if cell else called for cell in cells]
    odd = {name: why for name in dict.fromkeys(names) if (why := no_name(name)) is not None}
    faults = [
        Problem(
            f"the scenario {shown(name)} {why}", "name it otherwise", NAME, int(table.row_numbers[names.index(name)])
        )
        for name, why in odd.items()
    ]
    return np.array(names, dtype=object), summarised(faults, "cells", NAME)


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
    return summarised(found, "names", "channel", count=len(odd))


def no_name(text: str) -> str | None:
    """Return why a text cannot name a scenario, or None."""
    if (odd := steering(text)) is not None:
        return f"holds the character {odd}"
    if len(text) > MOST_NAME:
        return f"has {len(text):,} characters, more than {MOST_NAME}"
    return None if text.strip() == text and text else "begins or ends with a blank, or is empty"
