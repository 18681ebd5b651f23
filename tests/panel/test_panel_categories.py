"""Columns of labels, columns that have to be positive, and columns that may be constant."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from pathlib import Path

import numpy as np
import openpyxl
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bayes_roi.errors import DataError, QueryError
from bayes_roi.panel import Panel, read_panel
from bayes_roi.panel.categories import read_category, read_label
from bayes_roi.panel.cells import Flaw

COLUMNS = {"sales": "Sales", "promo": "Promo"}
LABEL = "write a label: text, a whole number, or true and false"
GIVE = "give every row a label, such as 'other' where none of the others holds"
ABOVE = "write a number above zero, as a weight or a value per unit has to be, or take the row out"

COLUMNS_OF_LABELS: dict[str, tuple[list[object], list[str], list[float]]] = {
    "text": (["sale", "Bon, us", "sale", "été"], ["Bon, us", "sale", "été"], [1, 0, 1, 2]),
    "whole numbers": ([10, 9, 9, 10], ["9", "10"], [1, 0, 0, 1]),
    "whole floats": ([10.0, 9.0, 9.0, -1.0], ["-1", "9", "10"], [2, 1, 1, 0]),
    "booleans": ([True, False, False, True], ["false", "true"], [1, 0, 0, 1]),
}


def frame_of(promo: list[object], dtype: str | None = None) -> pd.DataFrame:
    sales = np.arange(len(promo)) ** 2.0
    return pd.DataFrame({"Sales": sales, "Promo": pd.Series(promo, dtype=dtype)})  # type: ignore[call-overload]


def read_promo(source: Path | pd.DataFrame) -> Panel:
    return read_panel(source, columns=COLUMNS, time=None, spends=[], categories=["promo"])


def told_by(source: Path | pd.DataFrame) -> list[str]:
    with pytest.raises(DataError) as caught:
        read_promo(source)
    return [str(problem) for problem in caught.value.problems]


@pytest.mark.parametrize("dtype", [None, "category", "object"])
@pytest.mark.parametrize(("cells", "labels", "codes"), COLUMNS_OF_LABELS.values(), ids=COLUMNS_OF_LABELS)
def test_labels_are_the_same_in_every_kind_of_file(
    tmp_path: Path, cells: list[object], labels: list[str], codes: list[float], dtype: str | None
) -> None:
    frame = frame_of(cells, dtype)
    frame.to_csv(tmp_path / "a.csv", index=False)
    frame.to_parquet(tmp_path / "a.parquet")
    frame.to_excel(tmp_path / "a.xlsx", index=False)
    for source in (frame, *(tmp_path / f"a.{kind}" for kind in ("csv", "parquet", "xlsx"))):
        panel = read_promo(source)
        assert panel.levels == {"promo": tuple(labels)}
        assert panel.columns["promo"].tolist() == codes
        assert panel.columns["promo"].dtype == np.float64
        assert panel.to_frame()["promo"].tolist() == [labels[int(code)] for code in codes]


@given(st.lists(st.sampled_from(["a", "B", "7", "10", "true", "ä b"]), min_size=1, max_size=20))
def test_the_codes_point_at_the_labels_in_any_order_of_the_rows(cells: list[str]) -> None:
    category, flaws = read_category(np.array(cells, dtype=object))
    assert not flaws
    assert list(category.labels) == list(dict.fromkeys(cells))
    for one in (category, category.in_order()):
        assert [one.label(i) for i in range(len(cells))] == cells
    assert category.in_order().labels == read_category(np.array(cells[::-1], dtype=object))[0].in_order().labels


@given(st.one_of(st.integers(-(10**12), 10**12), st.booleans(), st.sampled_from(["north", "a b", "007", "1e5"])))
def test_a_label_reads_as_itself(cell: object) -> None:
    label = read_label(cell)
    assert isinstance(label, str)
    assert read_label(label) == label
    assert read_label(f" {label}\t") == label


@pytest.mark.parametrize(
    ("cell", "message"),
    [
        ("", f"the label is missing; {GIVE}"),
        ("N/A", f"'N/A' stands for a missing label; {GIVE}"),
        ("null", f"'null' stands for a missing label; {GIVE}"),
        ("1.5", f"1.5 is no label; {LABEL}"),
        ("#REF!", "the cell holds the spreadsheet error #REF!; mend the formula or write the label"),
    ],
)
def test_a_cell_that_is_no_label_is_told_with_its_row(tmp_path: Path, cell: str, message: str) -> None:
    (tmp_path / "a.csv").write_text(f"Sales,Promo\n1,yes\n2,{cell}\n3,no\n")
    assert told_by(tmp_path / "a.csv") == [f"row 3, column 'Promo': {message}"]


@pytest.mark.parametrize("cells", [["yes", None, "no"], [True, None, False], [1, None, 2]])
@pytest.mark.parametrize("dtype", ["object", "category"])
def test_a_missing_label_is_told_whatever_the_table(tmp_path: Path, cells: list[object], dtype: str) -> None:
    message = f"row 3, column 'Promo': the label is missing; {GIVE}"
    frame = frame_of(cells, dtype)
    assert told_by(frame) == [message]
    frame.to_parquet(tmp_path / "a.parquet")
    assert told_by(tmp_path / "a.parquet") == [message]
    if isinstance(cells[0], bool):
        assert told_by(frame_of(cells, "boolean")) == [message]


def test_dates_are_no_labels(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    assert book.active is not None
    for row in (["Sales", "Promo"], [1, "yes"], [2, datetime.datetime(2025, 1, 6)], [3, "no"]):
        book.active.append(row)
    book.save(tmp_path / "a.xlsx")
    assert told_by(tmp_path / "a.xlsx") == [f"row 3, column 'Promo': 2025-01-06 00:00:00 is no label; {LABEL}"]
    frame = pd.DataFrame({"Sales": [1, 2], "Promo": pd.to_datetime(["2025-01-06", "2025-01-13"])})
    assert told_by(frame) == [f"column 'Promo': the column holds dates; {LABEL}"]


def test_a_number_that_is_no_whole_one_is_no_label() -> None:
    for cell in (1.5, np.inf, datetime.date(2025, 1, 6), ["a"]):
        assert isinstance(read_label(cell), Flaw)


def test_one_label_everywhere_is_told() -> None:
    never = "take it out of the model: the intercept stands for what never changes"
    assert told_by(frame_of(["yes"] * 3)) == [f"column 'Promo': the label is 'yes' in every row; {never}"]
    panel = read_panel(
        frame_of(["yes"] * 3),
        columns=COLUMNS,
        time=None,
        spends=[],
        categories=["promo"],
        may_be_constant=["promo"],
    )
    assert panel.levels == {"promo": ("yes",)}


def test_a_column_may_be_labels_for_one_node_and_numbers_for_another() -> None:
    columns = COLUMNS | {"year": "Promo"}
    frame = frame_of([2023, 2024, 2024])
    panel = read_panel(frame, columns=columns, time=None, spends=[], categories=["promo"])
    assert panel.columns["year"].tolist() == [2023, 2024, 2024]
    assert panel.columns["promo"].tolist() == [0, 1, 1]
    assert panel.select(["year"]).levels == {}
    assert panel.select(["promo"]).levels == {"promo": ("2023", "2024")}


def test_a_missing_boolean_is_a_missing_number(tmp_path: Path) -> None:
    pq.write_table(pa.table({"Promo": [True, None, False], "Sales": [1.0, 2.0, 4.0]}), tmp_path / "a.parquet")
    with pytest.raises(DataError) as caught:
        read_panel(tmp_path / "a.parquet", columns=COLUMNS, time=None, spends=[])
    told = "row 3, column 'Promo': the value is missing; fill it in, or choose clean={'missing': 'interpolate'}"
    assert [str(problem).split(" or {")[0] for problem in caught.value.problems] == [told]


TWICE = "week,Sales,Promo\n1,10,yes\n2,20,no\n2,30,yes\n3,50,no\n"


@pytest.mark.parametrize(
    ("how", "labels", "row", "reason"),
    [
        ("first", [1, 0, 0], 4, "the first row of the period, row 3, was kept, with 'no' for 'yes'"),
        ("last", [1, 1, 0], 3, "the last row of the period, row 4, was kept, with 'yes' for 'no'"),
    ],
)
def test_the_label_of_the_row_that_is_kept_is_kept(
    read: Callable[..., Panel], how: str, labels: list[float], row: int, reason: str
) -> None:
    panel = read(TWICE, columns=COLUMNS, spends=[], categories=["promo"], clean={"duplicates": how})
    assert panel.columns["promo"].tolist() == labels
    assert [(e.row, e.reason) for e in panel.audit if e.column == "Promo"] == [(row, reason)]


def test_labels_are_not_summed(read: Callable[..., Panel], problems: Callable[..., list[str]]) -> None:
    asked = {"columns": COLUMNS, "spends": [], "categories": ["promo"], "clean": {"duplicates": "sum"}}
    assert problems(TWICE, **asked) == [
        "row 4, column 'Promo': the label is 'yes', in row 3 of the same period 'no'; "
        "labels have no sum or mean: write one label for the period, or choose clean={'duplicates': 'first'}"
    ]
    panel = read(TWICE.replace("30,yes", "30,no"), **asked)
    assert panel.columns["sales"].tolist() == [10, 50, 50]
    assert panel.columns["promo"].tolist() == [1, 0, 0]


def test_what_has_to_be_positive_is_told_with_its_row_and_value(problems: Callable[..., list[str]]) -> None:
    table = "week,TV,Sales\n1,1,5\n2,0,0\n3,2,-2.5\n4,0,7\n"
    assert problems(table, positive=["sales"]) == [
        f"row 3, column 'Sales': the value is 0, not above zero; {ABOVE}",
        f"row 4, column 'Sales': the value is -2.5, not above zero; {ABOVE}",
    ]


def test_a_column_may_be_constant_where_that_is_allowed(
    read: Callable[..., Panel], problems: Callable[..., list[str]]
) -> None:
    table = "week,TV,Sales\n1,1,5\n2,2,5\n3,3,5\n"
    assert read(table, may_be_constant=["sales"], positive=["sales"]).columns["sales"].tolist() == [5, 5, 5]
    shared = {"columns": {"tv": "TV", "sales": "Sales", "weight": "Sales"}, "may_be_constant": ["weight"]}
    (told,) = problems(table, **shared)  # sales may not be constant, whatever else its column is
    assert told.startswith("column 'Sales': the value is 5 in every row")


def test_a_column_may_be_constant_in_each_unit(read: Callable[..., Panel]) -> None:
    table = "geo,week,TV,Sales\nA,1,1,5\nA,2,2,5\nB,1,3,9\nB,2,4,9\n"
    assert read(table, unit="geo").columns["sales"].tolist() == [5, 5, 9, 9]


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        ({"categories": ["sale"]}, "categories: there is no node 'sale', did you mean 'sales'? There are tv, sales."),
        ({"positive": ["Sales"]}, "positive: there is no node 'Sales', did you mean 'sales'? There are tv, sales."),
        ({"may_be_constant": ["x"]}, "may_be_constant: there is no node 'x'. There are tv, sales."),
        (
            {"categories": ["tv"]},
            "spends: 'tv' is a category, and labels are no numbers. Leave it out of one.",
        ),
        (
            {"unit": "week"},
            "unit: 'week' is the period column too. Name the column of the geos, stores or other units.",
        ),
    ],
)
def test_a_node_that_there_is_not_or_that_cannot_be_both_is_told(
    read: Callable[..., Panel], asked: dict[str, object], message: str
) -> None:
    with pytest.raises(QueryError) as caught:
        read("week,TV,Sales\n1,1,5\n2,2,6\n", **asked)
    assert str(caught.value) == message


@pytest.mark.parametrize("label", ["\x1b[2JNorth", "North\nWest", "\u202ehtroN", "x" * 300])
def test_a_label_that_steers_a_terminal_or_fills_it_is_refused(label: str) -> None:
    """Of units too: labels come back in messages, tables and the report."""
    _, flaws = read_category(np.array(["South", label], dtype=object))
    assert [row for row, _ in flaws] == [1]
    assert "\x1b" not in flaws[0][1].what
    assert len(flaws[0][1].what) < 150
