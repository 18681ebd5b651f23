"""Whether ROI is covered at the true strength of a hidden cause, and is not where it is ignored.

    python -m tests.recovery.hidden_study [WORLDS]

In every world something that no column shows moves television and what it acts on; the shares that it explains of both
are drawn anew. Lines are kept under runs/recovery, so that a study
goes on where it was stopped.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

import bayes_roi as br
from bayes_roi.checks.sensitivity.measures import strength
from bayes_roi.inference.fit import fit_of
from bayes_roi.model.language.names import parameter_names
from bayes_roi.model.simulation.exogenous import ExogenousLaw
from bayes_roi.model.simulation.made_up_truth import made_up_truth
from tests.calibration.kept import add_line, digest, read_lines
from tests.recovery.study import RUNS

MEAN, FREE = 10_000.0, 3_000.0
"""Mean of the weekly budget, and sd of what demand leaves of it, in money."""
PROB = 0.9
EQUATIONS = {
    "direct": ("revenue", "revenue ~ demand + tv_spend"),
    "carried over": ("revenue", "revenue ~ demand + adstock(tv_spend, max_lag=4)"),
    "before a step": ("clicks", "clicks ~ demand + tv_spend\nrevenue ~ clicks + demand"),
    "through a curve": ("clicks", "clicks ~ demand + hill(adstock(tv_spend, max_lag=4))\nrevenue ~ clicks + demand"),
}


@dataclass(frozen=True)
class World:
    """A table with a hidden cause, the node it moves beside the spend, its partial R2 and sign, and the true ROI."""

    model: br.Model
    data: br.Panel
    node: str
    r2: tuple[float, float]
    sign: int
    roi: float


def world(kind: str, seed: int) -> World:
    """Return the world of a seed."""
    rng = np.random.default_rng([seed, 41])
    node, equations = EQUATIONS[kind]
    model = br.Model(
        name="m",
        equations=equations,
        outcome="revenue",
        channels={"tv": "tv_spend"},
        time="week",
        currency="USD",
        margin=0.4,
    )
    moved = "\n".join(f"{line} + hidden" if line.startswith(f"{node} ~") else line for line in equations.split("\n"))
    true = replace(model, equations=f"tv_spend ~ demand + hidden\n{moved}")
    r2, sign = (float(rng.uniform(0.2, 0.6)), float(rng.uniform(0.2, 0.6))), int(rng.choice([-1, 1]))
    truth = made_up_truth(true, seed=seed, periods=160)
    parameters, noise = dict(truth.parameters), float(truth.parameters[f"{node}.sigma"])  # type: ignore[arg-type]
    parameters |= {
        "tv_spend.intercept": MEAN,
        "tv_spend.hidden.effect": FREE * np.sqrt(r2[0]),
        "tv_spend.sigma": FREE * np.sqrt(1 - r2[0]),
        f"{node}.hidden.effect": sign * noise * np.sqrt(r2[1] / (1 - r2[0])),
        f"{node}.sigma": noise * np.sqrt(1 - r2[1]),
    }
    law = {**truth.exogenous, "hidden": ExogenousLaw(0.0, 1.0, minimum=None)}
    truth = replace(truth, parameters=parameters, exogenous=law)
    found = br.simulate(true, truth, seed=seed)
    data = replace(found, columns={n: x for n, x in found.columns.items() if n != "hidden"})
    known = {n: np.asarray(parameters[n], float)[None] for n in parameter_names(model) if n in parameters}
    roi = float(br.roi(fit_of(model, data, known)).mean().values.item())
    return World(model, data, node, r2, sign, roi)


def one(kind: str, seed: int) -> dict[str, Any]:
    """Return whether ROI is covered without the hidden cause and with it at its true strength and sign."""
    made = world(kind, seed)
    fit = br.fit(made.model, made.data, seed=seed, draws=250, progress=False)
    way = "both up" if made.sign > 0 else "apart"
    found = br.sensitivity(fit, "tv", node=made.node, sign=way, strongest=strength(*made.r2), prob=PROB)
    held = found.at(*made.r2)
    return {
        "kind": kind,
        "seed": seed,
        "roi": made.roi,
        "naive": found.without.lower <= made.roi <= found.without.upper,
        "held": held.lower <= made.roi <= held.upper,
        "off": (found.without.median - made.roi) / (found.without.upper - found.without.lower),
        "left": (held.median - made.roi) / (held.upper - held.lower),
    }


def file(keep: Path = RUNS) -> Path:
    """Return where the lines are kept: under a digest of the code that made them."""
    room = Path(str(sys.modules[br.Sensitivity.__module__].__file__)).parent
    return keep / digest(Path(__file__), *sorted(room.glob("*.py"))) / "hidden.jsonl"


def study(seeds: Sequence[int], keep: Path = RUNS) -> list[dict[str, Any]]:
    """Return the lines of all kinds: what is kept, and the rest made now and kept."""
    kept = {(x["kind"], x["seed"]): x for x in read_lines(file(keep))}
    for seed in seeds:
        for kind in (k for k in EQUATIONS if (k, seed) not in kept):
            kept[kind, seed] = one(kind, seed)
            add_line(file(keep), kept[kind, seed])
    return [kept[kind, seed] for kind in EQUATIONS for seed in seeds]


def table(lines: Sequence[dict[str, Any]]) -> str:
    """Return coverage by kind as a table in Markdown."""
    rows = ["| hidden cause | worlds | covered ignoring it | covered at its strength |", "| --- " * 4 + "|"]
    for kind in EQUATIONS:
        own = [x for x in lines if x["kind"] == kind]
        rows.append(f"| {kind} | {len(own)} | {sum(x['naive'] for x in own)} | {sum(x['held'] for x in own)} |")
    return "\n".join(rows)


def main() -> None:
    print(table(study(range(int(sys.argv[1]) if len(sys.argv) > 1 else 25))))


if __name__ == "__main__":
    main()
