"""CPU seconds and peak memory of fresh processes.

Every figure is the CPU of a process of its own, by `os.wait4`, or is timed inside one with `time.process_time`: wall
clocks say little on a shared machine. Libraries use one thread. Bytecode is cached in a folder of the run, filled by a
first run that is not counted, whatever PYTHONDONTWRITEBYTECODE says outside; `bytecode=False` writes none and finds
only what lies beside the sources, as in containers that set PYTHONDONTWRITEBYTECODE. This process imports nothing
large: the peak memory of a child counts that of its parent until it is replaced.
"""

from __future__ import annotations

import atexit
import functools
import json
import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
PYTHON = sys.executable
COMMAND = str(Path(sys.executable).parent / "bayes-roi")
REPEATS = 5
ONE_THREAD = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS")
BYTECODE = ("PYTHONDONTWRITEBYTECODE", "PYTHONPYCACHEPREFIX")
CALL = "import importlib, json, sys; m, f, a = sys.argv[1:]; " + (
    "print('\\n' + json.dumps(getattr(importlib.import_module(m), f)(*json.loads(a))))"
)


@dataclass(frozen=True)
class Process:
    """A process that has ended: CPU seconds, peak resident bytes, and what it printed."""

    cpu: float
    peak: int
    printed: str


@functools.cache
def scratch() -> Path:
    """Return a folder that is removed when this process ends."""
    folder = tempfile.TemporaryDirectory(prefix="bayes_roi_benchmarks_")
    atexit.register(folder.cleanup)
    return Path(folder.name)


def run(command: Sequence[str], *, bytecode: bool = True) -> Process:
    """Run a command to its end, from the root of the repository.

    Raises
    ------
    RuntimeError
        When it fails.
    """
    environment = {k: v for k, v in os.environ.items() if k not in BYTECODE} | dict.fromkeys(ONE_THREAD, "1")
    environment |= (
        {"PYTHONPYCACHEPREFIX": str(scratch() / "bytecode")} if bytecode else {"PYTHONDONTWRITEBYTECODE": "1"}
    )
    with tempfile.TemporaryFile("w+") as out, tempfile.TemporaryFile("w+") as err:
        started = subprocess.Popen(command, stdout=out, stderr=err, env=environment, cwd=ROOT)
        _, status, used = os.wait4(started.pid, 0)
        started.returncode = os.waitstatus_to_exitcode(status)
        out.seek(0), err.seek(0)
        if started.returncode:
            raise RuntimeError(f"{' '.join(command)} ended with {started.returncode}:\n{err.read()}")
        unit = 1 if sys.platform == "darwin" else 1024
        return Process(used.ru_utime + used.ru_stime, used.ru_maxrss * unit, out.read())


def medians(*commands: Sequence[str], bytecode: bool = True, repeats: int = REPEATS) -> list[float]:
    """Return the median CPU seconds of each command; they take turns, so that a busy machine strikes all alike."""
    rounds = [[run(c, bytecode=bytecode).cpu for c in commands] for _ in range(repeats + 1)]
    return [statistics.median(seconds) for seconds in zip(*rounds[1:], strict=True)]


def fresh(function: Callable[..., Any], *arguments: Any) -> tuple[Any, Process]:
    """Return what a function of a benchmark returns in a process of its own, and that process."""
    ended = run([PYTHON, "-c", CALL, function.__module__, function.__name__, json.dumps(arguments)])
    return json.loads(ended.printed.splitlines()[-1]), ended


def both_bytecodes() -> Iterator[tuple[bool, str]]:
    """Yield whether bytecode is cached, and how to say it."""
    yield True, ""
    yield False, ", bytecode not written"
