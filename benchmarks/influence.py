"""Intrinsic causal influence of the acquisition funnel: br.influence with intervals against DoWhy's point estimates.

Both get the same table and the same graph, and are held to the exact shares of the law behind the table (CASES.md,
tests/recovery/influence_study.py), largest error over the nodes in percentage points. DoWhy has an environment of its
own (`make bench-dowhy`), one thread and its defaults; each of its seeds is a process of its own. Ours answers 4,000
draws, with the sampling error of demand and spends in them; it is first asked once, so that nothing is imported while
it is timed, as nothing is of DoWhy's.
"""

from __future__ import annotations

import json
import statistics
import time
from collections.abc import Iterator
from typing import Any

from benchmarks.measure import ROOT, fresh, run, scratch
from benchmarks.row import Row

PEER = ROOT / ".venv-dowhy" / "bin" / "python"
SCRIPT = ROOT / "benchmarks" / "peer" / "dowhy_influence.py"
SEEDS = (2, 3, 4)
PREDICTIONS = ("approx", "exact")


def rows() -> Iterator[Row]:
    """Yield errors to the exact shares and CPU seconds, of the question alone and with the fit."""
    if not PEER.exists():
        raise SystemExit("DoWhy has an environment of its own, which is not there: make bench-dowhy makes it")
    request, exact = fresh(prepare, str(scratch() / "dowhy.json"))[0]
    ours = fresh(own_shares, SEEDS)[0]
    own = statistics.median(_error(s, exact) for s in ours["shares"])
    width = max(ours["widths"].values())
    for prediction in PREDICTIONS:
        found = [_peer(request, seed, prediction) for seed in SEEDS]
        peer = f"DoWhy, {prediction}"
        errors = [_error(f["shares"], exact) for f in found]
        told = f"DoWhy {', '.join(f'{e:.2f}' for e in errors)} points by seed ({found[0]['versions']}); "
        told += f"our 90 % intervals are at most {100 * width:.2f} points wide"
        yield Row("influence", "largest error of a share", peer, own, statistics.median(errors), "points", 1, note=told)
        for what, keys, seconds in (
            ("influence, fitted", ("influence",), ours["seconds"]),
            ("fit and influence", ("fit", "influence"), ours["seconds"] + ours["fit"]),
        ):
            theirs = statistics.median(sum(f[k] for k in keys) for f in found)
            yield Row("influence", what, peer, seconds, theirs, "s CPU", limit=0.2)
    yield Row("influence", "influence of a fitted acquisition model", "limit", ours["seconds"], 0.2, "s CPU", limit=1)
    yield Row("influence", "influence of a fitted weekly funnel", "limit", ours["funnel"], 10.0, "s CPU", limit=1)


def _peer(request: str, seed: int, prediction: str) -> dict[str, Any]:
    printed = run([str(PEER), "-W", "ignore", str(SCRIPT), request, str(seed), prediction]).printed
    found: dict[str, Any] = json.loads(printed.splitlines()[-1])
    return found


def _error(shares: dict[str, float], exact: dict[str, float]) -> float:
    return 100 * max(abs(shares[node] - share) for node, share in exact.items())


def prepare(file: str) -> tuple[str, dict[str, float]]:
    """Write the request to DoWhy; return its path and the exact shares."""
    from pathlib import Path

    import bayes_roi as br
    from tests.recovery.influence_study import SHARES

    model = br.read_model(br.shipped("models/acquisition.yaml"))
    parents = {n: list(model.graph.parents[n]) for n in model.equation}
    request = {"table": str(br.shipped("data/acquisition.csv")), "target": model.outcome, "parents": parents}
    Path(file).write_text(json.dumps(request), encoding="utf-8")
    return file, SHARES


def own_shares(seeds: list[int]) -> dict[str, Any]:
    """Return mean shares and widths of intervals by node, and CPU seconds, medians over seeds after a first."""
    import bayes_roi as br

    model = br.read_model(br.shipped("models/acquisition.yaml"))
    data = br.read_data(br.shipped("data/acquisition.csv"), model)
    br.influence(br.fit(model, data, seed=0))
    shares, fits, seconds = [], [], []
    for seed in seeds:
        started = time.process_time()
        fit = br.fit(model, data, seed=seed)
        fitted = time.process_time()
        found = br.influence(fit)
        low, high = (ends.array for ends in found.arrays.interval(0.9))
        seconds.append(time.process_time() - fitted)
        fits.append(fitted - started)
        names = found.arrays.values.labels("node").tolist()
        shares.append(dict(zip(names, found.centre().array.tolist(), strict=True)))
    widths = dict(zip(names, (high - low).tolist(), strict=True))
    figures = {"shares": shares, "widths": widths, "fit": statistics.median(fits)}
    return figures | {"seconds": statistics.median(seconds), "funnel": _funnel()}


def _funnel() -> float:
    import bayes_roi as br

    model = br.read_model(br.shipped("models/weekly_funnel.yaml"))
    fit = br.fit(model, br.read_data(br.shipped("data/weekly_funnel.csv"), model), seed=7)
    started = time.process_time()
    br.influence(fit)
    return time.process_time() - started
