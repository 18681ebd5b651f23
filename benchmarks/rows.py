"""How the exact fit grows with the rows: acquisition-like data from Parquet, 200 to 10 million rows.

After one pass over the rows the draws depend on the sufficient statistics alone, so they cost the same whatever the
rows. A process may not take more than `MOST_MEMORY`; one that wants more is told as having missed its limit.
"""

from __future__ import annotations

import math
import statistics
import time
from collections.abc import Iterator
from itertools import pairwise

from benchmarks.measure import REPEATS, fresh, scratch
from benchmarks.row import Row

SIZES = (200, 20_000, 1_000_000, 10_000_000)
CHUNK = 1_000_000
MOST_MEMORY = 8 * 2**30
MEGABYTE = 2**20


def rows() -> Iterator[Row]:
    """Yield growth of the fit and of the draws, and peak memory."""
    found: dict[int, dict[str, float]] = {}
    for size in SIZES:
        file = str(scratch() / f"acquisition_{size}.parquet")
        fresh(write, file, size)
        found[size], process = fresh(fit, file)
        found[size]["peak"] = process.peak / MEGABYTE
    for few, many in pairwise(SIZES):
        per_row = found[few]["fit"] * many / few
        note = f"{found[many]['read']:.2f} s to read, peak {found[many]['peak']:,.0f} MB"
        if math.isnan(found[many]["fit"]):
            note += f"; out of {MOST_MEMORY / 2**30:.0f} GB of memory in the fit"
        what, peer = f"fit of {many:,} rows", f"{few:,} rows x {many // few}"
        yield Row("rows", what, peer, found[many]["fit"], per_row, "s CPU", limit=1.5, note=note)
    least, most = found[SIZES[0]], found[SIZES[-1]]
    rows_of_most = f"{SIZES[-1]:,} rows"
    yield Row("rows", f"pass over {rows_of_most}", "limit", most["pass"], 1, "s CPU")
    yield Row(
        "rows", f"4,000 draws, {rows_of_most}", f"{SIZES[0]} rows", most["draws"], least["draws"], "s CPU", limit=1.5
    )
    peak = math.inf if math.isnan(most["fit"]) else most["peak"]
    yield Row("rows", f"peak, {rows_of_most}", "limit", peak, 2048, "MB", limit=1)


def write(file: str, size: int) -> None:
    """Write a table like data/acquisition.csv."""
    import numpy as np
    import pyarrow as pa
    import pyarrow.parquet as pq

    rng, writer = np.random.default_rng(1), None
    for start in range(0, size, CHUNK):
        n = min(CHUNK, size - start)
        demand, noise = rng.normal(100e3, 25e3, n), rng.standard_normal((3, n))
        tv, social = (np.maximum(mean + 0.4 * demand + rng.normal(0, 2e4, n), 0) for mean in (6e4, 3e4))
        organic = 75e3 + 0.75 * demand + 0.5 * tv + 0.25 * social + 2e3 * noise[0]
        clicks = 130e3 + 0.3 * demand + 0.5 * tv + 0.7 * social + 25e3 * noise[1]
        columns = {"demand": demand, "tv_spend": tv, "social_spend": social}
        columns |= {"organic_clicks": organic, "social_clicks": clicks}
        part = pa.table({k: pa.array(v) for k, v in (columns | {"revenue": 4e5 + organic + clicks + noise[2]}).items()})
        writer = writer or pq.ParquetWriter(file, part.schema)
        writer.write_table(part)
    if writer:
        writer.close()


def fit(file: str) -> dict[str, float]:
    """Return CPU seconds of reading, of the fit, and of the pass and the 4,000 draws of one of its equations."""
    import resource
    from unittest import mock

    import numpy as np

    import bayes_roi as br
    from bayes_roi.inference.engines.exact import LinearNode
    from bayes_roi.model.rows.design import design

    resource.setrlimit(resource.RLIMIT_AS, (MOST_MEMORY, MOST_MEMORY))
    small = br.read_model(br.shipped("models/acquisition.yaml"))
    br.fit(small, br.read_data(br.shipped("data/acquisition.csv"), small))  # imports what a fit needs
    seconds, started = {}, time.process_time()
    data = br.read_data(file, small)
    seconds["read"], started = time.process_time() - started, time.process_time()
    try:
        br.fit(small, data, seed=1)
        seconds["fit"] = time.process_time() - started
    except MemoryError:
        seconds["fit"] = math.nan
    seen = design(small, data)
    linear = LinearNode.of(small, seen, "organic_clicks")
    started = time.process_time()
    known = linear.moments()
    seconds["pass"] = time.process_time() - started
    draws = []
    with mock.patch.object(LinearNode, "moments", return_value=known):
        for seed in range(REPEATS):
            started = time.process_time()
            linear.draw(4000, np.random.default_rng(seed))
            draws.append(time.process_time() - started)
    return seconds | {"draws": statistics.median(draws)}
