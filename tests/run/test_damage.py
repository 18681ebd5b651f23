"""A run folder that is not as it was written: each file that is wrong is named."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

import bayes_roi as br

FILES = ("model.yaml", "data.parquet", "posterior.nc", "estimates.json")
MEND = "; fit again with --overwrite, or bring the folder back from a copy"


def told(folder: Path) -> str:
    with pytest.raises(br.RunError) as caught:
        br.read_run(folder)
    return str(caught.value)


@pytest.mark.parametrize("name", FILES)
def test_a_file_that_is_missing(run: Path, name: str) -> None:
    (run / name).unlink()
    assert told(run) == f"{run} is damaged: {name} is missing{MEND}"


@pytest.mark.parametrize("name", FILES)
def test_one_bit_that_has_changed(run: Path, name: str) -> None:
    content = bytearray((run / name).read_bytes())
    content[len(content) // 2] ^= 1
    (run / name).write_bytes(content)
    assert told(run) == f"{run} is damaged: {name} has changed{MEND}"


def test_all_that_is_wrong_is_told_at_once(run: Path) -> None:
    (run / "model.yaml").unlink()
    (run / "posterior.nc").write_bytes((run / "posterior.nc").read_bytes()[:1000])
    assert told(run) == f"{run} is damaged: model.yaml is missing, posterior.nc has changed{MEND}"


def test_a_file_that_does_not_belong_there(run: Path) -> None:
    (run / "notes.txt").write_text("the good one")
    assert told(run) == f"{run} holds notes.txt, not part of the run; move it elsewhere"
    (run / "notes.txt").unlink()
    (run / ".DS_Store").write_text("")  # file managers leave it anywhere
    br.read_run(run)


@pytest.mark.parametrize("name", FILES)
def test_a_folder_in_the_place_of_a_file(run: Path, name: str) -> None:
    (run / name).unlink()
    (run / name).mkdir()
    assert told(run) == f"{run} is damaged: {name} is missing{MEND}"


def test_a_manifest_that_is_cut_short(run: Path) -> None:
    (run / "manifest.json").write_text((run / "manifest.json").read_text()[:100])
    assert told(run) == f"{run} is damaged: manifest.json cannot be read{MEND}"


def test_a_manifest_that_has_changed(run: Path) -> None:
    manifest = json.loads((run / "manifest.json").read_text())
    manifest["seed"] = 99
    (run / "manifest.json").write_text(json.dumps(manifest))
    assert told(run) == f"{run} is damaged: manifest.json has changed{MEND}"


def test_a_run_of_a_later_version(run: Path) -> None:
    manifest = json.loads((run / "manifest.json").read_text())
    manifest |= {"schema": 2, "versions": {"bayes_roi": "9.0"}}
    (run / "manifest.json").write_text(json.dumps(manifest))
    assert told(run) == f"{run} was written by bayes_roi 9.0, which this version cannot read; install that one"


@pytest.mark.parametrize("content", ["{}", "[]", "null", '{"kind": "npm"}'])
def test_the_manifest_of_something_else(tmp_path: Path, content: str) -> None:
    (tmp_path / "manifest.json").write_text(content)
    assert told(tmp_path) == f"{tmp_path} is not a run folder: its manifest.json is not one that bayes_roi wrote"


def test_what_is_not_a_run_folder_at_all(run: Path, tmp_path: Path) -> None:
    assert told(tmp_path / "nowhere") == f"there is no run folder {tmp_path / 'nowhere'}; bayes-roi run writes one"
    assert told(run / "model.yaml").startswith(f"{run / 'model.yaml'} is a file, not a run folder")
    assert told(tmp_path).startswith(f"{tmp_path} is not a run folder: it has no manifest.json")


def test_a_run_that_was_moved_is_whole(run: Path, tmp_path: Path) -> None:
    shutil.move(run, tmp_path / "elsewhere")
    assert br.read_run(tmp_path / "elsewhere").model.name == "shop"
