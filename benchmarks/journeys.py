"""Touch logs: from a Parquet file to Markov credit with intervals, CPU and memory.

A hundred thousand and a million journeys (some 480 thousand and 4.8 million rows) of `br.simulate_journeys`' world. The
limit is 24 s of CPU for a million journeys, which is what ChannelAttribution was found to take, without intervals.
"""

from __future__ import annotations

from collections.abc import Iterator

from benchmarks.measure import fresh, scratch
from benchmarks.row import Row

USERS = 66_000
"""Users of a part of a log: a hundred thousand journeys."""
LIMIT = 24.0
MOST_MEMORY = 2048
MEGABYTE = 2**20


def rows() -> Iterator[Row]:
    """Yield CPU of a million journeys, how it grows, and the most memory."""
    cpu, peak = {}, {}
    for parts in (1, 10):
        file = str(scratch() / f"journeys_{parts}.parquet")
        fresh(write, file, parts)
        journeys, process = fresh(markov, file)
        cpu[parts], peak[parts] = process.cpu, process.peak / MEGABYTE
    told = f"{journeys:,} journeys to Markov credit"
    yield Row("journeys", told, "limit", cpu[10], LIMIT, "s CPU", limit=1.0, note="imports of Ibis and DuckDB included")
    yield Row("journeys", told, "a tenth of them x 10", cpu[10], 10 * cpu[1], "s CPU", limit=1.2)
    yield Row("journeys", f"peak, {journeys:,} journeys", "limit", peak[10], MOST_MEMORY, "MB", limit=1.0)


def write(file: str, parts: int) -> None:
    """Write a log of so many parts, users apart."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    from bayes_roi.journeys.simulate.simulate import log_frame
    from bayes_roi.journeys.simulate.world import Chance, buyers

    writer = None
    for part in range(parts):
        chance = Chance(part, USERS)
        log = log_frame(buyers(chance, 90), chance)
        table = pa.Table.from_pandas(log.assign(user=log.user + part * USERS), preserve_index=False)
        writer = writer or pq.ParquetWriter(file, table.schema)
        writer.write_table(table.cast(writer.schema))
    if writer is not None:
        writer.close()


def markov(file: str) -> int:
    """Count the journeys of a log, hand out credit by a chain, and return how many journeys there are."""
    import bayes_roi as br

    counts = br.journey_counts(br.read_log(file))
    br.credit(counts, "markov").interval()
    return counts.journeys
