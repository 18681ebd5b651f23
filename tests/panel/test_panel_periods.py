"""Period labels: what is read, in which order, at which frequency, and every way to break the rhythm."""

from __future__ import annotations

import datetime
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bayes_roi.panel import Panel
from bayes_roi.panel.cells import Flaw
from bayes_roi.panel.labels import Form, read_period, written
from bayes_roi.panel.periods import rhythm_of

ADD = "add a row for every period, with 0 where nothing was spent"
ONE = "use one frequency in the whole table, or mend the date if it is wrong"
FORMS = "write 2025-01-06 (a date), 2025-01 (a month), 2025-W02 (an ISO week), 2025Q1 (a quarter) or a whole number"
EVEN = "which is no day, week, month, quarter or year; sum the rows to one of these, or number the periods 1, 2, 3"
KEEP = "keep one row for each period, or choose clean={'duplicates': 'sum'} (or 'mean', 'first', 'last')"


def table(*labels: str) -> str:
    return "week,TV,Sales\n" + "".join(f"{label},{i},{i * i}\n" for i, label in enumerate(labels))


BAD_LABELS = {
    "01/02/2025": "'01/02/2025' is ambiguous, the day or the month may come first; "
    "write 2025-02-01 or 2025-01-02, whichever is meant",
    "1.2.2025": "'1.2.2025' is ambiguous, the day or the month may come first; "
    "write 2025-02-01 or 2025-01-02, whichever is meant",
    "13/02/2025": "'13/02/2025' is not an ISO date; write 2025-02-13",
    "02/13/2025": "'02/13/2025' is not an ISO date; write 2025-02-13",
    "31/31/2025": f"'31/31/2025' is not in the calendar; {FORMS}",
    "2025-02-30": f"'2025-02-30' is not in the calendar; {FORMS}",
    "2025-13": f"'2025-13' is not in the calendar; {FORMS}",
    "2025-W53": f"'2025-W53' is not in the calendar; {FORMS}",
    "2025Q5": f"'2025Q5' is not a period; {FORMS}",
    "9" * 20: f"'{'9' * 20}' is not a period; {FORMS}",
    "Jan 25": f"'Jan 25' is not a period; {FORMS}",
    "1.5": f"'1.5' is not a period; {FORMS}",
    "": "the period is missing; give every row its period",
    "2025-01-06 09:30": "2025-01-06 has a time of day, 09:30; write 2025-01-06, and sum the rows to days if need be",
    "2025-01-05 23:00:00+00:00": "2025-01-05 has a time of day, 23:00:00+00:00; write 2025-01-06 if this is a midnight "
    "turned to UTC, as dates east of Greenwich become; else 2025-01-05, and sum the rows to days if need be",
    "20250106": "20250106 looks like a date without dashes; write 2025-01-06",
    "202501": "202501 looks like a date without dashes; write 2025-01",
    "2025-03": "'2025-03' is written as a month, the rows above as a date; write all periods in one way",
    "7": "'7' is written as an integer, the rows above as a date; write all periods in one way",
}

BROKEN = {
    "duplicate": (
        ["2025-01-06", "2025-01-13", "2025-01-13", "2025-01-20"],
        [f"row 4, column 'week': the period 2025-01-13 is in row 3 already; {KEEP}"],
    ),
    "missing week": (
        ["2025-01-06", "2025-01-13", "2025-01-27", "2025-02-03"],
        [f"row 4, column 'week': 2025-01-20 is missing before this row; {ADD}"],
    ),
    "missing weeks": (
        ["2025-01-06", "2025-01-13", "2025-02-10", "2025-02-17", "2025-02-24"],
        [f"row 4, column 'week': the 3 periods 2025-01-20 to 2025-02-03 are missing before this row; {ADD}"],
    ),
    "missing month": (
        ["2025-01", "2025-02", "2025-04"],
        [f"row 4, column 'week': 2025-03 is missing before this row; {ADD}"],
    ),
    "missing quarter": (
        ["2025Q1", "2025Q2", "2025Q4"],
        [f"row 4, column 'week': 2025Q3 is missing before this row; {ADD}"],
    ),
    "missing month end": (
        ["2024-12-31", "2025-01-31", "2025-03-31", "2025-04-30"],
        [f"row 4, column 'week': 2025-02-28 is missing before this row; {ADD}"],
    ),
    "missing number": (["1", "2", "4"], [f"row 4, column 'week': 3 is missing before this row; {ADD}"]),
    "weekly, then daily": (
        ["2025-01-06", "2025-01-13", "2025-01-20", "2025-01-21", "2025-01-22", "2025-01-23"],
        [
            "row 4, column 'week': the frequency changes at 2025-01-20: "
            f"rows are a week apart before, a day after; {ONE}"
        ],
    ),
    "daily, then weekly": (
        ["2025-01-01", "2025-01-02", "2025-01-03", "2025-01-10", "2025-01-17"],
        [
            "row 4, column 'week': the frequency changes at 2025-01-03: "
            f"rows are a day apart before, a week after; {ONE}"
        ],
    ),
    "monthly, then quarterly": (
        ["2025-01-01", "2025-02-01", "2025-03-01", "2025-06-01", "2025-09-01"],
        [
            "row 4, column 'week': the frequency changes at 2025-03-01: "
            f"rows are a month apart before, a quarter after; {ONE}"
        ],
    ),
    "stray week": (
        ["2025-01-06", "2025-01-13", "2025-01-21", "2025-01-27", "2025-02-03"],
        [
            "row 3, column 'week': the frequency changes at 2025-01-13: "
            f"rows are a week apart before, 8 days after; {ONE}"
        ],
    ),
    "stray month": (
        ["2025-01-01", "2025-02-01", "2025-03-02", "2025-04-01", "2025-05-01", "2025-06-01"],
        [
            "row 4, column 'week': 2025-03-02 is not on day 1 of the month, as the other rows are; "
            "use the same day in every month, or write months: 2025-01"
        ],
    ),
    "fortnights": (
        ["2025-01-06", "2025-01-20", "2025-02-03"],
        [f"row 2, column 'week': the rows are 14 days apart, {EVEN}"],
    ),
}

