"""The printed schemas: what commands print is described by them, key by key, and nothing else is."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from bayes_roi.model.file.model_schema import model_schema
from bayes_roi.run.estimates_schema import Estimates, Keys
from bayes_roi.run.plan_schema import PlanJson
from tests.surface.conftest import Command


def described(printed: str, keys: type[Keys]) -> bool:
    """Whether a JSON text is valid, and comes back whole from the keys that are described."""
    return keys.model_validate_json(printed).model_dump(by_alias=True, exclude_unset=True) == json.loads(printed)


@pytest.mark.parametrize("options", [(), ("--by", "quarter", "--during", "2024"), ("--horizon", 0)])
def test_what_roi_prints_is_described(here: Path, bayes_roi: Command, options: tuple[object, ...]) -> None:
    assert described(bayes_roi("roi", "runs/shop", *options, "--json").out, Estimates)


@pytest.mark.parametrize("options", [("--budget", 10000), ("--objective", "least_spend", "--target", 100)])
def test_what_optimise_prints_is_described(here: Path, bayes_roi: Command, options: tuple[object, ...]) -> None:
    assert described(bayes_roi("optimise", "runs/shop", "--periods", 4, *options, "--json").out, PlanJson)


def test_a_whole_run_is_described(here: Path, bayes_roi: Command) -> None:
    """With its report a run has credit beside cause and influence too."""
    assert bayes_roi("run", "shop.yaml", "--out", "runs/told").code == 0
    assert described(Path("runs/told/estimates.json").read_text(), Estimates)


def test_a_key_that_is_not_described_is_seen(here: Path) -> None:
    text = Path("runs/shop/estimates.json").read_text()
    assert described(text, Estimates)
    assert not described(json.dumps(json.loads(text) | {"more": 1}), Estimates)


def test_schema_prints_each(bayes_roi: Command) -> None:
    assert json.loads(bayes_roi("schema").out) == json.loads(bayes_roi("schema", "model").out) == model_schema()
    for kind, key in (("estimates", "channels"), ("plans", "reference")):
        found = json.loads(bayes_roi("schema", kind).out)
        assert found["$schema"].endswith("2020-12/schema")
        assert {"schema", key} <= set(found["required"])


def test_another_kind_is_refused(bayes_roi: Command) -> None:
    said = bayes_roi("schema", "estimate")
    assert (said.code, said.out) == (2, "")
    assert "there are schemas of model, estimates and plans, got 'estimate', did you mean 'estimates'?" in said.err
