"""How often the gate of the collapsed engine lets wrong draws through, and how often it refuses right ones.

    python -m tests.calibration.gate [WORLDS] [FIRST] [--jobs J]

Worlds are small and often hard: one to four curves, noise from 0.3 % of the signal to three times it, 30 to 120
rows, collinear spends, effects whose sign the prior forbids. In each the engine is asked as in a fit, and what it
drew, or would have drawn had it not refused, is held against `reference`. Draws are wrong when a mean is off by more
than `MEAN` posterior sd or the width of a 90 % interval by more than `WIDTH`, beyond `ERRORS` standard errors. A
world whose reference does not agree with itself after a second attempt is undecided, and counted as such. Results are
kept in runs/calibration, a line a world.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path
from unittest.mock import patch

import numpy as np

from bayes_roi.inference.engines import Refusal, Settings
from bayes_roi.inference.engines.collapsed import engine
from bayes_roi.inference.engines.collapsed.target import CollapsedNode
from bayes_roi.inference.engines.importance import Sample
from bayes_roi.model.language.model import Model
from bayes_roi.model.rows.design import design
from bayes_roi.panel import Panel
from tests.calibration.compare import components, weighted_size, width, width_error
from tests.calibration.kept import DOCS, RUNS, add_line, digest, markdown, read_lines
from tests.calibration.reference import Effort, Reference, reference

MEAN, WIDTH, ERRORS = 0.1, 0.1, 3.0
DRAWS = 4_000
"""Resampled a run, so that what is judged is the weights and hardly the resampling."""


@dataclass(frozen=True)
class Traits:
    """What a world is like: curves, rows, noise over the sd of the signal, collinearity, and signs contradicted."""

    terms: int
    rows: int
    noise: float
    common: float
    contradicted: int


@dataclass(frozen=True)
class Verdict:
    """What became of one world.

    Parameters
    ----------
    seed, traits
        The world.
    passed, attempt, reason
        Whether the gate let draws through, at which attempt, and what it said against the last.
    sure
        Whether the reference agrees with itself, and is exact enough to judge by.
    off, worst
        By how much the draws are off beyond error, as a share of what is allowed (above 1 is wrong), and where; None
        where there are no draws to judge.
    seconds, reference_seconds
        CPU seconds.
    """

    seed: int
    traits: Traits
    passed: bool
    attempt: int
    reason: str
    sure: bool
    off: float | None
    worst: str
    seconds: float
    reference_seconds: float

    @property
    def wrong(self) -> bool:
        """Whether the draws are not the posterior's; no draws at all are not right."""
        return self.off is None or self.off > 1


def world(seed: int) -> tuple[Traits, CollapsedNode]:
    """Return a random small world and its target."""
    rng = np.random.default_rng([seed, 41])
    rows, terms = int(np.exp(rng.uniform(np.log(30), np.log(120)))), int(rng.integers(1, 5))
    common = float(rng.choice([0.0, 0.0, 0.9, 0.99]))
    shared = rng.gamma(2.0, 1.0, rows)
    spends, signal, signs = {}, np.zeros(rows), []
    for i in range(terms):
        dark = rng.random(rows) < rng.choice([0.0, 0.3, 0.9])
        size = 40.0 * (common * shared + (1 - common) * rng.gamma(2.0, 1.0, rows))
        x = np.where(dark, 0.0, size)
        signs.append(-1.0 if rng.random() < 0.15 else 1.0)
        half, slope = 80 * np.exp(rng.uniform(np.log(0.1), np.log(10))), rng.uniform(0.7, 2.5)
        carried = x + np.concatenate([[0.0], 0.5 * x[:-1]])
        signal += signs[-1] * rng.uniform(0.3, 3.0) * carried**slope / (carried**slope + half**slope)
        spends[f"s{i}"] = x
    demand, noise = rng.standard_normal(rows), float(np.exp(rng.uniform(np.log(0.003), np.log(3))))
    unit = signal.std() or 1.0
    y = signal + 0.5 * unit * demand + noise * unit * rng.standard_normal(rows)
    y += rng.choice([0.3, 3.0, 10.0]) * unit - min(y.min(), 0.0) * rng.choice([0.0, 1.0])
    if y.mean() <= 0:
        y -= 1.5 * y.mean()
    curves = [f"{rng.choice(['hill', 'hill', 'tanh'])}(adstock({s}, max_lag=2))" for s in spends]
    equation = f"y ~ {' + '.join([*curves, *(['demand'] if rng.random() < 0.7 else [])])}"
    columns = spends | {"demand": demand, "y": y}
    model = Model(name="gate", equations=equation, outcome="y", time="week", channels={s: s for s in spends})
    panel = Panel({n: columns[n] for n in model.nodes}, np.arange(rows), "week", "period", "simulated")
    at = design(model, panel)
    traits = Traits(terms, at.length, round(noise, 4), common, signs.count(-1.0))
    return traits, CollapsedNode.of(model, at, "y")


