"""NUTS on a second data set of the same shape, against the first, whose fit compiles the block.

One revenue equation of 104 weeks: a Hill curve of an adstock and a covariate, 4 chains of 500 draws. All run in a fresh
process; the numba cache that PyTensor keeps on disk is that of the machine, imports are left out.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Iterator
from typing import Any

from benchmarks.measure import fresh
from benchmarks.row import Row

WEEKS, DRAWS, OTHERS = 104, 500, 3


def rows() -> Iterator[Row]:
    """Yield the CPU of a later fit."""
    seconds, _ = fresh(fits, OTHERS)
    note = f"lifting the numbers out of the model takes {seconds['lift']:.2f} s of it"
    later, first = seconds["later"], seconds["first"]
    yield Row("nuts_reuse", "fit of other data", "first fit", later, first, "s CPU", limit=0.2, note=note)


def fits(others: int) -> dict[str, float]:
    """Return CPU seconds of the first fit, of later ones on other data, and of lifting the numbers out of one."""
    import nutpie  # noqa: F401
    import pymc  # noqa: F401

    import bayes_roi as br
    from bayes_roi.model.pymc.build import build
    from bayes_roi.model.pymc.lifted import lift
    from bayes_roi.model.rows.design import design

    model = br.Model(
        name="revenue",
        equations="revenue ~ demand + hill(adstock(tv))",
        outcome="revenue",
        time="week",
        channels={"tv": "tv"},
    )
    seconds = []
    for seed in range(others + 1):
        data = _weeks(seed)
        started = time.process_time()
        br.fit(model, data, seed=1, draws=DRAWS, engine="nuts")
        seconds.append(time.process_time() - started)
    started = time.process_time()
    lift(build(model, design(model, data), ["revenue"]))
    return {
        "first": seconds[0],
        "later": statistics.median(seconds[1:]),
        "lift": time.process_time() - started,
    }


def _weeks(seed: int) -> Any:
    import numpy as np

    from bayes_roi.panel import Panel

    rng = np.random.default_rng(seed)
    tv, demand = rng.gamma(1.2, 50.0, WEEKS) * (rng.random(WEEKS) < 0.8), rng.standard_normal(WEEKS)
    revenue = 60 + 30 * tv / (tv + 60) + 5 * demand + 5 * rng.standard_normal(WEEKS)
    columns = {"tv": tv, "demand": demand, "revenue": revenue}
    return Panel(columns, np.arange(WEEKS), "week", "period", "simulated")
