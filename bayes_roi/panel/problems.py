"""Flaws and problems as they are told: the first few of a kind, and the number of the others."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from bayes_roi.errors import Problem
from bayes_roi.panel.cells import Flaw

SHOWN = 5  # of each kind of problem in a column; the rest is counted


def flaw_problems(flaws: Sequence[tuple[int, Flaw]], column: str | None, row_numbers: np.ndarray) -> list[Problem]:
    """Return the problems that flaws amount to, the first few of each kind and the number of the others."""
    kinds: dict[str, list[tuple[int, Flaw]]] = {}
    for row, flaw in flaws:
        kinds.setdefault(flaw.kind, []).append((row, flaw))
    shown: list[Problem] = []
    counted: list[Problem] = []
    for same in kinds.values():
        first = [_problem(flaw, column, row_numbers, row) for row, flaw in same[:SHOWN]]
        shown += first
        counted += capped(first, "cells", column, count=len(same))[len(first) :]
    return sorted(shown, key=lambda problem: problem.row or 0) + counted


def capped(problems: Sequence[Problem], of_what: str, column: str | None, *, count: int | None = None) -> list[Problem]:
    """Return the first few problems of one kind, and one more that counts the others.

    >>> str(capped([Problem("empty", "fill it in", "tv", row) for row in range(2, 20)], "cells", "tv")[-1])
    "column 'tv': and 13 more cells like these; mend them in the same way"
    """
    more = (len(problems) if count is None else count) - SHOWN
    shown = list(problems[:SHOWN])
    if more > 0:
        of_what = of_what if more > 1 else of_what.removesuffix("s")
        shown.append(Problem(f"and {more:,} more {of_what} like these", "mend them in the same way", column))
    return shown


def _problem(flaw: Flaw, column: str | None, row_numbers: np.ndarray, row: int) -> Problem:
    return Problem(flaw.what, flaw.mend, column, int(row_numbers[row]) if row >= 0 else None)
