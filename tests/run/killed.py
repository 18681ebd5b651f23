"""Kill writers of a run with SIGKILL, one forked process for each moment, and count what they left.

Run by test_killed.py in a process of its own, whose libraries have started no threads that a fork would lose.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import sys
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import numpy as np

from bayes_roi.errors import RunError
from bayes_roi.inference.fit import Fit
from bayes_roi.lift.fit import fit
from bayes_roi.model.file.model_file import parse_model
from bayes_roi.panel import Panel
from bayes_roi.run import folder as writing
from bayes_roi.run.folder import write_run
from bayes_roi.run.manifest import read_manifest
from bayes_roi.run.staging import claimed
from tests.surface import shop

MOMENTS = 10  # beside the steps
STEPS = ("open", "os.rename", "os.mkdir", "os.rmdir", "os.remove", "shutil.rmtree")


def shop_fit(seed: int) -> Fit:
    rows = [line.split(",") for line in shop.table().splitlines()]
    numbers = np.array([row[1:] for row in rows[1:]], float).T
    weeks = np.array([row[0] for row in rows[1:]])
    panel = Panel(dict(zip(rows[0][1:], numbers, strict=True)), weeks, "week", "week", "shop.csv")
    return fit(parse_model(shop.MODEL), panel, seed=seed, draws=20)


def forked(work: Callable[[], object], *, after: float | None = None) -> int:
    """Do some work in a process of its own, killed after some seconds; return the signal that ended it, or 0."""
    pid = os.fork()
    if pid == 0:
        signal.alarm(60)  # of a child that hangs the test tells, and does not hang too
        try:
            work()
        finally:
            os._exit(0)
    if after is not None:
        time.sleep(after)
        os.kill(pid, signal.SIGKILL)
    return os.WTERMSIG(os.waitpid(pid, 0)[1])


def killing(folder: Path, step: int) -> None:
    """Kill this process before its step-th change of the folder."""
    left = [step]

    def count(event: str, arguments: tuple[object, ...]) -> None:
        if event in STEPS and str(folder) in str(arguments[0]):
            left[0] -= 1
            if left[0] < 0:
                os.kill(os.getpid(), signal.SIGKILL)

    sys.addaudithook(count)


def state(run: Path) -> str:
    """Return what stands at the name of a run: the seed of a whole run, "absent" or "broken"."""
    if not run.exists():
        return "absent"
    try:
        return str(read_manifest(run)["seed"])
    except RunError:
        return "broken"


def main(how: str, folder: Path) -> None:
    writing.estimates = lambda *_, **__: {}  # type: ignore[assignment]  # which take half the time
    old, new = shop_fit(1), shop_fit(2)
    run, overwrite = folder / "run", how == "overwrite"
    kept = folder.parent / f"{folder.name}-old"
    write_run(old, kept, report=False)
    started = time.perf_counter()
    forked(lambda: write_run(new, run, report=False))
    seconds = time.perf_counter() - started
    seen: Counter[str] = Counter(dict.fromkeys(("killed", "broken", "not swept", "lost", "absent", "old", "new"), 0))

    def try_once(before: Callable[[], None], after: float | None = None) -> bool:
        shutil.rmtree(folder)
        folder.mkdir()
        if overwrite:
            shutil.copytree(kept, run)

        def work() -> None:
            before()
            write_run(new, run, overwrite=overwrite, report=False)

        killed = forked(work, after=after) == signal.SIGKILL
        found = {"1": "old", "2": "new"}.get(state(run), state(run))
        seen[found] += 1
        seen["killed"] += killed
        if overwrite and found == "absent":  # killed between the renames: the old run is whole beside it
            aside = [path for path in folder.iterdir() if ".replaced-" in path.name]
            seen["lost"] += not aside or state(aside[0]) != "1"
        with claimed(run):  # as the next writer does before anything else
            pass
        seen["not swept"] += os.listdir(folder) != (["run"] if overwrite or found == "new" else [])
        seen["broken"] += overwrite and state(run) not in ("1", "2")
        return killed

    step = 0
    while try_once(lambda: killing(folder, step)):  # noqa: B023  it is called at once
        step += 1
    for moment in range(MOMENTS):
        try_once(lambda: None, after=seconds * (moment + 0.5) / MOMENTS)
    print(json.dumps(seen))


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
