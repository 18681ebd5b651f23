"""What can be wrong with a file before its cells are looked at: path, type, encoding, header, rows."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from bayes_roi.errors import DataError, QueryError
from bayes_roi.panel import Panel, read_panel

SOUND = "week,TV,Sales\n2025-01-06,1,100\n2025-01-13,2,101\n2025-01-20,3,102\n"
UTF8 = "save the file as UTF-8 (in Excel: Save As, 'CSV UTF-8')"
HEADER = "write a header row and one row for each period"
NAME_IT = "add it, or name the right column under columns in the model"

BAD_FILES: dict[str, tuple[str | bytes, list[str]]] = {
    "empty": ("", [f"table: the file is empty; {HEADER}"]),
    "blank": ("\n \n", [f"table: the file is empty; {HEADER}"]),
    "header only": ("week,TV,Sales\n", ["table: there is a header, but no rows; add one row for each observation"]),
    "no header": (",,\n1,2,3\n", ["row 1: there is no header; write the column names into row 1"]),
    "duplicate header": (
        "week,TV,TV,Sales\n1,2,3,4\n2,3,4,5\n",
        ["row 1, column 'TV': the name is in the header 2 times, at 2 and 3; rename all but one"],
    ),
    "too few cells": (
        SOUND + "2025-01-27,4\n",
        ["row 5: the row has 2 cells, the header 3; add the missing cells, an empty one where there is no value"],
    ),
    "too many cells": (
        SOUND + "2025-01-27,4,1,234\n",
        ["row 5: the row has 4 cells, the header 3; remove the extra cells, and commas inside numbers"],
    ),
    "empty row": (SOUND + "\n2025-01-27,4,7\n", ["row 5: the row is empty; delete it"]),
    "open quote": (
        SOUND + '2025-01-27,"4,7\n',
        [
            "row 5: cannot be cut into cells (unexpected end of data); "
            "look for a quotation mark that is opened and not closed, or closed inside a cell"
        ],
    ),
    "missing column": (
        "week,tv,Salez\n1,2,3\n2,3,4\n",
        [
            f"column 'TV': there is no such column; the table has 'week', 'tv', 'Salez'; {NAME_IT}, did you mean 'tv'?",
            "column 'Sales': there is no such column; the table has 'week', 'tv', 'Salez'; "
            f"{NAME_IT}, did you mean 'Salez'?",
        ],
    ),
    "missing time": (
        "date,TV,Sales\n1,2,3\n2,3,4\n",
        [f"column 'week': there is no such column; the table has 'date', 'TV', 'Sales'; {NAME_IT}"],
    ),
    "windows in utf-8": (
        SOUND.encode() + "é,5,7 ".encode() + b"\x80\n",
        [f"row 5: byte 73 (0x80) is neither UTF-8 nor, with the rest of the file, Windows-1252; {UTF8}"],
    ),
    "cut utf-16": (
        SOUND.encode("utf-16")[:-1],
        [f"table: the file looks like UTF-16, and cannot be read as such; {UTF8}"],
    ),
    "unclear delimiter": (
        "week;TV, net;Sales\n2025-01-06;1,5;3\n",
        [
            "row 1: it is unclear whether commas, semicolons, tabs or vertical bars separate the cells; "
            "save it separated by commas, with quotation marks around names that contain one"
        ],
    ),
    "constant": (
        "week,TV,Sales\n1,5,3\n2,5,3\n",
        [
            "column 'TV': the spend is 5 in every row; its effect looks like the baseline: "
            "take it out of the model, or add rows with other spend",
            "column 'Sales': the value is 3 in every row; "
            "take it out of the model: the intercept stands for what never changes",
        ],
    ),
    "all-zero spend": (
        "week,TV,Sales\n1,0,3\n2,0,4\n",
        ["column 'TV': the spend is zero in every row; take the channel out of the model, or add rows with spend"],
    ),
    "no values": (
        "week,TV,Sales\n1,,3\n2,na,4\n",
        ["column 'TV': the column has no values; fill it in, or take it out of the model"],
    ),
}


@pytest.mark.parametrize(("content", "told"), BAD_FILES.values(), ids=BAD_FILES)
def test_a_bad_file_is_told_for_what_it_is(
    problems: Callable[..., list[str]], content: str | bytes, told: list[str]
) -> None:
    assert problems(content) == told


@pytest.mark.parametrize("delimiter", [";", "\t", "|"])
def test_another_delimiter_is_found_and_told_in_the_audit(read: Callable[..., Panel], delimiter: str) -> None:
    panel = read(SOUND.replace(",", delimiter))
    assert panel.columns["tv"].tolist() == [1, 2, 3]
    assert [entry.action for entry in panel.audit] == ["read"]


@pytest.mark.parametrize("encoding", ["cp1252", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32"])
def test_another_encoding_is_found_and_told_in_the_audit(read: Callable[..., Panel], encoding: str) -> None:
    panel = read(SOUND.replace("Sales", "Umsätze").encode(encoding), columns={"tv": "TV", "sales": "Umsätze"})
    assert panel.columns["sales"].tolist() == [100, 101, 102]
    (entry,) = panel.audit
    told = "Windows-1252" if encoding == "cp1252" else "byte-order mark" if "sig" in encoding else encoding.upper()
    assert told in entry.reason


def test_a_byte_order_mark_does_not_hide_the_first_column(read: Callable[..., Panel]) -> None:
    panel = read(b"\xef\xbb\xbf" + SOUND.encode())
    assert panel.time == "week"
    assert panel.audit[0].reason == "the file begins with a byte-order mark, which was skipped"


def test_blank_lines_at_the_end_and_blanks_around_names_do_not_matter(read: Callable[..., Panel]) -> None:
    assert read(SOUND.replace("TV", " TV ") + "\n,,\n\n").rows == 3


def test_names_are_found_in_their_compatible_unicode_form(read: Callable[..., Panel]) -> None:
    assert read(SOUND.replace("TV", "ﬁt"), columns={"tv": "fit", "sales": "Sales"}).rows == 3


def test_columns_that_the_model_does_not_name_may_hold_anything(read: Callable[..., Panel]) -> None:
    table = "week,TV,note,note,Sales\n1,2,x,#REF!,3\n2,3,,inf,5\n"
    assert list(read(table).columns) == ["tv", "sales"]


def test_two_nodes_may_share_a_column(read: Callable[..., Panel]) -> None:
    panel = read(SOUND, columns={"tv": "TV", "again": "TV"})
    assert panel.columns["again"].tolist() == panel.columns["tv"].tolist()


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("tv.cvs", "table: there is no such file; check the path, did you mean 'tv.csv'?"),
        ("", "table: this is a folder, not a file; give the path of a file in it"),
    ],
)
def test_a_path_without_a_file_is_told(tmp_path: Path, name: str, message: str) -> None:
    (tmp_path / "tv.csv").write_text(SOUND)
    with pytest.raises(DataError) as caught:
        read_panel(tmp_path / name, columns={"tv": "TV"}, time=None, spends=[])
    assert str(caught.value) == f"{tmp_path / name}: 1 problem\n  - {message}"


def test_a_folder_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"there is no such file, nor a folder '.*gone'; check the path"):
        read_panel(tmp_path / "gone" / "tv.csv", columns={"tv": "TV"}, time=None, spends=[])


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("tv.sas", "cannot read files of type '.sas'; save it as one of .csv, .tsv, .txt, .parquet, .pq, .xlsx, .xlsm"),
        ("tv", "cannot read files without a type in their name; save it as one of .csv, .tsv"),
        ("tv.xlsx", "the file cannot be read as Excel (File is not a zip file); save it again as Excel, or as CSV"),
        ("tv.parquet", "the file cannot be read as Parquet (Parquet magic bytes not found"),
    ],
)
def test_a_file_of_another_type_is_told(problems: Callable[..., list[str]], name: str, message: str) -> None:
    (told,) = problems(SOUND, name=name)
    assert told.startswith(f"table: {message}")


def test_something_that_is_no_table_is_told() -> None:
    with pytest.raises(DataError, match="got dict, not a table; give the path of a file, or a pandas DataFrame"):
        read_panel({"tv": [1]}, columns={"tv": "TV"}, time=None, spends=[])  # type: ignore[arg-type]


def test_a_spend_that_is_no_node_is_told(read: Callable[..., Panel]) -> None:
    with pytest.raises(
        QueryError, match=r"spends: there is no node 'sale', did you mean 'sales'\? There are tv, sales"
    ):
        read(SOUND, spends=["sale"])


def test_all_problems_are_told_at_once(read: Callable[..., Panel]) -> None:
    table = "week,TV,Clicks\n06/01/2025,-1,x\n2025-01-13,2,\n2025-01-20,inf,3\n2025-01-27,4\n"
    with pytest.raises(DataError) as caught:
        read(table, columns={"tv": "TV", "sales": "Sales", "clicks": "Clicks"})
    found = [(problem.row, problem.column, problem.what) for problem in caught.value.problems]
    assert found == [
        (5, None, "the row has 2 cells, the header 3"),
        (2, "week", "'06/01/2025' is ambiguous, the day or the month may come first"),
        (4, "TV", "inf is not a finite number"),
        (None, "Sales", "there is no such column; the table has 'week', 'TV', 'Clicks'"),
        (2, "Clicks", "'x' is not a number"),
        (2, "TV", "the spend is negative, -1"),
        (3, "Clicks", "the value is missing"),
    ]
    assert str(caught.value).startswith("tv.csv: 7 problems\n  - row 5: the row has 2 cells")
