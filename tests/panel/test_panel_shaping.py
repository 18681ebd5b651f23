"""Tables of other shapes: rows of channels, several files, days to weeks and months, titles and totals."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from pathlib import Path

import numpy as np
import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st

import bayes_roi as br
from bayes_roi.errors import DataError, QueryError
from bayes_roi.panel import Panel, read_panel
from bayes_roi.panel.observed import Observed
from bayes_roi.panel.shaping.every import THURSDAY, to_every

Read = Callable[..., Panel]
LONG = """date,channel,spend,clicks
2024-01-01,TV,10,
2024-01-01,Paid Search (Brand),5,50
2024-01-08,TV,20,
2024-01-15,Paid Search (Brand),7,70
2024-01-15,TV,30,
"""
SALES = "date,revenue\n2024-01-01,100\n2024-01-08,110\n2024-01-15,120\n"
WIDE = {"tv": "spend_tv", "search": "spend_paid_search_brand", "clicks": "clicks_paid_search_brand"}
ZERO = {"missing": {"spends": "zero"}}


def days(first: str, count: int) -> list[str]:
    start = datetime.date.fromisoformat(first)
    return [(start + datetime.timedelta(i)).isoformat() for i in range(count)]


def daily(first: str, count: int, *, without: tuple[int, ...] = ()) -> str:
    """TV spends 1 a day; sales count up; the price is 3 and 5 in turn."""
    rows = [f"{d},1,{i},{3 + 2 * (i % 2)}" for i, d in enumerate(days(first, count)) if i not in without]
    return "\n".join(["week,TV,Sales,Price", *rows]) + "\n"


DAILY = {"columns": {"tv": "TV", "sales": "Sales", "price": "Price"}, "explained": ["sales"], "may_be_constant": ["tv"]}


def written(folder: Path, **texts: str) -> list[Path]:
    for name, text in texts.items():
        (folder / f"{name}.csv").write_text(text)
    return [folder / f"{name}.csv" for name in texts]


def reasons(panel: Panel) -> list[str]:
    return [f"{e.action}: {e.reason}" for e in panel.audit]


def told(*arguments: object, **options: object) -> str:
    with pytest.raises(DataError) as caught:
        read_panel(*arguments, **options)  # type: ignore[arg-type]
    return str(caught.value)


def test_rows_of_channels_become_columns_by_a_rule_that_is_said(read: Read) -> None:
    panel = read(
        LONG, columns=WIDE, time="date", spends=["tv", "search"], clean={"missing": {"all": "model", **ZERO["missing"]}}
    )
    np.testing.assert_array_equal(panel.columns["tv"], [10, 20, 30])
    np.testing.assert_array_equal(panel.columns["search"], [5, 0, 7])
    np.testing.assert_array_equal(panel.columns["clicks"], [50, np.nan, 70])
    assert reasons(panel)[0] == (
        "pivoted: its rows are columns, a measure and a label each: spend_tv, spend_paid_search_brand, clicks_tv, "
        "clicks_paid_search_brand; 'TV' is tv, 'Paid Search (Brand)' is paid_search_brand"
    )
    assert reasons(panel)[1] == "read: 1 of 6 pairs of a period and a label have no row: their cells are missing"


def test_a_pair_without_a_row_is_missing_and_zero_is_offered(problems: Callable[..., list[str]]) -> None:
    columns = {"search": "spend_paid_search_brand"}
    (said,) = problems(LONG, columns=columns, time="date", spends=["search"])
    assert said.startswith(
        "row 4, column 'spend_paid_search_brand': the value is missing; choose clean={'missing': {'sp"
    )


def test_rows_of_campaigns_are_summed_and_a_column_of_the_period_is_not(read: Read) -> None:
    table = "date,channel,campaign,spend,revenue\n" + "".join(
        f"{d},{c},{k},{2 + i + n},{100 + i}\n"
        for i, d in enumerate(days("2024-01-01", 4))
        for c in ("tv", "radio")
        for n, k in enumerate("xy")
    )
    panel = read(table, columns={"tv": "spend_tv", "revenue": "revenue"}, time="date", spends=["tv"])
    assert panel.columns["tv"].tolist() == [5, 7, 9, 11]
    assert panel.columns["revenue"].tolist() == [100, 101, 102, 103]
    assert "summed: 8 more rows of a period and a label that has one" in reasons(panel)
    assert [e.column for e in panel.audit if e.action == "left out"] == ["campaign"]


def test_rows_of_channels_in_units(read: Read) -> None:
    table = "geo,week,channel,spend\n" + "".join(
        f"{g},{w},{c},{10 * w + len(g + c)}\n" for g in ("A", "BB") for w in (1, 2, 3) for c in ("tv", "radio")
    )
    panel = read(table, columns={"tv": "spend_tv", "radio": "spend_radio"}, spends=["tv"], unit="geo")
    assert panel.columns["tv"].tolist() == [13, 23, 33, 14, 24, 34]
    assert panel.columns["radio"].tolist() == [16, 26, 36, 17, 27, 37]


def test_a_table_whose_columns_are_there_is_not_pivoted(problems: Callable[..., list[str]]) -> None:
    said = problems(LONG, columns={"spend": "spend"}, time="date", spends=["spend"])
    assert "the period 2024-01-01 is in row 2 already" in said[0]


def test_numbers_of_another_locale_are_read_before_they_are_put_side_by_side(read: Read) -> None:
    table = "Datum;Kanal;Kosten\n" + "".join(
        f"{d}.01.2024;{c};1.{d - 10}00,5 €\n" for d in (13, 14, 15) for c in ("TV", "Funk")
    )
    panel = read(table, columns={"tv": "kosten_tv", "radio": "kosten_funk"}, time="Datum", spends=["tv"])
    assert panel.columns["tv"].tolist() == [1300.5, 1400.5, 1500.5]
    assert panel.periods is not None
    assert panel.periods[0] == "2024-01-13"


def test_files_are_joined_on_their_periods(tmp_path: Path) -> None:
    files = written(tmp_path, spend=LONG, revenue=SALES.replace("date", "Woche") + "2024-01-22,130\n")
    columns = {"tv": "spend_tv", "revenue": "revenue"}
    panel = read_panel(files, columns=columns, time="date", spends=["tv"])
    assert repr(panel).startswith("Panel(spend.csv + revenue.csv: 3 weeks, 2024-01-01 to 2024-01-15, 2 columns")
    assert panel.columns["revenue"].tolist() == [100, 110, 120]
    assert reasons(panel)[-3:] == [
        "read: the periods of revenue.csv are in 'Woche'",
        "joined: spend.csv and revenue.csv, on the periods 2024-01-01 to 2024-01-15 that both ends of all have",
        "left out: 1 rows of revenue.csv before 2024-01-01 or after 2024-01-15",
    ]


def test_a_period_that_one_file_lacks_is_missing_there(tmp_path: Path) -> None:
    spend = "date,spend\n" + "".join(f"2024-01-0{d},{d}\n" for d in (1, 2, 4, 5))
    sales = "date,revenue\n" + "".join(f"2024-01-0{d},{d}0\n" for d in (1, 2, 3, 4, 5))
    asked = {"columns": {"spend": "spend", "revenue": "revenue"}, "time": "date", "spends": ["spend"]}
    files = written(tmp_path, spend=spend, revenue=sales)
    assert "column 'spend': the value is missing; choose clean={'missing': {'spends': 'zero'}}" in told(files, **asked)
    panel = read_panel(files, **asked, clean=ZERO)  # type: ignore[arg-type]
    assert panel.columns["spend"].tolist() == [1, 2, 0, 4, 5]
    assert [(e.row, e.after) for e in panel.audit if e.action == "filled with zero"] == [(None, 0.0)]


def test_files_are_joined_on_their_units_too(tmp_path: Path) -> None:
    spend = "geo,week,tv\n" + "".join(f"{g},{w},{w + len(g)}\n" for g in ("BB", "A") for w in (1, 2, 3))
    sales = "geo,week,sales\n" + "".join(f"{g},{w},{10 * w + len(g)}\n" for w in (1, 2, 3) for g in ("A", "BB"))
    files = written(tmp_path, spend=spend, sales=sales)
    panel = read_panel(files, columns={"tv": "tv", "sales": "sales"}, time="week", spends=["tv"], unit="geo")
    assert panel.units is not None
    assert panel.columns["sales"].tolist() == [12, 22, 32, 11, 21, 31]
    assert panel.units.tolist() == ["BB"] * 3 + ["A"] * 3


REGIONS = "".join(f"{g},{w},{w * n},{n}\n" for g, n in (("A", 3), ("B", 1)) for w in (1, 2, 3, 4))
REGIONAL = f"geo,week,sales,people\n{REGIONS}"
NATIONAL = "week,tv,price\n" + "".join(f"{w},{100 * w * w},{w % 3}\n" for w in (1, 2, 3, 4))
OF_BOTH = {"columns": {n: n for n in ("tv", "sales", "price", "people")}, "time": "week", "unit": "geo"}


def test_a_national_spend_is_divided_by_weights_and_a_national_price_is_that_of_each_unit(tmp_path: Path) -> None:
    files = written(tmp_path, national=NATIONAL, regional=REGIONAL)
    asked = {"spends": ["tv"], "explained": ["sales"], "positive": ["people"], "may_be_constant": ["people"]}
    panel = read_panel(files, **OF_BOTH, **asked, weights="people")  # type: ignore[arg-type]
    assert panel.units is not None
    assert panel.units.tolist() == ["A"] * 4 + ["B"] * 4
    assert panel.columns["tv"].tolist() == [75, 300, 675, 1200, 25, 100, 225, 400]
    assert panel.columns["price"].tolist() == [1, 2, 0, 1] * 2
    assert panel.columns["sales"].tolist() == [3, 6, 9, 12, 1, 2, 3, 4]
    assert reasons(panel)[-2:] == [
        "divided: tv of national.csv, of all geo labels together: divided over them in proportion to people",
        "repeated: price of national.csv, of all geo labels together: the same in each",
    ]


def test_what_is_of_all_units_is_asked_about_where_nothing_divides_it(tmp_path: Path) -> None:
    files = written(tmp_path, national=NATIONAL, regional=REGIONAL)
    found = told(files, **OF_BOTH, spends=["tv"], explained=["sales"], may_be_constant=["people"])
    assert (
        "column 'tv': it is in a file without 'geo', so that it is of all geo labels together; name weights:" in found
    )
    turned = told(files, **OF_BOTH, spends=[], explained=["price"], may_be_constant=["people"])
    assert "column 'price': it is in a file without 'geo'" in turned
    assert "give what is to be explained for each geo" in turned


def test_files_that_share_no_dates_are_one_error(tmp_path: Path) -> None:
    asked = {"columns": {"tv": "tv", "revenue": "revenue"}, "time": "date", "spends": ["tv"]}
    tv = "date,tv\n" + "".join(f"{d},{i}\n" for i, d in enumerate(days("2022-01-02", 36)[::7]))
    said = told(written(tmp_path, spend=tv, revenue=SALES), **asked)
    assert said == (
        "spend.csv + revenue.csv: 1 problem\n"
        "  - table: the files share no dates: spend.csv has weeks from Sunday, 2022-01-02 to 2022-02-06; revenue.csv "
        "has weeks from Monday, 2024-01-01 to 2024-01-15; name files of one time, with the same first day of a week or "
        "month"
    )
    tv = "date,tv\n" + "".join(f"{d},{i}\n" for i, d in enumerate(days("2024-01-01", 21)))
    assert "differ in how far their rows are apart" in told(written(tmp_path, spend=tv, revenue=SALES), **asked)


def test_a_column_in_two_files_or_in_none(tmp_path: Path) -> None:
    files = written(tmp_path, spend="date,tv,revenue\n2024-01-01,1,2\n2024-01-08,2,3\n", revenue=SALES)
    said = told(files, columns={"tv": "tv", "revenue": "revenue", "x": "x"}, time="date", spends=["tv"])
    assert "column 'revenue': it is in spend.csv and in revenue.csv; rename all but one" in said
    assert "column 'x': there is no such column in any file: spend.csv has date, tv, revenue; revenue.csv has" in said


def test_tables_without_periods_are_not_joined(tmp_path: Path) -> None:
    files = written(tmp_path, spend="tv\n1\n2\n", revenue="sales\n3\n4\n")
    asked = {"columns": {"tv": "tv", "sales": "sales"}, "time": None, "spends": ["tv"]}
    with pytest.raises(QueryError, match="several tables are joined on their periods"):
        read_panel(files, **asked)  # type: ignore[arg-type]
    with pytest.raises(QueryError, match="the list of tables is empty"):
        read_panel([], **asked)  # type: ignore[arg-type]


def test_labels_join_where_each_row_has_one(tmp_path: Path) -> None:
    """The period's own column may be a category; it is in both files, and taken from the first."""
    files = written(tmp_path, spend="week,tv\n1,5\n2,6\n3,7\n", more="week,kind\n1,a\n2,b\n3,a\n")
    columns = {"tv": "tv", "kind": "kind", "week": "week"}
    asked = {"columns": columns, "time": "week", "spends": ["tv"], "categories": ["kind", "week"]}
    panel = read_panel(files, **asked)  # type: ignore[arg-type]
    assert [panel.levels["kind"][int(code)] for code in panel.columns["kind"]] == ["a", "b", "a"]
    files = written(tmp_path, spend="week,tv\n1,5\n2,6\n3,7\n", more="week,kind\n1,a\n3,a\n")
    said = told(files, columns={"tv": "tv", "kind": "kind"}, time="week", spends=["tv"], categories=["kind"])
    assert "more.csv has no row for 1 rows of the other files, which would have no label" in said


