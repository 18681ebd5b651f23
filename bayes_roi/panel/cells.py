"""One cell to a number, or to what is wrong with it; and whole columns of cells at numpy speed."""

from __future__ import annotations

import datetime
import math
import re
import unicodedata
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import numpy as np

from bayes_roi.plain_text import shown

DASHES = frozenset({"-", "--", "–", "—"})
"""What reports write into a cell without a number."""
MISSING = frozenset({"", "na", "n/a", "nan", "null", "none", "<na>", "nat", *DASHES})
INFINITE = frozenset({"inf", "+inf", "-inf", "infinity", "+infinity", "-infinity", "∞", "+∞", "-∞"})
EXCEL_ERRORS = frozenset({"#ref!", "#div/0!", "#value!", "#name?", "#num!", "#null!", "#n/a", "#spill!", "#calc!"})

PLAIN = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?", re.ASCII)
COMMA_GROUPS = re.compile(r"[+-]?[1-9]\d{0,2}(,\d{3})+(\.\d+)?", re.ASCII)
DOT_GROUPS = re.compile(r"[+-]?[1-9]\d{0,2}(\.\d{3})+(,\d+)?", re.ASCII)
OTHER_GROUPS = re.compile(r"[+-]?[1-9]\d{0,2}([\s'’_]\d{3})+([.,]\d+)?")
DECIMAL_COMMA = re.compile(r"[+-]?\d*,\d+", re.ASCII)
CURRENCY_CODE = re.compile(r"[A-Z]{3}\s*[+-]?\d[\d.,\s]*|[+-]?\d[\d.,\s]*[A-Z]{3}", re.ASCII)


@dataclass(frozen=True)
class Flaw:
    """What is wrong with a cell and how to mend it; flaws of one `kind` are counted together."""

    kind: str
    what: str
    mend: str


@dataclass(frozen=True, eq=False)
class Numbers:
    """A column read as numbers: NaN where the cell is missing, infinite where it is flawed."""

    values: np.ndarray  # (rows,) float64
    flaws: tuple[tuple[int, Flaw], ...] = ()  # position in `values`, and what is wrong there


def read_number(cell: object) -> float | Flaw:
    """Return the number in a cell, NaN if the cell is missing, or the flaw that keeps it from being a number.

    >>> read_number(" 12.5 ")
    12.5
    >>> read_number("1.234,5").mend
    'write 1234.5'
    """
    if cell is None:
        return math.nan
    if isinstance(cell, Flaw):
        return cell
    if isinstance(cell, str):
        return _from_text(cell.strip())
    if isinstance(cell, bool | np.bool_):
        return _boolean(cell)
    if isinstance(cell, int | float | np.integer | np.floating | Decimal):
        return _finite(cell)
    if isinstance(cell, datetime.date | datetime.time | np.datetime64):
        return Flaw("date", f"the cell holds the date {cell}, not a number", "format and fill the cell as a number")
    return _not_a_number(cell)


def read_numbers(cells: np.ndarray, *, text: bool = True) -> Numbers:
    """Return a column as numbers; `text=False` where the file format has types, so that text is a mistake.

    >>> read_numbers(np.array(["1", "", "2e1"], dtype=object)).values
    array([ 1., nan, 20.])
    """
    if cells.dtype.kind in "fiu":
        return _from_floats(cells.astype(np.float64, copy=False))
    if cells.dtype.kind == "b":
        return _all_flawed(cells, _boolean_column())
    if cells.dtype.kind == "M":
        return _all_flawed(cells, Flaw("date", "the column holds dates, not numbers", "store it as numbers"))
    if not text and any(cell is not None for cell in cells):
        example = next(cell for cell in cells if cell is not None)
        what = f"the column holds values such as {_shown(example)}, not numbers"
        return _all_flawed(cells, Flaw("text", what, "store the column as numbers (float64)"))
    listed = cells.tolist()
    quick = _quickly(listed)
    return Numbers(quick) if quick is not None else _cell_by_cell(listed)


def _from_floats(values: np.ndarray) -> Numbers:
    infinite = np.flatnonzero(np.isinf(values))
    return Numbers(values, tuple((int(i), _infinite(values[i])) for i in infinite))


def _all_flawed(cells: np.ndarray, flaw: Flaw) -> Numbers:
    return Numbers(np.full(cells.size, np.inf), ((-1, flaw),))  # -1: the column, not a row


