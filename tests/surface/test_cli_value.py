"""The commands that ask what a channel is worth and why, on the shop: numbers that are right, and mistakes told."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.surface import shop
from tests.surface.conftest import Command


def test_value_shows_credit_beside_cause(bayes_roi: Command, here: Path) -> None:
    found = json.loads(bayes_roi("channels", "runs/shop", "--click", "tv=clicks", "--json").out)
    rows = found["channel_table"]["rows"]
    assert rows["tv"]["last_click"]["mean"] == 1.0
    assert rows["radio"]["last_click"]["mean"] == 0.0
    assert rows["tv"]["spend"] > 0
    assert rows["radio"]["roi"]["lower"] < 0.5 * shop.RADIO - 1 < rows["radio"]["roi"]["upper"]
    assert sum(r["attribution"]["mean"] for r in rows.values() if "attribution" in r) == pytest.approx(1.0)
    assert sum(r["influence"]["mean"] for r in rows.values() if "influence" in r) == pytest.approx(1.0)
    assert found["channel_table"]["columns"]["last_click"]["evidence"] == "descriptive"
    assert found["channel_table"]["credit_to_cause"]["radio"]["kind"] == "ratio"
    said = bayes_roi("channels", "runs/shop").out
    for question in ("Which channel had the last click? (descriptive)", "What did each unit of money earn"):
        assert question in said


def test_influence_is_a_share_of_variance_with_money_beside_it(bayes_roi: Command, here: Path) -> None:
    found = json.loads(bayes_roi("influence", "runs/shop", "--json").out)
    assert sum(n["share"]["mean"] for n in found["influence"].values()) == pytest.approx(1.0)
    said = bayes_roi("influence", "runs/shop")
    assert said.code == 0
    assert "of the mean, in money" in said.out
    assert "a node that never changes, such as constant spend, has none" in said.out
    money = json.loads(bayes_roi("influence", "runs/shop", "--unit", "money", "--json").out)
    assert money["unit"] == "USD"


def test_paths_hold_the_truth(bayes_roi: Command, here: Path) -> None:
    found = json.loads(bayes_roi("paths", "runs/shop", "tv_spend", "--json", "--prob", 0.99).out)
    via = found["paths"]["tv_spend -> clicks -> revenue"]
    assert via["roas"]["lower"] < shop.TV < via["roas"]["upper"]
    assert via["effect"]["evidence"] == "identified"
    assert found["warnings"] == []
    assert "tv_spend -> clicks -> revenue" in bayes_roi("paths", "runs/shop", "tv_spend").out


def test_explain_adds_up_to_what_changed(bayes_roi: Command, here: Path) -> None:
    found = json.loads(bayes_roi("decompose", "runs/shop", "2022", "2023", "--no-drift", "--json").out)
    whole = sum(cause["mean"] for cause in found["decomposition"].values())
    assert whole == pytest.approx(found["after"] - found["before"], rel=1e-9)
    one = json.loads(bayes_roi("decompose", "runs/shop", "2022-03-07", "--json").out)
    assert sum(c["mean"] for c in one["decomposition"].values()) == pytest.approx(
        one["after"] - one["before"], rel=1e-9
    )
    assert "which is the sum of" in bayes_roi("decompose", "runs/shop", "2022-03-07").out


def test_a_run_with_a_report_tells_influence_and_value(bayes_roi: Command, here: Path) -> None:
    assert bayes_roi("run", "shop.yaml", "--out", "runs/told").code == 0
    numbers = json.loads(Path("runs/told/estimates.json").read_text())
    assert set(numbers["influence"]) == {"tv_spend", "radio_spend", "demand", "clicks", "revenue"}
    assert set(numbers["influence"]["demand"]["share"]) == {"mean", "median", "lower", "upper"}
    assert numbers["channel_table"]["rows"]["tv"]["attribution"]["mean"] > 0
    assert '<section id="channels">' in Path("runs/told/report.html").read_text()


@pytest.mark.parametrize(
    ("command", "message"),
    [
        ("channels runs/shop --click tv", "--click takes NAME=VALUE, got 'tv'"),
        ("channels runs/shop --click telly=clicks", "'telly' is not a channel"),
        ("channels runs/shop --during 1999", "no period lies in '1999'"),
        ("influence runs/shop --target reveneu", "did you mean 'revenue'?"),
        ("influence runs/shop --target demand", "demand"),
        ("influence runs/shop --unit shares", "did you mean 'share'?"),
        ("paths runs/shop tv", "the channel 'tv' is the spend 'tv_spend'"),
        ("paths runs/shop tv_spend --path tv_spend->demand->revenue", "tv_spend -> clicks -> revenue"),
        ("decompose runs/shop 2022 2023 2024", "decompose takes one period, or two windows BEFORE AFTER, got 3"),
        ("decompose runs/shop 2022 1999", "no period lies in '1999'"),
        ("decompose runs/shop 2022-06:2023-06 2023-01:2023-12", "overlap"),
    ],
)
def test_mistakes_are_told_in_one_message(bayes_roi: Command, here: Path, command: str, message: str) -> None:
    said = bayes_roi(*command.split())
    assert (said.code, said.out) == (2, "")
    assert message in said.err
    assert said.err.startswith("error: ")
    assert said.err.count("\n") == 1
