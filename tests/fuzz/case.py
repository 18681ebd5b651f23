"""One case of fuzzing: a command in a process of its own, and what must not come of it."""

from __future__ import annotations

import atexit
import json
import os
import selectors
import shutil
import signal
import sys
import tempfile
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

from bayes_roi.cli import main
from bayes_roi.plain_text import steering

LIMIT = 30
"""Seconds of its own computing after which a command hangs: those of the clock say how busy the machine is."""
IDLE = 60
"""Seconds of the clock between two looks at it, which hangs too where none of its threads has run between them."""
HANGS = {-signal.SIGPROF: f"hangs: computes for over {LIMIT} s", -signal.SIGALRM: f"hangs: waits for over {IDLE} s"}
FINE = (0, 1, 2)
TOLD = ("error: ", "Usage: ")


@contextmanager
def scratch(prefix: str) -> Iterator[Path]:
    """Give a folder that is removed at the end: not one of tempfile's own, which a fork removes as it exits."""
    folder = Path(tempfile.mkdtemp(prefix=prefix))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@dataclass(frozen=True)
class Ended:
    """How a command ended: its exit code, negative for a signal, what it said, seconds of the clock and its own."""

    code: int
    out: str
    err: str
    seconds: float
    computed: float


@dataclass(frozen=True)
class Result:
    """What came of a case, in how many seconds of computing: `fault` is empty where nothing is wrong."""

    kind: str
    number: int
    code: int
    seconds: float
    fault: str = ""
    said: str = ""

    def line(self) -> dict[str, object]:
        return asdict(self)


def command(*arguments: object, before: Callable[[], None] = lambda: None, after: float | None = None) -> Ended:
    """Run a command in a fork, which is killed where it hangs, or `after` some seconds.

    The parent has imported all it needs, so that a case costs what the command does.
    """
    pipes = [os.pipe() for _ in range(2)]
    started = time.perf_counter()
    pid = os.fork()
    if pid == 0:
        try:
            _child([str(a) for a in arguments], [write for _, write in pipes], before)
        finally:
            os._exit(71)  # never on into the parent's code
    for _, write in pipes:
        os.close(write)
    out, err = _read([read for read, _ in pipes], pid, after)
    _, status, used = os.wait4(pid, 0)
    computed = used.ru_utime + used.ru_stime
    return Ended(os.waitstatus_to_exitcode(status), out, err, time.perf_counter() - started, computed)


def _read(pipes: list[int], pid: int, after: float | None) -> list[str]:
    """Return what comes through pipes until they are closed; kill the writer `after` some seconds or where it waits."""
    said, kill_at = dict.fromkeys(pipes, b""), None if after is None else time.perf_counter() + after
    seen: object = None
    with selectors.DefaultSelector() as ready:
        for pipe in pipes:
            ready.register(pipe, selectors.EVENT_READ)
        while ready.get_map():
            left = IDLE if kill_at is None else max(kill_at - time.perf_counter(), 0.0)
            events = ready.select(left)
            if not events and kill_at is not None:
                os.kill(pid, signal.SIGKILL)
                kill_at = None
            elif not events:
                before, seen = seen, _at_rest(pid)
                if seen is not None and seen == before:
                    os.kill(pid, signal.SIGALRM)
            for key, _ in events:
                part = os.read(key.fd, 65536)
                said[key.fd] += part
                if not part:
                    ready.unregister(key.fd)
                    os.close(key.fd)
    return [said[pipe].decode(errors="backslashreplace") for pipe in pipes]


def _at_rest(pid: int) -> list[list[str]] | None:
    """Return what the threads of a process have computed (user and system) where all of them sleep, else None.

    A thread that is ready to run and has no processor is not asleep. Nothing is told where there is no /proc.
    """
    try:
        stats = [f.read_text().rpartition(")")[2].split() for f in sorted(Path(f"/proc/{pid}/task").glob("*/stat"))]
    except OSError:
        return None
    asleep = stats and all(fields[0] == "S" for fields in stats)
    return [fields[11:13] for fields in stats] if asleep else None


def _child(arguments: list[str], pipes: list[int], before: Callable[[], None]) -> None:
    signal.setitimer(signal.ITIMER_PROF, LIMIT)
    code = 70
    for number, pipe in enumerate(pipes, 1):
        os.dup2(pipe, number)
    sys.stdout, sys.stderr = (os.fdopen(os.dup(n), "w", encoding="utf-8", errors="backslashreplace") for n in (1, 2))
    try:
        before()
        main(arguments)
    except SystemExit as ended:
        code = ended.code if isinstance(ended.code, int) else 0 if ended.code is None else 1
    except BaseException:
        traceback.print_exc()
    atexit._run_exitfuncs()  # where HDF5 crashed
    for stream in (sys.stdout, sys.stderr):
        stream.flush()
    os._exit(code)


def fault_of(ended: Ended, *, may_succeed: bool = True) -> str:
    """Return what is wrong with how a command ended, or an empty text."""
    if ended.code in HANGS:
        return HANGS[ended.code]
    if ended.code not in FINE:
        return f"exit code {ended.code}"
    if "Traceback" in ended.err or "fault of bayes-roi" in ended.err:
        return "internal fault"
    if ended.code == 2 and not any(line.startswith(TOLD) for line in ended.err.splitlines()):
        return "refused without a message"
    if ended.code != 2 and not may_succeed:
        return "accepted"
    odd = steering(ended.out + ended.err, allowed="\n")
    return "" if odd is None else f"prints {odd}"


def state(folder: Path) -> dict[str, bytes | None]:
    """Return all that stands in a folder, hidden files too."""
    return {
        str(p.relative_to(folder)): p.read_bytes() if p.is_file() and not p.is_symlink() else None
        for p in sorted(folder.rglob("*"))
    }


@contextmanager
def workplace(base: Path) -> Iterator[Path]:
    """Give a copy of the base folder to work in, as the current folder."""
    here = os.getcwd()
    with scratch("fuzz-") as folder:
        shutil.copytree(base, folder, dirs_exist_ok=True, symlinks=True)
        os.chdir(folder)
        try:
            yield folder
        finally:
            os.chdir(here)


def numbers_are_json(out: str) -> bool:
    """Whether an answer in JSON has no number that is none."""

    def none(name: str) -> None:
        raise ValueError(name)

    try:
        json.loads(out, parse_constant=none)
    except ValueError:
        return False
    return True
