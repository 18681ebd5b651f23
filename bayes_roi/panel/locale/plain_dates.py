"""Dates as people write them to ISO dates: whether the day or the month comes first, by the whole column."""

from __future__ import annotations

import datetime
import re
from dataclasses import dataclass

import numpy as np

from bayes_roi.panel.cells import MISSING
from bayes_roi.panel.labels import DATE, DAY_MONTH_YEAR, YEAR_MONTH_DAY
from bayes_roi.plain_text import shown

MIDNIGHT = re.compile(r"[T ]0?0:00(?::00)?$")


@dataclass(frozen=True)
class Order:
    """The order of day and month in a column of dates; empty where its dates are to be read as they are."""

    day_first: bool | None = None
    manner: str = ""
    open: bool = False


def order_of(cells: np.ndarray, told: bool | None = None) -> Order:
    """Return the order of day and month: as told, or as a row with a day above 12 has it.

    >>> order_of(np.array(["06.01.2025", "13.01.2025"], dtype=object)).day_first
    True
    >>> order_of(np.array(["06.01.2025", "07.01.2025"], dtype=object)).open
    True
    """
    if cells.dtype != object:
        return Order()
    texts = [_day(cell) for cell in cells.tolist() if isinstance(cell, str) and cell.strip().casefold() not in MISSING]
    written = [match for text in texts if (match := DAY_MONTH_YEAR.fullmatch(text))]
    if len(texts) and all(map(YEAR_MONTH_DAY.fullmatch, texts)) and not all(map(DATE.fullmatch, texts)):
        return Order(manner=f"dates such as {shown(texts[0])} are read as year, month and day")
    if not written or (told is None and len(written) < len(texts)):
        return Order()
    days = next((m for m in written if int(m[1]) > 12), None)
    months = next((m for m in written if int(m[2]) > 12), None)
    if told is None and days is not None and months is not None:
        return Order()
    if told is None and days is None and months is None:
        return Order(open=any(int(m[1]) != int(m[2]) for m in written))
    first = told if told is not None else days is not None
    example = days or months or written[0]
    return Order(first, f"dates such as {shown(example[0])} are read with the {'day' if first else 'month'} first")


def is_date(text: str) -> bool:
    """Whether a text is a date in some order of day, month and year.

    >>> [is_date(text) for text in ("03.01.2022", "2022/1/3", "2022-01-03", "12")]
    [True, True, True, False]
    """
    return any(form.fullmatch(_day(text)) for form in (DATE, DAY_MONTH_YEAR, YEAR_MONTH_DAY))


def plain_date(cell: object, order: Order) -> object:
    """Return a date of a column in ISO form; a cell that is none, or not in the calendar, as it is.

    >>> plain_date("6.1.2025", Order(True, "day first"))
    '2025-01-06'
    """
    if not isinstance(cell, str):
        return cell
    if match := YEAR_MONTH_DAY.fullmatch(_day(cell)):
        year, month, day = match.groups()
    elif (match := DAY_MONTH_YEAR.fullmatch(_day(cell))) and order.day_first is not None:
        first, second, year = match.groups()
        day, month = (first, second) if order.day_first else (second, first)
    else:
        return cell
    try:
        return datetime.date(int(year), int(month), int(day)).isoformat()
    except ValueError:
        return cell


def _day(text: str) -> str:
    return MIDNIGHT.sub("", text.strip())
