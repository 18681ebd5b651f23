"""Coverage of the 90 % intervals of influence over simulated acquisition funnels.

    python -m tests.recovery.influence_study [WORLDS] [ROWS] [FIRST]
    python -m tests.recovery.influence_study series [WORLDS] [PERIODS]

Each world has rows of its own, drawn from the laws of data/acquisition.truth.json, which are normal: the true shares
are known exactly (squared total effect x variance of the noise). In the second form rows are periods: one cause, whose
periods are independent or hang together with 0.6, so that blocks of few periods have to tell its sampling error.
"""

from __future__ import annotations

import sys
import time
from dataclasses import dataclass

import numpy as np

import bayes_roi as br
from bayes_roi.mechanisms.noise import coloured
from bayes_roi.model.simulation.simulate import simulate
from bayes_roi.model.simulation.truth import Truth, read_truth

TRUTH = {
    "demand": (1.05 * 25_000) ** 2,
    "tv_spend": (1.00 * 20_000) ** 2,
    "social_spend": (0.95 * 25_000) ** 2,
    "organic_clicks": 2_000.0**2,
    "social_clicks": 25_000.0**2,
    "revenue": 2_000.0**2,
}
"""Node -> its part of the variance of revenue (CASES.md)."""
SHARES = {node: part / sum(TRUTH.values()) for node, part in TRUTH.items()}


@dataclass(frozen=True)
class World:
    """One world, by node: whether its share is covered, the error of the mean, and the interval's width."""

    covered: dict[str, bool]
    error: dict[str, float]
    width: dict[str, float]
    seconds: float


def run(model: br.Model, truth: Truth, rows: int, seed: int, *, draws: int = 500) -> World:
    """Return what a fit of one world says of the true shares."""
    data = simulate(model, truth, periods=rows, seed=seed)
    fit = br.fit(model, data, seed=seed, draws=draws, progress=False)
    started = time.process_time()
    shares = br.influence(fit)
    seconds = time.process_time() - started
    low, high = (ends.array for ends in shares.arrays.interval(0.9))
    right = np.array([SHARES[n] for n in shares.arrays.values.labels("node")])
    named = shares.arrays.values.labels("node").tolist()
    return World(
        covered=dict(zip(named, ((low <= right) & (right <= high)).tolist(), strict=True)),
        error=dict(zip(named, (shares.centre().array - right).tolist(), strict=True)),
        width=dict(zip(named, (high - low).tolist(), strict=True)),
        seconds=seconds,
    )


def acquisition() -> tuple[br.Model, Truth]:
    """Return the shipped model and its truth."""
    model = br.read_model(br.shipped("models/acquisition.yaml"))
    return model, read_truth(br.shipped("data/acquisition.truth.json"))


def main(count: int = 1000, rows: int = 1000, first: int = 1) -> None:
    """Print coverage, error and width by node."""
    model, truth = acquisition()
    worlds = [run(model, truth, rows, seed) for seed in range(first, first + count)]
    print(f"{count} worlds of {rows} rows; 90 % intervals of the share of the variance; points are percentage points")
    print(f"{'node':15} coverage  binomial error   mean error, points   width, points")
    for n in SHARES:
        rate = np.mean([w.covered[n] for w in worlds])
        error, width = (100 * np.mean([getattr(w, what)[n] for w in worlds]) for what in ("error", "width"))
        binomial = np.sqrt(rate * (1 - rate) / count)
        print(f"{n:15} {rate:.3f}     {binomial:.3f}            {error:+.3f}              {width:.3f}")
    print(f"median CPU seconds of a question: {np.median([w.seconds for w in worlds]):.3f}")


def series(count: int = 400, periods: int = 150) -> None:
    """Print coverage of the share of a cause that is a series."""
    model = br.Model(name="series", equations="y ~ x", outcome="y", time="week")
    weeks = np.array([f"{i:04d}" for i in range(periods)])
    for rho in (0.0, 0.6):
        covered, right = [], 4 / (1 - rho**2) / (4 / (1 - rho**2) + 1.5**2)
        for seed in range(count):
            rng = np.random.default_rng([seed, int(10 * rho)])
            x = coloured(rng.normal(size=periods), np.array([rho]), np.arange(periods) == 0)
            columns = {"x": x, "y": 2 * x + 1 + 1.5 * rng.normal(size=periods)}
            data = br.Panel(columns, weeks, "week", None, "made", clock=np.arange(periods))
            low, high = br.influence(br.fit(model, data, seed=seed, draws=250, progress=False)).arrays.interval(0.9)
            covered.append(low.array[0] <= right <= high.array[0])
        rate = np.mean(covered)
        error = np.sqrt(rate * (1 - rate) / count)
        print(f"{count} worlds of {periods} periods that hang together with {rho}: {rate:.3f}, error {error:.3f}")


if __name__ == "__main__":
    if sys.argv[1:2] == ["series"]:
        series(*map(int, sys.argv[2:]))
    else:
        main(*map(int, sys.argv[1:]))