def asked(target: CollapsedNode, seed: int) -> tuple[bool, list[list[Sample]], str]:
    """Return whether the gate let samples through, the samples of every attempt, and what it said against the last."""
    seen: list[list[Sample]] = []
    judge = engine.objection

    def recorded(samples: list[Sample]) -> str | None:
        seen.append(list(samples))
        return judge(samples)

    with patch.object(engine, "objection", recorded):
        try:
            engine.accepted(target, Settings(), np.random.default_rng([seed, 42]), lambda share: None)
        except Refusal as refusal:
            return False, seen, str(refusal)
    return True, seen, ""


def off(target: CollapsedNode, samples: list[Sample], truth: dict[str, Reference], seed: int) -> tuple[float, str]:
    """Return the largest deviation beyond error over what is allowed, and the parameter it is of."""
    rng = np.random.default_rng([seed, 43])
    runs = [components({n: v[None] for n, v in target.named(s, s.resample(DRAWS, rng)).items()}) for s in samples]
    size = weighted_size(np.array([s.size for s in samples]), DRAWS)
    found = []
    for name, r in truth.items():
        draws = np.concatenate([run[name] for run in runs])
        error = np.hypot(1 / np.sqrt(size), r.mean_error / r.sd)
        found.append(((abs(draws.mean() - r.mean) / r.sd - ERRORS * error) / MEAN, f"mean of {name}"))
        error = np.hypot(width_error(draws, size), r.width_error) / r.width
        found.append(((abs(width(draws) / r.width - 1) - ERRORS * error) / WIDTH, f"width of {name}"))
    return max(found)


def judged(seed: int) -> Verdict:
    """Return the verdict on one world."""
    traits, target = world(seed)
    started = time.process_time()
    passed, attempts, reason = asked(target, seed)
    between = time.process_time()
    truth = trusted(target, seed)
    found = off(target, attempts[-1], truth, seed) if attempts else None
    return Verdict(
        seed=seed,
        traits=traits,
        passed=passed,
        attempt=len(attempts),
        reason=reason,
        sure=all(r.sure for r in truth.values()),
        off=None if found is None else round(float(found[0]), 3),
        worst="" if found is None else found[1],
        seconds=round(between - started, 2),
        reference_seconds=round(time.process_time() - between, 2),
    )


def trusted(target: CollapsedNode, seed: int) -> dict[str, Reference]:
    """Return the reference; with four times the effort where its populations do not agree at first."""
    truth: dict[str, Reference] = {}
    for attempt, effort in enumerate((Effort(), Effort().more())):
        truth = reference(target, np.random.default_rng([seed, 44, attempt]), effort)
        if all(r.sure for r in truth.values()):
            break
    return truth


