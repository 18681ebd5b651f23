"""Excel, Parquet and DataFrames: what is theirs alone, and that a panel written is the panel read back."""

from __future__ import annotations

import contextlib
import datetime
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import openpyxl
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openpyxl.chart import BarChart

from bayes_roi.errors import DataError, QueryError
from bayes_roi.panel import AuditEntry, Panel, read_panel

WEEKS = [datetime.datetime(2025, 1, 6) + datetime.timedelta(days=7 * i) for i in range(3)]
WRITERS: dict[str, Callable[[pd.DataFrame, Path], Any]] = {
    "tv.csv": lambda frame, path: frame.to_csv(path, index=False),
    "tv.parquet": lambda frame, path: frame.to_parquet(path),
    "tv.xlsx": lambda frame, path: frame.to_excel(path, index=False),
}
CALENDAR = {"day": "D", "week": "W-WED", "month": "MS", "quarter": "QS", "year": "YS"}


def excel(path: Path, rows: list[list[object]], *, merged: str | None = None, sheets: int = 1) -> Path:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = "Media"
    for row in rows:
        sheet.append(row)
    if merged:
        sheet.merge_cells(merged)
    for _ in range(1, sheets):
        book.create_sheet()
    book.save(path)
    return path


def told_by(source: Path | pd.DataFrame, *, time: str | None = "week") -> list[str]:
    with pytest.raises(DataError) as caught:
        read_panel(source, columns={"tv": "TV"}, time=time, spends=["tv"])
    return [str(problem) for problem in caught.value.problems]


def weeks_of(cells: list[object]) -> list[list[object]]:
    return [["week", "TV"], *([week, cell] for week, cell in zip(WEEKS, cells, strict=True))]


@st.composite
def panels(draw: st.DrawFn) -> Panel:
    rows = draw(st.integers(2, 12))
    values = st.lists(st.floats(-1e12, 1e12), min_size=rows, max_size=rows).filter(lambda x: len(set(x)) > 1)
    columns = {name: np.array(draw(values)) + 0.0 for name in ("demand", "sales")}
    frequency = draw(st.sampled_from([None, "period", *CALENDAR]))
    periods = None
    if frequency == "period":
        periods = np.arange(rows) + draw(st.integers(0, 1000))
    elif frequency is not None:
        first = draw(st.dates(datetime.date(1950, 1, 1), datetime.date(2100, 1, 1)))
        periods = pd.date_range(str(first), periods=rows, freq=CALENDAR[frequency]).strftime("%Y-%m-%d")
        periods = np.array(periods, dtype="U10")
    return Panel(columns, periods, None if frequency is None else "when", frequency, "tv")


@pytest.mark.parametrize("name", WRITERS)
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(panel=panels())
def test_a_panel_written_is_the_panel_read_back(tmp_path: Path, name: str, panel: Panel) -> None:
    WRITERS[name](panel.to_frame(), tmp_path / name)
    again = read_panel(tmp_path / name, columns={n: n for n in panel.columns}, time=panel.time, spends=[])
    assert again.frequency == panel.frequency
    np.testing.assert_array_equal(again.periods, panel.periods)
    for node, values in panel.columns.items():
        np.testing.assert_allclose(again.columns[node], values, rtol=1e-14)  # Excel writes 16 digits


def test_an_error_cell_of_excel_is_told(tmp_path: Path) -> None:
    told = told_by(excel(tmp_path / "tv.xlsx", weeks_of([1, "#REF!", 3])))
    assert told == [
        "row 3, column 'TV': the cell holds the spreadsheet error #REF!; mend the formula or write the number"
    ]


def test_a_date_where_a_number_should_be_is_told(tmp_path: Path) -> None:
    told = told_by(excel(tmp_path / "tv.xlsx", weeks_of([1, WEEKS[0], 3])))
    message = "the cell holds the date 2025-01-06 00:00:00, not a number; format and fill the cell as a number"
    assert told == [f"row 3, column 'TV': {message}"]


def test_merged_cells_of_a_column_are_told(tmp_path: Path) -> None:
    told = told_by(excel(tmp_path / "tv.xlsx", weeks_of([1, 2, 3]), merged="B2:B3"))
    assert told == ["row 2, column 'TV': the cells B2:B3 are merged; unmerge them and fill in every cell"]


def test_merged_cells_elsewhere_do_not_matter(tmp_path: Path) -> None:
    file = excel(tmp_path / "tv.xlsx", weeks_of([1, 2, 3]), merged="D2:D3")
    assert read_panel(file, columns={"tv": "TV"}, time="week", spends=["tv"]).rows == 3


