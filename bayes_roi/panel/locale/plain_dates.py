"""Dates as people write them to ISO dates: whether the day or the month comes first, by the whole column."""

from __future__ import annotations

import datetime
import re
from dataclasses import dataclass

import numpy as np

from bayes_roi.panel.cells import MISSING
from bayes_roi.panel.labels import DATE, DAY_MONTH_YEAR, YEAR_MONTH_DAY
from bayes_roi.panel.locale.date_words import MOST_TEXT, Writing, without_weekday, writing_of, year_of
from bayes_roi.plain_text import shown

MIDNIGHT = re.compile(r"[T ](?:0?0:00(?::00)?|12:00(?::00)? ?AM)$")
RANGE = re.compile(r"\s+(?:-|–|—|to|bis|au|al)\s+|\s*[~至]\s*")
SHORT = re.compile(r"(\d{1,2})[./](\d{1,2})[./](\d{2})", re.ASCII)
"""A day, a month and a year of two digits, in some order of the first two."""
LEAST_COMPACT, MOST_COMPACT = 190001, 20991231


@dataclass(frozen=True)
class Order:
    """How a column of dates is written: the order of day and month, or a writing of its own; empty where plainly."""

    day_first: bool | None = None
    manner: str = ""
    open: bool = False
    writing: Writing | None = None


def order_of(cells: np.ndarray, day_first: bool | None = None) -> Order:
    """Return how dates are written; day and month as `day_first` says, or as a row with a day above 12 has it.

    >>> order_of(np.array(["06.01.2025", "13.01.2025"], dtype=object)).day_first
    True
    >>> order_of(np.array(["06.01.2025", "07.01.2025"], dtype=object)).open
    True
    >>> order_of(np.array(["Jan 6, 2025", "Jan 13, 2025"], dtype=object)).writing is None
    False
    """
    texts = [_day(text) for text in date_texts(cells) if text.casefold() not in MISSING]
    if not texts or all(map(DATE.fullmatch, texts)):
        return _cut(cells)
    if all(map(YEAR_MONTH_DAY.fullmatch, texts)):
        return Order(manner=f"dates such as {shown(texts[0])} are read as year, month and day")
    if writing := writing_of(texts):
        return Order(manner=f"periods such as {shown(texts[0])} are read {writing.said}", writing=writing)
    written = [match for text in texts if (match := _numbered(text))]
    if not written or (day_first is None and len(written) < len(texts)):
        return Order()
    days = next((m for m in written if int(m[1]) > 12), None)
    months = next((m for m in written if int(m[2]) > 12), None)
    if day_first is None and days is not None and months is not None:
        return Order()
    if day_first is None and days is None and months is None:
        return Order(open=any(int(m[1]) != int(m[2]) for m in written))
    first = day_first if day_first is not None else days is not None
    example = days or months or written[0]
    return Order(first, f"dates such as {shown(example[0])} are read with the {'day' if first else 'month'} first")


def date_texts(cells: np.ndarray) -> list[str]:
    """Return the cells of a column that may be dates, as text: what is text, and whole numbers such as 20250106.

    >>> date_texts(np.array([20250106, 20250113])), date_texts(np.array([1, 2]))
    (['20250106', '20250113'], [])
    """
    if cells.dtype.kind not in "iuO":
        return []
    found = [cell for cell in cells.tolist() if isinstance(cell, str | int) and not isinstance(cell, bool)]
    if not all(isinstance(cell, str) or LEAST_COMPACT <= cell <= MOST_COMPACT for cell in found):
        found = [cell for cell in found if isinstance(cell, str)]
    return [text for cell in found if (text := str(cell).strip())]


def are_dates(texts: list[str], *, called: bool) -> bool:
    """Whether all texts are dates or periods; those that may be numbers too are, where the column is called so.

    >>> are_dates(["03.01.2022"], called=False), are_dates(["2025年1月"], called=False), are_dates(["12"], called=True)
    (True, True, False)
    >>> are_dates(["201201", "201202"], called=False), are_dates(["201201", "201202"], called=True)
    (False, True)
    """
    days = [_day(text) for text in dict.fromkeys(texts)]
    numbers = any(re.fullmatch(r"[\d.]+", day) and day.count(".") < 2 for day in days)  # 20250106, 01.2025
    if not days or (numbers and not called):
        return False
    return all(map(_in_numbers, days)) or writing_of(days) is not None


def plain_date(cell: object, order: Order) -> object:
    """Return a date of a column in ISO form; a cell that is none, or not in the calendar, as it is.

    >>> plain_date("6.1.2025", Order(True, "day first"))
    '2025-01-06'
    """
    if not isinstance(cell, str | int) or isinstance(cell, bool):
        return cell
    day = _day(str(cell))
    if order.writing is not None:
        return order.writing.read(day) or cell
    if match := YEAR_MONTH_DAY.fullmatch(day):
        year, month, of_month = match.groups()
    elif (match := _numbered(day)) and order.day_first is not None:
        first, second, year = match.groups()
        of_month, month = (first, second) if order.day_first else (second, first)
    else:
        return cell
    try:
        return datetime.date(int(year_of(year)), int(month), int(of_month)).isoformat()
    except ValueError:
        return cell


def _cut(cells: np.ndarray) -> Order:
    """Return how ISO dates are written beside a weekday or the end of their week; empty where they stand alone."""
    odd = next((t for t in date_texts(cells) if t.casefold() not in MISSING and _day(t) != MIDNIGHT.sub("", t)), None)
    return Order() if odd is None else Order(manner=f"dates such as {shown(odd)} are read as their first day")


def _in_numbers(text: str) -> bool:
    return any(form.fullmatch(text) for form in (DATE, DAY_MONTH_YEAR, SHORT, YEAR_MONTH_DAY))


def _numbered(text: str) -> re.Match[str] | None:
    return DAY_MONTH_YEAR.fullmatch(text) or SHORT.fullmatch(text)


def _day(text: str) -> str:
    """Return the first day of a range, without a weekday before it and midnight after it."""
    if len(text) > MOST_TEXT:
        return text
    first, *rest = RANGE.split(text.strip(), maxsplit=1)
    return without_weekday(MIDNIGHT.sub("", first if rest and any(map(str.isdigit, rest[0])) else text.strip()))
