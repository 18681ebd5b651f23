"""Dates with words, and periods in other writings than ISO's: 3 Jan 2025, janv. 2025, 2025年1月, KW 2/2025, 20250106.

Each writing is one form that a whole column has; what it stands for is written as a date, a month, a week or a quarter
of ISO 8601.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from bayes_roi.plain_text import without_accents

MONTHS = (
    "january jan januar janner janvier janv enero ene",
    "february feb februar fevrier fevr febrero",
    "march mar marz mrz maerz mars marzo",
    "april apr avril avr abril abr",
    "may mai mayo",
    "june jun juni juin junio",
    "july jul juli juillet juil julio",
    "august aug aout agosto ago",
    "september sep sept septembre septiembre set",
    "october oct oktober okt octobre octubre",
    "november nov novembre noviembre",
    "december dec dezember dez decembre diciembre dic",
)
"""The names of the months in English, German, French and Spanish, without accents."""
MONTH_OF = {word: month for month, words in enumerate(MONTHS, 1) for word in words.split()}
WEEKDAYS = (
    "monday mon tuesday tue tues wednesday wed thursday thu thur thurs friday fri saturday sat sunday sun",
    "montag mo dienstag di mittwoch mi donnerstag do freitag fr samstag sa sonnabend sonntag so",
    "lundi lun mardi mar mercredi mer jeudi jeu vendredi ven samedi sam dimanche dim",
    "lunes martes miercoles mie jueves jue viernes vie sabado sab domingo dom",
)
PART = re.compile(r"(?:[qt]|quarter|quartal|kw|cw|wk|week|woche|semaine|semana|m|month)\.?\s*\d{1,2}", re.IGNORECASE)
IS_WEEKDAY = frozenset(word for words in WEEKDAYS for word in words.split())
MOST_TEXT = 60
"""Characters of a date."""
CENTURY = 69
"""Years of two digits from here on are of the last century, as in C's strptime."""
MOST_MONTHS, MOST_WEEKS = 12, 53

BY_NAME = "as months by their name"
LEAST_DAYS = 4
WORD, BETWEEN = r"([^\W\d_]{2,12})\.?", r"[\s\-/.,']*"
WEEKDAY = re.compile(rf"{WORD},?\s+(?=.*[^\W\d_]{{3,}}|\d{{1,4}}[./-]\d{{1,2}}[./-]\d{{2,4}})")
"""A word before a date that has another word, or no need of one: `mar.` is a Tuesday or March."""
MONTH_AND_TWO = re.compile(rf"{WORD}{BETWEEN}(\d{{2}})")
DAY, YEAR = r"(\d{1,2})(?:st|nd|rd|th|er|º)?\.?", r"(\d{4}|\d{2})"


@dataclass(frozen=True)
class Writing:
    """A form of periods: what a text has to be like, what it stands for, and how the audit names it."""

    form: re.Pattern[str]
    iso: Callable[[re.Match[str]], str | None]
    said: str

    def read(self, text: str) -> str | None:
        """Return a period of this form as ISO 8601 has it, None for any other text."""
        match = self.form.fullmatch(text)
        return None if match is None else self.iso(match)


def writing_of(texts: Sequence[str]) -> Writing | None:
    """Return the writing that all texts have, or None.

    >>> writing_of(["Jan 3, 2025", "Feb 14, 2025"]).read("Jan 3, 2025")
    '2025-01-03'
    >>> [writing_of([text]).read(text) for text in ("janv. 2025", "2025年1月", "KW 2/2025", "Q1 2025", "20250106")]
    ['2025-01', '2025-01', '2025-W02', '2025Q1', '2025-01-06']
    >>> writing_of(["202501", "202552"]).read("202552"), writing_of(["tv", "radio"])
    ('2025-W52', None)
    """
    if not texts or max(map(len, texts)) > MOST_TEXT:
        return None
    first = [writing for writing in WRITINGS if writing.read(texts[0]) is not None]
    found = next((writing for writing in first if all(writing.read(text) is not None for text in texts)), None)
    return None if found is not None and found.said == BY_NAME and _days_of_no_year(texts) else found


def _days_of_no_year(texts: Sequence[str]) -> bool:
    """Whether months and two digits are days rather than years: mostly one more than before, in the same month.

    >>> _days_of_no_year(["Jan-30", "Jan-31", "Feb-01", "Feb-02"]), _days_of_no_year(["Nov-24", "Dec-24", "Jan-25"])
    (True, False)
    """
    parts = [MONTH_AND_TWO.fullmatch(text) for text in dict.fromkeys(texts)]
    if len(parts) < LEAST_DAYS or any(part is None for part in parts):
        return False
    months, numbers = ([part[i] for part in parts if part] for i in (1, 2))
    pairs = zip(pairwise(months), pairwise(map(int, numbers)), strict=True)
    steps = [month == same and after == day + 1 for (month, same), (day, after) in pairs]
    return 2 * sum(steps) > len(steps)


def part_of_a_year(text: str) -> bool:
    """Whether a text is a month, quarter or week without its year.

    >>> [part_of_a_year(text) for text in ("January", "Q1", "Week 12", "north")]
    [True, True, True, False]
    """
    return _named(text) is not None or PART.fullmatch(text) is not None