def test_the_first_of_several_sheets_is_read_and_the_audit_says_which(tmp_path: Path) -> None:
    file = excel(tmp_path / "tv.xlsx", weeks_of([1, 2, 3]), sheets=3)
    panel = read_panel(file, columns={"tv": "TV"}, time="week", spends=["tv"])
    assert panel.audit == (AuditEntry("read", "of 3 sheets, the first was read: 'Media'"),)
    assert panel.periods is not None
    assert panel.periods.tolist() == ["2025-01-06", "2025-01-13", "2025-01-20"]


def test_an_empty_sheet_is_told(tmp_path: Path) -> None:
    told = told_by(excel(tmp_path / "tv.xlsx", []))
    assert told == ["table: sheet 'Media' is empty; write a header row and one row for each period"]


def test_a_parquet_column_of_another_type_is_told_once(tmp_path: Path) -> None:
    message = "the column holds values such as '1', not numbers; store the column as numbers (float64)"
    pq.write_table(pa.table({"TV": ["1", "2"]}), tmp_path / "tv.parquet")
    assert told_by(tmp_path / "tv.parquet", time=None) == [f"column 'TV': {message}"]


@pytest.mark.parametrize(
    "column",
    [
        pa.chunked_array([[1.0], [2.0, None]]),
        pa.chunked_array([pa.array([9, 1, 2, None], pa.int32()).slice(1)]),
        pa.array([1.0, 2.0, None]).dictionary_encode(),
    ],
)
def test_parquet_numbers_of_any_layout_are_read_with_their_missing_cells(tmp_path: Path, column: Any) -> None:
    pq.write_table(pa.table({"TV": column}), tmp_path / "tv.parquet")
    panel = read_panel(tmp_path / "tv.parquet", columns={"tv": "TV"}, time=None, spends=[], clean={"missing": "model"})
    np.testing.assert_array_equal(panel.columns["tv"], [1, 2, np.nan])


def test_infinity_in_parquet_is_told_with_its_row(tmp_path: Path) -> None:
    pq.write_table(pa.table({"TV": [1.0, np.inf, 2.0]}), tmp_path / "tv.parquet")
    told = told_by(tmp_path / "tv.parquet", time=None)
    assert told == [
        "row 3, column 'TV': inf is not a finite number; write the number, or leave the cell empty",
    ]


def test_a_table_is_read_without_importing_pandas(tmp_path: Path) -> None:
    pq.write_table(pa.table({"week": WEEKS, "TV": [1.0, 2.0, 3.0]}), tmp_path / "tv.parquet")
    (tmp_path / "tv.csv").write_text("week,TV\n2025-01-06,1\n2025-01-13,2\n")
    excel(tmp_path / "tv.xlsx", weeks_of([1, 2, 3]))
    script = (
        "import sys; from bayes_roi.panel import read_panel\n"
        "for f in sys.argv[1:]: read_panel(f, columns={'tv': 'TV'}, time='week', spends=['tv'])\n"
        "assert 'pandas' not in sys.modules"
    )
    files = [str(tmp_path / f"tv.{kind}") for kind in ("csv", "parquet", "xlsx")]
    root = Path(__file__).resolve().parents[2]
    subprocess.run([sys.executable, "-c", script, *files], check=True, cwd=root)


@pytest.mark.parametrize(
    "weeks",
    [
        pd.DatetimeIndex(WEEKS),
        pd.DatetimeIndex(WEEKS, tz="Europe/Berlin"),
        pd.PeriodIndex(["2025-01-06", "2025-01-13", "2025-01-20"], freq="W-SUN"),
        pd.Index(["2025-01-06", "2025-01-13", "2025-01-20"]),
    ],
)
def test_an_index_with_the_name_of_the_period_column_is_that_column(weeks: pd.Index[Any]) -> None:
    frame = pd.DataFrame({"TV": [1, 2, 3]}, index=weeks.rename("week"))
    panel = read_panel(frame, columns={"tv": "TV"}, time="week", spends=["tv"])
    assert panel.frequency == "week"
    assert panel.periods is not None
    assert panel.periods.tolist() == ["2025-01-06", "2025-01-13", "2025-01-20"]


@pytest.mark.parametrize("dtype", ["Int64", "Float64", "object", "float32", "category"])
def test_a_dataframe_column_of_numbers_is_read_whatever_its_dtype(dtype: str) -> None:
    frame = pd.DataFrame({"TV": pd.Series([1, 2, None]).astype(dtype)})  # type: ignore[call-overload]
    panel = read_panel(frame, columns={"tv": "TV"}, time=None, spends=["tv"], clean={"missing": "model"})
    np.testing.assert_array_equal(panel.columns["tv"], [1, 2, np.nan])


