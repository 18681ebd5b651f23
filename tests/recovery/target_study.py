"""Do intervals of rows that are held out cover them, and how much do learners tell? Over simulated tables.

    python -m tests.recovery.target_study [TABLES] [FIRST]

Each table has three features that tell and one that does not; one saturates, and two of them interact.
"""

from __future__ import annotations

import sys
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import pandas as pd

import bayes_roi as br
from bayes_roi.prediction.learners.network import Network
from bayes_roi.prediction.learners.selection import Selection
from tests.calibration.kept import ROOT, digest, each_kept

KEEP = ROOT / "runs" / "targets"
FEATURES = ("spend", "rating", "channel", "nothing")


@dataclass(frozen=True)
class World:
    """Shares of rows inside the 90 % intervals and R2, by learner; what a perfect one would have."""

    seed: int
    covered: dict[str, float]
    r2: dict[str, float]
    best: float


def table(rows: int, seed: int) -> pd.DataFrame:
    """Return a table: a spend with falling returns, more of them for better ratings; a category; a useless feature."""
    rng = np.random.default_rng(seed)
    spend, rating = rng.gamma(2.0, 1.0, rows), rng.normal(4.0, 0.5, rows)
    channel = rng.choice(["search", "social", "video"], rows)
    told = 2 * np.log1p(spend) * (rating - 2.5) + 1.5 * (channel == "video") - 1.0 * (channel == "social")
    frame = pd.DataFrame({"spend": spend, "rating": rating, "channel": channel, "nothing": rng.normal(size=rows)})
    return frame.assign(expected=told, y=told + rng.normal(0, 1, rows))


def run(seed: int, rows: int = 200) -> World:
    """Return what one table says."""
    data = table(rows, seed)
    learners = (Selection(250, 100), Network(4, draws=50, warm_up=100))
    found = br.predict_target(data, target="y", features=FEATURES, learners=learners, folds=3, tune=1, seed=seed)
    scores = {name: found.scores(name) for name in found.learners}
    best = 1 - float(np.mean((data["y"] - data["expected"]) ** 2) / data["y"].var(ddof=0))
    covered, r2 = ({n: s[k]["value"] for n, s in scores.items()} for k in ("covered_90", "r2"))
    return World(seed, covered, r2, best)


def worlds(seeds: range, keep: Path | None = KEEP) -> list[World]:
    """Return what tables say: what is kept, and the rest made now and kept; all made now without a place to keep."""
    if keep is None:
        return [run(seed) for seed in seeds]
    code = sorted((ROOT / "bayes_roi" / "prediction").glob("[lt]*/*.py"))
    file = keep / digest(Path(__file__), *code) / "worlds.jsonl"
    return each_kept(file, seeds, run, read=lambda x: World(**x), key=lambda w: w.seed, line=asdict)


def summary(found: list[World]) -> str:
    """Return coverage and R2 by learner."""
    best = np.mean([w.best for w in found])
    lines = [f"{len(found)} tables of 200 rows: what 90 % intervals hold, and R2, which is {best:.2f} of the truth"]
    for name in found[0].covered:
        held = [w.covered[name] for w in found]
        r2 = np.mean([w.r2[name] for w in found])
        lines.append(f"{name}: {np.mean(held):.3f} (by table {min(held):.2f} to {max(held):.2f}), R2 {r2:.2f}")
    return "\n".join(lines)


def main(count: int = 100, first: int = 0) -> None:
    """Print coverage and R2."""
    print(summary(worlds(range(first, first + count))))


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