def year_of(text: str) -> str:
    """Return a year of four digits.

    >>> year_of("25"), year_of("98"), year_of("2025")
    ('2025', '1998', '2025')
    """
    return text if len(text) == 4 else f"{'19' if int(text) >= CENTURY else '20'}{text}"


def without_weekday(text: str) -> str:
    """Return a text without the name of a weekday at its beginning.

    >>> without_weekday("Mon, Jan 3 2025"), without_weekday("mar. 14/01/2025"), without_weekday("Mar 2025")
    ('Jan 3 2025', '14/01/2025', 'Mar 2025')
    """
    match = WEEKDAY.match(text) if len(text) <= MOST_TEXT else None
    return text[match.end() :] if match is not None and without_accents(match[1]) in IS_WEEKDAY else text


def _date(year: str, month: int | None, day: str) -> str | None:
    return None if month is None or not 1 <= int(day) <= 31 else f"{year_of(year)}-{month:02d}-{int(day):02d}"


def _month(year: str, month: int | None) -> str | None:
    return None if month is None or not 1 <= month <= MOST_MONTHS else f"{year_of(year)}-{month:02d}"


def _week(year: str, week: str) -> str | None:
    return f"{year}-W{int(week):02d}" if 1 <= int(week) <= MOST_WEEKS else None


def _named(word: str) -> int | None:
    return MONTH_OF.get(without_accents(word))


WRITINGS = (
    Writing(
        re.compile(rf"{DAY}{BETWEEN}(?:de\s+)?{WORD}{BETWEEN}(?:de\s+)?{YEAR}"),
        lambda m: _date(m[3], _named(m[2]), m[1]),
        "with the name of the month",
    ),
    Writing(
        re.compile(rf"{WORD}{BETWEEN}{DAY},?\s+(\d{{4}})"),
        lambda m: _date(m[3], _named(m[1]), m[2]),
        "with the name of the month",
    ),
    Writing(re.compile(rf"{WORD}{BETWEEN}(?:de\s+)?{YEAR}"), lambda m: _month(m[2], _named(m[1])), BY_NAME),
    Writing(re.compile(rf"(\d{{4}}){BETWEEN}{WORD}"), lambda m: _month(m[1], _named(m[2])), BY_NAME),
    Writing(
        re.compile(r"(\d{4})\s*年\s*(\d{1,2})\s*月\s*(\d{1,2})\s*[日号]"),
        lambda m: _date(m[1], int(m[2]), m[3]),
        "as year, month and day",
    ),
    Writing(re.compile(r"(\d{4})\s*年\s*(\d{1,2})\s*月"), lambda m: _month(m[1], int(m[2])), "as year and month"),
    Writing(re.compile(r"(\d{4})\s*年\s*第?\s*(\d{1,2})\s*[周週]"), lambda m: _week(m[1], m[2]), "as ISO weeks"),
    Writing(re.compile(r"(\d{4})\s*年\s*第?\s*([1-4])\s*季度?"), lambda m: f"{m[1]}Q{m[2]}", "as quarters"),
    Writing(re.compile(r"(\d{4})(?:[/.](?=\d\d)|/)(\d{1,2})"), lambda m: _month(m[1], int(m[2])), "as year and month"),
    Writing(re.compile(r"(\d{1,2})[/.\-]((?:19|20)\d{2})"), lambda m: _month(m[2], int(m[1])), "as month and year"),
    Writing(
        re.compile(
            rf"(?:kw|cw|wk|week|woche|semaine|semana|sem|s|w)\.?\s*(\d{{1,2}}){BETWEEN}(\d{{4}})", re.IGNORECASE
        ),
        lambda m: _week(m[2], m[1]),
        "as ISO weeks",
    ),
    Writing(
        re.compile(r"(\d{4})[\s\-/_.]*(?:kw|cw|wk|week|woche|semaine|semana|sem|s|w)\.?\s*(\d{1,2})", re.IGNORECASE),
        lambda m: _week(m[1], m[2]),
        "as ISO weeks",
    ),
    Writing(re.compile(rf"[QqTt]([1-4]){BETWEEN}(\d{{4}})"), lambda m: f"{m[2]}Q{m[1]}", "as quarters"),
    Writing(re.compile(r"(\d{4})[\s\-/_.]*[QqTt]([1-4])"), lambda m: f"{m[1]}Q{m[2]}", "as quarters"),
    Writing(
        re.compile(r"((?:19|20)\d{2})(\d{2})(\d{2})"),
        lambda m: _date(m[1], int(m[2]) if 1 <= int(m[2]) <= MOST_MONTHS else None, m[3]),
        "as year, month and day",
    ),
    Writing(re.compile(r"((?:19|20)\d{2})(\d{2})"), lambda m: _month(m[1], int(m[2])), "as year and month"),
    Writing(re.compile(r"((?:19|20)\d{2})(\d{2})"), lambda m: _week(m[1], m[2]), "as year and ISO week"),
)
"""The first that all cells of a column have counts."""
