"""Periods, numbers and truth values in the writings of reports: each column is that of the plain table."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from pathlib import Path

import numpy as np
import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bayes_roi.panel import Panel, read_panel
from bayes_roi.panel.locale.plain_dates import are_dates, order_of, plain_date
from bayes_roi.panel.text import decoded

GERMAN = "Januar Februar März April Mai Juni Juli August September Oktober November Dezember".split()  # noqa: SIM905
FRENCH = "janv. févr. mars avr. mai juin juil. août sept. oct. nov. déc.".split()  # noqa: SIM905
SPANISH = "ene feb mar abr may jun jul ago sep oct nov dic".split()  # noqa: SIM905
FRENCH_DAYS = "lun. mar. mer. jeu. ven. sam. dim.".split()  # noqa: SIM905


def plainly(day: datetime.date) -> str:
    return day.isoformat()


def of_month(day: datetime.date) -> str:
    return f"{day:%Y-%m}"


def of_week(day: datetime.date) -> str:
    return f"{day:%G-W%V}"


def of_quarter(day: datetime.date) -> str:
    return f"{day.year}Q{(day.month + 2) // 3}"


WRITINGS: dict[str, tuple[Callable[[datetime.date], str], Callable[[datetime.date], str]]] = {
    "Jan 3, 2025": (lambda d: f"{d:%b} {d.day}, {d.year}", plainly),
    "Monday, January 3 2025": (lambda d: f"{d:%A, %B} {d.day} {d.year}", plainly),
    "3-Jan-25": (lambda d: f"{d.day}-{d:%b-%y}", plainly),
    "3. Januar 2025": (lambda d: f"{d.day}. {GERMAN[d.month - 1]} {d.year}", plainly),
    "mar. 3 janv. 2025": (lambda d: f"{FRENCH_DAYS[d.weekday()]} {d.day} {FRENCH[d.month - 1]} {d.year}", plainly),
    "2025年1月3日": (lambda d: f"{d.year}年{d.month}月{d.day}日", plainly),
    "20250103": (lambda d: f"{d:%Y%m%d}", plainly),
    "2025-01-03 - 2025-01-09": (lambda d: f"{d} - {d + datetime.timedelta(6)}", plainly),
    "2025年1月": (lambda d: f"{d.year}年{d.month}月", of_month),
    "Jan-25": (lambda d: f"{d:%b-%y}", of_month),
    "ene 2025": (lambda d: f"{SPANISH[d.month - 1]} {d.year}", of_month),
    "01/2025": (lambda d: f"{d:%m/%Y}", of_month),
    "2025/1": (lambda d: f"{d.year}/{d.month}", of_month),
    "KW 1/2025": (lambda d: f"KW {d.isocalendar().week}/{d:%G}", of_week),
    "Q1 2025": (lambda d: f"Q{(d.month + 2) // 3} {d.year}", of_quarter),
}


@pytest.mark.parametrize(("written", "iso"), WRITINGS.values(), ids=WRITINGS)
@given(days=st.lists(st.dates(datetime.date(1970, 1, 1), datetime.date(2068, 12, 20)), min_size=1, max_size=20))
def test_a_period_in_words_is_that_of_iso_8601(
    written: Callable[[datetime.date], str], iso: Callable[[datetime.date], str], days: list[datetime.date]
) -> None:
    cells = np.array([written(day) for day in days], dtype=object)
    assert are_dates(cells.tolist(), called=True)
    order = order_of(cells)
    assert [plain_date(cell, order) for cell in cells.tolist()] == [iso(day) for day in days]


def test_six_digits_are_weeks_where_one_of_them_is_no_month(read: Callable[..., Panel]) -> None:
    rows = "".join(f"2024{week:02d},{week},{week * week}\n" for week in range(1, 30))
    panel = read(f"week,TV,Sales\n{rows}")
    assert (panel.frequency, panel.periods[0]) == ("week", "2024-01-01")  # type: ignore[index]
    assert "periods such as '202401' are read as year and ISO week" in [entry.reason for entry in panel.audit]


def test_years_of_two_digits_have_the_order_that_one_row_shows(read: Callable[..., Panel]) -> None:
    panel = read("week,TV,Sales\n06.01.25,1,1\n13.01.25,2,4\n20.01.25,3,9\n")
    assert panel.periods.tolist() == ["2025-01-06", "2025-01-13", "2025-01-20"]  # type: ignore[union-attr]


def test_six_digits_of_another_column_are_no_dates() -> None:
    assert not are_dates(["201201", "201202"], called=False)


NUMBERS = {
    "(1,234.50)": -1234.5,
    "($1,234.50)": -1234.5,
    "1,234.50-": -1234.5,
    "\u22121,234.50": -1234.5,
    "$ -": 0.0,
    "€ –": 0.0,
    "12,34,567.50": 1234567.5,
    "56.7 %": 56.7,
    "56.7元": 56.7,
    "-": np.nan,
    "—": np.nan,
}


@pytest.mark.parametrize(("cell", "number"), NUMBERS.items())
def test_a_number_of_a_ledger_is_the_plain_one(read: Callable[..., Panel], cell: str, number: float) -> None:
    sign = next((sign for sign in "$€%元" if sign in cell), "")
    others = [x + sign if sign in "%元" else sign + x for x in ("12.5", "13")]
    rows = "".join(f'{week},{week},"{x}"\n' for week, x in enumerate([*others, cell], 1))
    panel = read(f"week,TV,Sales\n{rows}", clean={"missing": {"sales": "model"}})
    assert np.array_equal(panel.columns["sales"], [12.5, 13, number], equal_nan=True)


def test_a_percent_beside_a_share_stays_a_problem(problems: Callable[..., list[str]]) -> None:
    told = problems("week,TV,Sales\n1,1,3 %\n2,2,0.04\n3,3,5 %\n")
    assert told[0].startswith("2 cells in column 'Sales'") or "percent sign" in told[0]


@pytest.mark.parametrize(("yes", "no"), [("yes", "no"), ("Ja", "Nein"), ("是", "否"), ("sí", "no"), ("VRAI", "FAUX")])
def test_yes_and_no_are_one_and_zero_in_five_languages(read: Callable[..., Panel], yes: str, no: str) -> None:
    panel = read(f"week,TV,Sales\n1,1,{yes}\n2,2,{no}\n3,3,{yes}\n")
    assert panel.columns["sales"].tolist() == [1, 0, 1]
    assert f"'{no}' is read as 0, '{yes}' is read as 1" in [entry.reason for entry in panel.audit]


@given(st.text(alphabet="电视广告费搜索推广抖音投放金额促销售月份日期收入成本"), st.text(alphabet="abc,;\n"))
def test_a_file_of_chinese_excel_is_read(words: str, rest: str) -> None:
    text = f"月份;{words}{rest}"
    assert decoded(text.encode("gb18030"), source="a.csv")[0] == text
    assert decoded(text.encode(), source="a.csv")[0] == text


@pytest.mark.parametrize("text", ["Umsätze;Straßenfest", "Dépenses télé créées", "Año,Niño", "Preis Ø;€", "ÄÖÜ"])
def test_windows_1252_stays_what_it_is(text: str) -> None:
    assert decoded(text.encode("cp1252"), source="a.csv")[0] == text


TITLED = {
    "one cell": "Media report, all brands\n\nweek,TV,Sales\n",
    "padded": '"Media report, all brands",,\nfrom 2025-01-06,,\nweek,TV,Sales\n',
}


@pytest.mark.parametrize("top", TITLED.values(), ids=TITLED)
def test_a_title_above_the_header_is_left_out_and_told(read: Callable[..., Panel], top: str) -> None:
    panel = read(f"{top}2025-01-06,1,1\n2025-01-13,2,4\n2025-01-20,3,9\nTotal: all,6,14\n")
    assert panel.columns["sales"].tolist() == [1, 4, 9]
    told = [entry.reason for entry in panel.audit]
    assert told == [
        "the header is in row 3, below the title 'Media report, all brands'",
        "row 7 is no period: 'Total: all'",
    ]


def test_a_title_does_not_hide_the_delimiter(read: Callable[..., Panel]) -> None:
    panel = read("Bericht, alle Marken\nweek;TV;Sales\n2025-01-06;1,5;1\n2025-01-13;2,5;4\n")
    assert panel.columns["tv"].tolist() == [1.5, 2.5]


def test_a_sheet_with_a_title_of_two_cells_is_read(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    for row in (
        ["Media report", 2025],
        ["", ""],
        ["week", "TV", "clicks", "Sales"],
        *[[i, i, 2 * i, i * i] for i in range(1, 5)],
    ):
        book.active.append(row)
    book.save(tmp_path / "a.xlsx")
    panel = read_panel(tmp_path / "a.xlsx", columns={"tv": "TV", "sales": "Sales"}, time="week", spends=["tv"])
    assert panel.columns["sales"].tolist() == [1, 4, 9, 16]


def test_problems_below_a_title_name_the_rows_of_the_file(problems: Callable[..., list[str]]) -> None:
    told = problems("Report\nweek,TV,Sales\n1,1,1\n2,x,4\n3,3,9\n")
    assert told == [
        "row 4, column 'TV': 'x' is not a number; write a number with a point for decimals, or leave the cell empty if "
        "it is missing"
    ]
