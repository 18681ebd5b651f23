"""Lift tests in files, run folders and on the command line."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

import bayes_roi as br
from bayes_roi.errors import DataError, QueryError
from bayes_roi.experiments.lift_test import LiftTest
from bayes_roi.experiments.record import Record, record_of
from tests.lift.test_lift import CURVED, asked, table

TESTS = [
    LiftTest("search", during="2025-03", estimate=-90, interval=(-150, -50), randomised=True, name="spring"),
    LiftTest("tv", during=("2025-W02", "2025-W05"), design=1.5, estimate=4, se=2, share=0.2, discount=0.5),
    LiftTest(("tv", "search"), during="2025", design={"tv": "off", "search": [10.0, 20.0]}, estimate=1, se=1),
    LiftTest(
        "search", during="2025", units=("north", "south"), usual=[1.0, 2.0], measured="2025:2026", estimate=1, se=1
    ),
    LiftTest("search", during="2026-Q1"),
]


@pytest.mark.parametrize("test", TESTS, ids=str)
def test_a_record_gives_the_test_again(test: LiftTest) -> None:
    again = Record.model_validate(json.loads(json.dumps(record_of(test)))).test()
    assert record_of(again) == record_of(test)
    assert again.done.replace(" to ", ":") == test.done.replace(" to ", ":")
    if test.has_result:
        assert again.spread == pytest.approx(test.spread)
        assert again.found == test.found


def test_a_yaml_file_gives_the_tests_again(tmp_path: Path) -> None:
    found = br.read_experiments(br.write_experiments(TESTS, tmp_path / "tests.yaml"))
    assert [record_of(t) for t in found] == [record_of(t) for t in TESTS]


def test_draws_are_kept_as_the_sides_they_give(tmp_path: Path) -> None:
    drawn = np.random.default_rng(1).gamma(3.0, 1.0, 4000)
    test = LiftTest("search", during="2025", draws=drawn, estimate=None)
    again = br.read_experiments(br.write_experiments([test], tmp_path / "t.yaml"))[0]
    assert again.spread == pytest.approx(test.spread)
    assert test.spread[1] > test.spread[0]


def test_a_noun_brings_its_draws_and_what_it_assumes() -> None:
    class Estimated:
        estimate = np.random.default_rng(1).normal(-5, 1, 1000)
        randomised, assumption = False, "parallel trends"

    test = LiftTest("search", during="2025", estimate=Estimated())
    assert test.assumption == "parallel trends"
    assert test.found == pytest.approx(-5, abs=0.2)


def test_a_table_is_read_row_by_row(tmp_path: Path) -> None:
    file = tmp_path / "tests.csv"
    file.write_text(
        "channel,during,design,estimate,lower,upper,units,randomised,name\n"
        "search,2025-03,off,-90,-150,-30,north; south,yes,first\n"
        "tv,2025-W02:2025-W05,1.5,4,1,8,,,\n",
        encoding="utf-8",
    )
    first, second = br.read_experiments(file)
    assert (first.units, first.randomised, first.name) == (("north", "south"), True, "first")
    assert (second.design, second.during, second.units) == (1.5, "2025-W02:2025-W05", None)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("channel,during,effect\nsearch,2025,1\n", "did you mean 'estimate'"),
        ("channel,estimate\nsearch,1\n", "no column 'during'"),
        ("channel,during,estimate,se,unit\nsearch,2025,1,1,euros\n", "row 2, column 'unit'"),
        ("channel,during,estimate,lower,upper\nsearch,2025,5,1,2\n", "lies outside its interval"),
        ("channel,during,estimate\nsearch,2025,5\n", "give its interval"),
        ("channel,during,estimate,se\nsearch,2025,many,1\n", "column 'estimate'"),
        ("channel,during\n", "no rows"),
    ],
)
def test_what_is_wrong_is_told_with_its_row(tmp_path: Path, text: str, said: str) -> None:
    file = tmp_path / "tests.csv"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(DataError, match=said):
        br.read_experiments(file)


@pytest.mark.parametrize("text", ["- a", "experiments: 3", "a: [", "\x00"])
def test_yaml_that_holds_no_tests_is_told(tmp_path: Path, text: str) -> None:
    file = tmp_path / "tests.yaml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(DataError):
        br.read_experiments(file)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"se": None}, "give its interval"),
        ({"interval": (-20.0, 0.0)}, "got both"),
        ({"se": -1.0}, "over 0"),
        ({"share": 0.0}, "share of customers"),
        ({"share": 30}, "share of customers"),
        ({"discount": 2}, "power from 0"),
        ({"design": "on"}, "'off', a factor or"),
        ({"design": -1.0}, "'off', a factor or"),
        ({"unit": "EUR"}, "unit must be one of"),
        ({"channel": ("tv", "search"), "design": {"tv": "off"}}, "says nothing of search"),
        ({"estimate": float("nan")}, "finite number"),
        ({"se": None, "estimate": None, "draws": [1.0, 2.0]}, "a hundred finite draws"),
    ],
)
def test_numbers_that_contradict_one_another_are_told(changes: dict[str, object], said: str) -> None:
    given: dict[str, object] = {"channel": "search", "during": "2025", "estimate": -10.0, "se": 5.0}
    with pytest.raises(QueryError, match=said):
        LiftTest(**(given | changes))  # type: ignore[arg-type]


def test_a_run_keeps_its_tests(tmp_path: Path) -> None:
    fit = br.fit(CURVED, table(CURVED), seed=3, draws=50)
    told = br.fit(CURVED, fit.data, experiments=[asked(fit, estimate=-2e4, se=2e4)], seed=3, draws=100)
    again = br.read_run(br.write_run(told, tmp_path / "run", report=False))
    assert [record_of(t) for t in again.experiments] == [record_of(t) for t in told.experiments]
    assert again.diagnosis.lifts == told.diagnosis.lifts
    assert br.roi(again).words().array.tolist() == br.roi(told).words().array.tolist()
    found = br.lift_tests(again)
    assert list(found.roi) == ["all tests", "no test"]
    assert len(found.to_frame()) == 4
    from bayes_roi.cli.commands import app

    printed = CliRunner().invoke(app, ["tests", str(tmp_path / "run"), "--json"])
    assert printed.exit_code == 0
    assert json.loads(printed.stdout)["tests"][0]["by"] == "weights"
