"""Several units in one table: their order, their clock, what each lacks, and every way in which they are no panel."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bayes_roi.errors import DataError
from bayes_roi.panel import Panel, read_panel

WEEKS = [str(day) for day in np.arange("2025-01-06", "2025-03-31", 7, dtype="datetime64[D]")]
COLUMNS = {"tv": "TV", "sales": "Sales"}
ADD = "add a row for every period, with 0 where nothing was spent"
SAME = "use the same periods for all units, or take the unit out of the table"
KEEP = "keep one row for each geo and period, or choose clean={'duplicates': 'sum'} (or 'mean', 'first', 'last')"
FILL = "fill it in, or choose clean={'missing': 'model'}"

Row = tuple[str, str, float, float]


def rows_of(**weeks: list[int]) -> list[Row]:
    """Return a row for each geo and number of a week; the values tell geo and week."""
    return [
        (geo, WEEKS[week], week + 100.0 * i, (week + i) ** 2.0)
        for i, (geo, numbers) in enumerate(weeks.items())
        for week in numbers
    ]


def text_of(rows: list[Row]) -> str:
    return "geo,week,TV,Sales\n" + "".join(f"{','.join(map(str, row))}\n" for row in rows)


def frame_of(rows: list[Row]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["geo", "week", "TV", "Sales"])


def read_rows(rows: list[Row], *, unit: str | None = "geo", **options: object) -> Panel:
    asked = {"columns": COLUMNS, "time": "week", "spends": ["tv"], "unit": unit} | options
    return read_panel(frame_of(rows), **asked)  # type: ignore[arg-type]


def assert_same(one: Panel, other: Panel) -> None:
    for name in ("periods", "units", "clock"):
        np.testing.assert_array_equal(getattr(one, name), getattr(other, name), err_msg=name)
    assert list(one.columns) == list(other.columns)
    for name, values in one.columns.items():
        np.testing.assert_array_equal(values, other.columns[name], err_msg=name)
    assert (one.unit, one.time, one.frequency, one.levels) == (other.unit, other.time, other.frequency, other.levels)


def parts(panel: Panel) -> dict[str, list[list[object]]]:
    """Return the rows of each unit: period, clock and values."""
    assert panel.units is not None
    assert panel.clock is not None
    assert panel.periods is not None
    table = zip(panel.units, panel.periods, panel.clock, *panel.columns.values(), strict=True)
    found: dict[str, list[list[object]]] = {}
    for geo, *row in table:
        found.setdefault(str(geo), []).append(row)
    return found


calendars = st.lists(st.sets(st.integers(0, 11), min_size=2), min_size=2, max_size=5)


def whole(calendar: list[set[int]]) -> list[Row]:
    """Return the rows of units with these weeks, and of one that has every week, so that no week is missing for all."""
    return rows_of(**{f"G{i}": sorted(weeks) for i, weeks in enumerate(calendar)}, Z=list(range(12)))


@settings(max_examples=40, deadline=None)
@given(calendar=calendars, seed=st.integers(0, 2**32))
def test_the_order_of_the_rows_does_not_matter_beyond_that_of_the_units(calendar: list[set[int]], seed: int) -> None:
    rows = whole(calendar)
    shuffled = random.Random(seed).sample(rows, len(rows))
    panel, other = read_rows(rows), read_rows(shuffled)
    assert parts(panel) == parts(other)
    assert list(parts(other)) == list(dict.fromkeys(row[0] for row in shuffled))
    by_unit = sorted(shuffled, key=lambda row: row[0])
    assert_same(panel, read_rows(by_unit))


@settings(max_examples=40, deadline=None)
@given(calendar=calendars)
def test_the_clock_counts_the_periods_of_the_table(calendar: list[set[int]]) -> None:
    rows = whole(calendar)
    panel = read_rows(rows)
    assert panel.clock is not None
    assert panel.clock.dtype == np.int64
    assert [(row[0], WEEKS.index(row[1])) for row in rows] == list(
        zip(panel.units.tolist(), panel.clock.tolist(), strict=True)  # type: ignore[union-attr]
    )


@settings(max_examples=40, deadline=None)
@given(calendar=calendars)
def test_every_missing_period_of_a_unit_is_in_one_entry_of_the_audit(calendar: list[set[int]]) -> None:
    entries = read_rows(whole(calendar)).audit
    runs = []
    for i, weeks in enumerate(calendar):
        absent = [week for week in range(12) if week not in weeks]
        runs += [(f"'G{i}'", WEEKS[week]) for week in absent if week - 1 not in absent]
    assert {(entry.action, entry.column) for entry in entries} <= {("left out", "geo")}
    assert [(entry.reason.split()[1], entry.period) for entry in entries] == runs


@pytest.mark.parametrize("geo", ["A", "B"])
def test_a_unit_of_a_panel_is_the_single_series_of_its_rows(geo: str) -> None:
    rows = rows_of(A=list(range(6)), B=list(range(2, 10)))
    panel, alone = read_rows(rows), read_rows([row for row in rows if row[0] == geo], unit=None)
    here = panel.units == geo
    np.testing.assert_array_equal(panel.periods[here], alone.periods)  # type: ignore[index, arg-type]
    for name, values in alone.columns.items():
        np.testing.assert_array_equal(panel.columns[name][here], values)
    assert panel.frequency == alone.frequency
    assert alone.clock is not None
    assert alone.clock.tolist() == list(range(alone.rows))


def test_units_stand_in_the_order_in_which_they_appear(read: Callable[..., Panel]) -> None:
    panel = read(text_of(rows_of(South=[0, 1], North=[0, 1])), unit="geo")
    assert panel.unit == "geo"
    assert panel.units is not None
    assert panel.units.tolist() == ["South", "South", "North", "North"]
    assert panel.audit == ()


def test_rows_that_go_week_by_week_are_grouped_without_a_word(read: Callable[..., Panel]) -> None:
    rows = sorted(rows_of(A=[0, 1, 2], B=[0, 1, 2]), key=lambda row: row[1])
    panel = read(text_of(rows), unit="geo")
    assert_same(panel, read_rows(rows_of(A=[0, 1, 2], B=[0, 1, 2])))
    assert panel.audit == ()


def test_a_unit_whose_rows_are_not_in_order_of_time_is_told_in_the_audit(read: Callable[..., Panel]) -> None:
    (entry,) = read(text_of(rows_of(A=[0, 1, 2], B=[1, 0, 2])), unit="geo").audit
    assert (entry.action, entry.column) == ("sorted", "week")
    assert entry.reason == "the rows were not in order of time, as at row 5"


def test_a_late_starter_and_a_gap_are_kept_as_they_are_and_told(read: Callable[..., Panel]) -> None:
    panel = read(text_of(rows_of(A=[0, 1, 2, 3, 4, 5], B=[2, 3, 4, 5], C=[0, 3, 4])), unit="geo")
    assert panel.clock is not None
    assert panel.clock.tolist() == [0, 1, 2, 3, 4, 5, 2, 3, 4, 5, 0, 3, 4]
    assert [(entry.action, entry.column, entry.period, entry.reason) for entry in panel.audit] == [
        (
            "left out",
            "geo",
            "2025-01-06",
            "geo 'B' has no rows for the 2 weeks 2025-01-06 to 2025-01-13, before its first row",
        ),
        ("left out", "geo", "2025-01-13", "geo 'C' has no rows for the 2 weeks 2025-01-13 to 2025-01-20"),
        ("left out", "geo", "2025-02-10", "geo 'C' has no row for 2025-02-10, after its last row"),
    ]


def test_the_panel_says_how_many_rows_each_unit_has() -> None:
    even = read_rows(rows_of(A=[0, 1, 2], B=[0, 1, 2]))
    assert repr(even).startswith("Panel(DataFrame: 6 rows: 2 geos x 3 weeks, 2025-01-06 to 2025-01-20, 2 columns")
    uneven = read_rows(rows_of(A=[0, 1, 2], B=[1, 2]))
    assert "5 rows: 2 geos, 2 to 3 weeks each, 2025-01-06 to 2025-01-20" in repr(uneven)
    assert "5 rows: 2 geos, 2 to 3 weeks each" in uneven._repr_html_()
    people = read_panel(frame_of(rows_of(A=[0, 1], B=[0, 1])), columns=COLUMNS, time=None, spends=[], unit="geo")
    assert "4 rows: 2 geos x 2 rows, 2 columns" in repr(people)


def test_units_without_periods_are_grouped(read: Callable[..., Panel]) -> None:
    panel = read("store,TV,Sales\nB,1,5\nA,2,6\nB,3,7\nA,4,8\n", unit="store", time=None)
    assert panel.units is not None
    assert panel.units.tolist() == ["B", "B", "A", "A"]
    assert panel.columns["tv"].tolist() == [1, 3, 2, 4]
    assert (panel.periods, panel.time, panel.clock, panel.audit) == (None, None, None, ())


def test_select_and_the_frame_keep_the_units() -> None:
    panel = read_rows(rows_of(A=[0, 1, 2], B=[1, 2])).select(["sales"])
    frame = panel.to_frame()
    assert list(frame.columns) == ["geo", "week", "sales"]
    again = read_panel(frame, columns={"sales": "sales"}, time="week", spends=[], unit="geo")
    assert_same(panel, again)


def test_an_index_of_unit_and_period_counts_as_two_columns() -> None:
    frame = frame_of(rows_of(A=[0, 1, 2], B=[1, 2]))
    panel = read_panel(frame, columns=COLUMNS, time="week", spends=[], unit="geo")
    for keys in (["geo", "week"], ["geo"], ["week", "geo"]):
        indexed = frame.set_index(keys)
        assert_same(panel, read_panel(indexed, columns=COLUMNS, time="week", spends=[], unit="geo"))
    kept = frame.set_index(["geo", "week"], drop=False)
    assert_same(panel, read_panel(kept, columns=COLUMNS, time="week", spends=[], unit="geo"))


def save(frame: pd.DataFrame, path: Path) -> Path:
    if path.suffix == ".csv":
        frame.to_csv(path, index=False)
    elif path.suffix == ".parquet":
        frame.to_parquet(path)
    else:
        frame.to_excel(path, index=False)
    return path


@pytest.mark.parametrize("kind", ["csv", "parquet", "xlsx"])
@pytest.mark.parametrize(
    "geos", [["North", "Süd"], [7, 10], [7.0, 10.0], [True, False]], ids=["text", "whole", "floats", "booleans"]
)
@pytest.mark.parametrize("dtype", [None, "category"])
def test_units_are_the_same_labels_in_every_kind_of_file(
    tmp_path: Path, kind: str, geos: list[object], dtype: str | None
) -> None:
    frame = frame_of(rows_of(A=[0, 1, 2], B=[0, 1, 2]))
    frame["geo"] = pd.Series([geos[0]] * 3 + [geos[1]] * 3, dtype=dtype)  # type: ignore[call-overload]
    told = {"North": ["North", "Süd"], 7: ["7", "10"], True: ["true", "false"]}[geos[0]]  # type: ignore[index]
    for source in (frame, save(frame, tmp_path / f"tv.{kind}")):
        panel = read_panel(source, columns=COLUMNS, time="week", spends=["tv"], unit="geo")
        assert panel.units is not None
        assert panel.units.tolist() == [label for label in told for _ in range(3)]


def test_units_are_read_without_importing_pandas(tmp_path: Path, pandas_free: Callable[[str], None]) -> None:
    frame = frame_of(rows_of(A=[0, 1, 2], B=[0, 1, 2])).astype({"geo": "category"})
    for kind in ("csv", "parquet"):
        file = save(frame, tmp_path / f"tv.{kind}")
        pandas_free(
            "from bayes_roi.panel import read_panel\n"
            f"read_panel({str(file)!r}, columns={{'tv': 'TV', 'g': 'geo'}}, time='week', spends=['tv'], unit='geo',"
            " categories=['g'])"
        )


@pytest.mark.parametrize(("how", "value"), [("sum", 103.0), ("mean", 51.5), ("first", 1.0), ("last", 102.0)])
def test_duplicates_are_merged_inside_a_unit(read: Callable[..., Panel], how: str, value: float) -> None:
    rows = rows_of(A=[0, 1], B=[0, 1])
    panel = read(text_of([*rows, ("A", WEEKS[1], 102.0, 5.0)]), unit="geo", clean={"duplicates": how})
    assert panel.columns["tv"].tolist() == [0, value, 100, 101]
    assert [(entry.row, entry.period) for entry in panel.audit] == [(3 if how == "last" else 6, WEEKS[1])] * 2


def test_gaps_are_filled_between_the_neighbours_of_a_unit_in_time(read: Callable[..., Panel]) -> None:
    content = text_of(rows_of(A=[0, 1, 2, 3, 4], B=[0, 1, 4])).replace(f"B,{WEEKS[1]},101.0", f"B,{WEEKS[1]},")
    panel = read(content, unit="geo", clean={"missing": "interpolate"})
    assert panel.columns["tv"].tolist() == [0, 1, 2, 3, 4, 100, 101, 104]  # one week of four, not one row of two


def test_a_gap_is_not_filled_from_another_unit(problems: Callable[..., list[str]]) -> None:
    content = text_of(rows_of(A=[0, 1, 2], B=[0, 1, 2])).replace(f"A,{WEEKS[2]},2.0", f"A,{WEEKS[2]},")
    none = "the value is missing, and there is none on one side to interpolate from"
    asked = {"unit": "geo", "clean": {"missing": "interpolate"}}
    assert problems(content, **asked) == [f"row 4, column 'TV': {none}; {FILL}"]
    for week, value in ((0, "0.0"), (1, "1.0")):
        content = content.replace(f"A,{WEEKS[week]},{value}", f"A,{WEEKS[week]},")
    assert problems(content, **asked) == [f"row {row}, column 'TV': {none}; {FILL}" for row in (2, 3, 4)]


EVEN = text_of(rows_of(A=[0, 1, 2, 3], B=[0, 1, 2, 3]))
DAILY = "".join(
    f"B,{day},1,{i}\n" for i, day in enumerate(np.arange("2025-01-06", "2025-01-28", dtype="datetime64[D]"))
)
TUESDAYS = "".join(f"B,2025-01-{7 + 7 * i:02},1,{i}\n" for i in range(4))

BAD: dict[str, tuple[str, list[str]]] = {
    "no such column": (
        EVEN.replace("geo", "region"),
        [
            "column 'geo': there is no such column; the table has 'region', 'week', 'TV', 'Sales'; "
            "add it, or name the right column under columns in the model"
        ],
    ),
    "no label": (
        EVEN + f",{WEEKS[4]},1,2\n",
        [
            "row 10, column 'geo': the label is missing; "
            "give every row a label, such as 'other' where none of the others holds"
        ],
    ),
    "no label in words": (
        EVEN + f"NULL,{WEEKS[4]},1,2\n",
        [
            "row 10, column 'geo': 'NULL' stands for a missing label; "
            "give every row a label, such as 'other' where none of the others holds"
        ],
    ),
    "a decimal": (
        EVEN + f"1.5,{WEEKS[4]},1,2\n",
        ["row 10, column 'geo': 1.5 is no label; write a label: text, a whole number, or true and false"],
    ),
    "one unit": (
        text_of(rows_of(A=[0, 1, 2])),
        [
            "column 'geo': there is one geo only, 'A'; "
            "a panel needs two units or more; leave panel: out for a single series"
        ],
    ),
    "one row": (
        EVEN + f"C,{WEEKS[1]},1,2\n",
        ["row 10, column 'geo': geo 'C' has one row only; give it more rows, or take the unit out of the table"],
    ),
    "duplicate": (
        EVEN + f"A,{WEEKS[1]},1,2\n",
        [f"row 10, column 'week': the period 2025-01-13 of geo 'A' is in row 3 already; {KEEP}"],
    ),
    "a week that no unit has": (
        text_of(rows_of(A=[0, 1, 3, 4], B=[0, 1, 3])),
        [f"row 4, column 'week': 2025-01-20 is missing before this row; {ADD}"],
    ),
    "another frequency": (
        text_of(rows_of(A=[0, 1, 2, 3])) + DAILY,
        [f"row 6, column 'week': the rows of 'B' are a day apart, those of 'A' a week; {SAME}"],
    ),
    "another day of the week": (
        text_of(rows_of(A=[0, 1, 2, 3])) + TUESDAYS,
        [
            "row 6, column 'week': the weeks of 'B' begin on other days than those of 'A': "
            f"2025-01-07 and 2025-01-06; {SAME}"
        ],
    ),
}


@pytest.mark.parametrize(("content", "told"), BAD.values(), ids=BAD)
def test_a_bad_panel_is_told_for_what_it_is(problems: Callable[..., list[str]], content: str, told: list[str]) -> None:
    assert problems(content, unit="geo") == told


def test_many_units_with_one_row_are_one_problem(problems: Callable[..., list[str]]) -> None:
    (told,) = problems(EVEN + "".join(f"C{i},{WEEKS[1]},1,2\n" for i in range(8)), unit="geo")
    assert told == (
        "column 'geo': 8 units, in rows 10, 11, 12, 13, 14 and 3 more, such as: geo 'C0' has one row only; "
        "give it more rows, or take the unit out of the table"
    )


def test_rows_that_cannot_be_read_are_told_and_do_not_make_a_unit_short(problems: Callable[..., list[str]]) -> None:
    (told,) = problems(EVEN + f"C,{WEEKS[1]},1,2\nC,{WEEKS[2]},1\n", unit="geo")
    assert told.startswith("row 11: the row has 3 cells")


def test_flawed_periods_are_told_without_more_even_where_gaps_should_be_filled(
    problems: Callable[..., list[str]],
) -> None:
    content = EVEN.replace(f"A,{WEEKS[1]},1.0", "A,13/01/2025,")
    (told,) = problems(content, unit="geo", clean={"missing": "interpolate"})
    assert told.startswith("row 3, column 'week': '13/01/2025' is not an ISO date")


def test_units_that_do_not_stand_together_are_told() -> None:
    with pytest.raises(DataError, match="the rows of a unit do not stand together; sort the rows by unit"):
        Panel({"a": np.ones(3)}, None, None, None, "tv", unit="geo", units=np.array(["A", "B", "A"]))


def test_a_panel_made_by_hand_has_a_clock() -> None:
    weeks = np.array(WEEKS[:3] + WEEKS[1:4])
    panel = Panel({"a": np.ones(6)}, weeks, "week", "week", "tv", unit="geo", units=np.array(list("AAABBB")))
    assert panel.clock is not None
    assert panel.clock.tolist() == [0, 1, 2, 1, 2, 3]
    single = Panel({"a": np.ones(2)}, weeks[:2], "week", "week", "tv")
    assert single.clock is not None
    assert single.clock.tolist() == [0, 1]
    assert Panel({"a": np.ones(2)}, None, None, None, "tv").clock is None
    none = Panel({"a": np.ones(0)}, weeks[:0], "week", "week", "tv", unit="geo", units=weeks[:0])
    assert repr(none) == "Panel(tv: 0 rows: 0 geos x 0 weeks, none, 1 column: a)"


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(calendar=calendars)
@pytest.mark.parametrize("kind", ["csv", "parquet", "xlsx"])
def test_a_panel_of_units_written_is_the_panel_read_back(tmp_path: Path, kind: str, calendar: list[set[int]]) -> None:
    panel = read_rows(whole(calendar))
    again = read_panel(
        save(panel.to_frame(), tmp_path / f"tv.{kind}"),
        columns={name: name for name in panel.columns},
        time="week",
        spends=[],
        unit="geo",
    )
    assert_same(panel, again)
