"""Full disks and kill -9 while something is written: what was there survives, nothing stands there half-written."""

from __future__ import annotations

import os
import random
import resource
import signal
import subprocess
import time
from functools import cache
from pathlib import Path

from bayes_roi.errors import RunError
from bayes_roi.run.folder import read_run
from tests.fuzz.case import Result, command, fault_of, state, workplace

WRITING: dict[str, tuple[str, ...]] = {
    "run": ("run", "shop.yaml", "--out", "new", "--draws", "200"),
    "run over a run": (
        "run",
        "shop.yaml",
        "--out",
        "run",
        "--overwrite",
        "--draws",
        "200",
        "--seed",
        "5",
        "--no-report",
    ),
    "scenario as CSV": ("scenario", "run", "-o", "plan.csv"),
    "scenario as Excel": ("scenario", "run", "-o", "plan.xlsx"),
    "optimise": ("optimise", "run", "--periods", "4", "--budget", "4000", "-o", "plan.csv"),
    "simulate": ("simulate", "weekly_funnel", "-o", "shop.csv"),
    "report": ("report", "run", "-o", "page.html"),
    "new": ("new", "fresh"),
    "new from a table": ("new", "shop.csv", "-o", "guessed.yaml"),
    "export": ("export", "run", "-o", "tables.xlsx"),
    "sensitivity": ("sensitivity", "run", "tv", "-o", "picture.svg"),
}
MADE = ("plan.csv", "plan.xlsx", "shop.csv", "page.html", "fresh.yaml", "guessed.yaml", "tables.xlsx", "picture.svg")
"""The files that these write."""
NAMES = tuple(WRITING)
PLACES = 20
MOMENTS = 60


@cache
def _largest(name: str, base: str) -> int:
    """Return the size of the largest file that a command writes."""
    with workplace(Path(base)) as here:
        before = state(here)
        command(*WRITING[name])
        made = {f: c for f, c in state(here).items() if c is not None and before.get(f) != c}
        return max(map(len, made.values()))


def disk(number: int, base: Path) -> Result:
    """A writing command on a disk that is full after the n-th of 20 parts of its largest file."""
    name, place = NAMES[number // PLACES], number % PLACES
    size = _largest(name, str(base))
    with workplace(base) as here:
        before = state(here)
        most = place * size // PLACES

        def limit() -> None:  # Python has SIGXFSZ ignored: writing beyond it fails as on a full disk
            resource.setrlimit(resource.RLIMIT_FSIZE, (most, most))

        ended = command(*WRITING[name], before=limit)
        return _untouched("disk", number, name, ended, before, here)


def tmpfs(number: int, base: Path) -> Result:
    """The same on a disk of its own that is full (ENOSPC), where this process may mount one."""
    name, kilobytes = NAMES[number // PLACES], 4 * (1 + number % PLACES)
    with workplace(base) as here:
        disk = here / "disk"
        disk.mkdir()
        total = sum(len(c) for c in state(base).values() if c is not None) // 1024 + 40
        size = total + kilobytes
        mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}k", "fuzz", disk], capture_output=True)
        if mounted.returncode:
            return Result("tmpfs", number, 0, 0.0, said="no right to mount")
        try:
            subprocess.run(["cp", "-a", f"{base}/.", disk], check=True)
            os.chdir(disk)
            _fill(disk, leave=kilobytes)
            before = state(disk)
            return _untouched("tmpfs", number, name, command(*WRITING[name]), before, disk)
        finally:
            os.chdir(here)
            subprocess.run(["umount", "-l", disk], check=False)


def _fill(folder: Path, *, leave: int) -> None:
    free = os.statvfs(folder).f_bavail * os.statvfs(folder).f_frsize
    (folder / "filler").write_bytes(bytes(max(free - leave * 1024, 0)))


def _untouched(kind: str, number: int, name: str, ended: object, before: dict[str, bytes | None], here: Path) -> Result:
    fault = fault_of(ended)  # type: ignore[arg-type]
    after = state(here)
    if not fault and ended.code == 2 and after != before:  # type: ignore[attr-defined]
        odd = sorted(f for f in {*before, *after} if before.get(f, b"?") != after.get(f, b"?"))
        fault = f"leaves {', '.join(odd)}"
    said = f"{name}: {ended.err.strip()[-300:]}" if fault else ""  # type: ignore[attr-defined]
    return Result(kind, number, ended.code, round(ended.computed, 2), fault, said)  # type: ignore[attr-defined]


@cache
def _seconds(name: str, base: str) -> float:
    with workplace(Path(base)):
        return command(*WRITING[name]).seconds


def killed(number: int, base: Path) -> Result:
    """kill -9 at a moment of a writing command; then the same command again, which must find nothing in its way."""
    rng = random.Random(f"killed {number}")
    name = NAMES[number % len(NAMES)]
    seconds = _seconds(name, str(base))
    with workplace(base) as here:
        before = state(here)
        ended = command(*WRITING[name], after=seconds * rng.uniform(0.2, 1.0))
        fault = "" if ended.code in (0, 1, -signal.SIGKILL) else f"exit code {ended.code}"
        after = state(here)
        fault = fault or _half_written(before, after, here)
        for part in here.glob(".bayes_roi-*.part"):  # as if an hour had gone by
            os.utime(part, (time.time() - 7200,) * 2)
        again = command(*WRITING[name])
        first_done = ended.code in (0, 1) or any(
            f in after and f not in before for f in ("new/manifest.json", "fresh.yaml")
        )
        fault = fault or (
            "" if again.code in (0, 1) or first_done else f"then exit code {again.code}: {again.err[-200:]}"
        )
        left = [f for f in state(here) if Path(f).name.startswith(".")]
        fault = fault or (f"leaves {', '.join(left)}" if left else "")
        return Result("killed", number, ended.code, round(ended.computed, 2), fault, name if fault else "")


def _half_written(before: dict[str, bytes | None], after: dict[str, bytes | None], here: Path) -> str:
    """Return what stands under a name that a user gave and is neither what was there nor whole."""
    for run in ("run", "new"):
        aside = list(here.glob(f".{run}.replaced-*"))
        if run == "run" and not (here / run).exists() and aside:
            continue  # killed between two renames: the old run is whole beside it, and put back by the next writer
        if (here / run).exists():
            try:
                read_run(here / run)
            except RunError as error:
                return str(error)
        elif run == "run":
            return "the run that was there is lost"
    for file in MADE:
        content, old = after.get(file), before.get(file)
        if file in before and content is None:
            return f"{file} is lost"
        if content is not None and content != old and not _whole(file, content):
            return f"{file} is half-written"
    return ""


def _whole(file: str, content: bytes) -> bool:
    ends = {"html": b"</html>\n", "svg": b"</svg>\n", "xlsx": b"", "csv": b"\n", "yaml": b"\n"}[file.rpartition(".")[2]]
    rows = content.count(b"\n")
    return content.rstrip(b"\n") != b"" and content.endswith((ends, ends.strip())) and (file[-3:] != "csv" or rows > 4)
