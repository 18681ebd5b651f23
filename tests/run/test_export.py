"""Results as Excel files: the numbers of the queries, in typed cells that compute nothing, whole or not at all."""

from __future__ import annotations

import datetime
import io
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import openpyxl
import pandas as pd
import pytest

import bayes_roi as br
from bayes_roi.errors import QueryError
from bayes_roi.inference.fit import Fit
from bayes_roi.panel.audit import AuditEntry
from bayes_roi.run.tables import RunTables
from bayes_roi.spreadsheet import Sheet, workbook

Row = dict[str, Any]


def tables(path: Path) -> dict[str, list[Row]]:
    """Return sheet -> its rows, each with the heads as keys."""
    found = {}
    for sheet in openpyxl.load_workbook(path):
        head, *rows = sheet.iter_rows(values_only=True)
        found[sheet.title] = [dict(zip(head, row, strict=True)) for row in rows]
    return found


@pytest.fixture(scope="module")
def sheets(shop_fit: Fit, tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[Row]]:
    return tables(br.to_excel(shop_fit, tmp_path_factory.mktemp("export") / "shop.xlsx", prob=0.8))


def test_a_fit_has_a_sheet_for_each_table(sheets: dict[str, list[Row]]) -> None:
    assert list(sheets) == ["ROI", "by quarter", "contribution by period", "channels", "parameters", "audit", "about"]
    told = {row["what"]: row["value"] for row in sheets["about"]}
    assert told["model"] == "shop"
    assert told["probability inside lower to upper"] == 0.8
    assert told["first period"] == datetime.datetime(2021, 1, 4)
    assert told["the draws can be trusted"] is True


def test_the_returns_are_those_of_the_queries(sheets: dict[str, list[Row]], shop_fit: Fit) -> None:
    *each, whole = sheets["ROI"]
    assert [row["channel"] for row in each] == list(shop_fit.model.channels)
    for row in each:
        roi = br.roi(shop_fit).sel(channel=row["channel"])
        low, high = (float(end.array) for end in roi.arrays.interval(0.8))
        assert row["ROI median [USD per USD]"] == pytest.approx(float(roi.median()))
        assert (row["ROI lower [USD per USD]"], row["ROI upper [USD per USD]"]) == pytest.approx((low, high))
        assert row["P(ROI > 0)"] == pytest.approx(float(roi.probability(above=0)))
    assert whole["channel"] == "all channels"
    assert whole["spend [USD]"] == pytest.approx(sum(row["spend [USD]"] for row in each))


def test_quarters_and_their_remainder_add_up_to_the_whole(sheets: dict[str, list[Row]]) -> None:
    head = "contribution mean [USD]"
    for whole in sheets["ROI"][:2]:
        parts = [row[head] for row in sheets["by quarter"] if row["channel"] == whole["channel"]]
        assert sum(parts) == pytest.approx(whole[head])
    assert sheets["by quarter"][-1]["quarter"] == "remainder"


def test_periods_are_dates_and_add_up(sheets: dict[str, list[Row]], shop_fit: Fit) -> None:
    rows = [row for row in sheets["contribution by period"] if row["channel"] == "tv"]
    assert [row["time"].date().isoformat() for row in rows] == shop_fit.design.periods.tolist()
    seen = br.contribution(shop_fit, horizon=0).sel(channel="tv")
    assert sum(row["mean"] for row in rows) == pytest.approx(float(seen.mean()))
    assert {row["unit"] for row in rows} == {"USD"}


def test_parameters_are_those_of_the_fit(sheets: dict[str, list[Row]], shop_fit: Fit) -> None:
    assert [row["parameter"] for row in sheets["parameters"]] == list(shop_fit.parameters)
    for row in sheets["parameters"]:
        draws = shop_fit.parameters[row["parameter"]]
        right = (draws.mean(), draws.std(ddof=1), *np.quantile(draws, [0.1, 0.9]))
        assert (row["mean"], row["sd"], row["lower"], row["upper"]) == pytest.approx(right)


def test_the_audit_is_that_of_the_data(sheets: dict[str, list[Row]], shop_fit: Fit) -> None:
    assert sheets["audit"] == []
    entries = (
        AuditEntry("interpolated", "empty", row=3, period="2021-01-11", column="demand", after=2.5),
        AuditEntry("left out", "no column of the model"),
    )
    sheet = RunTables(replace(shop_fit, data=replace(shop_fit.data, audit=entries))).audit
    assert sheet.header == ("what", "row", "period", "column", "before", "after", "why")
    assert sheet.rows[0] == ("interpolated", 3, "2021-01-11", "demand", None, 2.5, "empty")
    assert sheet.rows[1] == ("left out", None, None, None, None, None, "no column of the model")


def test_credit_beside_cause_has_a_row_for_each_question(sheets: dict[str, list[Row]], shop_fit: Fit) -> None:
    table = br.channel_table(shop_fit, prob=0.8).to_frame()
    for row in sheets["channels"]:
        point = "median" if row["measure"] == "roi" else "mean"
        assert row[point] == pytest.approx(table.loc[row["row"], (row["measure"], point)])
        assert row["upper"] == pytest.approx(table.loc[row["row"], (row["measure"], "upper")])


