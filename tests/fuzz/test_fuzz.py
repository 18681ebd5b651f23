"""The short form of `make fuzz`: some cases of every kind."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.fuzz.__main__ import KINDS

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="needs fork")
def test_nothing_breaks_at_some_cases_of_every_kind() -> None:
    environment = os.environ | {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "PYTHONWARNINGS": "ignore"}
    command = [sys.executable, "-m", "tests.fuzz", "--share", "0.01", "--keep", "-"]
    ended = subprocess.run(command, capture_output=True, text=True, env=environment, cwd=ROOT)
    print(ended.stdout)
    assert ended.returncode == 0, ended.stderr + ended.stdout
    assert all(f"| {kind} |" in ended.stdout for kind in KINDS)
