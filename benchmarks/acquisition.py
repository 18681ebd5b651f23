"""The fit of 20,000 exchangeable rows, after they are read."""

from __future__ import annotations

import statistics
import time
from collections.abc import Iterator

from benchmarks.measure import REPEATS, fresh
from benchmarks.row import Row


def rows() -> Iterator[Row]:
    """Yield the CPU of a fit."""
    fresh(fits, 1)
    runs = [fresh(fits, REPEATS)[0] for _ in range(3)]
    first, later = (statistics.median(run[key] for run in runs) for key in ("first", "later"))
    yield Row("acquisition", "fit of 20,000 rows", "limit", later, 0.3, "s CPU", limit=1)
    yield Row("acquisition", "first fit of a process, with its imports", "limit", first, 0.3, "s CPU")


def fits(count: int) -> dict[str, float]:
    """Return CPU seconds of the first fit of a process, which imports what it needs, and of a later one."""
    import bayes_roi as br

    model = br.read_model(br.shipped("models/acquisition.yaml"))
    data = br.read_data(br.shipped("data/acquisition.csv"), model)
    seconds = []
    for seed in range(count + 1):
        started = time.process_time()
        br.fit(model, data, seed=seed)
        seconds.append(time.process_time() - started)
    return {"first": seconds[0], "later": statistics.median(seconds[1:])}
