"""Coverage of the 90 % intervals of ROAS over simulated weekly funnels.

    python -m tests.recovery.coverage_study [SEEDS] [FIRST]

Each world has the shipped truth and noise, spends and demand of its own. The standard error is clustered by seed, since
channels of one world share its data.
"""

from __future__ import annotations

import sys
import time
from dataclasses import dataclass

import numpy as np

import bayes_roi as br
from bayes_roi.inference.fit import Fit
from bayes_roi.model.simulation.simulate import simulate
from bayes_roi.model.simulation.truth import Truth, read_truth
from tests.conftest import known


@dataclass(frozen=True)
class World:
    """One world, by channel: whether ROAS and marginal ROAS are covered, width and error of ROAS over the truth."""

    seed: int
    covered: dict[str, bool]
    marginal: dict[str, bool]
    width: dict[str, float]
    error: dict[str, float]
    ok: bool
    seconds: float


def run(model: br.Model, truth: Truth, seed: int, *, prob: float = 0.9) -> World:
    """Return what a fit of one world says of its truth."""
    data = simulate(model, truth, seed=seed)
    return judged(model, data, known(model, data, truth), seed, prob=prob)


def judged(model: br.Model, data: br.Panel, truth: Fit, seed: int, *, prob: float = 0.9) -> World:
    """Return what a fit of a model says of a truth, which may be that of another model for the same data."""
    right = br.roas(truth).mean()
    started = time.process_time()
    fit = br.fit(model, data, seed=seed, progress=False)
    seconds = time.process_time() - started
    roas = br.roas(fit)
    ends = roas.interval(prob)
    inside = (ends.lower <= right) & (right <= ends.upper)
    slopes, slope = br.marginal_roas(fit).interval(prob), br.marginal_roas(truth).mean()
    marginal = (slopes.lower <= slope) & (slope <= slopes.upper)
    channels = list(model.channels)
    return World(
        seed=seed,
        covered={c: bool(inside.sel(channel=c)) for c in channels},
        marginal={c: bool(marginal.sel(channel=c)) for c in channels},
        width={c: float(((ends.upper - ends.lower) / right).sel(channel=c)) for c in channels},
        error={c: float((roas.mean() / right - 1).sel(channel=c)) for c in channels},
        ok=bool(fit.diagnosis),
        seconds=seconds,
    )


def pooled(worlds: list[World], what: str = "covered") -> tuple[float, float]:
    """Return the pooled coverage and its standard error clustered by seed."""
    by_world = np.array([np.mean(list(getattr(w, what).values())) for w in worlds])
    return float(by_world.mean()), float(by_world.std(ddof=1) / np.sqrt(len(by_world)))


def main(count: int = 20, first: int = 100) -> None:
    """Print coverage, width and error by channel, and pooled."""
    model = br.read_model(br.shipped("models/weekly_funnel.yaml"))
    truth = read_truth(br.shipped("data/weekly_funnel.truth.json"))
    worlds = []
    for seed in range(first, first + count):
        worlds.append(run(model, truth, seed))
        print(f"seed {seed}: {worlds[-1]}", file=sys.stderr)
    print(summary(worlds))


def summary(worlds: list[World]) -> str:
    """Return coverage, width and error by channel, and pooled, as text."""
    count = len(worlds)
    lines = [f"{'channel':10} covered    width  error  (of {count} worlds; width and error over the truth, medians)"]
    for c in worlds[0].covered:
        hits = sum(w.covered[c] for w in worlds)
        width, error = (np.median([getattr(w, what)[c] for w in worlds]) for what in ("width", "error"))
        lines.append(f"{c:10} {hits:3d}/{count:3d} {width:9.2f} {error:+.2f}")
    for what, name in (("covered", "ROAS"), ("marginal", "marginal ROAS")):
        rate, error = pooled(worlds, what)
        lines.append(
            f"{name}: pooled coverage of the 90 % intervals {rate:.3f}, seed-clustered standard error {error:.3f}"
        )
    width, seconds = (np.median(v) for v in ([list(w.width.values()) for w in worlds], [w.seconds for w in worlds]))
    lines.append(f"median width over the truth, all channels: {width:.2f}")
    lines.append(f"diagnosis ok in {sum(w.ok for w in worlds)} of {count}; median CPU seconds a fit {seconds:.1f}")
    return "\n".join(lines)


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