@pytest.mark.parametrize("dtype", ["bool", "boolean"])
def test_booleans_are_one_and_zero(tmp_path: Path, dtype: str) -> None:
    cells = [True, False, None] if dtype == "boolean" else [True, False]
    frame = pd.DataFrame({"TV": pd.array(cells, dtype=dtype), "x": np.arange(len(cells))})
    for name, write in WRITERS.items():
        write(frame, tmp_path / name)
    for source in (frame, *(tmp_path / name for name in WRITERS)):
        panel = read_panel(source, columns={"tv": "TV"}, time=None, spends=[], clean={"missing": "model"})
        np.testing.assert_array_equal(panel.columns["tv"], [1, 0, np.nan][: len(cells)])
        assert AuditEntry("read", "true and false are read as 1 and 0", column="TV") in panel.audit


def test_changing_the_dataframe_later_does_not_change_the_panel() -> None:
    frame = pd.DataFrame({"TV": [1.0, 2.0]})
    panel = read_panel(frame, columns={"tv": "TV"}, time=None, spends=["tv"])
    frame.loc[0, "TV"] = 9
    assert panel.columns["tv"].tolist() == [1, 2]


def test_the_columns_of_a_panel_are_read_only() -> None:
    panel = read_panel(pd.DataFrame({"TV": [1.0, 2.0]}), columns={"tv": "TV"}, time=None, spends=["tv"])
    with pytest.raises(ValueError, match="read-only"):
        panel.columns["tv"][0] = 5


def test_select_keeps_the_named_columns_in_order() -> None:
    panel = Panel({"a": np.ones(2), "b": np.zeros(2)}, np.array([1, 2]), "t", "period", "tv.csv")
    assert list(panel.select(["b", "a"]).columns) == ["b", "a"]
    with pytest.raises(QueryError, match=r"tv.csv has no column 'c'\. It has a, b\."):
        panel.select(["c"])


def test_columns_of_different_lengths_are_told() -> None:
    with pytest.raises(DataError, match=r"the columns differ in shape: a \(2,\), t \(3,\)"):
        Panel({"a": np.ones(2)}, np.arange(3), "t", "period", "tv.csv")


def test_the_audit_is_a_frame_with_a_row_for_each_entry() -> None:
    entry = AuditEntry("interpolated", "the value was missing", 3, "2025-01-13", "TV", None, 2.5)
    frame = Panel({}, None, None, None, "tv.csv", (entry,)).audit_frame()
    assert list(frame.columns) == ["row", "period", "column", "action", "before", "after", "reason"]
    assert frame.iloc[0]["after"] == 2.5
    assert Panel({}, None, None, None, "tv.csv").audit_frame().empty


def test_a_panel_describes_itself_in_one_line_and_in_a_notebook() -> None:
    weeks = np.array(["2025-01-06", "2025-01-13"])
    panel = Panel({"<tv>": np.ones(2)}, weeks, "week", "week", "tv.csv", (AuditEntry("sorted", "why", column="week"),))
    assert repr(panel) == "Panel(tv.csv: 2 weeks, 2025-01-06 to 2025-01-13, 1 column: <tv>; 1 audit entry)"
    assert "<th>sorted</th><td>week: why</td>" in panel._repr_html_()
    assert "&lt;tv&gt;" in panel._repr_html_()


def test_a_stray_cell_far_below_ends_the_table_at_the_gap_with_a_note(tmp_path: Path) -> None:
    file = excel(tmp_path / "tv.xlsx", weeks_of([1, 2, 3]))
    book = openpyxl.load_workbook(file)
    book.active["C100000"] = "checked by Kim"
    book.active["XFD1048576"] = 1
    book.save(file)
    panel = read_panel(file, columns={"tv": "TV"}, time="week", spends=["tv"])
    assert panel.rows == 3
    reason = "the table ends in row 4, before 100 empty rows or more; cell C100000 is no part of it"
    assert panel.audit == (AuditEntry("left out", reason),)


def test_a_header_far_to_the_right_costs_nothing(tmp_path: Path) -> None:
    file = excel(tmp_path / "tv.xlsx", weeks_of([1, 2, 3]))
    book = openpyxl.load_workbook(file)
    book.active["XFD1"] = "notes"
    book.save(file)
    assert read_panel(file, columns={"tv": "TV"}, time="week", spends=["tv"]).rows == 3


