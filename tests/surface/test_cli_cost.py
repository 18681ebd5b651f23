"""What asking costs: help and the imports of each command; and that a pipe that closes early is no error."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from bayes_roi.cli import HELP
from bayes_roi.cli.app import ORDER
from bayes_roi.cli.commands import app
from tests.surface.conftest import Command


def cpu_seconds(*arguments: str) -> float:
    """Return the CPU time of a process of this Python."""
    process = os.posix_spawn(
        sys.executable,
        [sys.executable, *arguments],
        os.environ,
        file_actions=[(os.POSIX_SPAWN_OPEN, 1, os.devnull, os.O_WRONLY, 0)],
    )
    _, status, usage = os.wait4(process, 0)
    assert status == 0
    return usage.ru_utime + usage.ru_stime


def test_help_costs_no_more_than_importing_numpy() -> None:
    pairs = [(cpu_seconds("-m", "bayes_roi", "--help"), cpu_seconds("-c", "import numpy")) for _ in range(5)]
    ours, numpy = (min(side) for side in zip(*pairs, strict=True))
    print(f"bayes-roi --help: {ours:.3f} s of CPU, import numpy: {numpy:.3f} s, ratio {ours / numpy:.2f}")
    assert ours <= numpy


def test_the_page_of_help_is_what_the_commands_say_of_themselves(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    with pytest.raises(SystemExit):
        app(["--help"], prog_name="bayes-roi")
    assert capsys.readouterr().out == HELP.read_text(encoding="utf-8")


def test_help_and_version(bayes_roi: Command) -> None:
    said = bayes_roi("--help")
    assert said.code == 0
    for command in ORDER:
        assert f"\n  {command} " in said.out
    assert bayes_roi("--version").out.startswith("bayes-roi ")


@pytest.mark.parametrize("command", ORDER)
def test_help_of_each_command(bayes_roi: Command, command: str) -> None:
    said = bayes_roi(command, "--help")
    assert (said.code, said.err) == (0, "")
    assert said.out.startswith(f"Usage: bayes-roi {command} ")


def test_a_reader_that_goes_away_is_no_error(here: Path) -> None:
    """As in `bayes-roi roi runs/shop | head -0`."""
    read, write = os.pipe()
    os.close(read)
    ended = subprocess.run(
        [sys.executable, "-m", "bayes_roi", "roi", "runs/shop"], stdout=write, stderr=subprocess.PIPE, text=True
    )
    os.close(write)
    assert (ended.returncode, ended.stderr) == (0, "")


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="needs /dev/full")
@pytest.mark.parametrize("command", ["--help", "roi runs/shop", "roi runs/shop --json", "check shop.yaml"])
def test_a_full_disk_under_the_answer_is_told(here: Path, command: str) -> None:
    with open("/dev/full", "w") as full:
        ended = subprocess.run(
            [sys.executable, "-m", "bayes_roi", *command.split()], stdout=full, stderr=subprocess.PIPE, text=True
        )
    assert ended.returncode == 2
    assert ended.stderr.startswith("error: No space left on device")
    assert ended.stderr.count("\n") == 1


INTERRUPTED = """
import sys, builtins
real = builtins.__import__
def interrupting(name, *rest, **more):
    if name == sys.argv[1]:
        raise KeyboardInterrupt
    return real(name, *rest, **more)
builtins.__import__ = interrupting
from bayes_roi.cli import main
main(sys.argv[2:])
"""


@pytest.mark.parametrize("module", ["typer", "bayes_roi.cli.commands", "numpy", "bayes_roi.run.folder"])
def test_an_interrupt_while_it_imports_is_one_word(here: Path, module: str) -> None:
    ended = subprocess.run(
        [sys.executable, "-c", INTERRUPTED, module, "roi", "runs/shop"], capture_output=True, text=True
    )
    assert (ended.returncode, ended.stdout, ended.stderr) == (130, "", "interrupted\n")


HEAVY = ("pandas", "xarray", "pymc", "arviz", "arviz_base", "arviz_stats", "great_tables", "h5netcdf", "scipy.stats")
COMMANDS = (
    "check shop.yaml",
    "roi runs/shop",
    "ate runs/shop tv_spend --shift 1 --json",
    "do runs/shop tv_spend=0",
    "do runs/shop --scale tv_spend=0.5 --json",
    "channels runs/shop",
    "influence runs/shop --json",
    "paths runs/shop tv_spend",
    "decompose runs/shop 2022-03-07",
    "scenario runs/shop -o plan.csv",
    "compare runs/shop plan.csv --json",
    "report runs/shop -o report.html",
    "export runs/shop -o tables.xlsx",
    "run shop.yaml --out runs/bare --no-report",
    "run shop.yaml --out runs/told",
)
WATCHED = f"""
import json, sys
from bayes_roi.cli import main
for command in sys.argv[1:]:
    before = set(sys.modules)
    try:
        main(command.split())
    except SystemExit as ended:
        code = ended.code or 0
    print("imported:", json.dumps([command, code, [name for name in {HEAVY} if name in {{*sys.modules}} - before]]))
"""


def watched(folder: Path, *commands: str) -> dict[str, tuple[int, list[str]]]:
    """Return the exit code of each command, run in one process, and what heavy it was the first to import."""
    ended = subprocess.run([sys.executable, "-c", WATCHED, *commands], cwd=folder, capture_output=True, text=True)
    told = [line.removeprefix("imported: ") for line in ended.stdout.splitlines() if line.startswith("imported: ")]
    found = {command: (code, names) for command, code, names in map(json.loads, told)}
    assert set(found) == set(commands), ended.stderr
    return found


@pytest.fixture(scope="module")
def imported(_shop: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple[int, list[str]]]:
    folder = tmp_path_factory.mktemp("watched")
    shutil.copytree(_shop, folder, dirs_exist_ok=True)
    return watched(folder, *COMMANDS)


@pytest.mark.parametrize("command", COMMANDS)
def test_a_command_imports_nothing_heavy(imported: dict[str, tuple[int, list[str]]], command: str) -> None:
    assert imported[command] == (0, [])


def test_a_run_with_curves_imports_nothing_heavy_either(here: Path) -> None:
    """The shop is linear; the funnel goes by another engine and through every figure of the report."""
    command = "run weekly_funnel --out runs/funnel --draws 300"
    assert watched(here, command)[command][1] == []
