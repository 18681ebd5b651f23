"""One period label to the first day it stands for, or to what is wrong with it.

Every label is kept as the ISO date of the first day of its period (2025-03 is 2025-03-01, 2025-W11 is 2025-03-10,
2025Q1 is 2025-01-01), or as an integer where the table numbers its periods. A date keeps the day it was written with,
so that a week may begin on any day and a month may be labelled by its last.

A time zone changes nothing: midnight is the date that is written, as text, as a datetime and in a column of a DataFrame
or of Parquet alike. Any other time of day is a flaw. Dates that were turned to UTC show it by theirs: midnight in
Berlin is 23:00 or 22:00 of the day before.
"""

from __future__ import annotations

import datetime
import re
from dataclasses import dataclass
from typing import Literal

import numpy as np

from bayes_roi.panel.cells import MISSING, Flaw
from bayes_roi.plain_text import shown

Form = Literal["date", "month", "ISO week", "quarter", "integer"]

ZONE = r"(?: ?(?:Z|UTC|GMT|[+-]\d{2}(?::?\d{2})?))?"
DATE = re.compile(r"(\d{4}-\d{2}-\d{2})(?:[T ]00:00(?::00(?:\.0+)?)?" + ZONE + ")?", re.ASCII)
DATE_AND_TIME = re.compile(r"(\d{4}-\d{2}-\d{2})[T ](\d{2}:\d{2}.*)", re.ASCII)
NOON, LAST = "12", "9999-12-31"
MONTH = re.compile(r"(\d{4})-(\d{2})", re.ASCII)
WEEK = re.compile(r"(\d{4})-?W(\d{2})", re.ASCII)
QUARTER = re.compile(r"(\d{4})-?Q([1-4])", re.ASCII)
INTEGER = re.compile(r"[+-]?\d{1,15}(?:\.0+)?", re.ASCII)
DAY_MONTH_YEAR = re.compile(r"(\d{1,2})[./-](\d{1,2})[./-](\d{4})", re.ASCII)
YEAR_MONTH_DAY = re.compile(r"(\d{4})[./-](\d{1,2})[./-](\d{1,2})", re.ASCII)

FORMS = "2025-01-06 (a date), 2025-01 (a month), 2025-W02 (an ISO week), 2025Q1 (a quarter) or a whole number"
EPOCH = datetime.date(1970, 1, 1).toordinal()
MOST_DIGITS = 15
"""Of the number of a period: as many as a float holds."""


@dataclass(frozen=True)
class Label:
    """One period label: how it is written, and its first day (days since 1970-01-01) or its integer."""

    form: Form
    ordinal: int


def read_period(cell: object) -> Label | Flaw:
    """Return the period that a cell stands for, or what is wrong with it.

    >>> read_period("2025-W11") == read_period("2025-03-10")
    False
    >>> read_period("2025-W11").ordinal == read_period("2025-03-10").ordinal
    True
    >>> read_period("01/02/2025").mend
    'write 2025-02-01 or 2025-01-02, whichever is meant'
    """
    if cell is None or (isinstance(cell, str) and cell.strip().casefold() in MISSING) or cell != cell:
        return Flaw("missing", "the period is missing", "give every row its period")
    if isinstance(cell, datetime.datetime):
        return _from_datetime(cell)
    if isinstance(cell, datetime.date):
        return _date(cell.isoformat())
    if isinstance(cell, int | float) and not isinstance(cell, bool) and float(cell).is_integer():
        return _integer(int(cell))
    return _from_text(str(cell).strip())


def written(ordinal: int, form: Form) -> str:
    """Return a label as the table writes it.

    >>> written(0, "ISO week")
    '1970-W01'
    """
    if form == "integer":
        return str(ordinal)
    date = datetime.date.fromordinal(ordinal + EPOCH)
    if form == "month":
        return f"{date:%Y-%m}"
    if form == "quarter":
        return f"{date.year}Q{(date.month + 2) // 3}"
    return f"{date:%G-W%V}" if form == "ISO week" else date.isoformat()


def labels_of(ordinals: np.ndarray, form: Form) -> np.ndarray:
    """Return the labels of a panel: ISO dates as text, or the integers.

    >>> labels_of(np.array([0, 7]), "date")
    array(['1970-01-01', '1970-01-08'], dtype='<U10')
    """
    if form == "integer":
        return ordinals
    return ordinals.astype("datetime64[D]").astype("U10")


