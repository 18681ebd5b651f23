"""Templates say their story, their assumptions and when not to use them, and are models that `check` accepts."""

from __future__ import annotations

from pathlib import Path

import pytest

import bayes_roi as br
from bayes_roi.cli import files
from tests.surface.conftest import Command

NAMES = ("funnel", "mmm", "mmm_geo", "users")


def test_the_templates_are_these_and_no_shipped_model_has_their_names() -> None:
    assert files.shipped_names(files.TEMPLATES, files.MODELS) == list(NAMES)
    assert not set(NAMES) & set(files.shipped_names("models", files.MODELS))


@pytest.mark.parametrize("name", NAMES)
def test_a_template_goes_from_new_to_check(
    bayes_roi: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """With a table that is simulated from it; the file in the folder is found by its name alone."""
    monkeypatch.chdir(tmp_path)
    assert bayes_roi("new", name).out == f"{name}.yaml\n"
    assert Path(f"{name}.yaml").read_bytes() == br.shipped(f"models/templates/{name}.yaml").read_bytes()
    assert bayes_roi("simulate", name, "-o", f"{name}.csv", "--periods", 104).code == 0
    checked = bayes_roi("check", name)
    assert (checked.code, checked.err) == (0, "")


@pytest.mark.parametrize("name", NAMES)
def test_a_template_says_what_it_is_for(name: str) -> None:
    text = br.shipped(f"models/templates/{name}.yaml").read_text(encoding="utf-8")
    story = br.parse_model(text).story
    assert text.startswith("# Template: ")
    for part in ("To use it: ", "\nAssumes: ", "\nDo not use it when: "):
        assert part in story, part
    assert max(map(len, text.splitlines())) <= 120


def test_a_name_in_this_folder_comes_before_a_shipped_one(
    bayes_roi: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    mine = br.shipped("models/acquisition.yaml").read_text(encoding="utf-8").replace("name: acquisition", "name: mine")
    Path("acquisition.yaml").write_text(mine)
    assert bayes_roi("check", "acquisition", "--data", "acquisition").out.startswith("mine: outcome revenue")


def test_a_template_alone_has_no_table(bayes_roi: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    said = bayes_roi("check", "mmm")
    assert said.code == 2
    assert said.err.endswith("name one with --data FILE\n")
