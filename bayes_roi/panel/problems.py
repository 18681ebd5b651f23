"""Flaws and problems as they are told: each for itself while a kind has few, else as one with their number and rows."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from bayes_roi.errors import Problem
from bayes_roi.panel.cells import Flaw

SHOWN = 5
"""Problems of one kind in a column that are told each for itself; more are told as one, with so many of their rows."""


def flaw_problems(flaws: Sequence[tuple[int, Flaw]], column: str | None, row_numbers: np.ndarray) -> list[Problem]:
    """Return the problems that flaws amount to, as one for a kind of which there are many."""
    kinds: dict[str, list[tuple[int, Flaw]]] = {}
    for row, flaw in flaws:
        kinds.setdefault(flaw.kind, []).append((row, flaw))
    shown: list[Problem] = []
    counted: list[Problem] = []
    for same in kinds.values():
        first = [_problem(flaw, column, row_numbers, row) for row, flaw in same[:SHOWN]]
        (shown if len(same) <= SHOWN else counted).extend(summarised(first, "cells", column, count=len(same)))
    return sorted(shown, key=lambda problem: problem.row or 0) + counted


def summarised(
    problems: Sequence[Problem], of_what: str, column: str | None, *, count: int | None = None
) -> list[Problem]:
    """Return problems of one kind as they are where they are few, else as one with their number and first rows.

    `problems` may be the first few only, where `count` says how many there are.

    >>> str(*summarised([Problem("empty", "fill it in", "tv", row) for row in range(2, 20)], "cells", "tv"))
    "column 'tv': 18 cells, in rows 2, 3, 4, 5, 6 and 13 more, such as: empty; fill it in"
    """
    count = len(problems) if count is None else count
    if count <= SHOWN:
        return list(problems)
    rows = [str(problem.row) for problem in problems[:SHOWN] if problem.row is not None]
    where = f", in rows {', '.join(rows)} and {count - len(rows):,} more" if rows else ""
    return [Problem(f"{count:,} {of_what}{where}, such as: {problems[0].what}", problems[0].mend, column)]


def by_kind(problems: Sequence[Problem], of_what: str, column: str | None) -> list[Problem]:
    """Return problems of several kinds, told apart by how they are mended, with those of a frequent kind as one."""
    kinds: dict[str, list[Problem]] = {}
    for problem in problems:
        kinds.setdefault(problem.mend, []).append(problem)
    lines = [found for same in kinds.values() for found in summarised(same, of_what, column)]
    return sorted(lines, key=lambda problem: problem.row or 0)


def _problem(flaw: Flaw, column: str | None, row_numbers: np.ndarray, row: int) -> Problem:
    return Problem(flaw.what, flaw.mend, column, int(row_numbers[row]) if row >= 0 else None)
