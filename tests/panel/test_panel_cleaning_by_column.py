"""Cleaning by column and role: gaps, missing values, outliers and noise, each change in the audit and none unasked."""

from __future__ import annotations

import sys
from collections.abc import Callable
from types import ModuleType

import numpy as np
import pytest

from bayes_roi.errors import QueryError
from bayes_roi.panel import Panel
from bayes_roi.panel.cleaning.smooth import rolling_median, savitzky_golay

HOLES = "week,TV,Sales,Price\n1,1,10,5\n2,,20,\n3,4,,7\n4,7,40,9\n"
COLUMNS = {"tv": "TV", "sales": "Sales", "price": "Price"}
ASKED = {"columns": COLUMNS, "explained": ["sales"]}


def actions(panel: Panel) -> list[tuple[object, ...]]:
    return [(e.row, e.column, e.action, e.after) for e in panel.audit]


def test_each_column_and_role_has_a_choice_of_its_own(read: Callable[..., Panel]) -> None:
    panel = read(HOLES, **ASKED, clean={"missing": {"spends": "zero", "explained": "model", "Price": "mean"}})
    np.testing.assert_array_equal(panel.columns["tv"], [1, 0, 4, 7])
    np.testing.assert_array_equal(panel.columns["sales"], [10, 20, np.nan, 40])
    np.testing.assert_array_equal(panel.columns["price"], [5, 7, 7, 9])
    assert actions(panel) == [
        (3, "TV", "filled with zero", 0.0),
        (4, "Sales", "left to the model", None),
        (3, "Price", "filled with the mean", 7.0),
    ]


def test_the_more_special_key_counts(read: Callable[..., Panel]) -> None:
    table = "week,TV,Sales,Price\n1,1,10,5\n2,,20,\n3,4,30,8\n4,7,40,9\n"
    panel = read(table, **ASKED, clean={"missing": {"all": "interpolate", "spends": "median", "tv": "zero"}})
    assert panel.columns["tv"].tolist() == [1, 0, 4, 7]
    assert panel.columns["price"].tolist() == [5, 6.5, 8, 9]
    assert read(table, **ASKED, clean={"missing": {"all": "median"}}).columns["price"][1] == 8


def test_what_no_key_names_stays_an_error(problems: Callable[..., list[str]]) -> None:
    told = problems(HOLES, **ASKED, clean={"missing": {"spends": "zero"}})
    assert [t.split(":")[0] for t in told] == ["row 4, column 'Sales'", "row 3, column 'Price'"]


def test_a_mean_is_that_of_the_unit(read: Callable[..., Panel], problems: Callable[..., list[str]]) -> None:
    table = "geo,week,TV\nA,1,1\nA,2,\nA,3,3\nB,1,10\nB,2,20\nB,3,\n"
    asked = {"columns": {"tv": "TV"}, "unit": "geo", "clean": {"missing": "mean"}}
    panel = read(table, **asked)
    assert panel.columns["tv"].tolist() == [1, 2, 3, 10, 20, 15]
    assert panel.audit[0].reason == "the value was missing, and is the mean of the column in its geo"
    (told,) = problems("geo,week,TV\nA,1,\nA,2,\nB,1,10\nB,2,20\n", **asked)[:1]
    assert "so are all others of its geo, so that there is no mean" in told


def test_gaps_become_rows_whose_cells_missing_fills_in(read: Callable[..., Panel]) -> None:
    table = "week,TV,Sales\n2025-01-06,1,10\n2025-01-20,3,30\n2025-01-27,4,40\n2025-02-17,5,50\n2025-02-24,6,60\n"
    panel = read(table, clean={"gaps": "add", "missing": {"spends": "zero", "controls": "interpolate"}})
    assert panel.columns["tv"].tolist() == [1, 0, 3, 4, 0, 0, 5, 6]
    np.testing.assert_allclose(panel.columns["sales"], [10, 20, 30, 40, 40 + 10 / 3, 40 + 20 / 3, 50, 60])
    assert panel.audit[0].action == "added rows"
    assert panel.audit[0].reason == "3 periods between 2025-01-13 and 2025-02-10 had no row"
    assert [e.row for e in panel.audit[1:4]] == [None] * 3


def test_gaps_of_a_unit_are_those_inside_it(read: Callable[..., Panel]) -> None:
    table = "geo,week,TV\n" + "".join(
        f"{g},{w},{w}\n" for g in "AB" for w in range(1, 7) if (g, w) != ("B", 4) and w > 1
    )
    table += "A,1,1\n"
    panel = read(table, columns={"tv": "TV"}, unit="geo", clean={"gaps": "add", "missing": "zero"})
    assert panel.rows == 6 + 5
    assert [e.reason for e in panel.audit if e.action == "added rows"] == [
        "4 of geo 'B' had no row; its cells are missing"
    ]


SPIKE = "week,TV,Sales\n" + "".join(f"{i},{i if i < 9 else 26},{i}\n" for i in range(1, 10))
"""The quartiles of 1..8 and 26 are 3 and 7: 26 lies 4.75 ranges outside, 8 is the nearest that does not."""


@pytest.mark.parametrize(
    ("action", "missing", "value", "told"),
    [
        ("flag", "error", 26, "flagged outlier"),
        ("cap", "error", 8, "capped outlier"),
        ("missing", "zero", 0, "took out outlier"),
    ],
)
def test_outliers_are_flagged_capped_or_taken_out(
    read: Callable[..., Panel], action: str, missing: str, value: float, told: str
) -> None:
    panel = read(SPIKE, clean={"outliers": {"tv": "iqr"}, "outlier_action": action, "missing": missing})
    assert panel.columns["tv"][8] == value
    assert panel.audit[0].action == told
    assert panel.audit[0].before == 26


