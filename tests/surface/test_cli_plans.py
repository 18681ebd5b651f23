"""Plans on the command line: written as a table, edited, and compared with last year's."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import bayes_roi as br
from tests.surface import shop
from tests.surface.conftest import Command

ROWS = "period,channel,spend\n2024-11-04,tv,1000\n2024-11-04,radio,500\n2024-11-11,tv,0\n2024-11-11,radio,500\n"


def test_a_plan_is_written_edited_and_compared(bayes_roi: Command, here: Path) -> None:
    said = bayes_roi("scenario", "runs/shop", "-o", "more.csv", "--change", "tv=0.5", "--spend", "radio=9000")
    assert (said.code, said.out) == (0, "more.csv\n")
    Path("two.csv").write_text(Path("more.csv").read_text().replace("\nmore,", "\neven more,"))
    found = json.loads(bayes_roi("compare", "runs/shop", "more.csv", "two.csv", "--json", "--prob", 0.99).out)
    assert list(found["compare"]) == ["as last year", "more", "even more"]
    today, more = found["compare"]["as last year"], found["compare"]["more"]
    assert more["spend_by_channel"]["radio"] == pytest.approx(9000)
    added = {c: more["spend_by_channel"][c] - today["spend_by_channel"][c] for c in ("tv", "radio")}
    gain = added["tv"] * (0.5 * shop.TV - 1) + added["radio"] * (0.5 * shop.RADIO - 1)
    assert more["gain"]["lower"] < gain < more["gain"]["upper"]
    shown, expected = found["predictive"]["more"]["outcome"], more["outcome"]
    assert shown["lower"] < expected["lower"] < expected["upper"] < shown["upper"]
    assert found["probability_better"]["more"]["even more"] == 0
    assert found["probability_better"]["more"]["more"] is None
    assert found["schema"] == 3
    assert (found["periods"], found["horizon"]) == (["2024-11-04", "2025-10-27"], 0)


def test_compare_prints_what_is_expected_and_what_the_periods_will_show(bayes_roi: Command, here: Path) -> None:
    Path("spring.csv").write_text(ROWS)
    said = bayes_roi("compare", "runs/shop", "spring.csv")
    lines = said.out.splitlines()
    assert lines[0] == "plans over 2 periods, 2024-11-04 to 2024-11-11; USD"
    assert " ".join(lines[2].split()) == "scenario outcome 90 % interval with noise"
    assert [line.split()[0] for line in lines[3:5]] == ["as", "spring"]
    assert lines[5] == "what the spend adds, 0 periods of run-off included:"
    header = "scenario spend outcome profit 90 % interval ROI 90 % interval gain 90 % interval P(gain>0) evidence"
    assert " ".join(lines[6].split()) == header
    assert [line.split()[0] for line in lines[7:9]] == ["as", "spring"]


def test_another_node_is_set_in_every_plan(bayes_roi: Command, here: Path) -> None:
    Path("spring.csv").write_text(ROWS)
    low, high = (
        json.loads(bayes_roi("compare", "runs/shop", "spring.csv", "--json", "--set", f"demand={x}").out)["compare"]
        for x in (100, 110)
    )
    for name in ("as last year", "spring"):
        gained = high[name]["outcome"]["mean"] - low[name]["outcome"]["mean"]
        assert gained == pytest.approx(20 * 10 * 2, rel=0.05)  # two weeks at 20 a unit of demand
        assert high[name]["profit"]["mean"] == pytest.approx(low[name]["profit"]["mean"])  # that is no merit of spend
    assert high["spring"]["gain"]["mean"] == pytest.approx(low["spring"]["gain"]["mean"])


def test_a_plan_that_loses_says_so_first_and_its_json_holds_what_spending_less_earns(
    bayes_roi: Command, here: Path
) -> None:
    command = ("optimise", "runs/shop", "--budget", 12_000, "--periods", 8)
    lines = bayes_roi(*command).out.splitlines()
    assert lines[0].startswith("one more unit of budget loses 0.25: spending ")
    assert lines[1] == "expected incremental profit, 8 periods, 2024-11-04 to 2024-12-23"
    found = json.loads(bayes_roi(*command, "--json").out)
    assert (found["schema"], found["horizon"]) == (3, 0)
    less = found["rest_kept"]
    assert sum(less["spend"].values()) < 12_000
    assert less["gain"]["mean"] == pytest.approx(less["profit"]["mean"] - found["profit"]["mean"])
    added = sum(found["spend"][c] * roas for c, roas in (("tv", shop.TV), ("radio", shop.RADIO)))
    assert found["incremental_outcome"]["mean"] == pytest.approx(added, rel=0.02)
    assert found["profit"]["mean"] == pytest.approx(0.5 * added - 12_000, abs=0.02 * 0.5 * added)
    without = 8 * (1000 + 3 * 500 + 20 * 100)  # what eight weeks of usual demand take without any spend
    assert found["outcome"]["mean"] == pytest.approx(without + added, rel=0.02)


CASES = {
    "compare runs/shop gpa.csv": "gpa.csv: 1 problem\n"
    "  - table: there is no such file; check the path, did you mean 'gap.csv'?",
    "compare nowhere plan.csv": "there is no run folder nowhere; bayes-roi run writes one",
    "compare runs/shop wrong.csv": "wrong.csv: 2 problems\n"
    "  - row 2, column 'spend': the spend is negative, -5; write 0 or more\n"
    "  - row 3, column 'channel': there is no channel 'radios', did you mean 'radio'?; write one of tv, radio",
    "compare runs/shop gap.csv": "gap.csv: 1 problem\n"
    "  - column 'period': radio lacks 2024-11-04; add a row for each period, with 0 where nothing is spent",
    "compare runs/shop good.csv --horizon -1": "horizon must be a whole number of periods, 0 or more, got -1",
    "compare runs/shop good.csv --prob 90": "prob must be in (0, 1), got 90.0. Give a probability, e.g. 0.9",
    "compare runs/shop good.csv good.csv": "2 scenarios are called 'good'; give each a name of its own",
    "compare runs/shop good.csv long.csv": "'long' runs over 3 periods, 2024-11-04 to 2024-11-18, 'as last year' over "
    "2 periods, 2024-11-04 to 2024-11-11; compare plans of the same time",
    "compare runs/shop good.csv --set demand=high": "--set demand must be a number, got 'high'",
    "compare runs/shop good.csv --set demnad=mean": "'demnad' is not in the model, did you mean 'demand'?; "
    "other nodes of a plan can be demand, clicks",
    "compare runs/shop good.csv --set revenue=5": "'revenue' is the outcome, which the plan is asked about; "
    "leave it out of the other nodes",
    "scenario runs/shop -o plan.csv --periods 0": "periods must be a whole number of periods, 1 or more, got 0",
    "scenario runs/shop -o plan.csv --spend radoi=1": "there is no channel 'radoi', did you mean 'radio'?; "
    "there are tv, radio",
    "scenario runs/shop -o plan.csv --change tv=-2": "the change of 'tv' is a number, -1 (nothing) or more, e.g. 0.2; "
    "got -2.0",
    "scenario runs/shop -o plan.csv --change tv": "--change takes NAME=VALUE, got 'tv'; write for example tv=0.2",
    "scenario runs/shop -o plan.doc": "-o: the name of the file must end in .csv or .xlsx, got plan.doc",
    "scenario runs/shop -o runs/shop/plan.csv": "-o: runs/shop/plan.csv is inside the run, which is not changed once "
    "it is written; name another file",
}


@pytest.mark.parametrize("command", CASES)
def test_one_message_that_says_what_to_do(bayes_roi: Command, here: Path, command: str) -> None:
    lines = ROWS.splitlines()
    for name, rows in {
        "good": lines,
        "wrong": [lines[0], "2024-11-04,tv,-5", "2024-11-04,radios,1"],
        "gap": [row for row in lines if row != lines[2]],
        "long": [*lines, "2024-11-18,tv,1", "2024-11-18,radio,1"],
    }.items():
        Path(f"{name}.csv").write_text("\n".join(rows) + "\n")
    before = sorted(here.rglob("*"))
    said = bayes_roi(*command.split())
    assert (said.code, said.out, said.err) == (2, "", f"error: {CASES[command]}\n")
    assert sorted(here.rglob("*")) == before


def test_the_library_reads_what_the_command_wrote(bayes_roi: Command, here: Path) -> None:
    bayes_roi("scenario", "runs/shop", "-o", "plan.xlsx", "--periods", 3, "--name", "wet spring")
    plan = br.read_plan("plan.xlsx", br.read_run("runs/shop"))
    assert (plan.name, plan.periods) == ("wet spring", 3)
