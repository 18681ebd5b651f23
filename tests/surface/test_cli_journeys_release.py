"""The command `journeys` with a budget: a release written, read again, and mistakes told before any budget is spent."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.surface.conftest import Command

pytest.importorskip("duckdb", reason="the extra `journeys` is not installed")
pytest.importorskip("opendp", reason="the extra `privacy` is not installed")

NAMES = "affiliate,brand_search,direct,display,email,social"
ASKED = ("journeys", "journeys", "--epsilon", 4, "--channels", NAMES, "--release", "release.json")


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_a_release_is_written_and_read_again(bayes_roi: Command, here: Path) -> None:
    said = bayes_roi(*ASKED)
    assert (said.code, said.err) == (0, "")
    lines = said.out.splitlines()
    assert lines[0].startswith("epsilon 4, delta 0; the unit is the user")
    assert any(line.startswith("cut by clipping (90 % interval in brackets): journeys") for line in lines)
    assert any(line.split()[:4] == ["channel", "last", "markov", "shapley"] for line in lines)
    assert any(line.startswith("other") for line in lines)
    assert lines[-1] == "release.json"
    assert "open: " not in said.out  # what only the log tells stays out
    again = bayes_roi("journeys", "release.json")
    assert again.out.splitlines() == lines[:-1]


def test_a_release_as_json_and_in_files(bayes_roi: Command, here: Path) -> None:
    bayes_roi(*ASKED, "--journeys-per-user", 1, "--touches-per-journey", 3)
    said = bayes_roi("journeys", "release.json", "--rule", "markov", "--json", "-o", "credit.csv")
    found = json.loads(said.out)["journeys"]
    assert (found["release"]["epsilon"], found["release"]["delta"]) == (4.0, 0.0)
    assert found["release"]["parts"]["transitions"]["sensitivity"] == 4
    assert set(found["release"]["clipping"]) == {"journeys", "conversions", "touches"}
    assert sum(c["mean"] for c in found["credit"]["markov"].values()) == pytest.approx(1.0)
    assert len(Path("credit.csv").read_text().splitlines()) == 8


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (
            ("journeys", "--epsilon", 1),
            "a release needs --channels beside --epsilon; name those that are known without",
        ),
        (("journeys", "--release", "r.json"), "a release needs --epsilon beside --release"),
        (("journeys", "--epsilon", 1, "--channels", "a"), "a release needs --release beside --epsilon"),
        (("journeys", "--epsilon", 0, "--channels", "a", "--release", "r.json"), "epsilon must be a number above zero"),
        (("journeys", "--epsilon", 1, "--channels", ",", "--release", "r.json"), "channels must be a list of names"),
        (("journeys", "--epsilon", 1, "--channels", "a", "--release", "r.csv"), "--release: the name of the file must"),
        (("old.json", "--epsilon", 1), "old.json is a release already; leave out --epsilon"),
        (("old.json",), "old.json: 1 problem"),
    ],
)
def test_mistakes_are_told_and_nothing_is_written(
    bayes_roi: Command, here: Path, arguments: tuple[object, ...], told: str
) -> None:
    said = bayes_roi("journeys", *arguments)
    assert said.code == 2
    assert told in said.err
    assert said.err.startswith("error: ")
    assert not Path("r.json").exists()
