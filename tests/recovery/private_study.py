"""Whether credit by a release holds what the rule hands out in the population, clipped alike.

    python -m tests.recovery.private_study [WORLDS] [--table]

Logs of `br.simulate_journeys`, 8,000 users each, released at several budgets. The truth is the credit by the tables of
one log of 150,000 other users, without noise. Beside the intervals of a release stand those of its tables taken for
counts, as if nothing had been added to them. Noise is that of the tests, which has a seed.
Lines are kept under runs/recovery, so that a study goes on where it was stopped; `--table` prints what is there.
"""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path

import numpy as np

import bayes_roi as br
from bayes_roi.journeys.counts.count import Sessions
from bayes_roi.journeys.privacy import log_linear, prior, rates
from bayes_roi.journeys.privacy.domain import domain
from bayes_roi.journeys.privacy.tables import Tables, exact_tables
from bayes_roi.journeys.simulate import world
from bayes_roi.journeys.simulate.world import CHANNELS
from tests.calibration.kept import digest, each_kept, markdown, read_lines
from tests.journeys.private_worlds import release
from tests.journeys.test_private_coverage import as_counted
from tests.recovery.study import RUNS

USERS, POPULATION, TRUE_SEED = 8_000, 150_000, 100_000
EPSILONS = (3.0, 1.0, 0.3)
RULES = ("last", "markov", "shapley")
DOMAIN = domain(CHANNELS, journeys_per_user=2, touches_per_journey=5, with_sets=True)


@dataclass(frozen=True)
class Found:
    """One log: rule and epsilon -> how many of its six intervals hold the truth, by the release and taken for counts;
    the mean width of its intervals.
    """

    seed: int
    held: Mapping[str, tuple[int, int, float]]


def tables(seed: int, users: int) -> Tables:
    """Return the tables of a log before the noise."""
    log = br.read_log(br.simulate_journeys(seed, users=users).log)
    return exact_tables(log, DOMAIN, Sessions(30, 30, 1.0, 200), parts=list(DOMAIN.sensitivity))


@cache
def truths() -> Mapping[str, np.ndarray]:
    """Return the credit of the population by each rule."""
    whole, rng = tables(TRUE_SEED, POPULATION), np.random.default_rng(0)
    return {rule: as_counted(whole, DOMAIN, rule, rng).mean(axis=0) for rule in RULES}


def found(seed: int) -> Found:
    """Return what the log of a seed shows."""
    exact, held = tables(seed, USERS), {}
    for epsilon in EPSILONS:
        rng = np.random.default_rng([seed, int(1_000 * epsilon)])
        private = release(exact, DOMAIN, epsilon, rng)
        for rule in RULES:
            lower, upper = (x.array for x in br.credit(private, rule, draws=400, seed=seed).arrays.interval(0.9))
            taken = as_counted({name: t.values for name, t in private.parts.items()}, DOMAIN, rule, rng)
            low, high = np.quantile(taken, [0.05, 0.95], axis=0)
            named, truth = slice(len(CHANNELS)), truths()[rule]
            ours, theirs = ((a <= truth) & (truth <= b) for a, b in ((lower, upper), (low, high)))
            held[f"{rule} {epsilon:g}"] = (
                int(ours[named].sum()),
                int(theirs[named].sum()),
                float((upper - lower)[named].mean()),
            )
    return Found(seed, held)


def kept(seeds: range, keep: Path = RUNS) -> list[Found]:
    """Return what logs show: what is kept, and the rest made now and kept."""
    return each_kept(
        _file(keep), seeds, found, read=lambda line: Found(**line), key=lambda f: f.seed, line=lambda f: asdict(f)
    )


def _file(keep: Path) -> Path:
    made_by = (Path(__file__), *(Path(str(m.__file__)) for m in (world, log_linear, prior, rates)))
    return keep / digest(*made_by) / "private.jsonl"


def table(logs: list[Found]) -> str:
    """Return the table of the page: the share of 90 % intervals that hold the truth, and how wide they are."""
    rows = []
    for name in logs[0].held:
        rule, epsilon = name.split()
        ours, theirs, width = np.mean([f.held[name] for f in logs], axis=0)
        each = 100 / len(CHANNELS)
        cells = f"{each * ours:.0f} %", f"{each * theirs:.0f} %", f"{100 * width:.0f} points"
        rows.append((epsilon, f"`{rule}`", *cells))
    return markdown(("epsilon", "rule", "intervals hold it", "tables taken for counts", "mean width"), rows)


def main() -> None:
    """Run what is missing and print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("worlds", nargs="?", type=int, default=50)
    parser.add_argument("--table", action="store_true")
    asked = parser.parse_args()
    lines = [Found(**x) for x in read_lines(_file(RUNS))] if asked.table else kept(range(asked.worlds))
    print(f"{len(lines)} logs")
    print(table(lines))


if __name__ == "__main__":
    main()
