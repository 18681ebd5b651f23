"""Effective draws a CPU second of the weekly funnel, against the full PyMC model under nutpie.

Effective draws are the smallest bulk effective size over the parameters: Kish's and the number of independent draws for
ours (as `fit.diagnosis` has them), ArviZ's for nutpie's, which runs with its own defaults. Imports are left out on both
sides. nutpie compiles twice, each time in a process of its own: with PyTensor's cache empty, then with what the first
left there; the second one's draws are taken.
"""

from __future__ import annotations

import os
import statistics
import time
from collections.abc import Iterator
from typing import Any

from benchmarks.measure import REPEATS, fresh, scratch
from benchmarks.row import Row


def rows() -> Iterator[Row]:
    """Yield effective draws a CPU second: sampling alone, and with compilation."""
    cold, _ = fresh(nutpie_fit, str(scratch() / "pytensor"), False)
    peer, _ = fresh(nutpie_fit, str(scratch() / "pytensor"), True)
    own, _ = fresh(own_fit)
    ours, unit = own["size"] / own["seconds"], "draws/s"
    note = (
        f"{own['size']:.0f} effective draws in {own['seconds']:.2f} s; nutpie {peer['size']:.0f} of 4,000 in "
        f"{peer['sample']:.1f} s, {peer['divergences']} divergences, R-hat {peer['rhat']:.3f}, compiled in "
        f"{cold['compile']:.0f} s without and {peer['compile']:.0f} s with PyTensor's cache"
    )
    parts = {
        "nutpie, compilation left out": (0.0, 30.0, note),
        "nutpie, compilation from the cache counted": (peer["compile"], 100.0, ""),
        "nutpie, compilation from nothing counted": (cold["compile"], 100.0, ""),
    }
    for say, (compiled, limit, told) in parts.items():
        theirs = peer["size"] / (peer["sample"] + compiled)
        yield Row("effective_draws", "br.fit", say, ours, theirs, unit, limit, "at least", told)


def own_fit() -> dict[str, float]:
    """Return the smallest effective size of a fit and its CPU seconds, medians over seeds."""
    import bayes_roi as br

    model = br.read_model(br.shipped("models/weekly_funnel.yaml"))
    data = br.read_data(br.shipped("data/weekly_funnel.csv"), model)
    br.fit(model, data, seed=0)
    sizes, seconds = [], []
    for seed in range(1, REPEATS + 1):
        started = time.process_time()
        fit = br.fit(model, data, seed=seed)
        seconds.append(time.process_time() - started)
        sizes.append(fit.diagnosis.min_ess_bulk)
    return {"size": statistics.median(sizes), "seconds": statistics.median(seconds)}


def nutpie_fit(cache: str, sample: bool) -> dict[str, float]:
    """Return CPU seconds of compiling and of sampling the full model, and what the draws are worth."""
    os.environ["PYTENSOR_FLAGS"] = f"base_compiledir={cache}"
    import nutpie

    import bayes_roi as br

    model = br.read_model(br.shipped("models/weekly_funnel.yaml"))
    scm = br.to_pymc(model, br.read_data(br.shipped("data/weekly_funnel.csv"), model))
    started = time.process_time()
    compiled = nutpie.compile_pymc_model(scm)
    seconds = time.process_time() - started
    if not sample:
        return {"compile": seconds}
    started = time.process_time()
    tree = nutpie.sample(compiled, draws=1000, chains=4, seed=1, progress_bar=False)
    return {"compile": seconds, "sample": time.process_time() - started, **_worth(tree, [v.name for v in scm.free_RVs])}


def _worth(tree: Any, names: list[str]) -> dict[str, float]:
    from arviz_stats import ess, rhat

    posterior = tree["posterior"].to_dataset()[names]
    sizes, rhats = ess(posterior, method="bulk"), rhat(posterior)
    return {
        "size": min(float(v.min()) for v in sizes.data_vars.values()),
        "rhat": max(float(v.max()) for v in rhats.data_vars.values()),
        "divergences": int(tree["sample_stats"]["diverging"].sum()),
    }