def test_an_isolation_forest_needs_scikit_learn(read: Callable[..., Panel], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "sklearn.ensemble", None)
    with pytest.raises(QueryError, match=r"needs scikit-learn\. Install it: pip install 'bayes_roi\[outliers\]'"):
        read(SPIKE, clean={"outliers": "isolation_forest"})


def test_an_isolation_forest_flags_by_its_anomaly_score(
    read: Callable[..., Panel], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Scikit-learn gives the score with its sign turned; where it is not installed, one like it stands in."""
    if not _installed():
        monkeypatch.setitem(sys.modules, "sklearn", ModuleType("sklearn"))
        monkeypatch.setitem(sys.modules, "sklearn.ensemble", _scores_like_a_forest())
    rows = [*np.random.default_rng(0).normal(50, 2, 80).round(3).tolist(), 120.0]
    table = "week,TV,Sales\n" + "".join(f"{i},{tv},{i}\n" for i, tv in enumerate(rows, 1))
    panel = read(table, clean={"outliers": {"tv": "isolation_forest"}, "outlier_action": "cap"})
    assert panel.columns["tv"][80] < 60
    assert panel.audit[0].before == 120
    assert "anomaly score of an isolation forest, above 0.8" in panel.audit[0].reason


def _installed() -> bool:
    try:
        import sklearn  # noqa: F401
    except ImportError:
        return False
    return True


def _scores_like_a_forest() -> ModuleType:
    class IsolationForest:
        def __init__(self, *, n_estimators: int, random_state: int) -> None:
            self.n_estimators, self.random_state = n_estimators, random_state

        def fit(self, rows: np.ndarray) -> IsolationForest:
            return self

        def score_samples(self, rows: np.ndarray) -> np.ndarray:
            far = np.abs(rows[:, 0] - np.median(rows)) / np.ptp(rows)
            return -(0.4 + 0.5 * far)

    module = ModuleType("sklearn.ensemble")
    module.IsolationForest = IsolationForest  # type: ignore[attr-defined]
    return module


def test_filters_keep_what_they_must() -> None:
    """A running median of a line is the line inside; a parabola passes the filter of Savitzky and Golay unchanged."""
    line = np.arange(9.0)
    assert rolling_median(line, 5)[2:-2].tolist() == line[2:-2].tolist()
    spike = line.copy()
    spike[4] = 1000
    assert rolling_median(spike, 3)[4] == 5
    parabola = 3 * line**2 - line + 2
    np.testing.assert_allclose(savitzky_golay(parabola, 7), parabola, rtol=1e-12)
    assert savitzky_golay(line[:2], 5).tolist() == [0, 1]


def test_covariates_are_smoothed_within_their_unit(read: Callable[..., Panel]) -> None:
    table = "geo,week,TV,Sales\n" + "".join(
        f"{g},{w},{w},{s}\n" for g, values in (("A", (1, 9, 2, 3)), ("B", (4, 4, 8, 4))) for w, s in enumerate(values)
    )
    panel = read(table, unit="geo", clean={"smooth": {"sales": "median"}, "smooth_window": 3})
    assert panel.columns["sales"].tolist() == [5, 2, 3, 2.5, 4, 4, 4, 6]
    (entry,) = [e for e in panel.audit if e.action == "smoothed"]
    assert entry.reason == "the median of 3 rows around each; the largest change is in this row"
    assert (entry.before, entry.after) == (9, 2)
    assert panel.columns["tv"].tolist() == [0, 1, 2, 3] * 2


@pytest.mark.parametrize(
    ("clean", "told"),
    [
        ({"smooth": "median"}, "smooth takes covariates by their names, or 'controls', got 'all'"),
        ({"smooth": {"spends": "median"}}, "smooth takes covariates by their names, or 'controls', got 'spends'"),
        ({"smooth": {"tv": "median"}}, "smooth: 'tv' is a spend, which is what was paid; it is not smoothed"),
        ({"smooth": {"Sales": "savgol"}}, "smooth: 'Sales' is what the model is to explain; it is not smoothed"),
        ({"smooth": {"price": "median"}, "smooth_window": 4}, "smooth_window must be an odd number of rows, 3 or more"),
        (
            {"missing": {"prise": "mean"}},
            "missing: there is no column 'prise', did you mean 'price'? There are tv, sales",
        ),
        (
            {"missing": {"tv": "nought"}},
            "missing must be one of 'error', 'zero', 'mean', 'median', 'interpolate', 'model'",
        ),
        ({"outlier_action": "cap"}, "outlier_action needs outliers='zscore' or outliers='iqr'"),
        (
            {"outliers": "iqr", "outlier_action": "missing"},
            "outliers of 'TV' are to be taken out, and missing values are",
        ),
        ({"outliers": "isolation_forest", "outlier_threshold": 3}, "is no anomaly score of an isolation forest"),
        ({"gaps": "fill"}, "gaps must be one of 'error', 'add', got 'fill'"),
    ],
)
def test_what_is_not_done_is_told(read: Callable[..., Panel], clean: object, told: str) -> None:
    with pytest.raises(QueryError) as caught:
        read("week,TV,Sales,Price\n1,1,2,3\n2,2,3,1\n3,4,1,2\n", **ASKED, clean=clean)
    assert told in str(caught.value)


def test_a_covariate_with_holes_is_not_smoothed(problems: Callable[..., list[str]]) -> None:
    (told,) = problems(HOLES, **ASKED, clean={"missing": "model", "smooth": {"price": "median"}})
    assert told.startswith("column 'Price': smooth needs every value, and 1 are missing")