SOUND: dict[str, tuple[list[str], str, str]] = {
    "days": (["2025-02-28", "2025-03-01", "2025-03-02"], "day", "2025-03-02"),
    "midnights": (["2025-02-28 00:00:00", "2025-03-01T00:00:00", "2025-03-02T00:00"], "day", "2025-03-02"),
    "weeks": (["2024-12-30", "2025-01-06"], "week", "2025-01-06"),
    "ISO weeks": (["2025-W01", "2025-W02"], "week", "2025-01-06"),
    "months": (["2024-12", "2025-01"], "month", "2025-01-01"),
    "first days": (["2024-12-01", "2025-01-01"], "month", "2025-01-01"),
    "last days": (["2025-01-31", "2025-02-28", "2025-03-31"], "month", "2025-03-31"),
    "quarters": (["2024Q4", "2025Q1", "2025-Q2"], "quarter", "2025-04-01"),
    "quarter ends": (["2025-06-30", "2025-09-30", "2025-12-31"], "quarter", "2025-12-31"),
    "years": (["2023-07-01", "2024-07-01"], "year", "2024-07-01"),
    "numbers": (["8", "9", "10"], "period", "10"),
    "every second number": (["8", "10", "12"], "period", "12"),
    "one day": (["2025-01-06"], "day", "2025-01-06"),
    "one month": (["2025-01"], "month", "2025-01-01"),
}


@pytest.mark.parametrize(("label", "message"), BAD_LABELS.items())
def test_a_bad_label_is_told_with_its_row(problems: Callable[..., list[str]], label: str, message: str) -> None:
    assert problems(table("2025-01-06", label)) == [f"row 3, column 'week': {message}"]


@pytest.mark.parametrize(("labels", "told"), BROKEN.values(), ids=BROKEN)
def test_a_broken_rhythm_is_told_where_it_breaks(
    problems: Callable[..., list[str]], labels: list[str], told: list[str]
) -> None:
    assert problems(table(*labels)) == told


@pytest.mark.parametrize(("labels", "frequency", "last"), SOUND.values(), ids=SOUND)
def test_sound_labels_give_their_frequency_and_first_days(
    read: Callable[..., Panel], labels: list[str], frequency: str, last: str
) -> None:
    panel = read(table(*labels))
    assert panel.frequency == frequency
    assert panel.periods is not None
    assert str(panel.periods[-1]) == last


def test_numbered_periods_stay_integers_and_sort_as_such(read: Callable[..., Panel]) -> None:
    panel = read(table("10", "8", "9"))
    assert panel.periods is not None
    assert panel.periods.tolist() == [8, 9, 10]
    assert panel.periods.dtype == np.int64


def test_rows_are_sorted_by_time_and_the_audit_tells_it(read: Callable[..., Panel]) -> None:
    panel = read("week,TV,Sales\n2025-01-13,2,5\n2025-01-06,1,4\n2025-01-20,3,6\n")
    assert panel.columns["tv"].tolist() == [1, 2, 3]
    (entry,) = panel.audit
    assert (entry.action, entry.column) == ("sorted", "week")
    assert entry.reason == "the rows were not in order of time, as at row 2"


def test_problems_of_a_sorted_table_are_told_with_the_rows_of_the_file(problems: Callable[..., list[str]]) -> None:
    told = problems("week,TV,Sales\n2025-01-13,2,5\n2025-01-06,-1,4\n2025-01-20,3,6\n")
    assert [problem.split(":")[0] for problem in told] == ["row 3, column 'TV'"]


def test_a_gap_is_not_told_where_a_row_could_not_be_read(problems: Callable[..., list[str]]) -> None:
    told = problems("week,TV,Sales\n2025-01-06,1,4\n2025-01-13,2\n2025-01-20,3,6\n")
    assert [problem.split(":")[0] for problem in told] == ["row 3"]


@given(st.dates(datetime.date(1900, 1, 1), datetime.date(2200, 1, 1)), st.integers(2, 40), st.sampled_from([1, 7]))
def test_even_days_have_no_gap_and_a_hole_in_them_is_found(first: datetime.date, rows: int, step: int) -> None:
    start = (first - datetime.date(1970, 1, 1)).days
    ordinals = np.arange(start, start + rows * step, step)
    assert rhythm_of(ordinals, "date").frequency == {1: "day", 7: "week"}[step]
    if rows >= 5:
        (gap,) = rhythm_of(np.delete(ordinals, 2), "date").flaws
        assert gap[1].what == f"{written(int(ordinals[2]), 'date')} is missing before this row"


@given(st.integers(-20_000, 80_000), st.sampled_from(["date", "integer"]))
def test_a_label_reads_as_the_period_that_it_writes(ordinal: int, form: Form) -> None:
    label = read_period(written(ordinal, form))
    assert isinstance(label, Flaw) or (label.form, label.ordinal) == (form, ordinal)
