"""kill -9 while a run is written: at every step, and at moments between them, the run is complete or absent."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

DRIVER = Path(__file__).with_name("killed.py")


@pytest.mark.skipif(sys.platform == "win32", reason="needs fork")
@pytest.mark.parametrize("how", ["new", "overwrite"])
def test_a_killed_writer_leaves_a_run_complete_or_absent(tmp_path: Path, how: str) -> None:
    one_thread = os.environ | {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "PYTHONWARNINGS": "ignore"}
    command = [sys.executable, str(DRIVER), how, str(tmp_path)]
    ended = subprocess.run(command, capture_output=True, text=True, env=one_thread)
    assert ended.returncode == 0, ended.stderr
    seen = json.loads(ended.stdout)
    print(seen)
    assert seen["killed"] > 20
    assert seen["broken"] == 0
    assert seen["not swept"] == 0
    if how == "new":
        assert seen["absent"] > 0
    else:
        assert seen["lost"] == 0
        assert seen["old"] > 0
        assert seen["new"] > 0
