"""The command line in this process, and the shop with its run in a folder of its own."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from bayes_roi.cli import main
from tests.surface import shop


@dataclass(frozen=True)
class Said:
    """What a command printed, and its exit code."""

    out: str
    err: str
    code: int


Command = Callable[..., Said]


@pytest.fixture
def bayes_roi(capsys: pytest.CaptureFixture[str]) -> Command:
    """Run the command line in this process."""

    def _run(*arguments: object) -> Said:
        capsys.readouterr()
        with pytest.raises(SystemExit) as ended:
            main([str(argument) for argument in arguments])
        printed = capsys.readouterr()
        return Said(printed.out, printed.err, int(ended.value.code or 0))

    return _run


@pytest.fixture(scope="session")
def _shop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("shop")
    (folder / "shop.yaml").write_text(shop.MODEL)
    (folder / "shop.csv").write_text(shop.table())
    with pytest.raises(SystemExit) as ended:
        main(["run", str(folder / "shop.yaml"), "--out", str(folder / "runs" / "shop"), "--no-report"])
    assert not ended.value.code
    return folder


@pytest.fixture
def here(_shop: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The current folder: shop.yaml, shop.csv and the run runs/shop."""
    shutil.copytree(_shop, tmp_path, dirs_exist_ok=True)
    monkeypatch.chdir(tmp_path)
    return tmp_path
