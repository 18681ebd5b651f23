"""bayes-roi value-of-information: what it is worth to know more, as text and as JSON, and what is refused."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import bayes_roi as br
from tests.surface.conftest import Command


def test_worth_prints_the_numbers_of_the_library(bayes_roi: Command, here: Path) -> None:
    said = bayes_roi("value-of-information", "runs/shop", "--budget", 20_000, "--periods", 10, "--json")
    assert said.code == 0
    numbers = json.loads(said.out)
    fit = br.read_run("runs/shop")
    chosen = br.decision(fit, periods=10, budget=20_000)
    found = br.value_of_information(fit, chosen)
    assert numbers["value_of_information"]["everything"] == {"value": found.total.value, "error": found.total.error}
    assert [t["value"] for t in numbers["value_of_information"]["experiments"]] == [t.evsi.value for t in found.tests]
    assert numbers["plan"]["name"] == chosen.best
    assert numbers["advice"] == found.advice
    told = bayes_roi("value-of-information", "runs/shop", "--budget", 20_000, "--periods", 10)
    lines = told.out.splitlines()
    assert lines[0].startswith(
        f"a choice between {len(chosen.names)} plans for 10 periods, 2024-11-04 to 2025-01-06; USD"
    )
    assert found.advice in lines
    assert [line.split()[0] for line in lines[3:6]] == ["everything", "tv", "radio"]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--periods", 0], "error: periods must be a whole number of periods, 1 or more, got 0"),
        (["--periods", 4, "--budget", 0], "error: budget must be an amount of money above zero, got 0"),
        (["--periods", 4, "--test-periods", 0], "error: a test takes a whole number of periods, 1 or more"),
        (["--periods", 4, "--cost", -1], "error: the cost of a test must be money, 0 or more, got -1"),
    ],
)
def test_what_worth_cannot_answer_is_told(bayes_roi: Command, here: Path, options: list[object], message: str) -> None:
    said = bayes_roi("value-of-information", "runs/shop", *options)
    assert (said.code, said.out) == (2, "")
    assert said.err.startswith(message)
