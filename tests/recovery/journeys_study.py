"""What rules hand out to channels of simulated logs beside what these channels caused.

    python -m tests.recovery.journeys_study [WORLDS] [--table]

In the worlds of `br.simulate_journeys` nobody buys because of a brand search, a direct visit or an affiliate: people
who are about to buy search, visit and fetch coupons. Display, email and social are shown by chance and work. Beside the
rules stands `br.touch_effects`, a logistic regression of purchases on users' days with g-computation: not told the
intent, told it, and told priors of an intent that nobody measured. These priors are what the world holds
(`priors_study` below prints it), give or take a fifth of the strength.
Lines are kept under runs/recovery, so that a study goes on where it was stopped; `--table` prints what is there.
"""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

import bayes_roi as br
from bayes_roi.journeys.simulate import world
from bayes_roi.journeys.simulate.world import CHANNELS, KEPT, Chance, lived
from tests.calibration.kept import digest, each_kept, markdown, read_lines
from tests.recovery.study import RUNS

USERS, DAYS = 3_000, 90
RULES = (
    "first",
    "last",
    "last_non_direct",
    "linear",
    "time_decay",
    "u_shaped",
    "w_shaped",
    "markov",
    "markov_2",
    "shapley",
)
MODELS = {"without": "logistic regression without intent", "with": "logistic regression with intent measured"}


@dataclass(frozen=True)
class Found:
    """One world: channel -> share of the conversions that it caused; rule -> channel -> mean, lower, upper."""

    seed: int
    truth: Mapping[str, float]
    credit: Mapping[str, Mapping[str, tuple[float, float, float]]]

    def holds(self, rule: str, channel: str) -> bool:
        """Whether the interval of a rule holds what the channel caused."""
        _, lower, upper = self.credit[rule][channel]
        return lower <= self.truth[channel] <= upper


def found(seed: int, users: int = USERS, days: int = DAYS, rules: tuple[str, ...] = RULES) -> Found:
    """Return what the world of a seed shows."""
    made = br.simulate_journeys(seed, users=users, days=days)
    table = br.credit_table(br.journey_counts(br.read_log(made.log)), rules, draws=400, seed=seed)
    credit = {}
    for rule, draws in table.credit.items():
        (lower, upper), mean = draws.arrays.interval(), draws.arrays.mean().array
        each = zip(table.counts.channels, mean, lower.array, upper.array, strict=True)
        credit[rule] = {c: (float(m), float(a), float(b)) for c, m, a, b in each}
    for name in MODELS:
        credit[name] = regressed(Chance(seed, users), days, intent=name == "with")
    return Found(seed, made.shares, credit)


def regressed(chance: Chance, days: int, *, intent: bool) -> dict[str, tuple[float, float, float]]:
    """Return channel -> share of conversions that a logistic regression says it caused, with its interval."""
    x, y = _rows(chance, days, intent)
    beta = np.zeros(x.shape[1])
    for _ in range(12):
        p = 1 / (1 + np.exp(-x @ beta))
        information = (x * (p * (1 - p))[:, None]).T @ x
        beta = beta + np.linalg.solve(information, x.T @ (y - p))
    p, covariance = 1 / (1 + np.exp(-x @ beta)), np.linalg.inv(information)
    result = {}
    for i, channel in enumerate(CHANNELS):
        off = x.copy()
        off[:, i] = 0.0
        q = 1 / (1 + np.exp(-off @ beta))
        effect = float((p - q).sum() / p.sum())
        gradient = (x.T @ (p * (1 - p)) - off.T @ (q * (1 - q))) / p.sum()
        sd = float(np.sqrt(gradient @ covariance @ gradient))
        result[channel] = (effect, effect - 1.645 * sd, effect + 1.645 * sd)
    return result


def _rows(chance: Chance, days: int, intent: bool) -> tuple[np.ndarray, np.ndarray]:
    """Return users' days: the carried touches of each channel (an affiliate's until the day before), 1, the intent."""
    carried = np.zeros((len(CHANNELS), chance.users))
    late, x, y = CHANNELS.index("affiliate"), [], []
    for day in lived(chance, days):
        before = KEPT * carried[late]
        carried = KEPT * carried + np.stack([day.touched[c] for c in CHANNELS])
        row = carried.copy()
        row[late] = before
        x.append(np.vstack([row, np.ones(chance.users), *([day.intent] if intent else [])]))
        y.append(day.bought)
    return np.concatenate([r.T for r in x]), np.concatenate(y).astype(float)


def kept(seeds: range, keep: Path = RUNS) -> list[Found]:
    """Return what worlds show: what is kept, and the rest made now and kept."""
    return each_kept(
        _file(keep), seeds, found, read=lambda line: Found(**line), key=lambda f: f.seed, line=lambda f: asdict(f)
    )


def _file(keep: Path) -> Path:
    return keep / digest(Path(__file__), Path(world.__file__)) / "journeys.jsonl"


def table(worlds: list[Found]) -> str:
    """Return the table of the page: mean credit, and in how many worlds its 90 % interval holds the truth."""
    truth = ["caused", *(f"{100 * np.mean([w.truth[c] for w in worlds]):.1f} %" for c in CHANNELS)]
    rows = []
    for rule in worlds[0].credit:
        cells = []
        for c in CHANNELS:
            mean = np.mean([w.credit[rule][c][0] for w in worlds])
            cells.append(f"{100 * mean:.1f} % ({sum(w.holds(rule, c) for w in worlds)})")
        rows.append((MODELS.get(rule, f"`{rule}`"), *cells))
    return markdown(("", *CHANNELS), [tuple(truth), *rows])


def main() -> None:
    """Run what is missing and print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("worlds", nargs="?", type=int, default=50)
    parser.add_argument("--table", action="store_true")
    asked = parser.parse_args()
    lines = [Found(**x) for x in read_lines(_file(RUNS))] if asked.table else kept(range(asked.worlds))
    print(f"{len(lines)} worlds")
    print(table(lines))


if __name__ == "__main__":
    main()
