"""The short form of `make fuzz`: some cases of every kind."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.fuzz import case
from tests.fuzz.__main__ import KINDS

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="needs fork")
def test_nothing_breaks_at_some_cases_of_every_kind() -> None:
    environment = os.environ | {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "PYTHONWARNINGS": "ignore"}
    command = [sys.executable, "-m", "tests.fuzz", "--share", "0.005", "--keep", "-"]
    ended = subprocess.run(command, capture_output=True, text=True, env=environment, cwd=ROOT)
    print(ended.stdout)
    assert ended.returncode == 0, ended.stderr + ended.stdout
    assert all(f"| {kind} |" in ended.stdout for kind in KINDS)


def wait() -> None:
    time.sleep(600)


def compute() -> None:
    while True:
        pass


@pytest.mark.filterwarnings("ignore:This process:DeprecationWarning")  # a fork beside threads, which do nothing here
@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="needs /proc")
@pytest.mark.parametrize(("what", "told"), [(wait, "hangs: waits"), (compute, "hangs: computes")])
def test_a_command_that_waits_or_computes_without_end_hangs(
    what: Callable[[], None], told: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(case, "IDLE", 0.3)
    monkeypatch.setattr(case, "LIMIT", 0.3)
    assert case.fault_of(case.command("--help", before=what)).startswith(told)