def test_days_become_weeks_with_sums_and_means_by_role(read: Read) -> None:
    panel = read(daily("2024-01-03", 26), **DAILY, every="week")  # a Wednesday, to Sunday 28 January
    assert panel.frequency == "week"
    assert panel.periods is not None
    assert panel.periods.tolist() == ["2024-01-08", "2024-01-15", "2024-01-22"]
    assert panel.columns["tv"].tolist() == [7, 7, 7]
    assert panel.columns["sales"].tolist() == [sum(range(5, 12)), sum(range(12, 19)), sum(range(19, 26))]
    np.testing.assert_allclose(panel.columns["price"], [(3 * 3 + 5 * 4) / 7, (3 * 4 + 5 * 3) / 7, (3 * 3 + 5 * 4) / 7])
    assert reasons(panel) == [
        "summed: 26 days to 3 weeks, which begin on Monday: sums of TV, Sales; means of Price",
        "left out: the week from 2024-01-01 is not whole in the table",
    ]


def test_days_become_months(read: Read) -> None:
    panel = read(daily("2024-01-31", 62), **DAILY, every="month")  # to 1 April: February and March are whole
    assert panel.frequency == "month"
    assert panel.columns["tv"].tolist() == [29, 31]
    assert reasons(panel)[1:] == [f"left out: the month {m} is not whole in the table" for m in ("2024-01", "2024-04")]


