"""Progress of long work on stderr: a bar on a terminal, elsewhere a line now and then, with the time that is left."""

from __future__ import annotations

import contextlib
import math
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from bayes_roi.numbers import percent, whole

Report = Callable[[str, float], None]
"""Is given what is being done and the share of the whole that is done, NaN where that is not known."""
EVERY = 20.0
"""Seconds between two lines where there is no terminal: work that takes less says nothing."""
LEAST_SHARE = 0.02
"""Share of the work from which the time that is left is shown."""


@contextlib.contextmanager
def progress(show: bool | None, *, doing: str = "fitting") -> Iterator[Report]:
    """Yield a function that hears how far work has come, and shows it on stderr.

    Parameters
    ----------
    show
        False shows nothing. Else there is a bar on a terminal, and elsewhere a line every `EVERY` seconds.
    doing
        What is done, before what each step is.
    """
    if show is False or sys.stderr is None:
        yield lambda what, share: None
    elif sys.stderr.isatty():
        with _bar(doing) as report:
            yield report
    else:
        with _lines(doing) as report:
            yield report


@contextlib.contextmanager
def _bar(doing: str) -> Iterator[Report]:
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        Progress,
        TaskProgressColumn,
        TextColumn,
        TimeElapsedColumn,
        TimeRemainingColumn,
    )

    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TaskProgressColumn(),
        TimeElapsedColumn(),
        TextColumn("left"),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(doing, total=None)

        def report(what: str, share: float) -> None:
            known = math.isfinite(share)
            bar.update(
                task, description=f"{doing} {what}", total=1.0 if known else None, completed=share if known else 0
            )

        yield report


@dataclass
class _State:
    """How far work has come, and since when it is done."""

    doing: str
    what: str = ""
    share: float = math.nan
    since: float = field(default_factory=time.monotonic)

    def line(self) -> str:
        """Return what is said of it."""
        elapsed = time.monotonic() - self.since
        parts = [f"{whole(elapsed)} s elapsed"]
        if math.isfinite(self.share):
            parts.insert(0, percent(self.share))
            if LEAST_SHARE <= self.share < 1:
                parts.append(f"about {whole(elapsed * (1 - self.share) / self.share)} s left")
        return f"{f'{self.doing} {self.what}'.strip()}: {', '.join(parts)}"


@contextlib.contextmanager
def _lines(doing: str) -> Iterator[Report]:
    """Print a line every `EVERY` seconds, from a thread: work that computes for long tells nothing meanwhile."""
    state, ended = _State(doing), threading.Event()

    def speak() -> None:
        while not ended.wait(EVERY):
            with contextlib.suppress(OSError, ValueError):  # nobody may be left to read it
                print(state.line(), file=sys.stderr, flush=True)

    def report(what: str, share: float) -> None:
        state.what, state.share = what, share

    speaker = threading.Thread(target=speak, daemon=True)
    speaker.start()
    try:
        yield report
    finally:
        ended.set()
        speaker.join()
