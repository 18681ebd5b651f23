"""Touch logs: CPU and memory from a Parquet file to Markov credit with intervals.

    python benchmarks/journeys.py FILE.parquet

Against 24 s of CPU, which the R package ChannelAttribution took for a million journeys without intervals.
"""

from __future__ import annotations

import resource
import sys

import bayes_roi as br

LIMIT = 24.0
"""CPU seconds of ChannelAttribution for a million journeys, without intervals."""


def main(file: str) -> None:
    """Print what counting and credit cost."""
    counts = br.journey_counts(br.read_log(file))
    share = br.credit(counts, "markov")
    usage = resource.getrusage(resource.RUSAGE_SELF)
    seconds, memory = usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024**2
    print(counts)
    print(share)
    print(
        f"{counts.audit.rows:,} rows, {counts.journeys:,} journeys: {seconds:.1f} s of CPU with imports, "
        f"{memory:.2f} GB at most; {seconds / LIMIT / (counts.journeys / 1e6):.2f} of the limit a million journeys"
    )


if __name__ == "__main__":
    main(sys.argv[1])
