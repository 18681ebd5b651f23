"""What stands behind the return on a spend: the label of twenty worlds, by the range alone and given the question.

    python -m tests.recovery.label_study [--worlds 1] [--first 0] [--keep FOLDER]

Each world says what may be said of the return on search: identified where most of the way to no spend was seen,
extrapolated where less was, assumed where the spend follows from what stands beside it. `before` is the rule of the
range alone at the posterior's retention, `after` the label of `br.roi`. Beside them what the fit says, its sensitivity
to the prior and to the data, and P(ROI > 0) before the data and with them. Lines are kept: a study that was stopped
goes on where it was. Exit code 1 when a label is not what the world allows.
"""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np

import bayes_roi as br
from bayes_roi.draws import WELL_SUPPORTED, Evidence
from bayes_roi.inference.fit import Fit
from bayes_roi.model.law.intervention import turn_off
from bayes_roi.queries import evidence, variation
from bayes_roi.queries.evidence import supported
from bayes_roi.queries.expect import scene
from bayes_roi.queries.paths.responding import evidence_of_money
from bayes_roi.value.money.money import Money
from bayes_roi.value.priors.prior_check import prior_fit
from bayes_roi.value.uncertainty.prior_weight import prior_weights
from tests.calibration.kept import add_line, digest, markdown, read_lines
from tests.recovery import label_worlds
from tests.recovery.label_worlds import WORLDS
from tests.recovery.study import RUNS

WORDS = {"identified": "identified", "extrapolated": "identified, extrapolated", "assumed": "assumed"}
HEADER = ("world", "before", "after", "support", "true ROAS", "median (90 %)", "P(ROI > 0)", "sensitivity", "the prior")
OF_MANY = ("world", "worlds", "right before", "right after", "ROAS covered", "carried by the prior", "leans on it")


def before(fit: Fit, channel: str) -> str:
    """Return the label by the range alone, at the posterior's retention."""
    node, full = fit.model.channels[channel], scene(fit)
    way = {node: full.observed[node]}, full.held([turn_off(node)], hold_spend=False)
    inside = supported(fit, *way, node, held=None, retention="posterior").range
    known = evidence_of_money(fit.model, node, hold_spend=True)
    return f"{known}, extrapolated" if known == Evidence.IDENTIFIED and inside < WELL_SUPPORTED else str(known)


def one(name: str, seed: int) -> dict[str, Any]:
    """Return what a fit says of the return on search in one world."""
    began = time.process_time()
    world = WORLDS[name](np.random.default_rng([seed, list(WORLDS).index(name)]))
    fit = br.fit(world.model, world.panel(seed), seed=seed)
    money = Money(fit)
    weight = prior_weights(money, prior_fit(fit.model, fit.data, draws=500, seed=seed))["search"]
    roas, roi = money.roas.sel(channel="search"), money.roi.sel(channel="search")
    return {
        "world": name,
        "seed": seed,
        "told": world.told,
        "before": before(fit, "search"),
        "after": str(roas.words().array),
        "support": float(money.increments.support[1]),
        "reason": money.increments.reasons[1],
        "truth": world.roas["search"],
        "median": float(roas.arrays.median().array),
        "ends": [float(end.array) for end in roas.arrays.interval(0.9)],
        "positive": [weight.positive_before, float(roi.arrays.probability(above=0).array)],
        "sensitivity": [weight.prior, weight.likelihood],
        "word": weight.word,
        "engines": [b.engine for b in fit.diagnosis.blocks],
        "seconds": time.process_time() - began,
    }


def right(line: dict[str, Any]) -> bool:
    """Whether the label is what the world allows."""
    return bool(line["after"] == WORDS[line["told"]])


def table(lines: list[dict[str, Any]]) -> str:
    """Return the table of labels."""
    rows = []
    for x in lines:
        low, high = x["ends"]
        prior, data = (f"{s:.2f}" if np.isfinite(s) else "-" for s in x["sensitivity"])
        probabilities = ", ".join(f"{p:.2f}" for p in x["positive"])
        cells = [x["world"], x["before"], x["after"], f"{x['support']:.3f}", f"{x['truth']:g}"]
        cells += [f"{x['median']:.2f} ({low:.2f} to {high:.2f})", probabilities, f"{prior}, {data}", x["word"]]
        rows.append(tuple(cells))
    return markdown(HEADER, rows)


def of_many(lines: list[dict[str, Any]]) -> str:
    """Return shares over the worlds of each kind."""
    rows = []
    for name in WORLDS:
        mine = [x for x in lines if x["world"] == name]
        each = (
            [x["before"] == WORDS[x["told"]] for x in mine],
            [right(x) for x in mine],
            [x["ends"][0] <= x["truth"] <= x["ends"][1] for x in mine],
            [x["word"].startswith("carried") for x in mine],
            [x["word"].startswith("leans") for x in mine],
        )
        rows.append((name, len(mine), *(f"{np.mean(hits):.0%}" for hits in each)))
    return markdown(OF_MANY, rows)


def main(arguments: list[str] | None = None) -> int:
    """Print the table; return the exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.recovery.label_study",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--worlds", type=int, default=1, help="worlds of each kind (1)")
    parser.add_argument("--first", type=int, default=0, help="seed of the first (0)")
    parser.add_argument("--keep", type=Path, default=RUNS, help="where lines are kept")
    asked = parser.parse_args(arguments)
    code = (Path(str(module.__file__)) for module in (label_worlds, evidence, variation))
    file = asked.keep / digest(*code, Path(__file__)) / "labels.jsonl"
    have = {(x["world"], x["seed"]): x for x in read_lines(file)}
    wanted = [(name, seed) for seed in range(asked.first, asked.first + asked.worlds) for name in WORLDS]
    for name, seed in wanted:
        if (name, seed) not in have:
            have[name, seed] = one(name, seed)
            add_line(file, have[name, seed])
            told = have[name, seed]
            print(f"{name}, seed {seed}: {told['after']}, {told['seconds']:.1f} s", file=sys.stderr, flush=True)
    lines = [have[w] for w in wanted]
    print(table([x for x in lines if x["seed"] == asked.first]))
    if asked.worlds > 1:
        print(f"\n{of_many(lines)}")
    good, seconds = sum(map(right, lines)), sum(x["seconds"] for x in lines)
    print(f"\n{good} of {len(lines)} labels are what the world allows; {seconds:.0f} CPU seconds")
    return int(good < len(lines))


if __name__ == "__main__":
    sys.exit(main())
