"""How a fit of the weekly funnel grows with the draws asked for."""

from __future__ import annotations

import statistics
import time
from collections.abc import Iterator
from itertools import pairwise

from benchmarks.measure import fresh
from benchmarks.row import Row

DRAWS = (250, 1000, 4000, 16_000)
MEGABYTE = 2**20


def rows() -> Iterator[Row]:
    """Yield CPU of the fit against proportional growth."""
    found: dict[int, dict[str, float]] = {}
    for draws in DRAWS:
        found[draws], process = fresh(fits, draws)
        found[draws]["peak"] = process.peak / MEGABYTE
    for few, many in pairwise(DRAWS):
        ours, theirs = found[many]["seconds"], found[few]["seconds"] * many / few
        note = f"{found[many]['size']:,.0f} effective draws, peak {found[many]['peak']:,.0f} MB"
        what, peer = f"fit with 4 x {many:,} draws", f"4 x {few:,} draws x {many // few}"
        yield Row("draws", what, peer, ours, theirs, "s CPU", limit=1.5, note=note)


def fits(draws: int) -> dict[str, float]:
    """Return CPU seconds of a fit and its smallest effective size, medians over seeds."""
    import bayes_roi as br

    model = br.read_model(br.shipped("models/weekly_funnel.yaml"))
    data = br.read_data(br.shipped("data/weekly_funnel.csv"), model)
    br.fit(model, data, seed=0)
    sizes, seconds = [], []
    for seed in range(1, 4):
        started = time.process_time()
        fit = br.fit(model, data, seed=seed, draws=draws)
        seconds.append(time.process_time() - started)
        sizes.append(fit.diagnosis.min_ess_bulk)
    return {"size": statistics.median(sizes), "seconds": statistics.median(seconds)}