@given(st.integers(0, 6), st.integers(1, 60), st.integers(-400, 400))
def test_whole_weeks_keep_the_sum_of_their_days(weekday: int, count: int, first: int) -> None:
    """What is left out is fewer than a week at either end, and weeks begin on the day asked for."""
    ordinals = first + np.arange(count)
    values = np.random.default_rng(count).random(count)
    observed = Observed({"x": values, "y": values}, np.arange(2, count + 2), time="day", form="date", ordinals=ordinals)
    weeks, _, problems = to_every(observed, "week", sums={"x"}, weekday=weekday)
    whole = [o for o in ordinals if (o + THURSDAY) % 7 == weekday and o + 6 <= ordinals[-1]]
    if not whole:
        assert problems or weeks is observed
        return
    assert weeks.ordinals is not None
    assert weeks.ordinals.tolist() == whole
    np.testing.assert_allclose(weeks.values["x"], [values[o - first : o - first + 7].sum() for o in whole])
    np.testing.assert_allclose(weeks.values["y"], weeks.values["x"] / 7)


def test_days_with_holes_are_one_error(read: Read, problems: Callable[..., list[str]]) -> None:
    table = daily("2024-01-01", 91, without=(4, 5, 40, 41, 42, 70))
    (said,) = problems(table, **DAILY, every="month")
    assert said == (
        "column 'week': 6 days are missing in 3 months, whose sums would be too small: 2024-01 (2), 2024-02 (3), "
        "2024-03 (1); add their rows, or choose clean={'gaps': 'add', 'missing': {'spends': 'zero'}} where nothing was "
        "spent (--clean gaps=add --clean missing.spends=zero)"
    )
    clean = {"gaps": "add", "missing": {"spends": "zero", "all": "interpolate"}}
    panel = read(table, **DAILY, every="month", clean=clean)
    assert panel.columns["tv"].tolist() == [29, 26, 30]
    assert panel.columns["sales"].tolist() == [sum(range(31)), sum(range(31, 60)), sum(range(60, 91))]


