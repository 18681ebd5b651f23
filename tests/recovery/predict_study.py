"""Do predictive intervals hold what comes? By periods ahead, over simulated worlds.

    python -m tests.recovery.predict_study [WORLDS] [FIRST]

The worlds of `plan_totals_study`: curves, carry-over and two nodes with noise, parameters of their own. The fit sees
all but the last 13 weeks; spends and demand of these are given, and everything else is forecast by its equations.
"""

from __future__ import annotations

import sys
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

import bayes_roi as br
from bayes_roi.model.simulation.simulate import simulate
from bayes_roi.prediction.folds import MODEL as OURS
from tests.calibration.kept import ROOT, digest, each_kept
from tests.recovery.plan_totals_study import MODEL, truth_of

WEEKS, AHEAD = 130, (1, 4, 13)
KEEP = ROOT / "runs" / "predict"


@dataclass(frozen=True)
class World:
    """Whether the 50 and the 90 % interval hold what came, by `AHEAD`; and the same of the expectation's, at 90 %."""

    seed: int
    half: tuple[bool, ...]
    most: tuple[bool, ...]
    expectation: tuple[bool, ...]


def run(seed: int, draws: int = 500) -> World:
    """Return what one world says."""
    whole = simulate(MODEL, truth_of(seed), periods=WEEKS + AHEAD[-1], seed=seed)
    found = br.backtest(MODEL, whole, folds=1, horizon=AHEAD[-1], draws=draws, seed=seed, progress=False).folds[0]
    shown, came = found.draws[OURS][:, 0], found.came[0]
    fit = br.fit(MODEL, whole.kept(np.arange(WEEKS)), seed=seed, draws=draws, progress=False)
    known = {n: whole.columns[n][WEEKS:] for n in ("tv", "radio", "demand")}
    expected = br.predict(fit, known=known).expected.arrays.values.array.reshape(-1, AHEAD[-1])

    def inside(values: np.ndarray, prob: float) -> tuple[bool, ...]:
        low, high = np.quantile(values, [(1 - prob) / 2, (1 + prob) / 2], axis=0)
        return tuple(bool(low[a - 1] <= came[a - 1] <= high[a - 1]) for a in AHEAD)

    return World(seed, inside(shown, 0.5), inside(shown, 0.9), inside(expected, 0.9))


def worlds(seeds: range, keep: Path = KEEP) -> list[World]:
    """Return what worlds say: what is kept, and the rest made now and kept."""
    file = keep / digest(Path(__file__), *sorted((ROOT / "bayes_roi" / "prediction").glob("*.py"))) / "worlds.jsonl"
    return each_kept(file, seeds, run, read=lambda x: World(**x), key=lambda w: w.seed, line=asdict)


def summary(found: list[World]) -> str:
    """Return the coverage by periods ahead."""
    lines = [f"{len(found)} worlds, share of intervals that hold what came, {', '.join(map(str, AHEAD))} weeks ahead"]
    for name, what in (("half", "50 %"), ("most", "90 %"), ("expectation", "90 % of the expectation, no noise")):
        rates = np.mean([getattr(w, name) for w in found], axis=0)
        lines.append(f"{what}: {', '.join(f'{r:.2f}' for r in rates)}")
    return "\n".join(lines)


def main(count: int = 100, first: int = 0) -> None:
    """Print the coverage."""
    print(summary(worlds(range(first, first + count))))


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