def _from_datetime(moment: datetime.datetime) -> Label | Flaw:
    if moment.time() != datetime.time():
        return _time_of_day(moment.date().isoformat(), moment.time().isoformat())
    return _date(moment.date().isoformat())


def _from_text(text: str) -> Label | Flaw:
    if match := DATE.fullmatch(text):
        return _date(match[1])
    if match := MONTH.fullmatch(text):
        return _month(text, "month", int(match[1]), int(match[2]))
    if match := QUARTER.fullmatch(text):
        return _month(text, "quarter", int(match[1]), 3 * int(match[2]) - 2)
    if match := WEEK.fullmatch(text):
        return _week(text, int(match[1]), int(match[2]))
    if INTEGER.fullmatch(text):
        return _integer(int(float(text)))
    return _unreadable(text)


def _date(text: str) -> Label | Flaw:
    try:
        return Label("date", datetime.date.fromisoformat(text).toordinal() - EPOCH)
    except ValueError:
        return _no_such(text)


def _month(text: str, form: Literal["month", "quarter"], year: int, month: int) -> Label | Flaw:
    try:
        return Label(form, datetime.date(year, month, 1).toordinal() - EPOCH)
    except ValueError:
        return _no_such(text)


def _week(text: str, year: int, week: int) -> Label | Flaw:
    try:
        return Label("ISO week", datetime.date.fromisocalendar(year, week, 1).toordinal() - EPOCH)
    except ValueError:
        return _no_such(text)


def _integer(number: int) -> Label | Flaw:
    """Return a period number, unless it is a date written without its dashes, whose gaps would mean nothing."""
    text = str(number)
    if len(text) > MOST_DIGITS:
        return Flaw("period", f"{shown(text)} is not a period", f"write {FORMS}")
    dashed = f"{text[:4]}-{text[4:6]}-{text[6:] or '01'}"
    if len(text) in (6, 8) and "1900" <= text[:4] <= "2100" and isinstance(_date(dashed), Label):
        mend = f"write {dashed if len(text) == 8 else dashed[:7]}"
        return Flaw("date", f"{text} looks like a date without dashes", mend)
    return Label("integer", number)


def _unreadable(text: str) -> Flaw:
    if match := DATE_AND_TIME.fullmatch(text):
        return _time_of_day(match[1], match[2])
    if match := YEAR_MONTH_DAY.fullmatch(text):
        return Flaw("date", f"{shown(text)} is not an ISO date", f"write {_dashed(match[1], match[2], match[3])}")
    if match := DAY_MONTH_YEAR.fullmatch(text):
        return _day_or_month_first(text, match[1], match[2], match[3])
    return Flaw("period", f"{shown(text)} is not a period", f"write {FORMS}")


def _day_or_month_first(text: str, first: str, second: str, year: str) -> Flaw:
    readings = dict.fromkeys(_dashed(year, month, day) for day, month in ((first, second), (second, first)))
    real = [dashed for dashed in readings if isinstance(_date(dashed), Label)]
    if not real:
        return _no_such(text)
    if len(real) == 1:
        return Flaw("date", f"{shown(text)} is not an ISO date", f"write {real[0]}")
    what = f"{shown(text)} is ambiguous, the day or the month may come first"
    return Flaw("ambiguous", what, f"write {' or '.join(real)}, whichever is meant")


def _dashed(year: str, month: str, day: str) -> str:
    return f"{year}-{int(month):02d}-{int(day):02d}"


def _time_of_day(date: str, time: str) -> Flaw:
    """Return the flaw of a date with a time; from noon on it may be the next day's midnight, turned to UTC."""
    day, what = _date(date), f"{date} has a time of day, {time:.40}"
    if isinstance(day, Flaw):
        return day
    mend = f"{date}, and sum the rows to days if need be"
    if time[:2] >= NOON and date < LAST:
        after = written(day.ordinal + 1, "date")
        mend = f"{after} if this is a midnight turned to UTC, as dates east of Greenwich become; else {mend}"
    return Flaw("time", what, f"write {mend}")


def _no_such(text: str) -> Flaw:
    return Flaw("date", f"{shown(text)} is not in the calendar", f"write {FORMS}")
