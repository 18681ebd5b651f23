"""A table in any locale to one in plain writing: 1234.5 for 1.234,5 and EUR 1'234.50, 2025-01-06 for 06.01.2025.

The whole column decides, then the other columns, then what the reader was told. What is settled is said in the audit;
what is open, such as columns in which every number is like 1.234 or every day is 12 at most, is asked once.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from bayes_roi.errors import Problem, QueryError
from bayes_roi.panel.audit import AuditEntry
from bayes_roi.panel.cells import DASHES, MISSING, PLAIN, Flaw
from bayes_roi.panel.locale.plain_dates import Order, order_of, plain_date
from bayes_roi.panel.locale.plain_numbers import (
    PERCENT,
    Decimals,
    decimals_of,
    magnitude_name,
    minus_first,
    plain_number,
    sign_of,
)
from bayes_roi.panel.raw import RawTable
from bayes_roi.plain_text import shown

WORDS = frozenset({"na", "none", *DASHES})
"""Words for a missing cell that may be a label as well, such as a region NA or a promotion none."""
TRUE = ("true", "yes", "y", "ja", "j", "wahr", "oui", "vrai", "sí", "si", "verdadero", "是", "有")
FALSE = ("false", "no", "n", "nein", "falsch", "non", "faux", "falso", "否", "无")
TRUTHS = {**dict.fromkeys(TRUE, "1"), **dict.fromkeys(FALSE, "0")}
MARKS = {".": "decimal points", ",": "decimal commas"}
GROUPS = {".": "points", ",": "commas", " ": "blanks", "'": "apostrophes"}


@dataclass(frozen=True)
class Locale:
    """What the reader was told of a table's writing; None where the table is to say it.

    Raises
    ------
    QueryError
        If the decimal mark is neither a point nor a comma, or day_first is no truth value.
    """

    decimal: str | None = None
    day_first: bool | None = None

    def __post_init__(self) -> None:
        if self.decimal not in (None, ".", ","):
            raise QueryError(f"decimal must be '.' or ',', got {self.decimal!r}")
        if self.day_first not in (None, True, False):
            raise QueryError(f"day_first must be True or False, got {self.day_first!r}")


@dataclass(frozen=True, eq=False)
class WrittenColumn:
    """The cells of one column, and how they write decimals."""

    name: str
    position: int
    cells: np.ndarray  # (rows,)
    decimals: Decimals | None = None  # None where the cells are no text


def in_plain_writing(table: RawTable, *, numbers: Collection[str], time: str | None, locale: Locale) -> RawTable:
    """Return a table whose numbers, truth values and dates are in plain writing; its notes say what was rewritten.

    A column that cannot be settled is blocked by the question, the same for all columns.
    """
    columns = [_column(table, name) for name in numbers if not isinstance(table.find(name), Problem)]
    dates = None if time is None or isinstance(table.find(time), Problem) else _column(table, time)
    marks = {c.position: _decimal(c, columns, locale) for c in columns if c.decimals is not None}
    order = Order() if dates is None else order_of(dates.cells, locale.day_first)
    asking = [c for c in columns if c.position in marks and marks[c.position] is None]
    dating = [dates] if dates is not None and order.open else []
    question = _question(asking, dating)
    rewritten: dict[int, np.ndarray] = {}
    notes: list[tuple[str, str]] = []  # manner of writing, column
    for column in columns:
        mark = marks.get(column.position)
        cells, manner = _plain_column(column.cells, mark) if mark else _as_numbers(column.cells)
        rewritten[column.position] = cells
        notes += [(manner, column.name)] if manner else []
    if dates is not None and order.manner and not order.open:
        rewritten[dates.position] = _objects([plain_date(cell, order) for cell in dates.cells.tolist()])
        notes.append((order.manner, dates.name))
    blocked = {c.position: question for c in (*asking, *dating)}
    return replace(
        table,
        column=lambda position: rewritten[position] if position in rewritten else table.column(position),
        blocked=lambda position: blocked.get(position) or table.blocked(position),
        notes=(*table.notes, *_entries(notes)),
    )


def labels_missing(table: RawTable, *, labels: Collection[str], numbers: Collection[str]) -> frozenset[str]:
    """Return the words that stand for a missing label: NA and none do where numbers of the table are missing so too."""
    if not any(_words(table, name) for name in labels):
        return MISSING
    return MISSING - (WORDS - set().union(*(_words(table, name) for name in numbers)))


def label_notes(table: RawTable, *, labels: Collection[str], missing: Collection[str]) -> tuple[AuditEntry, ...]:
    """Return an entry for each column in which a word for a missing cell is read as a label."""
    found = {name: sorted(_words(table, name) - set(missing)) for name in labels}
    return tuple(
        AuditEntry("read", f"{' and '.join(map(shown, words))} is read as a label, not as a missing one", column=name)
        for name, words in found.items()
        if words
    )


def _words(table: RawTable, name: str) -> set[str]:
    position = table.find(name)
    if isinstance(position, Problem) or (cells := table.column(position)).dtype != object:
        return set()
    return set(WORDS) & {cell.strip().casefold() for cell in set(filter(_is_text, cells.tolist()))}


def _is_text(cell: object) -> bool:
    return isinstance(cell, str)


def _column(table: RawTable, name: str) -> WrittenColumn:
    position = table.find(name)
    assert isinstance(position, int)
    cells = table.column(position)
    text = cells.dtype == object and not table.typed
    texts = [cell.strip() for cell in cells.tolist() if isinstance(cell, str)] if text else []
    return WrittenColumn(name, position, cells, decimals_of(texts) if texts else None)


def _decimal(column: WrittenColumn, columns: Sequence[WrittenColumn], locale: Locale) -> str | None:
    """Return the decimal mark of a column: as told, as its own cells have it, as all other columns do, or None."""
    assert column.decimals is not None
    if locale.decimal is not None:
        return locale.decimal
    if not column.decimals.open:
        return column.decimals.mark or "."
    others = {c.decimals.mark for c in columns if c.decimals is not None and not c.decimals.open} - {None}
    return others.pop() if len(others) == 1 else None


def _plain_column(cells: np.ndarray, mark: str) -> tuple[np.ndarray, str]:
    """Return text cells as plain numbers, and how they were written; empty where they were plain."""
    listed = cells.tolist()
    if mark == "." and all(isinstance(cell, str) and PLAIN.fullmatch(cell) for cell in listed):
        return cells, ""
    filled = [cell for cell in listed if not _is_missing(cell)]
    if filled and all(map(_is_truth, filled)):
        return _truths(listed, cells)
    signs = {sign for c in filled if isinstance(c, str) and (sign := sign_of(c))}
    sign = next(iter(signs)) if len(signs) == 1 else ""
    if sign == PERCENT and any(not isinstance(c, str) or not sign_of(c) for c in filled):
        sign = ""  # 5 beside 3 % may be a share
    changed, example, groups, shortened = list(listed), "", set[str](), set[str]()
    for i, cell in enumerate(listed):
        if not isinstance(cell, str):
            continue
        plain = plain_number(cell, mark, sign)
        if plain is None and mark == "," and PLAIN.fullmatch(cell.strip()):
            changed[i] = _with_a_point(cell.strip())
        if plain is None or plain.text == cell.strip():
            continue
        changed[i], groups = plain.text, groups | plain.groups
        shortened |= {plain.magnitude} - {""}
        example = max(example, cell.strip(), key=len)
    if not example:
        return _objects(changed), ""
    manner = [f"numbers such as {shown(example)} are read with {MARKS[mark]}"]
    manner += [f"{GROUPS[group]} between thousands" for group in sorted(groups)]
    manner += [f"the sign {shown(sign)}"] if sign else []
    manner += [f"{shown(short)} for {magnitude_name(short)}" for short in sorted(shortened)]
    turned = next((cell for cell in filled if isinstance(cell, str) and minus_first(cell) != cell), None)
    manner += [f"a minus in {shown(turned)}"] if turned else []
    return _objects(changed), ", ".join(manner)


def _with_a_point(text: str) -> Flaw:
    what = f"{shown(text)} has a decimal point, where decimal commas were said"
    return Flaw("point", what, f"write {text.replace('.', ',', 1):.60}, or say decimal='.' (--decimal .)")


def are_truths(texts: Sequence[str]) -> bool:
    """Whether texts are yes and no in some language.

    >>> are_truths(["yes", "No"]), are_truths(["是", "否"]), are_truths(["1", "0"]), are_truths(["yes", "maybe"])
    (True, True, False, False)
    """
    return all(map(_is_truth, texts)) and any(text.strip().casefold() in TRUTHS for text in texts)


def _is_truth(cell: object) -> bool:
    if isinstance(cell, str):
        return cell.strip().casefold() in {*TRUTHS, "0", "1"}
    return isinstance(cell, int | float) and cell in (0, 1)


def _is_missing(cell: object) -> bool:
    if isinstance(cell, str):
        return cell.strip().casefold() in MISSING
    return cell is None or (isinstance(cell, float) and cell != cell)


def _truths(listed: list[Any], cells: np.ndarray) -> tuple[np.ndarray, str]:
    if not any(str(cell).strip().casefold() in TRUTHS for cell in listed):
        return cells, ""
    plain = [TRUTHS.get(str(cell).strip().casefold(), cell) for cell in listed]
    said = sorted({str(cell).strip() for cell in listed if str(cell).strip().casefold() in TRUTHS}, key=_truth)
    if {word.casefold() for word in said} <= {"true", "false"}:
        return _objects(plain), "true and false are read as 1 and 0"
    return _objects(plain), ", ".join(f"{shown(word)} is read as {_truth(word)}" for word in said)


def _truth(word: str) -> str:
    return TRUTHS[word.casefold()]


def _as_numbers(cells: np.ndarray) -> tuple[np.ndarray, str]:
    """Return truth values as 1 and 0, and other cells that are no text as they are."""
    if cells.dtype.kind == "b":
        values = np.ma.filled(np.ma.asarray(cells).astype(np.float64), np.nan)
        return values, "true and false are read as 1 and 0"
    if cells.dtype == object and any(isinstance(cell, bool) for cell in cells.tolist()):
        return _plain_column(cells, ".")
    return cells, ""


def _entries(notes: Sequence[tuple[str, str]]) -> tuple[AuditEntry, ...]:
    """Return an entry for each manner of writing with its first example, and its columns where there are several."""
    first: dict[str, str] = {}
    columns: dict[str, list[str]] = {}
    for manner, name in notes:
        said = first.setdefault(manner.partition(" are read ")[2] or manner, manner)
        columns.setdefault(said, []).append(name)
    return tuple(
        AuditEntry("read", manner, column=names[0])
        if len(names) == 1
        else AuditEntry("read", f"{manner}, in {', '.join(map(shown, names))}")
        for manner, names in columns.items()
    )


def _question(numbers: Sequence[WrittenColumn], dates: Sequence[WrittenColumn]) -> Problem | None:
    """Return what the cells leave open as one problem, with the options that settle it."""
    what, python, line = [], [], []
    if numbers:
        first = numbers[0].decimals
        assert first is not None
        beside = f" and {len(numbers) - 1} more" if len(numbers) > 1 else ""
        what.append(
            f"{first.open:,} cells like {shown(first.example)} in column {shown(numbers[0].name)}{beside} have "
            f"a {'comma' if ',' in first.example else 'point'}, for thousands or for decimals"
        )
        python.append("decimal=',' or decimal='.'")
        line.append("--decimal , or --decimal .")
    for column in dates:
        example = next(cell for cell in column.cells.tolist() if isinstance(cell, str) and cell.strip())
        what.append(
            f"in {column.cells.size:,} dates like {shown(example)} in column {shown(column.name)} the day or the month "
            "may come first"
        )
        python.append("day_first=True or day_first=False")
        line.append("--day-first or --month-first")
    if not what:
        return None
    return Problem("; ".join(what), f"say {', '.join(python)} (on the command line {', '.join(line)})")


def _objects(cells: list[Any]) -> np.ndarray:
    column = np.empty(len(cells), dtype=object)
    column[:] = cells
    return column