def _quickly(cells: list[Any]) -> np.ndarray | None:
    """Return all cells as finite numbers in one go, or None where one of them needs a closer look.

    Python reads "1_000" and digits of other scripts as numbers; those are left to the closer look.
    """
    kinds = set(map(type, cells))
    if kinds == {str}:
        everything = "".join(cells)
        if "_" in everything or not everything.isascii():
            return None
    elif not kinds <= {int, float}:
        return None
    try:
        values = np.array(cells, dtype=np.float64)
    except (ValueError, OverflowError):
        return None
    return values if np.isfinite(values).all() else None


def _cell_by_cell(cells: list[Any]) -> Numbers:
    values = np.full(len(cells), np.inf)
    flaws: list[tuple[int, Flaw]] = []
    for i, cell in enumerate(cells):
        number = read_number(cell)
        if isinstance(number, Flaw):
            flaws.append((i, number))
        else:
            values[i] = number
    return Numbers(values, tuple(flaws))


def _finite(number: Any) -> float | Flaw:
    try:
        value = float(number)
    except OverflowError:
        return _infinite(number)
    return _infinite(value) if math.isinf(value) else value


def _from_text(text: str) -> float | Flaw:
    if PLAIN.fullmatch(text):
        value = float(text)
        return _infinite(text) if math.isinf(value) else value
    folded = text.casefold()
    if folded in MISSING:
        return math.nan
    if folded in INFINITE:
        return _infinite(text)
    if folded in EXCEL_ERRORS:
        return Flaw("excel", f"the cell holds the spreadsheet error {text}", "mend the formula or write the number")
    if folded in {"true", "false"}:
        return _boolean(folded == "true")
    return _written_otherwise(text) or _not_a_number(text)


def _written_otherwise(text: str) -> Flaw | None:
    """Return the flaw of a number that is there, but not written plainly: 1,234.50, 12,5, 30 %, € 20."""
    if any(unicodedata.category(sign) == "Sc" for sign in text) or CURRENCY_CODE.fullmatch(text):
        return Flaw("currency", f"{shown(text)} has a currency sign", "write the number alone, such as 1234.5")
    if "%" in text:
        mend = "write the number alone, a share (0.35) or a percentage (35), the same way in the whole column"
        return Flaw("percent", f"{shown(text)} has a percent sign", mend)
    if COMMA_GROUPS.fullmatch(text) and text.count(",") == 1 and "." not in text:
        as_thousands, as_decimal = text.replace(",", ""), text.replace(",", ".")
        what = f"{shown(text)} has a comma, for thousands or for decimals"
        return Flaw("thousands", what, f"write {as_thousands:.60} or {as_decimal:.60}, whichever is meant")
    if COMMA_GROUPS.fullmatch(text):
        return _thousands(text, text.replace(",", ""))
    if DOT_GROUPS.fullmatch(text):
        return _thousands(text, text.replace(".", "").replace(",", "."))
    if OTHER_GROUPS.fullmatch(text):
        return _thousands(text, re.sub(r"[\s'’_]", "", text).replace(",", "."))
    if DECIMAL_COMMA.fullmatch(text):
        return Flaw("comma", f"{shown(text)} has a decimal comma", f"write {text.replace(',', '.'):.60}")
    return None


def _thousands(text: str, plain: str) -> Flaw:
    return Flaw("thousands", f"{shown(text)} has thousands separators", f"write {plain:.60}")


def _infinite(value: object) -> Flaw:
    return Flaw("infinite", f"{value!s:.40} is not a finite number", "write the number, or leave the cell empty")


def _boolean(value: object) -> Flaw:
    return Flaw("boolean", f"the cell is {str(value).lower()}, not a number", "write 1 for true and 0 for false")


def _boolean_column() -> Flaw:
    return Flaw("boolean", "the column holds true and false, not numbers", "store 1 for true and 0 for false")


def _not_a_number(cell: object) -> Flaw:
    mend = "write a number with a point for decimals, or leave the cell empty if it is missing"
    return Flaw("text", f"{_shown(cell)} is not a number", mend)


def _shown(cell: object) -> str:
    text = repr(cell)
    return text if len(text) <= 40 else f"{text[:37]}..."
