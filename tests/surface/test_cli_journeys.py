"""The command `journeys`: the table, the numbers as JSON and as files, and mistakes told with nothing written."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.surface.conftest import Command

pytest.importorskip("duckdb", reason="the extra `journeys` is not installed")

LOG = """id,time,channel,event,value
1,2025-01-01 10:00:00,social,click,
1,2025-01-02 10:00:00,brand,click,
1,2025-01-02 10:05:00,,sale,30
2,2025-01-01 09:00:00,social,click,
3,2025-01-05 09:00:00,brand,click,
3,2025-01-05 09:30:00,,sale,50
"""
OWN = ("--column", "user=id", "--event", "click=touch", "--event", "sale=conversion")


@pytest.fixture
def log(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    Path("log.csv").write_text(LOG)
    return tmp_path


def test_the_table_has_rules_side_by_side_and_says_what_they_are_not(bayes_roi: Command) -> None:
    said = bayes_roi("journeys", "journeys", "--rule", "last", "--rule", "markov")
    assert (said.code, said.err) == (0, "")
    lines = said.out.splitlines()
    assert any(line.split()[:3] == ["channel", "last", "markov"] for line in lines)
    assert any(line.startswith("affiliate") for line in lines)
    assert any(line.startswith("same ranking") for line in lines)
    assert "note: credit is descriptive" in said.out
    assert "the interval is the sampling error of the rule over journeys, not doubt about an effect" in said.out


def test_numbers_as_json_and_in_files(bayes_roi: Command, log: Path) -> None:
    said = bayes_roi("journeys", "log.csv", *OWN, "--rule", "first", "--unit", "value", "--windows", 1, "--json")
    found = json.loads(said.out)
    assert found["evidence"] == "descriptive"
    assert found["journeys"]["counts"] == {"journeys": 3, "conversions": 2, "value": 80.0}
    first = found["journeys"]["credit"]["first"]
    assert first["social"]["mean"] + first["brand"]["mean"] == pytest.approx(80.0)
    assert first["brand"]["lower"] < first["brand"]["mean"] < first["brand"]["upper"]
    assert found["journeys"]["stability"] == {"first": None}
    bayes_roi("journeys", "log.csv", *OWN, "--rule", "first", "-o", "credit.csv")
    rows = Path("credit.csv").read_text().splitlines()
    assert rows[0] == "channel,rule,mean,lower,upper,evidence"
    assert len(rows) == 3


SEGMENTS = """user,time,channel,event,value,region
1,2025-01-01 10:00:00,social,touch,,north
1,2025-01-02 10:05:00,,conversion,30,
2,2025-01-01 09:00:00,social,touch,,=1+1
2,2025-01-02 09:00:00,brand,touch,,north
2,2025-01-02 10:00:00,,conversion,50,north
3,2025-01-05 09:00:00,brand,touch,,south
"""
BY_REGION = ("journeys", "regions.csv", "--column", "segment=region", "--by-segment", "--rule", "first")


def test_a_table_for_each_segment(bayes_roi: Command, log: Path) -> None:
    Path("regions.csv").write_text(SEGMENTS)
    said = bayes_roi(*BY_REGION, "--rule", "last", "-o", "credit.csv")
    assert (said.code, said.err) == (0, "")
    assert [line for line in said.out.splitlines() if line.startswith("segment ")] == [
        "segment =1+1",
        "segment north",
        "segment south",
    ]
    assert "segment south\nno conversion to hand out" in said.out
    assert said.out.count("note: credit is descriptive") == 1
    rows = [line.split(",") for line in Path("credit.csv").read_text().splitlines()]
    assert rows[0] == ["segment", "channel", "rule", "mean", "lower", "upper", "evidence"]
    assert {(r[0], r[2], r[1]): float(r[3]) for r in rows[1:]} == {
        ("'=1+1", "first", "brand"): 0.0,
        ("'=1+1", "first", "social"): 1.0,
        ("'=1+1", "last", "brand"): 1.0,
        ("'=1+1", "last", "social"): 0.0,
        ("north", "first", "brand"): 0.0,
        ("north", "first", "social"): 1.0,
        ("north", "last", "brand"): 0.0,
        ("north", "last", "social"): 1.0,
    }
    found = json.loads(bayes_roi(*BY_REGION, "--unit", "value", "--json").out)
    assert found["segments"]["north"]["credit"]["first"]["social"]["mean"] == 30.0
    assert found["segments"]["=1+1"]["counts"] == {"journeys": 1, "conversions": 1, "value": 50.0}
    assert (found["without_conversion"], found["evidence"]) == (["south"], "descriptive")
    bayes_roi(*BY_REGION, "-o", "credit.json")
    assert json.loads(Path("credit.json").read_text())["segments"].keys() == {"=1+1", "north"}


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (("--segment", "north"), "--segment is of a log as a whole; leave it out, or leave out --by-segment"),
        (("--windows", 2), "--windows is of a log as a whole"),
        (("--gap", -1), "gap must be a number of days above zero"),
    ],
)
def test_options_that_go_not_with_segments_are_told(
    bayes_roi: Command, log: Path, options: tuple[object, ...], told: str
) -> None:
    Path("regions.csv").write_text(SEGMENTS)
    said = bayes_roi(*BY_REGION, *options)
    assert (said.code, told in said.err) == (2, True)
    said = bayes_roi("journeys", "log.csv", *OWN, "--by-segment")
    assert (said.code, "the log has no segments; name its column" in said.err) == (2, True)


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("log.csv",), "column 'user': there is no such column"),
        (("log.csv", *OWN[:2]), "unknown events ('click', 'sale'), in 6 of 6 rows"),
        (("log.csv", *OWN, "--rule", "lasst"), "there is no rule 'lasst', did you mean 'last'?"),
        (("log.csv", *OWN, "--gap", "-1"), "gap must be a number of days above zero"),
        (("log.csv", *OWN, "--unit", "money"), "unit must be share, conversions or value"),
        (("log.csv", *OWN, "--segment", "new"), "the log has no column segment"),
        (("none.csv",), "there is no such file"),
    ],
)
def test_mistakes_are_told_and_nothing_is_written(
    bayes_roi: Command, log: Path, arguments: tuple[str, ...], told: str
) -> None:
    said = bayes_roi("journeys", *arguments, "-o", "credit.json")
    assert said.code == 2
    assert told in said.err
    assert said.err.startswith("error: ")
    assert not Path("credit.json").exists()
