"""Run folders from elsewhere, sealed as ours are: refused with the name of the file, and nothing outside is opened."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

import bayes_roi as br
from bayes_roi.inference.fit import Fit
from bayes_roi.panel import Panel
from tests.fuzz import folders
from tests.run.conftest import parse_model
from tests.surface import shop


@pytest.fixture(scope="session")
def small_fit(shop_data: Panel) -> Fit:
    return br.fit(parse_model(shop.MODEL), shop_data, seed=3, draws=200)


@pytest.fixture
def here(small_fit: Fit, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The current folder, with a run of the shop."""
    br.write_run(small_fit, tmp_path / "run", report=False)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.skipif(sys.platform == "win32", reason="needs links")
@pytest.mark.parametrize("what", folders.HOSTILE)
def test_a_folder_made_to_deceive_is_refused_with_the_name_of_the_file(here: Path, what: str) -> None:
    folders.HOSTILE[what]()
    with pytest.raises(br.RunError) as caught:
        br.read_run("run")
    assert any(name in str(caught.value) for name in folders.FILES)
    assert "\x1b" not in str(caught.value)
    assert len(str(caught.value)) < 600


def test_a_file_outside_is_not_opened(here: Path) -> None:
    """Not even for its hash: neither by a name in the manifest nor as the place of draws."""
    opened, watching = list[str](), [True]

    def watch(event: str, given: tuple[object, ...]) -> None:  # a hook cannot be taken away again
        if watching[0] and event == "open":
            opened.append(str(given[0]))

    (here / "secret").write_bytes(bytes(8 * 800))
    folders.in_manifest("files", "../secret", value={"sha256": "0" * 64, "bytes": 1})()
    sys.addaudithook(watch)
    with pytest.raises(br.RunError):
        br.read_run("run")
    watching[0] = False
    assert any("manifest.json" in name for name in opened)
    assert not any("secret" in name for name in opened)


def test_a_seal_put_on_anew_alone_changes_nothing(here: Path, small_fit: Fit) -> None:
    folders.sealed()
    assert br.read_run("run").posterior.identical(small_fit.posterior)


def test_a_folder_of_links_is_not_replaced_blindly(here: Path, small_fit: Fit) -> None:
    """Overwriting takes the links away and leaves what they lead to."""
    kept = here / "kept.nc"
    os.rename("run/posterior.nc", kept)
    Path("run/posterior.nc").symlink_to(kept)
    br.write_run(small_fit, "run", overwrite=True, report=False)
    assert kept.exists()
    assert br.read_run("run").seed == small_fit.seed
