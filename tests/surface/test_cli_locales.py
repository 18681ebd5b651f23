"""A table of another locale from the command line: read as it is, or asked about once and settled by the option."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import bayes_roi as br
from bayes_roi.errors import DataError
from tests.surface.conftest import Command

MODEL = """\
name: laden
time: Monat
outcome: Umsatz
currency: EUR
channels:
  tv: TV
equations: |
  Umsatz ~ TV
"""
TABLE = "Monat;TV;Umsatz\n" + "".join(
    f"01.{1 + i % 12:02d}.{2023 + i // 12};{1 + i * i % 7}.{300 + i};{2 + i % 5}.{100 + 7 * i}\n" for i in range(24)
)


@pytest.fixture
def laden(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "laden.yaml").write_text(MODEL)
    (tmp_path / "laden.csv").write_text(TABLE)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_the_command_line_and_python_ask_once_in_the_same_words(bayes_roi: Command, laden: Path) -> None:
    with pytest.raises(DataError) as caught:
        br.read_data("laden.csv", br.read_model("laden.yaml"))
    for command in ("check", "run"):
        said = bayes_roi(command, "laden.yaml")
        assert (said.code, said.out, said.err) == (2, "", f"error: {caught.value}\n")
    assert len(caught.value.problems) == 1
    assert "--decimal , or --decimal ., --day-first or --month-first" in str(caught.value)


def test_the_option_settles_it_in_both(bayes_roi: Command, laden: Path) -> None:
    said = bayes_roi("check", "laden.yaml", "--decimal", ",", "--day-first", "--json")
    assert said.code == 0
    found = json.loads(said.out)
    panel = br.read_data("laden.csv", br.read_model("laden.yaml"), decimal=",", day_first=True)
    assert panel.frequency == found["data"]["frequency"] == "month"
    assert found["channels"]["tv"]["spend"] == pytest.approx(panel.columns["TV"].sum(), rel=1e-12)
    assert panel.columns["TV"][0] == 1300
    assert [entry["reason"] for entry in found["data"]["audit"]] == [entry.reason for entry in panel.audit]


def test_a_mark_that_is_none_is_told(bayes_roi: Command, laden: Path) -> None:
    said = bayes_roi("check", "laden.yaml", "--decimal", ";")
    assert (said.code, said.err) == (2, "error: decimal must be '.' or ',', got ';'\n")
