"""bayes-roi falsify, refute, sensitivity and average: what the library says, as text and JSON; what is refused."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import bayes_roi as br
from bayes_roi.errors import AT_FAULT, UNTRUSTED
from tests.surface.conftest import Command

WRONG = """\
name: shop without demand -> revenue
time: week
outcome: revenue
currency: USD
margin: 0.5
channels: {tv: tv_spend, radio: radio_spend}
equations: |
  clicks ~ tv_spend + radio_spend + demand
  revenue ~ clicks
"""


def test_falsify_prints_what_the_library_says(bayes_roi: Command, here: Path) -> None:
    said, found = bayes_roi("falsify", "runs/shop", "--json"), br.falsify(br.read_run("runs/shop"))
    assert said.code == 0
    assert json.loads(said.out)["falsification"] == found.to_dict()
    assert bayes_roi("falsify", "runs/shop").out == f"{found}\n"


def test_a_graph_that_the_data_contradict_ends_with_1_and_its_run_is_marked(bayes_roi: Command, here: Path) -> None:
    (here / "wrong.yaml").write_text(WRONG)
    said = bayes_roi("run", "wrong.yaml", "--data", "shop.csv", "--out", "runs/wrong")
    assert said.code == UNTRUSTED
    assert "an arrow or a hidden common cause between demand and revenue; the data do not tell which" in said.err
    numbers = json.loads((here / "runs" / "wrong" / "estimates.json").read_text())
    assert not numbers["diagnosis"]["ok"]
    assert {c["evidence"] for c in numbers["channels"].values()} == {"assumed"}
    assert "the data contradict the graph" in (here / "runs" / "wrong" / "report.html").read_text()
    again = br.read_run("runs/wrong")
    assert again.diagnosis.implications
    assert again.diagnosis.refuted
    told = bayes_roi("falsify", "runs/wrong")
    assert told.code == UNTRUSTED
    assert "contradicted" in told.out
    both = json.loads(bayes_roi("average", "runs/shop", "runs/wrong", "--json").out)["average"]
    assert set(both["rejected"]) == {"wrong"}


def test_sensitivity_prints_what_the_library_says_and_draws(bayes_roi: Command, here: Path) -> None:
    said = bayes_roi("sensitivity", "runs/shop", "tv", "--node", "clicks", "-o", "tv.svg", "--json")
    found = br.sensitivity(br.read_run("runs/shop"), "tv", node="clicks")
    assert said.code == 0
    assert json.loads(said.out)["sensitivity"] == json.loads(json.dumps(found.to_dict()))
    assert (here / "tv.svg").read_text().startswith("<svg")
    assert found.sentence in bayes_roi("sensitivity", "runs/shop", "tv", "--node", "clicks").out


def test_refute_fast_fits_nothing_again(bayes_roi: Command, here: Path) -> None:
    said = bayes_roi("refute", "runs/shop", "--fast", "--json")
    kinds = {r["kind"] for r in json.loads(said.out)["refutation"]["refuters"]}
    assert (said.code, kinds) == (0, {"placebo spend", "placebo outcome"})


def test_models_are_compared_as_the_library_does(bayes_roi: Command, here: Path) -> None:
    shutil.copytree("runs/shop", "runs/again")
    said = bayes_roi("compare-models", "runs/shop", "runs/again", "--folds", "0", "--json")
    fits = {name: br.read_run(f"runs/{name}") for name in ("shop", "again")}
    found = br.compare_models(fits, folds=0)
    assert json.loads(said.out)["model_comparison"] == json.loads(json.dumps(found.to_dict()))
    assert "says nothing of which arrows are causes" in str(found)


def test_forecasts_are_scored_as_the_library_does(bayes_roi: Command, here: Path) -> None:
    fit = br.read_run("runs/shop")
    said = bayes_roi("cross-validate", "runs/shop", "--folds", "2", "--json")
    found = br.cross_validate(fit.model, fit.data, folds=2, seed=fit.seed, progress=False)
    assert json.loads(said.out)["cross_validation"] == json.loads(json.dumps(found.to_dict()))
    asked = ("backtest", "runs/shop", "--folds", "1", "--rival", "boosted trees", "--json")
    told = json.loads(bayes_roi(*asked).out)["backtest"]
    assert {row["forecaster"] for row in told["scores"]} == {"model", "boosted trees"}


def test_what_cannot_be_asked_is_told(bayes_roi: Command, here: Path) -> None:
    for command, message in (
        (("sensitivity", "runs/shop", "tw"), "'tw' is not a channel"),
        (("sensitivity", "runs/shop", "tv", "-o", "tv.txt"), "must end in .svg"),
        (("average", "runs/shop", "runs/shop"), "two runs have the same name"),
        (("average", "runs/shop", "--weight", "shop"), "--weight takes RUN=W"),
        (("backtest", "runs/shop", "--folds", "90"), "ask for fewer folds or a shorter horizon"),
        (("backtest", "runs/shop", "--rival", "naive"), "there is no rival 'naive'"),
        (("cross-validate", "runs/shop", "--by", "unit"), "is of a panel"),
        (("average", "runs/shop"), "an average is of two graphs or more"),
        (("compare-models", "runs/shop", "runs/shop"), "two runs have the same name"),
        (("compare-models", "runs/shop"), "a comparison is of two models or more"),
    ):
        said = bayes_roi(*command)
        assert said.code == AT_FAULT
        assert message in said.err
