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
