"""One bad cell, one message: what it holds, where it is, and what to write in its place."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bayes_roi.panel import Panel
from bayes_roi.panel.cells import Flaw, read_number, read_numbers

PLAINLY = "write a number with a point for decimals, or leave the cell empty if it is missing"
ALONE = "write the number alone, such as 1234.5"
FINITE = "write the number, or leave the cell empty"
SHARE = "write the number alone, a share (0.35) or a percentage (35), the same way in the whole column"
MISSING = (
    "the value is missing; choose clean={'missing': {'spends': 'zero'}} (--clean missing.spends=zero) where nothing "
    "was spent, as reports leave out rows without spend; else fill it in, or choose 'interpolate' or 'model'"
)

BAD_CELLS = {
    "abc": f"'abc' is not a number; {PLAINLY}",
    "(x5)": f"'(x5)' is not a number; {PLAINLY}",
    "0x1F": f"'0x1F' is not a number; {PLAINLY}",
    "１２": f"'１２' is not a number; {PLAINLY}",
    "1_000": "'1_000' has thousands separators; write 1000",
    "35 %": f"'35 %' has a percent sign; {SHARE}",
    "inf": f"inf is not a finite number; {FINITE}",
    "-Infinity": f"-Infinity is not a finite number; {FINITE}",
    "1e999": f"1e999 is not a finite number; {FINITE}",
    "#REF!": "the cell holds the spreadsheet error #REF!; mend the formula or write the number",
    "#DIV/0!": "the cell holds the spreadsheet error #DIV/0!; mend the formula or write the number",
    "TRUE": "the cell is true, not a number; write 1 for true and 0 for false",
    "-5": "the spend is negative, -5; write what was spent, 0 or more; a refund belongs to the period of its spend",
    "": MISSING,
    "  ": MISSING,
    "NaN": MISSING,
    "na": MISSING,
    "N/A": MISSING,
    "null": MISSING,
}


WRITTEN_OTHERWISE = {
    "1,234.50": "'1,234.50' has thousands separators; write 1234.50",
    "1,234,567": "'1,234,567' has thousands separators; write 1234567",
    "1 234": "'1 234' has thousands separators; write 1234",
    "1\u202f234,5": "'1\\u202f234,5' has thousands separators; write 1234.5",
    "1'234.5": '"1\'234.5" has thousands separators; write 1234.5',
    "1.234,5": "'1.234,5' has thousands separators; write 1234.5",
    "1.234.567": "'1.234.567' has thousands separators; write 1234567",
    "1,234": "'1,234' has a comma, for thousands or for decimals; write 1234 or 1.234, whichever is meant",
    "12,5": "'12,5' has a decimal comma; write 12.5",
    "0,125": "'0,125' has a decimal comma; write 0.125",
    "€5": f"'€5' has a currency sign; {ALONE}",
    "$1,000": f"'$1,000' has a currency sign; {ALONE}",
    "5 EUR": f"'5 EUR' has a currency sign; {ALONE}",
}
"""Cells that alone say no number; their whole column does, see test_panel_locales.py."""


def weekly(tv: list[str]) -> str:
    return "week,TV,Sales\n" + "".join(f"2025-01-{6 + 7 * i:02d},{cell},{100 + i}\n" for i, cell in enumerate(tv))


@pytest.mark.parametrize(("cell", "message"), BAD_CELLS.items())
def test_a_bad_cell_is_told_with_its_row_and_column(
    problems: Callable[..., list[str]], cell: str, message: str
) -> None:
    assert problems(weekly(["1", f'"{cell}"', "3"])) == [f"row 3, column 'TV': {message}"]


@pytest.mark.parametrize(("cell", "message"), WRITTEN_OTHERWISE.items())
def test_a_number_written_otherwise_is_told_where_no_column_stands_behind_it(cell: str, message: str) -> None:
    flaw = read_number(cell)
    assert isinstance(flaw, Flaw)
    assert f"{flaw.what}; {flaw.mend}" == message


@pytest.mark.parametrize("cell", ["7", " 7 ", "+7", "7.", "7.0", "0.7e1", "70E-1"])
def test_a_plainly_written_number_is_read(read: Callable[..., Panel], cell: str) -> None:
    assert read(weekly(["1", cell, "3"])).columns["tv"].tolist() == [1, 7, 3]


def test_many_cells_of_a_kind_are_one_problem_with_their_number_and_first_rows(
    problems: Callable[..., list[str]],
) -> None:
    table = "week,TV,Sales\n" + "".join(f"{i},{'x' if i > 2 else ''},{i}\n" for i in range(1, 21))
    told = problems(table)
    assert (
        told[0] == f"column 'TV': 18 cells, in rows 4, 5, 6, 7, 8 and 13 more, such as: 'x' is not a number; {PLAINLY}"
    )
    assert told[1:] == [f"row {row}, column 'TV': {MISSING}" for row in (2, 3)]


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_what_python_writes_for_a_float_is_read_as_that_float(number: float) -> None:
    assert read_number(repr(number)) == number


@given(st.lists(st.text(alphabet="0123456789.,-+eE_ %€$na", max_size=8), min_size=1, max_size=6))
def test_a_column_reads_as_its_cells_read_one_by_one(cells: list[str]) -> None:
    singly = [read_number(cell) for cell in cells]
    column = read_numbers(np.array(cells, dtype=object))
    expected = [np.inf if isinstance(number, Flaw) else number for number in singly]
    np.testing.assert_array_equal(column.values, expected)
    assert [flaw for _, flaw in column.flaws] == [number for number in singly if isinstance(number, Flaw)]