def test_nouns_are_written_as_their_frames(shop_fit: Fit, tmp_path: Path) -> None:
    roi = br.roi(shop_fit)
    found = tables(br.to_excel(roi, tmp_path / "roi.xlsx", prob=0.5))
    frame = roi.to_frame(0.5)
    for row in found["table"]:
        right = frame.loc[row["channel"]]
        assert {key: row[key] for key in right.index} == pytest.approx(right.to_dict())
        assert row["unit"] == "USD per USD"
    assert {row["what"]: row["value"] for row in found["about"]}["estimand"] == roi.estimand

    plan = br.scenario(shop_fit, "next", periods=2)
    best = br.optimise(shop_fit, budget=2000, periods=2)
    for noun, unit, total in ((plan, "money", sum(plan.total.values())), (best, "USD", 2000)):
        first, *_ = spends = tables(br.to_excel(noun, tmp_path / "plan.xlsx"))["plan"]
        assert first["period"].date().isoformat() == plan.labels[0]
        assert sum(row[f"spend [{unit}]"] for row in spends) == pytest.approx(total)

    table = tables(br.to_excel(br.channel_table(shop_fit), tmp_path / "channels.xlsx"))["table"]
    assert table[0]["row"] == "tv"
    assert {"spend", "roi median", "roi lower"} <= table[0].keys()
    both = tables(br.to_excel(br.compare(shop_fit, [plan]), tmp_path / "compare.xlsx"))["table"]
    assert both[0]["scenario"] == "next"
    data = tables(br.to_excel(shop_fit.data, tmp_path / "data.xlsx"))["table"]
    assert isinstance(data[0]["week"], datetime.datetime)


FORMULAS = ("=SUM(1)", "=cmd|' /C calc'!A0", "+1+1", "-2+3", "@SUM(1)", "#N/A", "-3", " =1", "a\x1b[2J", "2024-02-30")


def test_text_is_text_whatever_it_looks_like(tmp_path: Path) -> None:
    frame = pd.DataFrame({"=1+1": [1.0] * len(FORMULAS)}, index=pd.Index(FORMULAS, name="-name"))
    file = br.to_excel(frame, tmp_path / "odd.xlsx")
    sheet = openpyxl.load_workbook(file)["table"]
    cells = [sheet.cell(i, 1) for i in range(1, len(FORMULAS) + 2)] + [sheet["B1"]]
    shown = [text.replace("\x1b", "\\x1b") for text in ("-name", *FORMULAS, "=1+1")]
    assert [cell.value for cell in cells] == shown
    assert {cell.data_type for cell in cells} == {"s"}


def test_numbers_dates_and_what_is_undefined_keep_their_types(tmp_path: Path) -> None:
    day = datetime.date(2024, 12, 30)
    frame = pd.DataFrame(
        {
            "label": ["2024-12-30", None],
            "stamp": pd.to_datetime(["2024-12-30", None]),
            "old": ["1850-01-01", "2024-12-30"],
            "number": [np.float32(0.5), np.inf],
            "whole": np.array([1, 2]),
            "truth": [True, False],
        }
    )
    first, second = tables(br.to_excel(frame, tmp_path / "typed.xlsx"))["table"]
    assert (first["label"].date(), first["stamp"].date(), first["old"]) == (day, day, "1850-01-01")
    assert (first["number"], first["whole"], first["truth"]) == (0.5, 1, True)
    assert (second["label"], second["stamp"], second["number"], second["truth"]) == (None, None, None, False)


def test_a_sheet_has_a_title_that_excel_takes_and_no_more_rows_than_it_can_hold() -> None:
    file = io.BytesIO(workbook([Sheet("by [geo/region]: " + "x" * 40, ("a",), ((1,),))]))
    assert openpyxl.load_workbook(file).sheetnames == ["by _geo_region__ " + "x" * 14]
    with pytest.raises(QueryError, match="'data' has 1,048,576 rows and 1 columns, and a sheet of Excel 1,048,576"):
        workbook([Sheet("data", ("a",), ((1,),) * 1_048_576)])


def test_where_no_table_can_be_written_is_told(shop_fit: Fit, run: Path, tmp_path: Path) -> None:
    before = sorted(tmp_path.rglob("*"))
    for path, message in (
        (tmp_path / "tables.csv", r"tables are written as .xlsx, got 'tables.csv'; write for example tables.xlsx"),
        (tmp_path, "is a folder; name a file"),
        (tmp_path / "none" / "a.xlsx", "there is no folder"),
        (run / "a.xlsx", "is inside a run, which is not changed"),
        ("a\x00.xlsx", "cannot be the name of a file"),
    ):
        with pytest.raises(QueryError, match=message):
            br.to_excel(shop_fit, path)
    with pytest.raises(QueryError, match="no table can be made of a int; give a fit"):
        br.to_excel(3, tmp_path / "a.xlsx")  # type: ignore[arg-type]
    with pytest.raises(QueryError, match="prob"):
        br.to_excel(shop_fit, tmp_path / "a.xlsx", prob=90)
    assert sorted(tmp_path.rglob("*")) == before


def test_an_earlier_file_stands_when_its_successor_cannot_be_written(
    shop_fit: Fit, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = br.to_excel(shop_fit.data, tmp_path / "data.xlsx").read_bytes()

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(QueryError, match="No space left on device; free some space, or write elsewhere"):
        br.to_excel(br.roi(shop_fit), tmp_path / "data.xlsx")
    assert (tmp_path / "data.xlsx").read_bytes() == before
    assert [p.name for p in tmp_path.iterdir()] == ["data.xlsx"]
