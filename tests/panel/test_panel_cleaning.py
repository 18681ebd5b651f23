"""Cleaning: only what was asked for, and every change of it in the audit."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from bayes_roi.errors import QueryError
from bayes_roi.panel import AuditEntry, Clean, Panel

TWICE = "week,TV,Sales\n2025-01-06,1,10\n2025-01-13,2,20\n2025-01-13,4,\n2025-01-20,5,40\n"
HOLES = "week,TV,Sales\n2025-01-06,1,10\n2025-01-13,,20\n2025-01-20,na,30\n2025-01-27,7,40\n"


def changes(panel: Panel) -> list[tuple[object, ...]]:
    return [(e.row, e.period, e.column, e.action, e.before, e.after) for e in panel.audit]


@pytest.mark.parametrize(
    ("how", "kept", "dropped"),
    [("first", [1, 2, 5], (4, 4.0, 2.0, None, 20.0)), ("last", [1, 4, 5], (3, 2.0, 4.0, 20.0, None))],
)
def test_the_first_or_the_last_row_of_a_period_is_kept(
    read: Callable[..., Panel], how: str, kept: list[float], dropped: tuple[object, ...]
) -> None:
    row, tv_before, tv_after, sales_before, sales_after = dropped
    panel = read(TWICE, clean={"duplicates": how, "missing": "model"})
    assert panel.columns["tv"].tolist() == kept
    assert changes(panel)[:2] == [
        (row, "2025-01-13", "TV", "dropped duplicate", tv_before, tv_after),
        (row, "2025-01-13", "Sales", "dropped duplicate", sales_before, sales_after),
    ]


def test_a_missing_value_in_a_dropped_row_is_no_problem(read: Callable[..., Panel]) -> None:
    assert read(TWICE, clean={"duplicates": "first"}).columns["sales"].tolist() == [10, 20, 40]


@pytest.mark.parametrize(("how", "merged"), [("sum", 6.0), ("mean", 3.0)])
def test_the_rows_of_a_period_are_put_together(read: Callable[..., Panel], how: str, merged: float) -> None:
    panel = read(TWICE.replace("4,\n", "4,40\n"), clean={"duplicates": how})
    assert panel.columns["tv"].tolist() == [1, merged, 5]
    assert panel.audit[0] == AuditEntry(
        action="merged duplicate",
        reason=f"the {how} of the period's rows was put into row 3",
        row=4,
        period="2025-01-13",
        column="TV",
        before=4.0,
        after=merged,
    )


def test_a_sum_with_a_missing_value_is_missing(problems: Callable[..., list[str]]) -> None:
    (told,) = problems(TWICE, clean={"duplicates": "sum"})
    assert told.startswith("row 3, column 'Sales': the value is missing")


def test_missing_values_are_put_on_the_line_between_their_neighbours(read: Callable[..., Panel]) -> None:
    panel = read(HOLES, clean=Clean(missing="interpolate"))
    assert panel.columns["tv"].tolist() == [1, 3, 5, 7]
    assert changes(panel) == [
        (3, "2025-01-13", "TV", "interpolated", None, 3.0),
        (4, "2025-01-20", "TV", "interpolated", None, 5.0),
    ]


def test_a_missing_value_at_an_end_cannot_be_interpolated(problems: Callable[..., list[str]]) -> None:
    assert problems("week,TV,Sales\n1,,10\n2,2,20\n3,3,30\n", clean={"missing": "interpolate"}) == [
        "row 2, column 'TV': the value is missing, and there is none on one side to interpolate from; "
        "fill it in, or choose clean={'missing': 'model'}"
    ]


def test_missing_values_are_left_to_the_model_when_asked(read: Callable[..., Panel]) -> None:
    panel = read(HOLES, clean={"missing": "model"})
    np.testing.assert_array_equal(panel.columns["tv"], [1, np.nan, np.nan, 7])
    assert changes(panel) == [
        (3, "2025-01-13", "TV", "left to the model", None, None),
        (4, "2025-01-20", "TV", "left to the model", None, None),
    ]


def test_a_column_without_values_is_a_problem_even_for_the_model(problems: Callable[..., list[str]]) -> None:
    (told,) = problems("week,TV,Sales\n1,,10\n2,,20\n", clean={"missing": "model"})
    assert told == "column 'TV': the column has no values; fill it in, or take it out of the model"


def test_a_z_score_flags_by_the_population_sd_and_changes_nothing(read: Callable[..., Panel]) -> None:
    # Nine values of 0 and one of x: the population sd is 0.3 x and x lies 0.9 x from the mean, 3 sd; with the sample sd
    # it would be 2.85.
    table = "week,TV,Sales\n" + "".join(f"{i},{100 if i == 4 else 0},{i}\n" for i in range(1, 11))
    panel = read(table, clean={"outliers": "zscore", "outlier_threshold": 2.9})
    assert panel.columns["tv"][3] == 100
    assert changes(panel) == [(5, "4", "TV", "flagged outlier", 100.0, 100.0)]
    assert panel.audit[0].reason == "3.0 population sd from the mean, above 2.9"
    assert read(table, clean={"outliers": "zscore"}).audit == ()


def test_fences_flag_by_the_interquartile_range(read: Callable[..., Panel]) -> None:
    table = "week,TV,Sales\n" + "".join(f"{i},{i if i < 9 else 26},{i}\n" for i in range(1, 10))
    # The quartiles of 1..8 and 26 are 3 and 7: 26 lies 19 / 4 = 4.75 ranges outside.
    panel = read(table, clean={"outliers": "iqr"})
    assert changes(panel) == [(10, "9", "TV", "flagged outlier", 26.0, 26.0)]
    assert panel.audit[0].reason == "4.8 iqr outside, above 3"
    assert read(table, clean={"outliers": "iqr", "outlier_threshold": 5}).audit == ()


@pytest.mark.parametrize(
    ("clean", "message"),
    [
        (
            {"missing": "interpolat"},
            "clean: missing must be one of 'error', 'zero', 'mean', 'median', 'interpolate', 'model', got "
            "'interpolat', "
            "did you mean 'interpolate'?",
        ),
        (
            {"duplicates": 3},
            "clean: duplicates must be one of 'error', 'first', 'last', 'sum', 'mean', got 3.",
        ),
        (
            {"mising": "model"},
            "clean: there is no option 'mising', did you mean 'missing'? "
            "Choose from duplicates, gaps, missing, outliers, outlier_action, outlier_threshold, smooth, "
            "smooth_window.",
        ),
        ("model", "clean must be a mapping such as {'missing': 'interpolate'}, got 'model'."),
        ({"outliers": "iqr", "outlier_threshold": 0}, "clean: outlier_threshold must be a number above 0, got 0."),
        (
            {"outlier_threshold": 3},
            "clean: outlier_threshold needs outliers='zscore' or outliers='iqr', got outliers='keep'.",
        ),
    ],
)
def test_a_cleaning_that_there_is_not_is_told(read: Callable[..., Panel], clean: object, message: str) -> None:
    with pytest.raises(QueryError) as caught:
        read(HOLES, clean=clean)
    assert str(caught.value) == message


@pytest.mark.parametrize("clean", [{"missing": "interpolate"}, {"duplicates": "sum"}])
def test_cleaning_along_time_needs_a_time(read: Callable[..., Panel], clean: dict[str, str]) -> None:
    with pytest.raises(QueryError, match=r"needs rows in time\. Name their period column"):
        read(HOLES, clean=clean, time=None)
