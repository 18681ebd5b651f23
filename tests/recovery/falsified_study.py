"""How often the diagnosis rings where an arrow is left out of the graph, and where the graph is right.

    python -m tests.recovery.falsified_study [--worlds N] [--clean N] [--kind NAME] [--table]

A line a world is kept under runs/recovery, so that a study goes on where it was stopped; `--table` prints what is
there. The last lines are the power of the test beside that of the likelihood-ratio test of the true arrow, at the level
that one of thirteen implications has.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from scipy import stats

import bayes_roi as br
from bayes_roi.inference.diagnosis.claim import LEVEL
from bayes_roi.panel import Panel
from tests.calibration.kept import add_line, digest, read_lines
from tests.recovery import falsified_worlds
from tests.recovery.falsified_worlds import CLEAN, KINDS, WRONG
from tests.recovery.study import RUNS

Line = dict[str, Any]
TESTS = 13


def one(kind: str, seed: int) -> Line:
    """Return what the diagnosis says of a world's graph, and whether ROAS is covered by the fit."""
    known = KINDS[kind]
    fit = br.fit(known.fitted, known.table(seed), seed=seed, draws=250, progress=False)
    found = fit.diagnosis.implications
    ringing = [i for i in found if i.rings(len(found))]
    first = min(ringing, key=lambda i: i.chance, default=None)
    return {
        "kind": kind,
        "seed": seed,
        "rings": bool(ringing),
        "fails": bool(fit.diagnosis.refuted),
        "first": "" if first is None else f"{first.one}, {first.node}",
        "tests": len(found),
    }


def file(keep: Path = RUNS) -> Path:
    """Return where the lines are kept."""
    return keep / digest(Path(str(falsified_worlds.__file__))) / "falsified.jsonl"


def study(kinds: Sequence[str], seeds: Sequence[int], keep: Path = RUNS) -> list[Line]:
    """Return the lines of kinds and seeds: what is kept, and the rest fitted now and kept."""
    kept = {(x["kind"], x["seed"]): x for x in read_lines(file(keep))}
    for seed in seeds:
        for kind in (k for k in kinds if (k, seed) not in kept):
            kept[kind, seed] = one(kind, seed)
            add_line(file(keep), kept[kind, seed])
    return [kept[kind, seed] for kind in kinds for seed in seeds]


def table(lines: Sequence[Line]) -> str:
    """Return rates by kind as a table in Markdown."""
    rows = ["| world | worlds | implications | rings | diagnosis fails | rings first |", "| --- " * 6 + "|"]
    for kind in dict.fromkeys(x["kind"] for x in lines):
        own = [x for x in lines if x["kind"] == kind]
        rings, fails = (sum(x[key] for x in own) for key in ("rings", "fails"))
        names = [x["first"] for x in own if x["first"]]
        first = max(set(names), key=names.count) if names else ""
        told = f"{first} in {names.count(first)}" if first else ""
        rows.append(f"| {kind} | {len(own)} | {own[0]['tests']} | {rings} | {fails} | {told} |")
    return "\n".join(rows)


def power(worlds: int, effect: float, *, heavy: bool = False) -> tuple[float, float]:
    """Return the share of linear worlds in which our test and the likelihood-ratio test find an arrow of an effect.

    The effect is in noises per sd of the cause left out, which has a correlation of 0.5 with one that is there.
    """
    ours, theirs = 0, 0
    model = br.Model(name="m", equations="x ~ w\ny ~ x", outcome="y")
    for seed in range(worlds):
        rng = np.random.default_rng([seed, 3])
        w, e = rng.standard_normal(156), rng.standard_normal(156)
        x = 0.5 * w + np.sqrt(0.75) * rng.standard_normal(156)
        noise = rng.standard_t(3, 156) / np.sqrt(3) if heavy else e
        y = x + effect * w + noise
        panel = Panel(columns={"w": w, "x": x, "y": y}, periods=None, time=None, frequency=None, source="made")
        (found,) = br.fit(model, panel, seed=seed, draws=100, progress=False).diagnosis.implications
        ours += found.chance < LEVEL / TESTS
        columns = np.stack([np.ones(156), x, w], axis=1)
        left = [y - c @ np.linalg.lstsq(c, y)[0] for c in (columns[:, :2], columns)]
        statistic = 156 * np.log(float(left[0] @ left[0]) / float(left[1] @ left[1]))
        theirs += stats.chi2.sf(statistic, 1) < LEVEL / TESTS
    return ours / worlds, theirs / worlds


def main() -> None:
    """Run what is asked for and print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--worlds", type=int, default=60, help="worlds of each wrong graph (60)")
    parser.add_argument("--clean", type=int, default=20, help="worlds of each right graph (20)")
    parser.add_argument("--kind", action="append", choices=list(KINDS), help="a kind; all without it")
    parser.add_argument("--table", action="store_true", help="print what is kept, and run nothing")
    asked = parser.parse_args()
    if asked.table:
        print(table(sorted(read_lines(file()), key=lambda x: list(KINDS).index(x["kind"]))))
        return
    kinds = asked.kind or list(KINDS)
    wrong = study([k for k in kinds if k in WRONG], range(asked.worlds))
    right = study([k for k in kinds if k in CLEAN], range(asked.clean))
    print(table([*wrong, *right]))
    for effect in (0.2, 0.35, 0.5):
        ours, theirs = power(200, effect)
        print(f"effect {effect}: found in {ours:.1%}, by the likelihood ratio in {theirs:.1%}")


if __name__ == "__main__":
    main()