def test_days_of_one_file_meet_the_weeks_of_another(tmp_path: Path) -> None:
    """Weeks begin on the day on which those of the other file do."""
    tv = "date,tv\n" + "".join(f"{d},{i}\n" for i, d in enumerate(days("2024-01-01", 28)))
    sales = "date,sales\n" + "".join(f"{d},{i}\n" for i, d in enumerate(days("2024-01-03", 22)[::7]))
    columns = {"tv": "tv", "sales": "sales"}
    files = written(tmp_path, spend=tv, sales=sales)
    panel = read_panel(files, columns=columns, time="date", spends=["tv"], every="week")
    assert panel.periods is not None
    assert panel.periods.tolist() == ["2024-01-03", "2024-01-10", "2024-01-17"]
    assert panel.columns["tv"][0] == sum(range(2, 9))


def test_weeks_begin_on_the_day_that_is_asked_for(read: Read) -> None:
    panel = read(daily("2024-01-01", 21), **DAILY, every="week from Sunday")
    assert panel.periods is not None
    assert panel.periods.tolist() == ["2024-01-07", "2024-01-14"]
    assert panel.columns["sales"].tolist() == [sum(range(6, 13)), sum(range(13, 20))]
    assert "which begin on Sunday" in reasons(panel)[0]


@pytest.mark.parametrize(
    ("table", "every", "said"),
    [
        (SALES, "month", "the rows are weeks apart, and only days can be summed to months"),
        ("date,revenue\n1,2\n2,3\n3,5\n", "week", "the periods are numbers, of which no weeks can be made"),
        ("date,revenue\n2024-01-02,2\n2024-01-03,3\n2024-01-04,5\n", "week", "there is no whole week in it"),
    ],
)
def test_what_cannot_be_put_together(problems: Callable[..., list[str]], table: str, every: str, said: str) -> None:
    (problem,) = problems(table, columns={"revenue": "revenue"}, time="date", spends=[], every=every)
    assert said in problem


