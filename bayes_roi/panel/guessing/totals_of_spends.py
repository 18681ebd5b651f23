"""Spends that are totals of the others: a channel more, whose money would count twice."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from bayes_roi.panel.guessing.guessed import Guess
from bayes_roi.panel.guessing.shape import Column
from bayes_roi.panel.locale.role_words import word_of

LEAST_SPENDS = 3
"""Of two spends that are alike none is the sum of the other."""
ROUNDED = 0.01
"""How far a cell of a sum may be off for each number in it, as money is rounded."""


def totals_of_spends(spends: Sequence[Column]) -> dict[str, Guess]:
    """Return the spends that are the sum of the others, or are called a total and nowhere less than one of them."""
    found: dict[str, Guess] = {}
    for column in spends if len(spends) >= LEAST_SPENDS else ():
        total = np.nan_to_num(column.numbers)
        others = [np.nan_to_num(c.numbers) for c in spends if c is not column and c.name not in found]
        if np.allclose(total, np.sum(others, axis=0), atol=ROUNDED * len(others)):
            found[column.name] = _left(column, "the sum of the other spends")
        elif word_of(column.name, "total") and all(np.all(total >= other) for other in others):
            found[column.name] = _left(column, "a total of spends by its name")
    return found


def _left(column: Column, what: str) -> Guess:
    return Guess(column.name, "left out", f"{what}, whose money would count twice")
