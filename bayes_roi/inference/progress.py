"""Progress of long work on stderr, with the time left."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Callable, Iterator

Report = Callable[[str, float], None]
"""Told what is being done and the share of the whole that is done."""


@contextlib.contextmanager
def progress(show: bool | None) -> Iterator[Report]:
    """Yield a function that moves a bar on stderr; None shows it where stderr is a terminal."""
    if not (sys.stderr.isatty() if show is None else show):
        yield lambda what, share: None
        return
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
        task = bar.add_task("fitting", total=1.0)
        yield lambda what, share: bar.update(task, description=f"fitting {what}", completed=share)