def test_every_must_be_a_period_and_have_a_time(read: Read) -> None:
    with pytest.raises(
        QueryError, match=r"every must be week, month or week from Sunday \(or from another day\), got 'fortnight'"
    ):
        read(SALES, columns={"revenue": "revenue"}, time="date", spends=[], every="fortnight")
    with pytest.raises(QueryError, match="every='week' needs rows in time"):
        read(SALES, columns={"revenue": "revenue"}, time=None, spends=[], every="week")


def sheet(file: Path, *rows: list[object]) -> Path:
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    book.save(file)
    return file


def test_a_title_and_a_total_of_a_sheet_are_left_out_and_told(tmp_path: Path) -> None:
    rows = [[f"2024-01-0{d}", d, 10 * d] for d in (1, 2, 3)]
    file = sheet(tmp_path / "a.xlsx", ["Media report 2024"], [], ["day", "tv", "sales"], *rows, ["Gesamt:", 6, 60])
    panel = read_panel(file, columns={"tv": "tv", "sales": "sales"}, time="day", spends=["tv"])
    assert panel.columns["sales"].tolist() == [10, 20, 30]
    assert [(e.row, e.action, e.reason) for e in panel.audit] == [
        (3, "read", "the header is in row 3, below the title 'Media report 2024'"),
        (7, "left out", "row 7 is no period: 'Gesamt:'"),
    ]


def test_totals_between_rows_are_left_out_and_said(tmp_path: Path) -> None:
    rows = [f"2024-0{month},{month}" for month in range(1, 7)]
    table = ["month,tv", *rows[:3], "Q1 2024 total,6", *rows[3:], "Subtotal,15", "Total,21"]
    (tmp_path / "a.csv").write_text("\n".join(table) + "\n")
    panel = read_panel(tmp_path / "a.csv", columns={"tv": "tv"}, time="month", spends=["tv"])
    assert panel.columns["tv"].tolist() == [1, 2, 3, 4, 5, 6]
    assert [e.reason for e in panel.audit] == [
        "rows 9 and 10 are no period: 'Subtotal'",
        "row 5 is a total of other rows: 'Q1 2024 total'",
    ]


def test_a_table_that_is_mostly_totals_is_not_made_smaller(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("day,tv\n2024-01-01,1\nTotal,3\n2024-01-02,2\nTotal,3\n2024-01-03,2\n")
    assert "'Total' is not a period" in told(tmp_path / "a.csv", columns={"tv": "tv"}, time="day", spends=["tv"])


def test_a_label_that_is_a_total_is_refused_and_rows_pasted_twice_are_told(tmp_path: Path) -> None:
    rows = [f"2024-01-{day:02},{c},{x}" for day in range(1, 9) for c, x in (("tv", day), ("web", 2 * day))]
    sales = "\n".join(["day,sales", *(f"2024-01-{day:02},{100 + day * day}" for day in range(1, 9))])
    (tmp_path / "sales.csv").write_text(sales + "\n")
    model = br.Model("m", "sales ~ spend_tv + spend_web", "sales", time="day")

    def read(more: list[str]) -> br.Panel:
        (tmp_path / "ads.csv").write_text("\n".join(["day,channel,spend", *rows, *more]) + "\n")
        return br.read_data([tmp_path / "ads.csv", tmp_path / "sales.csv"], model)

    with pytest.raises(br.DataError, match="'Total' reads as the total of the others"):
        read([f"2024-01-{day:02},Total,{3 * day}" for day in range(1, 9)])
    assert "2 rows are copies of another, cell by cell" in str([e.reason for e in read(rows[:2]).audit])
