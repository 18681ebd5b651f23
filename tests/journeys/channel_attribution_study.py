"""Rules and chains beside ChannelAttribution on simulated journeys, and the CPU of a million of them.

    python -m tests.journeys.channel_attribution_study PYTHON [USERS]

PYTHON is that of an environment with ChannelAttribution (benchmarks/peer/attribution.txt). It finds removal effects by
simulating paths, so that these agree within the error of its simulation; first, last and linear touch agree exactly.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

import bayes_roi as br
from bayes_roi.journeys.counts.journey_counts import JourneyCounts
from bayes_roi.journeys.counts.transitions import transitions
from bayes_roi.journeys.markov.chain import removal_effects
from bayes_roi.journeys.rules import TOUCH_RULES
from benchmarks import journeys as benchmark
from benchmarks.measure import fresh

PEER = Path(__file__).resolve().parents[2] / "benchmarks" / "peer" / "channel_attribution.py"
RULES = {"first": "first_touch", "last": "last_touch", "linear": "linear_touch"}
ORDERS = (1, 2)
SIMULATIONS = 2_000_000
WITHIN = 0.01
"""Largest difference of removal effects that its simulation may make."""


def table_of(counts: JourneyCounts) -> pd.DataFrame:
    """Return path types as ChannelAttribution reads them."""
    paths = counts.paths
    texts = [">".join(paths.names(i)) for i in range(len(paths))]
    nothing = paths.journeys - paths.conversions
    return pd.DataFrame(
        {"path": texts, "conversions": paths.conversions, "value": paths.value.round(6), "nothing": nothing}
    )


def by_rule(counts: JourneyCounts, rule: str) -> np.ndarray:
    """Return the conversions that a rule hands out to each channel, without drawing journeys anew."""
    paths = counts.paths.converted()
    weights = TOUCH_RULES[rule]().weights(paths)
    return np.bincount(paths.codes, weights * paths.conversions[paths.owner], len(paths.channels))


def by_chain(counts: JourneyCounts, order: int) -> np.ndarray:
    """Return the removal effects of the chain of the observed frequencies."""
    found = transitions(counts.paths, order)
    return removal_effects(found, found.counts / found.counts.sum(axis=1, keepdims=True))


def asked(python: str, file: Path, simulations: int, orders: tuple[int, ...]) -> dict[str, Any]:
    """Return what ChannelAttribution says of a table of paths, or of a log."""
    command = [python, str(PEER), str(file), str(simulations), *map(str, orders)]
    run = subprocess.run(command, capture_output=True, text=True, check=False)
    if run.returncode:
        raise SystemExit(run.stderr)
    return dict(json.loads(run.stdout.splitlines()[-1]))


def main() -> None:
    python, users = sys.argv[1], int((*sys.argv[2:], "20000")[0])
    folder = Path(tempfile.mkdtemp())
    table, log = folder / "paths.csv", folder / "log.parquet"
    counts = br.journey_counts(br.read_log(br.simulate_journeys(1, users=users).log))
    table_of(counts).to_csv(table, index=False)
    theirs = asked(python, table, SIMULATIONS, ORDERS)
    worst = 0.0
    for rule, name in RULES.items():
        peer = theirs["rules"][f"{name}_conversions"]
        apart = max(abs(x - peer[c]) / max(x, 1) for c, x in zip(counts.channels, by_rule(counts, rule), strict=True))
        worst = max(worst, apart)
        print(f"{rule}: {counts.conversions:,} conversions of {counts.journeys:,} journeys, apart by {apart:.1e}")
    most = 0.0
    for order in ORDERS:
        peer = theirs["order"][str(order)]["removal"]
        each = [(c, x, peer[c]) for c, x in zip(counts.channels, by_chain(counts, order), strict=True)]
        most = max(most, *(abs(x - y) for _, x, y in each))
        print(f"order {order}: {', '.join(f'{c} {x:.4f} (peer {y:.4f})' for c, x, y in each)}")
    fresh(benchmark.write, str(log), 10)
    journeys, ours = fresh(benchmark.markov, str(log))
    peer = asked(python, log, 100_000, (1,))
    print(
        f"{journeys:,} journeys, from Parquet to Markov credit: {ours.cpu:.1f} s CPU with intervals; pandas and "
        f"ChannelAttribution without {peer['cpu']:.1f} s, of which its chain {peer['order']['1']['cpu']:.1f} s"
    )
    shutil.rmtree(folder)
    sys.exit(0 if worst < 1e-9 and most < WITHIN else 1)


if __name__ == "__main__":
    main()
