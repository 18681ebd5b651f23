"""Truth files: read as strictly as model files, with every mistake at its place."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

import bayes_roi as br
from bayes_roi.model.language.model import Model
from bayes_roi.model.simulation.truth import read_truth
from bayes_roi.model.simulation.write_table import write_table

Spoil = Callable[[dict[str, Any]], object]


def told(tmp_path: Path, spoil: Spoil) -> str:
    content = json.loads(br.shipped("data/weekly_funnel.truth.json").read_text(encoding="utf-8"))
    spoil(content)
    file = tmp_path / "x.truth.json"
    file.write_text(json.dumps(content))
    with pytest.raises(br.ModelError) as caught:
        read_truth(file)
    return str(caught.value).removeprefix(f"{file}: ")


MISTAKES: dict[str, tuple[Spoil, str]] = {
    "a text for a number": (lambda t: t.update(periods="many"), "periods: should be a valid integer, got 'many'"),
    "true for a number": (
        lambda t: t["parameters"].update({"revenue.sigma": True}),
        "2 problems\n  - parameters.revenue",
    ),
    "infinity": (lambda t: t.update(roas={"tv": float("inf")}), "not a truth file in JSON (Infinity is not a number)"),
    "a number beyond floats": (
        lambda t: t["exogenous"]["demand"].update(sd=10**400),
        "exogenous.demand.sd: should be a finite number",
    ),
    "an unknown key": (lambda t: t.update(seeds=1), "unknown key 'seeds', did you mean 'seed'?; known are parameters"),
    "an unknown key of a law": (
        lambda t: t["exogenous"]["demand"].update(seasons=1),
        "exogenous.demand: unknown key 'seasons', did you mean 'season'?",
    ),
    "a key that is missing": (lambda t: t["exogenous"]["demand"].pop("sd"), "exogenous.demand: sd is missing"),
    "a law that is a list": (
        lambda t: t["exogenous"].update(demand=[1]),
        "exogenous.demand: expected a mapping with mean",
    ),
    "a law out of its range": (
        lambda t: t["exogenous"]["demand"].update(sd=-1),
        "exogenous.demand: sd of an exogenous",
    ),
    "labels of nothing": (
        lambda t: t["exogenous"].update(demand={"labels": [], "shares": []}),
        "exogenous.demand: labels must be two or more",
    ),
    "a section of another kind": (lambda t: t.update(exogenous=3), "exogenous: should be an object, got '3'"),
    "a key that steers": (lambda t: t.update({"\x1b[2J": 1}), "not a truth file in JSON (the key '\\x1b[2J' holds"),
}


@pytest.mark.parametrize("what", MISTAKES)
def test_each_mistake_has_its_place(tmp_path: Path, what: str) -> None:
    spoil, message = MISTAKES[what]
    assert told(tmp_path, spoil).startswith(message)


def test_all_mistakes_are_told_at_once(tmp_path: Path) -> None:
    def spoil(truth: dict[str, Any]) -> None:
        truth |= {"seed": "x", "start": 1}
        truth["exogenous"]["demand"]["mean"] = None

    lines = told(tmp_path, spoil).splitlines()
    assert lines[0] == "3 problems"
    assert [line.split(":")[0] for line in lines[1:]] == ["  - exogenous.demand.mean", "  - seed", "  - start"]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", "not a truth file in JSON"),
        ("[]", "expected a mapping with parameters"),
        ("[" * 100_000, "brackets lie too deep inside one another"),
        ('{"seed": 1, "seed": 2}', "the key 'seed' is there twice; keep one"),
    ],
)
def test_what_is_no_truth_at_all(tmp_path: Path, content: str, message: str) -> None:
    (tmp_path / "x.truth.json").write_text(content)
    with pytest.raises(br.ModelError, match=message):
        read_truth(tmp_path / "x.truth.json")
    with pytest.raises(br.ModelError, match=r"cannot read .*: Is a directory"):
        read_truth(tmp_path)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"revenue.sigma": -1.0}, "has -1 for 'revenue.sigma', which must be between 0 and inf"),
        ({"social_clicks.social_spend.retention": 1.5}, "which must be between 0 and 1"),
        ({"revenue.intercept": float("nan")}, "has nan for 'revenue.intercept', which must be a finite number"),
        ({"revenue.intercept": 1e308, "revenue.demand.effect": 1e308}, "makes 'revenue' infinite in 158 rows"),
    ],
)
def test_a_truth_beyond_its_meaning_is_refused(
    funnel: Model, funnel_truth: Any, changes: dict[str, float], message: str
) -> None:
    with pytest.raises(br.ModelError, match=message):
        br.simulate(funnel, replace(funnel_truth, parameters={**funnel_truth.parameters, **changes}))


def test_ten_billion_rows_are_not_begun(funnel: Model) -> None:
    with pytest.raises(br.ModelError, match="10,000,000 rows at most, asked for 10,000,000,000"):
        br.simulate(funnel, periods=10**10)


def test_a_column_that_would_be_a_formula_is_not_written(funnel: Model, tmp_path: Path) -> None:
    panel = br.simulate(funnel, periods=20)
    named = replace(panel, columns={"=cmd|' /C calc'!A0": panel.columns["demand"]})
    with pytest.raises(br.ModelError, match=r"a spreadsheet would take the name .* for a formula; give another one"):
        write_table(named, tmp_path / "table.csv")
    assert not list(tmp_path.iterdir())
