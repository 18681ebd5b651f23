"""Coverage of the 90 % intervals of ROAS in windows: the last 4 and 13 weeks, their carry-over yet to come, and months.

    python -m tests.recovery.window_study [--worlds N] [--first SEED] [--keep FOLDER]

Every world has the shipped funnel's equations, curves of its own, and noise, spends and demand of its own; its truth is
what the same question says with the parameters that made it. Lines of worlds are kept, and a study goes on where it was
stopped. Standard errors are clustered by world.
"""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np

import bayes_roi as br
from bayes_roi.inference.fit import Fit
from bayes_roi.model.simulation.simulate import simulate
from bayes_roi.model.simulation.truth import read_truth
from tests.calibration.kept import add_line, digest, read_lines
from tests.conftest import known
from tests.recovery.plan_study import scattered
from tests.recovery.study import RUNS

WINDOWS: dict[str, dict[str, Any]] = {
    "last 4 weeks": {"last": 4},
    "last 13 weeks": {"last": 13},
    "last 4 weeks, all channels": {"last": 4, "together": True},
    "all weeks": {},
    "by month": {"by": "month"},
}
PROB = 0.9


def asked(fit: Fit, last: int | None = None, **options: Any) -> br.Draws:
    """Return the ROAS of the last periods, or of all."""
    labels = fit.design.periods
    assert labels is not None
    return br.roas(fit, during=None if last is None else (labels[-last], labels[-1]), **options)


def run(seed: int) -> dict[str, Any]:
    """Return what the fit of one world covers, window by window, and how wide it is over the truth."""
    model = br.read_model(br.shipped("models/weekly_funnel.yaml"))
    truth = scattered(read_truth(br.shipped("data/weekly_funnel.truth.json")), seed)
    data = simulate(model, truth, seed=seed)
    started = time.process_time()
    fit = br.fit(model, data, seed=seed, draws=500, progress=False)
    found: dict[str, Any] = {"seed": seed, "ok": bool(fit.diagnosis)}
    for name, options in WINDOWS.items():
        right = asked(known(model, data, truth), **options).arrays.values.array[0, 0]
        lower, upper = (end.array for end in asked(fit, **options).arrays.interval(PROB))
        there = np.isfinite(right)  # a month without spend has no ROAS
        inside = ((lower <= right) & (right <= upper))[there]
        found[name] = [float(inside.mean()), float(np.median(((upper - lower) / np.abs(right))[there]))]
    return found | {"seconds": round(time.process_time() - started, 2)}


def main() -> None:
    """Print coverage and width by window."""
    parser = argparse.ArgumentParser(prog="python -m tests.recovery.window_study", description=__doc__)
    parser.add_argument("--worlds", type=int, default=100)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--keep", type=Path, default=RUNS)
    options = parser.parse_args()
    file = options.keep / digest(Path(__file__)) / "windows.jsonl"
    have = {line["seed"]: line for line in read_lines(file)}
    for seed in range(options.first, options.first + options.worlds):
        if seed not in have:
            have[seed] = run(seed)
            add_line(file, have[seed])
            print(f"seed {seed}: {have[seed]}", file=sys.stderr, flush=True)
    print(summary([have[s] for s in range(options.first, options.first + options.worlds)]))


def summary(worlds: list[dict[str, Any]]) -> str:
    """Return coverage, its standard error and the median width over the truth, as text."""
    lines = [f"{'window':28} covered     se  width  (of {len(worlds)} worlds)"]
    for name in WINDOWS:
        covered, width = np.array([w[name] for w in worlds]).T
        error = covered.std(ddof=1) / np.sqrt(len(worlds)) if len(worlds) > 1 else float("nan")
        lines.append(f"{name:28} {covered.mean():7.3f} {error:6.3f} {np.median(width):6.2f}")
    failed = sum(not w["ok"] for w in worlds)
    return "\n".join([*lines, f"{failed} diagnoses failed; {sum(w['seconds'] for w in worlds):.0f} s of CPU"])


if __name__ == "__main__":
    main()
