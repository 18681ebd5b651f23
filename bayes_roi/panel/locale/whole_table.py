"""A whole table in plain writing, when nobody has named its columns yet."""

from __future__ import annotations

from bayes_roi.panel.cells import MISSING
from bayes_roi.panel.locale.locales import Locale, are_truths, in_plain_writing
from bayes_roi.panel.locale.plain_dates import are_dates, date_texts
from bayes_roi.panel.locale.plain_numbers import is_number
from bayes_roi.panel.locale.role_words import word_of
from bayes_roi.panel.raw import RawTable


def whole_in_plain_writing(table: RawTable, locale: Locale | None = None, time: str | None = None) -> RawTable:
    """Return a table in plain writing, as far as its own columns or `locale` settle how it writes numbers and dates.

    `time` names the column of the periods; where it is None, it is that of dates, if there is one.
    """
    written = {n: texts_of(table, n) for n in dict.fromkeys(table.header) if isinstance(table.find(n), int)}
    dates = [n for n in written if _holds_dates(table, n)]
    numbers = [n for n, texts in written.items() if n not in (*dates, time) and _hold_numbers(texts)]
    period = time if time is not None else dates[0] if len(dates) == 1 else None
    return in_plain_writing(table, numbers=numbers, time=period, locale=locale or Locale())


def _hold_numbers(texts: list[str]) -> bool:
    known = [text for text in texts if text.casefold() not in MISSING]
    return bool(known) and (all(map(is_number, known)) or are_truths(known))


def _holds_dates(table: RawTable, name: str) -> bool:
    position = table.find(name)
    assert isinstance(position, int)
    return are_dates(date_texts(table.column(position)), called=word_of(name, "time") is not None)


def texts_of(table: RawTable, name: str) -> list[str]:
    """Return the cells of a column that are text and not blank."""
    position = table.find(name)
    assert isinstance(position, int)
    return [cell.strip() for cell in table.column(position).tolist() if isinstance(cell, str) and cell.strip()]
