"""What rules hand out to channels of simulated logs beside what these channels caused.

    python -m tests.recovery.journeys_study [WORLDS] [--table | --strengths]

In the worlds of `br.simulate_journeys` nobody buys because of a brand search, a direct visit or an affiliate: people
who are about to buy search, visit and fetch coupons. Display, email and social are shown by chance and work. Beside the
rules stands `br.touch_effects`, a logistic regression of purchases on users' days with g-computation: not told the
intent, told it, and told priors of an intent that nobody measured. These priors are what the world holds
(`--strengths` prints it), give or take a fifth.
Lines are kept under runs/recovery, so that a study goes on where it was stopped; `--table` prints what is there.
"""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import numpy as np

import bayes_roi as br
from bayes_roi.journeys import logistic
from bayes_roi.journeys.logistic.days import user_days
from bayes_roi.journeys.logistic.intent import intent_table
from bayes_roi.journeys.logistic.posterior import Regression
from bayes_roi.journeys.simulate import world
from bayes_roi.journeys.simulate.world import CHANNELS, KEPT
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
LAGGED = ("affiliate",)
UNSEEN = br.UnseenIntent(
    log_odds=(1.1, 0.2), per_touch={"affiliate": (0.9, 0.2), "brand_search": (0.9, 0.2), "direct": (0.9, 0.2)}
)
"""Priors about what `strengths` finds in a large world: 1.12 and 0.93, 0.89 and 0.88."""
MODELS = {
    "without": "`touch_effects` without intent",
    "with": "`touch_effects`, intent measured",
    "unseen": "`touch_effects`, priors of an unseen intent",
}


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
    log = br.read_log(made.log)
    table = br.credit_table(br.journey_counts(log), rules, draws=400, seed=seed)
    credit = {rule: summary(draws) for rule, draws in table.credit.items()}
    for name, told in {"without": {}, "with": {"intent": made.intent}, "unseen": {"unobserved": UNSEEN}}.items():
        credit[name] = summary(br.touch_effects(log, kept=KEPT, lagged=LAGGED, seed=seed, **told))
    return Found(seed, made.shares, credit)


def summary(draws: br.Draws) -> dict[str, tuple[float, float, float]]:
    """Return channel -> mean, lower, upper."""
    (lower, upper), mean = draws.arrays.interval(), draws.arrays.mean().array
    each = zip(draws.arrays.values.labels("channel"), mean, lower.array, upper.array, strict=True)
    return {str(c): (float(m), float(a), float(b)) for c, m, a, b in each}


def strengths(seed: int = 1_000, users: int = 20_000, days: int = DAYS) -> tuple[float, dict[str, float]]:
    """Return how strong the intent of a large world is: what one sd adds, and by how much it is higher per touch.

    Per touch by a regression of intent on the remembered touches of days, weighed by how likely they end in a purchase.
    """
    made = br.simulate_journeys(seed, users=users, days=days)
    table = intent_table(made.intent, "UTC")
    rows = user_days(br.read_log(made.log), kept=KEPT, lagged=LAGGED, intent=table, bot_touches=200).rows
    assert rows.intent is not None
    adds = Regression.of(rows, 2.5).mode()[0][-1]
    known = Regression.of(replace(rows, intent=None), 2.5)
    p = 1 / (1 + np.exp(-(known.columns @ known.mode()[0])))
    x = known.columns * (rows.days * p * (1 - p))[:, None]
    per_touch = np.linalg.solve(x.T @ known.columns, x.T @ rows.intent)[1:]
    return float(adds), dict(zip(CHANNELS, map(float, per_touch), strict=True))


def kept(seeds: range, keep: Path = RUNS) -> list[Found]:
    """Return what worlds show: what is kept, and the rest made now and kept."""
    return each_kept(
        _file(keep), seeds, found, read=lambda line: Found(**line), key=lambda f: f.seed, line=lambda f: asdict(f)
    )


def _file(keep: Path) -> Path:
    code = sorted(Path(logistic.__file__).parent.glob("*.py"))
    return keep / digest(Path(__file__), Path(world.__file__), *code) / "journeys.jsonl"


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
    parser.add_argument("--strengths", action="store_true")
    asked = parser.parse_args()
    if asked.strengths:
        print(strengths())
        return
    lines = [Found(**x) for x in read_lines(_file(RUNS))] if asked.table else kept(range(asked.worlds))
    print(f"{len(lines)} worlds")
    print(table(lines))


if __name__ == "__main__":
    main()
