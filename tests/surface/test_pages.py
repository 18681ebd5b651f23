"""What README.md and its pages show runs, one block after the other, as a reader would type it."""

from __future__ import annotations

import contextlib
import io
import json
import shutil
from dataclasses import dataclass
from pathlib import Path

import pytest

import bayes_roi as br
from bayes_roi.cli import main
from tests.surface.conftest import Command
from tests.surface.pages import ROOT, blocks, commands, run_python

TABLE = "docs/readme/shop.csv"


@dataclass(frozen=True)
class Shop:
    """The folder of a reader who has written what README.md shows and run its command, and what that printed."""

    folder: Path
    printed: str


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Shop:
    folder = tmp_path_factory.mktemp("readme")
    shutil.copy(ROOT / TABLE, folder / "shop.csv")
    model = next(text for kind, text in blocks("README.md") if kind == "yaml")
    (folder / "shop.yaml").write_text(model, encoding="utf-8")
    (command,) = commands(next(text for kind, text in blocks("README.md") if kind == "sh"))
    printed = io.StringIO()
    with contextlib.chdir(folder), contextlib.redirect_stdout(printed), pytest.raises(SystemExit) as ended:
        main(command)
    assert not ended.value.code
    return Shop(folder, printed.getvalue())


@pytest.fixture
def shop(made: Shop, monkeypatch: pytest.MonkeyPatch) -> Shop:
    monkeypatch.chdir(made.folder)
    return made


def run(page: str, bayes_roi: Command) -> None:
    """Run the blocks of a page; `bayes-roi run` has run already."""
    names: dict[str, object] = {}
    for at, (kind, text) in enumerate(blocks(page)):
        if kind == "python":
            run_python(text, names, f"{page}, block {at + 1}")
        for command in commands(text) if kind == "sh" else ():
            if command[0] != "run":
                said = bayes_roi(*command)
                assert said.code == 0, (command, said.err)


def test_the_readme_shows_ten_lines_of_table_eight_of_model_and_one_command() -> None:
    first = [(kind, text.splitlines()) for kind, text in blocks("README.md")][:3]
    assert [(kind, len(lines)) for kind, lines in first] == [("csv", 10), ("yaml", 8), ("sh", 1)]
    assert first[0][1] == (ROOT / TABLE).read_text(encoding="utf-8").splitlines()[:10]
    assert first[1][1] == (ROOT / "docs/readme/shop.yaml").read_text(encoding="utf-8").splitlines()


def test_the_readme_shows_what_its_command_prints(shop: Shop) -> None:
    shown = next(text for kind, text in blocks("README.md") if kind == "text")
    assert shop.printed.startswith(shown)
    assert (shop.folder / "runs" / "shop" / "report.html").exists()


@pytest.mark.parametrize(
    "page",
    [
        "README.md",
        "docs/how_to.md",
        "docs/coming_from.md",
        "docs/lift_tests.md",
        "docs/prediction.md",
        "docs/journeys.md",
    ],
)
def test_a_page_runs(shop: Shop, bayes_roi: Command, page: str) -> None:
    run(page, bayes_roi)


def test_the_readme_recovers_the_truth_of_its_table(shop: Shop) -> None:
    from bayes_roi.inference.fit import fit_of
    from bayes_roi.model.simulation.truth import read_truth
    from bayes_roi.value.money.roi import roi

    model = br.read_model("shop.yaml")
    data = br.read_data("shop.csv", model)
    truth = read_truth(ROOT / "docs/readme/shop.truth.json")
    true = roi(fit_of(model, data, {k: [v] for k, v in truth.parameters.items()})).arrays.values.array[0, 0]
    found = br.roi(br.fit(model, data, seed=0, draws=250)).interval(0.9)
    assert ((found["lower"] <= true) & (true <= found["upper"])).all()
    assert json.loads((ROOT / "docs/readme/shop.truth.json").read_text())["seed"] == 1
