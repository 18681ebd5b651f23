"""Tables as other countries write them: read to the panel of the plain table, or asked about once."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bayes_roi.errors import DataError, QueryError
from bayes_roi.panel import Panel, read_panel
from bayes_roi.panel.locale.plain_numbers import decimals_of

COLUMNS = {"tv": "TV", "sales": "Umsätze"}


@dataclass(frozen=True)
class Country:
    """How a spreadsheet of a country writes a table."""

    decimal: str
    thousands: str
    date: str
    delimiter: str = ","
    encoding: str = "utf-8"
    sign: str = "{}"

    def number(self, value: float) -> str:
        whole = f"{value:,.2f}"
        return self.sign.format(whole.translate(str.maketrans({",": self.thousands, ".": self.decimal})))

    def table(self, days: list[datetime.date], columns: dict[str, list[float]]) -> bytes:
        rows = [
            ["week", *columns],
            *([d.strftime(self.date), *map(self.number, v)] for d, *v in zip(days, *columns.values(), strict=True)),
        ]
        return "".join(self.delimiter.join(f'"{cell}"' for cell in row) + "\n" for row in rows).encode(self.encoding)


PLAIN = Country(".", "", "%Y-%m-%d")
COUNTRIES = {
    "German": Country(",", ".", "%d.%m.%Y", ";", "cp1252", "{} €"),
    "Swiss": Country(".", "'", "%d.%m.%Y", ";", "utf-8-sig", "CHF {}"),
    "French": Country(",", "\u202f", "%d/%m/%Y", ";", "utf-8", "{}\u00a0€"),
    "American": Country(".", ",", "%m/%d/%Y", ",", "utf-8", "${}"),
    "British": Country(".", ",", "%d/%m/%Y", ",", "utf-8", "£{}"),
    "Polish": Country(",", "\u00a0", "%d.%m.%Y", ";", "utf-16", "{} zł"),
    "Spanish, by hand": Country(",", "", "%d-%m-%Y", "\t", "utf-16-le"),
    "Japanese": Country(".", ",", "%Y/%m/%d", ",", "utf-8", "¥{}"),
}
"""Their weeks run over 31 days or more, so that one day is above 12, and their numbers have two decimals."""


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@pytest.mark.parametrize("country", COUNTRIES.values(), ids=COUNTRIES)
@given(data=st.data())
def test_a_table_in_any_locale_is_the_panel_of_the_plain_one(
    tmp_path: Path, country: Country, data: st.DataObject
) -> None:
    rows = data.draw(st.integers(6, 12))
    first = data.draw(st.dates(datetime.date(1990, 1, 1), datetime.date(2090, 1, 1)))
    days = [first + datetime.timedelta(days=7 * i) for i in range(rows)]
    cents = st.lists(st.integers(0, 10**10), min_size=rows, max_size=rows, unique=True)
    columns = {name: [cent / 100 for cent in data.draw(cents)] for name in COLUMNS.values()}
    panels = []
    for name, wording in (("plain.csv", PLAIN), ("written.csv", country)):
        (tmp_path / name).write_bytes(wording.table(days, columns))
        panels.append(read_panel(tmp_path / name, columns=COLUMNS, time="week", spends=["tv"]))
    plain, written = panels
    assert written.frequency == plain.frequency == "week"
    assert np.array_equal(written.periods, plain.periods)  # type: ignore[arg-type]
    for node in COLUMNS:
        assert np.array_equal(written.columns[node], plain.columns[node])


GERMAN = "Woche;TV;Klicks;Umsätze\n" + "".join(
    f"{6 + 7 * i:02d}.01.2025;{i}.234,5{i} €;1.23{i};1{i}.000,00 €\n" for i in range(1, 4)
)


def test_a_german_table_is_read_and_the_audit_says_how(read: Callable[..., Panel]) -> None:
    columns = {"tv": "TV", "clicks": "Klicks", "sales": "Umsätze"}
    panel = read(GERMAN.encode("cp1252"), columns=columns, time="Woche")
    assert panel.columns["tv"].tolist() == [1234.51, 2234.52, 3234.53]
    assert panel.columns["clicks"].tolist() == [1231, 1232, 1233]  # by itself open, settled by the columns beside it
    assert panel.columns["sales"].tolist() == [11000, 12000, 13000]
    assert panel.periods is not None
    assert panel.periods.tolist() == ["2025-01-13", "2025-01-20", "2025-01-27"]
    commas = "are read with decimal commas, points between thousands"
    assert [(entry.column, entry.reason) for entry in panel.audit] == [
        (None, "the file is no UTF-8 and was read as Windows-1252"),
        (None, "the cells are separated by semicolons"),
        (None, f"numbers such as '1.234,51 €' {commas}, the sign '€', in 'TV', 'Umsätze'"),
        ("Klicks", f"numbers such as '1.231' {commas}"),
        ("Woche", "dates such as '13.01.2025' are read with the day first"),
    ]


def test_a_swiss_table_has_apostrophes(read: Callable[..., Panel]) -> None:
    table = "week;TV;Sales\n13.01.2025;CHF 1'234.50;1’000\n20.01.2025;CHF 980.00;2’000\n"
    panel = read(table)
    assert panel.columns["tv"].tolist() == [1234.5, 980]
    assert panel.columns["sales"].tolist() == [1000, 2000]
    assert "apostrophes between thousands, the sign 'CHF'" in panel.audit[1].reason


OPEN = "week;TV;Sales\n01.01.2025;1.234;5.678\n01.02.2025;2.345;6.789\n01.03.2025;3.456;7.891\n"
READINGS = {
    (",", True): (1234, "2025-02-01"),
    (".", True): (1.234, "2025-02-01"),
    (",", False): (1234, "2025-01-02"),
    (".", False): (1.234, "2025-01-02"),
}


def test_what_is_open_is_asked_once(problems: Callable[..., list[str]]) -> None:
    assert problems(OPEN) == [
        "table: 3 cells like '1.234' in column 'TV' and 1 more have a point, for thousands or for decimals; "
        "in 3 dates like '01.01.2025' in column 'week' the day or the month may come first; "
        "say decimal=',' or decimal='.', day_first=True or day_first=False "
        "(on the command line --decimal , or --decimal ., --day-first or --month-first)"
    ]
    (told,) = problems(OPEN, decimal=",")
    assert told.startswith("table: in 3 dates like")
    (told,) = problems(OPEN, day_first=True)
    assert told.endswith("say decimal=',' or decimal='.' (on the command line --decimal , or --decimal .)")


@pytest.mark.parametrize(("options", "meant"), READINGS.items())
def test_what_is_asked_is_settled_by_the_options(
    read: Callable[..., Panel], options: tuple[str, bool], meant: tuple[float, str]
) -> None:
    panel = read(OPEN, decimal=options[0], day_first=options[1])
    assert panel.periods is not None
    assert (panel.columns["tv"][0], panel.periods[1]) == meant


def test_what_the_options_contradict_is_told(problems: Callable[..., list[str]]) -> None:
    table = "week,TV,Sales\n01/13/2025,12.5,1\n01/20/2025,13,2\n"
    assert problems(table, decimal=",", day_first=True) == [
        "row 2, column 'week': '01/13/2025' is not an ISO date; write 2025-01-13",
        "row 3, column 'week': '01/20/2025' is not an ISO date; write 2025-01-20",
        "row 2, column 'TV': '12.5' has a decimal point, where decimal commas were said; "
        "write 12,5, or say decimal='.' (--decimal .)",
    ]


@pytest.mark.parametrize(("option", "value"), [("decimal", ";"), ("day_first", "yes")])
def test_an_option_that_is_none_is_told(read: Callable[..., Panel], option: str, value: str) -> None:
    with pytest.raises(QueryError, match=f"{option} must be .*, got '{value}'"):
        read(OPEN, **{option: value})


@pytest.mark.parametrize(
    ("texts", "mark", "cells"),
    [
        (["1.234", "0.5"], ".", 0),
        (["1.234", "1234"], ".", 0),
        (["1,234", "1 234"], ",", 0),
        (["1,234", "1,234,567"], ".", 0),
        (["1,234", "2,3"], ",", 0),
        (["1.234", "950", "-2.345"], None, 2),
        (["0.123", "0.456"], ".", 0),
        (["7", "8"], None, 0),
        (["1,5", "2.5"], None, 0),
        (["1.234", "1,234"], None, 2),
        (["1.234", "not known, 5"], None, 1),
    ],
)
def test_one_cell_settles_its_column(texts: list[str], mark: str | None, cells: int) -> None:
    found = decimals_of(texts)
    assert (found.mark, found.open) == (mark, cells)


def test_marks_and_signs_that_differ_in_one_column_stay_a_problem(problems: Callable[..., list[str]]) -> None:
    told = problems("week;TV;Sales\n1;1,5;€5\n2;2.5;$6\n3;3.5;7\n")
    assert [line.split(";")[0] for line in told] == [
        "row 2, column 'TV': '1,5' has a decimal comma",
        "row 2, column 'Sales': '€5' has a currency sign",
        "row 3, column 'Sales': '$6' has a currency sign",
    ]


def test_true_and_false_are_one_and_zero_where_the_whole_column_is(read: Callable[..., Panel]) -> None:
    panel = read("week,TV,Sales\n1,TRUE,1\n2,false,2\n3,True,3\n")
    assert panel.columns["tv"].tolist() == [1, 0, 1]
    assert panel.audit[0].reason == "true and false are read as 1 and 0"


def test_words_for_a_missing_cell_may_be_labels(read: Callable[..., Panel]) -> None:
    table = "week,geo,TV,Promo,Sales\n" + "".join(
        f"{week},{geo},{week + i},{'none' if week % 2 else 'sale'},{week * week + i}\n"
        for i, geo in enumerate(["EMEA", "NA"])
        for week in range(1, 5)
    )
    columns = {"tv": "TV", "promo": "Promo", "sales": "Sales"}
    panel = read(table, columns=columns, unit="geo", categories=["promo"])
    assert panel.units is not None
    assert set(panel.units) == {"EMEA", "NA"}
    assert panel.levels == {"promo": ("none", "sale")}
    assert [(entry.column, entry.reason) for entry in panel.audit] == [
        ("geo", "'na' is read as a label, not as a missing one"),
        ("Promo", "'none' is read as a label, not as a missing one"),
    ]


def test_a_word_that_numbers_are_missing_by_is_no_label(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("TV,Promo\n1,NA\n2,sale\nNA,sale\n")
    with pytest.raises(DataError, match="row 2, column 'Promo': 'NA' stands for a missing label"):
        read_panel(
            tmp_path / "a.csv", columns={"tv": "TV", "promo": "Promo"}, time=None, spends=[], categories=["promo"]
        )


def test_a_cell_of_any_length_costs_no_more_than_its_length() -> None:
    for text in ("9" * 100_000 + "a", "1" + " " * 100_000, "1" + ".234" * 30_000 + "x", "€" + "1" * 100_000):
        assert decimals_of([text, text + ","]).open == 0


def test_a_cell_of_another_kind_is_told_beside_text() -> None:
    frame = pd.DataFrame({"TV": ["1,5", np.array([1, 2]), 3.0]})
    with pytest.raises(DataError, match=r"row 3, column 'TV': array\(\[1, 2\]\) is not a number"):
        read_panel(frame, columns={"tv": "TV"}, time=None, spends=[])


@pytest.mark.parametrize(
    ("cells", "numbers", "manner"),
    [
        (["1.2K", "950", "3.4M"], [1200, 950, 3_400_000], "'K' for thousands, 'M' for millions"),
        (["$1.25k", "$0", "$10k"], [1250, 0, 10_000], "the sign '$', 'k' for thousands"),
        (["1,2 Mio. €", "0,5 Mio. €", "3 Mio. €"], [1.2e6, 5e5, 3e6], "the sign '€', 'Mio.' for millions"),
        (["1.5万", "2万", "0"], [15_000, 20_000, 0], "'万' for ten thousands"),
    ],
)
def test_numbers_shortened_by_a_letter_are_read_in_full(
    read: Callable[..., Panel], cells: list[str], numbers: list[float], manner: str
) -> None:
    rows = "".join(f"2025-01-{6 + 7 * i:02d};{cell}\n" for i, cell in enumerate(cells))
    panel = read(f"week;tv\n{rows}".encode(), columns={"tv": "tv"}, time="week")
    assert panel.columns["tv"].tolist() == numbers
    assert any(manner in entry.reason for entry in panel.audit)