def test_a_file_of_charts_is_told_with_its_sheets(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    book.create_chartsheet("Trend").add_chart(BarChart())
    book.remove(book.worksheets[0])
    book.save(tmp_path / "tv.xlsx")
    assert told_by(tmp_path / "tv.xlsx") == [
        "table: it has no sheet of cells; there is 'Trend'; copy the table to a sheet of its own, before the charts"
    ]


def test_a_chart_before_the_table_is_passed_over_and_told(tmp_path: Path) -> None:
    file = excel(tmp_path / "tv.xlsx", weeks_of([1, 2, 3]))
    book = openpyxl.load_workbook(file)
    book.create_chartsheet("Trend", 0).add_chart(BarChart())
    book.save(file)
    panel = read_panel(file, columns={"tv": "TV"}, time="week", spends=["tv"])
    assert panel.audit == (AuditEntry("read", "of 2 sheets, the first was read: 'Media'; not 'Trend'"),)


@pytest.mark.parametrize("kind", ["xlsx", "parquet"])
def test_a_damaged_file_is_one_message(tmp_path: Path, kind: str) -> None:
    """Bits turned at 60 places each: the libraries raise errors of many classes, and we one."""
    whole = tmp_path / f"whole.{kind}"
    if kind == "xlsx":
        excel(whole, weeks_of([1, 2, 3]))
    else:
        pq.write_table(pa.table({"week": WEEKS, "TV": [1.0, 2.0, 3.0]}), whole)
    content, file = whole.read_bytes(), tmp_path / f"tv.{kind}"
    for place in range(0, len(content), max(len(content) // 60, 1)):
        file.write_bytes(content[:place] + bytes([content[place] ^ 0x55]) + content[place + 1 :])
        with contextlib.suppress(DataError):
            read_panel(file, columns={"tv": "TV"}, time="week", spends=["tv"])
        file.write_bytes(content[:place])
        with pytest.raises(DataError, match=r"the file.* cannot be read as (Excel|Parquet) \(.+\); save|is empty"):
            read_panel(file, columns={"tv": "TV"}, time="week", spends=["tv"])


@pytest.mark.parametrize("zone", ["Europe/Berlin", "Asia/Tokyo", "America/New_York", "UTC"])
def test_one_rule_of_time_zones_for_csv_parquet_and_frames(tmp_path: Path, zone: str) -> None:
    """Midnight is the date that is written; dates turned to UTC are told, and the advice is the day that was meant."""
    weeks = pd.date_range("2025-03-24", periods=3, freq="W-MON", tz=zone)
    days = ["2025-03-24", "2025-03-31", "2025-04-07"]
    for local in (weeks, weeks.tz_convert("UTC")):
        frame = pd.DataFrame({"week": local, "TV": [1.0, 2.0, 3.0]})
        frame.to_csv(tmp_path / "tv.csv", index=False)
        frame.to_parquet(tmp_path / "tv.parquet")
        for source in (frame, tmp_path / "tv.csv", tmp_path / "tv.parquet"):
            if local is weeks or zone == "UTC":
                panel = read_panel(source, columns={"tv": "TV"}, time="week", spends=["tv"])
                assert panel.periods is not None
                assert panel.periods.tolist() == days
            else:
                told = told_by(source)
                assert all(f"; write {day}" in line for day, line in zip(days, told, strict=True))


def test_a_zero_byte_anywhere_is_told_with_its_row(tmp_path: Path) -> None:
    weeks = pd.date_range("2000-01-03", periods=500, freq="W").astype(str)
    rows = "".join(f"{week},{i}\n" for i, week in enumerate(weeks))
    (tmp_path / "tv.csv").write_bytes(f"week,TV\n{rows}".encode().replace(b",400\n", b",4\x0000\n"))
    (told,) = told_by(tmp_path / "tv.csv")
    assert told.startswith("row 402: byte ")
    assert "is zero, as no text has it: the file is damaged" in told


def test_a_file_cut_inside_its_last_line_is_told_in_the_audit(tmp_path: Path) -> None:
    (tmp_path / "tv.csv").write_text("week,TV\n2025-01-06,1000\n2025-01-13,2000\n2025-01-20,30")
    panel = read_panel(tmp_path / "tv.csv", columns={"tv": "TV"}, time="week", spends=["tv"])
    reason = "the last line has no line break at its end: if the file was cut there, its last number is too"
    assert panel.audit == (AuditEntry("read", reason),)


def test_header_cells_of_any_length_are_cut_in_messages(tmp_path: Path) -> None:
    (tmp_path / "tv.csv").write_text(f"week,{'x' * 100_000}\n2025-01-06,{'9' * 1000}a\n2025-01-13,2\n")
    assert max(map(len, told_by(tmp_path / "tv.csv"))) < 400


def test_what_the_library_cannot_read_is_told_with_its_sheets(tmp_path: Path) -> None:
    """A sheet of charts without a chart is more than openpyxl reads, though it writes it."""
    book = openpyxl.Workbook()
    book.create_chartsheet("Trend")
    book.save(tmp_path / "tv.xlsx")
    (told,) = told_by(tmp_path / "tv.xlsx")
    assert told.startswith("table: the file (sheets 'Sheet', 'Trend') cannot be read as Excel (")
