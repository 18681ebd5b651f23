"""A column of labels, such as a unit or a category, to codes; and what keeps a cell from being a label.

A label is text, a whole number or true and false, and is kept as text: 7, 7.0 and "7" are the label 7, True and "TRUE"
the label true.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import numpy as np

from bayes_roi.panel.cells import EXCEL_ERRORS, MISSING, Flaw
from bayes_roi.plain_text import shown, steering

WHOLE = re.compile(r"([+-]?\d+)\.0*", re.ASCII)
DECIMAL = re.compile(r"[+-]?\d*[.,]\d+", re.ASCII)
MOST_LABEL = 200
"""Characters of a label, which stands in tables and figures."""
INTEGER = re.compile(r"[+-]?\d+", re.ASCII)


@dataclass(frozen=True, eq=False)
class Category:
    """A column of labels: `labels[codes]` are the labels of the rows."""

    labels: tuple[str, ...]
    codes: np.ndarray  # (rows,) int64

    def take(self, rows: np.ndarray) -> Category:
        """Return the rows asked for, in that order."""
        return Category(self.labels, self.codes[rows])

    def label(self, row: int) -> str:
        """Return the label of a row."""
        return self.labels[self.codes[row]]

    def in_order(self) -> Category:
        """Return the same rows with the labels sorted: as numbers where all of them are, else as text.

        >>> Category(("10", "9"), np.array([0, 1, 0])).in_order().labels
        ('9', '10')
        """
        numbered = all(INTEGER.fullmatch(label) for label in self.labels)
        labels = sorted(self.labels, key=lambda label: (int(label) if numbered else 0, label))
        place = {label: i for i, label in enumerate(labels)}
        return Category(tuple(labels), np.array([place[label] for label in self.labels], dtype=np.int64)[self.codes])


def read_category(cells: np.ndarray, missing: Collection[str] = MISSING) -> tuple[Category, list[tuple[int, Flaw]]]:
    """Return a column as labels in the order in which they first appear, and the flaws of its cells by position.

    `missing` are the words that stand for a missing label, in lower case.

    >>> read_category(np.array(["north", "south", "north"], dtype=object))[0].codes
    array([0, 1, 0])
    """
    if cells.dtype.kind == "M":
        return Category((), np.full(cells.size, -1)), [(-1, _no_label("the column holds dates"))]
    read = [read_label(cell, missing) for cell in cells.tolist()]
    places = {label: i for i, label in enumerate(dict.fromkeys(label for label in read if isinstance(label, str)))}
    codes = np.array([places[label] if isinstance(label, str) else -1 for label in read], dtype=np.int64)
    flaws = [(i, label) for i, label in enumerate(read) if isinstance(label, Flaw)]
    return Category(tuple(places), codes), flaws


def read_label(cell: object, missing: Collection[str] = MISSING) -> str | Flaw:
    """Return the label that a cell holds, or what is wrong with it.

    >>> read_label(7.0), read_label(" North "), read_label("TRUE")
    ('7', 'North', 'true')
    >>> read_label("none").what
    "'none' stands for a missing label"
    """
    if isinstance(cell, str):
        return _from_text(cell.strip(), missing)
    if cell is None:
        return _missing("the label is missing")
    if isinstance(cell, bool | np.bool_):
        return str(bool(cell)).lower()
    if isinstance(cell, int | float | np.integer | np.floating | Decimal):
        return _from_number(cell)
    return _no_label(f"{cell!s:.40} is no label")


def _from_number(number: Any) -> str | Flaw:
    if number != number:
        return _missing("the label is missing")
    whole = np.isfinite(float(number)) and number == int(number)
    return str(int(number)) if whole else _no_label(f"{number} is no label")


def _from_text(text: str, missing: Collection[str]) -> str | Flaw:
    folded = text.casefold()
    if not text:
        return _missing("the label is missing")
    if folded in missing:
        return _missing(f"{shown(text)} stands for a missing label")
    if folded in EXCEL_ERRORS:
        return Flaw("excel", f"the cell holds the spreadsheet error {text}", "mend the formula or write the label")
    if folded in {"true", "false"}:
        return folded
    if match := WHOLE.fullmatch(text):
        return match[1]
    if DECIMAL.fullmatch(text):
        return _no_label(f"{text:.40} is no label")
    if len(text) > MOST_LABEL:
        return Flaw("label", f"{shown(text)} has {len(text):,} characters", f"write a label of {MOST_LABEL} at most")
    if (odd := steering(text)) is not None:
        return Flaw("label", f"{shown(text)} holds the character {odd}", "write a label on one line, without it")
    return text


def _missing(what: str) -> Flaw:
    return Flaw("missing", what, "give every row a label, such as 'other' where none of the others holds")


def _no_label(what: str) -> Flaw:
    return Flaw("label", what, "write a label: text, a whole number, or true and false")