def rate(count: int, total: int) -> str:
    """Return a share with its 95 % interval (Clopper and Pearson 1934)."""
    from scipy.stats import binomtest

    if not total:
        return "0 of 0"
    ends = binomtest(count, total).proportion_ci(0.95)
    return f"{count} of {total}: {100 * count / total:.1f} % ({100 * ends.low:.1f} to {100 * ends.high:.1f})"


def summary(found: list[Verdict]) -> str:
    """Return both error rates, and every wrong pass."""
    sure = [v for v in found if v.sure]
    passed, refused = [v for v in sure if v.passed], [v for v in sure if not v.passed]
    right = [v for v in sure if not v.wrong]
    lines = [
        f"{len(found)} worlds, {len(found) - len(sure)} undecided",
        f"let through at once {rate(sum(v.attempt == 1 for v in passed), len(sure))}",
        f"let through at the second attempt {rate(sum(v.attempt == 2 for v in passed), len(sure))}",
        f"refused {rate(len(refused), len(sure))}",
        f"**wrong among those let through {rate(sum(v.wrong for v in passed), len(passed))}**",
        f"wrong draws let through {rate(sum(v.wrong for v in passed), sum(v.wrong for v in sure))}",
        f"**right among those refused {rate(sum(not v.wrong for v in refused), len(refused))}**",
        f"right draws refused {rate(sum(not v.wrong for v in refused), len(right))}",
    ]
    header = ("curves", "worlds", "let through", "wrong of these", "refused", "right of these")
    rows: list[tuple[object, ...]] = []
    for terms in sorted({v.traits.terms for v in sure}):
        own = [v for v in sure if v.traits.terms == terms]
        ins, outs = [v for v in own if v.passed], [v for v in own if not v.passed]
        rows.append((terms, len(own), len(ins), sum(v.wrong for v in ins), len(outs), sum(not v.wrong for v in outs)))
    errors = [
        f"* wrong, let through: seed {v.seed}, {v.worst} off by {v.off} of what is allowed; {v.traits}"
        for v in passed
        if v.wrong
    ]
    errors += [f"* right, refused: seed {v.seed}: {v.reason}" for v in refused if not v.wrong]
    seconds = [np.median([getattr(v, s) for v in found]) for s in ("seconds", "reference_seconds")]
    cost = f"* median CPU seconds: engine {seconds[0]:.2g}, reference {seconds[1]:.2g}"
    return "\n".join([*(f"* {line}" for line in lines), "", markdown(header, rows), "", *errors, cost])


def _from_line(line: dict) -> Verdict:
    return Verdict(**(line | {"traits": Traits(**line["traits"])}))


def _each(seeds: list[int], jobs: int) -> Iterator[Verdict]:
    if jobs == 1:
        yield from map(judged, seeds)
    else:
        with ProcessPoolExecutor(jobs) as pool:
            yield from pool.map(judged, seeds)


def main(arguments: list[str] | None = None) -> int:
    """Judge the worlds asked for and print the rates."""
    parser = argparse.ArgumentParser(prog="python -m tests.calibration.gate", description=__doc__.split("\n")[0])
    parser.add_argument("worlds", nargs="?", type=int, default=200)
    parser.add_argument("first", nargs="?", type=int, default=0)
    parser.add_argument("--jobs", type=int, default=1, help="processes")
    wanted = parser.parse_args(arguments)
    here = Path(__file__)
    file = RUNS / digest(here, here.with_name("reference.py"), here.with_name("compare.py")) / "gate.jsonl"
    have = {v.seed: v for v in map(_from_line, read_lines(file))}
    seeds = range(wanted.first, wanted.first + wanted.worlds)
    for verdict in _each([s for s in seeds if s not in have], wanted.jobs):
        add_line(file, asdict(verdict))
        have[verdict.seed] = verdict
        print(f"{verdict.seed}: {verdict}", file=sys.stderr)
    text = summary([have[s] for s in seeds])
    print(text)
    if wanted.worlds >= 200:
        DOCS.mkdir(parents=True, exist_ok=True)
        (DOCS / "gate.md").write_text(text + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
