"""The columns of a plan file that say what other nodes will be, a price or a promotion: one value a period."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from bayes_roi.decisions.scenarios.scenario import Scenario
from bayes_roi.errors import Problem, QueryError, nearest
from bayes_roi.inference.fit import Fit
from bayes_roi.model.language.model import Model
from bayes_roi.panel.cells import read_numbers
from bayes_roi.panel.problems import flaw_problems, summarised
from bayes_roi.panel.raw import RawTable, normalised
from bayes_roi.queries.horizon.history import LAST_YEAR, Forecast

Cells = Mapping[str, np.ndarray]
"""Node -> its cells (rows,), numbers or labels of a category; None where a cell is empty."""


def settable(model: Model) -> tuple[str, ...]:
    """Return the nodes that a plan may set: those measured but spend and the outcome."""
    return tuple(n for n in model.measured if n not in (*model.spends, model.outcome))


def read_nodes(table: RawTable, fit: Fit, known: Sequence[str]) -> tuple[dict[str, np.ndarray], list[Problem]]:
    """Return the cells of a table's node columns, and what is wrong with them; `known` are the plan's own columns.

    A column that is no node is the planner's own and is passed over, unless its name is nearly that of a node.
    """
    free = settable(fit.model)
    names = {fit.model.columns.get(n, n): n for n in free} | {n: n for n in free}
    found: dict[str, np.ndarray] = {}
    problems: list[Problem] = []
    for i, header in enumerate(table.header):
        name = normalised(header)
        node = names.get(name)
        if name in known or not name:
            continue
        if node is None:
            what = _odd(name, fit.model, tuple(names))
            problems += [Problem(what, "rename the column, or leave it out", name)] if what else []
        elif node in found:
            problems.append(Problem(f"two columns say what {node} will be", "keep one of them", name))
        else:
            found[node], own = _cells(table, i, node, fit)
            problems += own
    return found, problems


def _odd(name: str, model: Model, free: Sequence[str]) -> str:
    """Return why a column that is no node of a plan cannot be passed over; empty where it can."""
    if name == model.outcome:
        return f"{name} is the outcome, which the plan is asked about"
    if name in model.spends:
        return f"{name} is spend, which the rows of its channel say"
    hint = nearest(name, free)
    return f"there is no node {name!r}{hint}" if hint else ""


def _cells(table: RawTable, column: int, node: str, fit: Fit) -> tuple[np.ndarray, list[Problem]]:
    blocked = table.blocked(column)
    if blocked is not None:
        return np.full(len(table.row_numbers), None), [blocked]
    cells = table.column(column)
    if node in fit.data.levels:
        texts = [None if c is None or c != c or not str(c).strip() else str(c).strip() for c in cells.tolist()]
        levels = fit.data.levels[node]
        odd = [
            Problem(
                f"{node} has no category {t!r}{nearest(t, levels)}", f"write one of {', '.join(levels)}", node, int(r)
            )
            for t, r in zip(texts, table.row_numbers, strict=True)
            if t is not None and t not in levels
        ]
        return np.array(texts, dtype=object), summarised(odd, "cells", node)
    read = read_numbers(cells)
    values = read.values.astype(object)
    values[np.isnan(read.values)] = None
    return values, flaw_problems(read.flaws, node, table.row_numbers)


def by_period(
    cells: Cells, periods: np.ndarray, numbers: np.ndarray, calendar: Sequence[str], of: str
) -> tuple[dict[str, np.ndarray], list[Problem]]:
    """Return node -> its value in each period of one plan, and what is wrong; a column that is empty sets nothing.

    A value may stand in one of a period's rows or in several, where it must be the same.
    """
    found: dict[str, np.ndarray] = {}
    problems: list[Problem] = []
    for node, values in cells.items():
        filled = [i for i, v in enumerate(values.tolist()) if v is not None]
        if not filled:
            continue
        first: dict[str, int] = {}
        for i in filled:
            at = first.setdefault(str(periods[i]), i)
            if values[at] != values[i]:
                what = f"{node} is {values[i]} in {periods[i]}{of}, and {values[at]} in row {numbers[at]}"
                problems.append(Problem(what, "a node has one value a period", node, int(numbers[i])))
        gone = [p for p in calendar if p not in first]
        if gone:
            more = f" and {len(gone) - 1} more" if len(gone) > 1 else ""
            what = f"{node} lacks {gone[0]}{more}{of}"
            problems.append(Problem(what, "give it a value in each period, or leave the column empty", node))
        else:
            found[node] = np.array([values[first[p]] for p in calendar])
    return found, problems


def written(plans: Sequence[Scenario]) -> dict[str, list[list[object]]]:
    """Return node -> its values by plan and period, as a file has them; an empty text where a plan does not set it.

    Raises
    ------
    QueryError
        When a plan assumes something that one value a period cannot say.
    """
    named = dict.fromkeys(n for s in plans for n, x in s.nodes.items() if not _is_last_year(x))
    return {node: [_values(s, node) for s in plans] for node in named}


def _is_last_year(given: Forecast) -> bool:
    return isinstance(given, str) and given == LAST_YEAR


def _values(plan: Scenario, node: str) -> list[object]:
    given = plan.nodes.get(node, LAST_YEAR)
    if _is_last_year(given):
        return [""] * plan.periods
    values = np.asarray(given)
    if (isinstance(given, str) and given == "mean") or values.ndim > 1 or (values.ndim and len(values) < plan.periods):
        raise QueryError(f"{plan.name!r}: a plan file holds one value of {node!r} a period; give numbers instead")
    each: list[object] = np.broadcast_to(values[: plan.periods] if values.ndim else values, plan.periods).tolist()
    return each
