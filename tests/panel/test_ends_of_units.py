"""Days that a unit lacks at its ends in one of several files are told, or days of nothing spent: no week is lost."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import bayes_roi as br

ADDED = {"gaps": "add", "missing": {"spends": "zero"}}


@pytest.fixture
def files(tmp_path: Path) -> tuple[br.Model, list[str], pd.DataFrame]:
    """Four weeks of days: ads without a row where nothing was spent, so not for south's first and last day; sales."""
    rng = np.random.default_rng(0)
    days = pd.date_range("2024-01-01", periods=28)  # a Monday
    table = pd.DataFrame([(d, r) for r in ("north", "south") for d in days], columns=["day", "region"])
    table["spend"] = rng.integers(1, 99, len(table)).astype(float)
    table["sales"] = rng.normal(1000, 10, len(table)).round(2)
    quiet = (table["region"] == "south") & table["day"].isin([days[0], days[10], days[-1]])
    table.loc[quiet, "spend"] = 0.0
    for name, part in (("ads", table[~quiet].drop(columns="sales")), ("shop", table.drop(columns="spend"))):
        part.to_csv(tmp_path / f"{name}.csv", index=False)
    model = br.Model("m", "sales ~ spend", "sales", time="day", panel="region", channels={"ads": "spend"})
    return model, [str(tmp_path / "ads.csv"), str(tmp_path / "shop.csv")], table


def test_they_are_days_of_nothing_spent_where_gaps_are(files: tuple[br.Model, list[str], pd.DataFrame]) -> None:
    model, names, table = files
    data = br.read_data(names, model, every="week", clean=ADDED)  # type: ignore[arg-type]
    week = table["day"] - pd.to_timedelta(table["day"].dt.weekday, unit="D")
    sums = table.groupby(["region", week])[["spend", "sales"]].sum()
    assert len(data.columns["spend"]) == 8
    np.testing.assert_allclose(data.columns["spend"], sums["spend"])
    np.testing.assert_allclose(data.columns["sales"], sums["sales"])


def test_they_are_a_problem_where_no_rows_may_be_added(files: tuple[br.Model, list[str], pd.DataFrame]) -> None:
    model, names, table = files
    ads = pd.read_csv(names[0])
    whole = table.loc[table["spend"] == 0, ["day", "region", "spend"]].astype({"day": str})
    pd.concat([ads, whole.iloc[[1]]]).sort_values(["region", "day"]).to_csv(names[0], index=False)  # no hole inside
    with pytest.raises(br.DataError, match=r"1 region lacks days that others have.*south \(2\)"):
        br.read_data(names, model, every="week", clean={"missing": {"spends": "zero"}})  # type: ignore[arg-type]
