"""What asking for help costs, and that a pipe that closes early is no error."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from bayes_roi.cli import HELP
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
    for command in ("demo", "run", "check", "roi", "ate", "do", "report", "new", "simulate"):
        assert f"\n  {command} " in said.out
    assert bayes_roi("--version").out.startswith("bayes-roi ")


@pytest.mark.parametrize("command", ["demo", "run", "check", "roi", "ate", "do", "report", "new", "simulate"])
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
