"""What does one lift test do to the return of a channel that never pauses, and is a wrong test found?

    python -m tests.recovery.lift_study [WORLDS] [FIRST]

Each world is made by formulas of its own: budgets that never pause, retention and saturation drawn anew, in every other
world a curve of another family (1 - exp(-x / h)) than the fitted Hill curve, and noise with heavy tails. For six weeks
search was switched off for other customers like these, who were watched for six weeks more; the result is the true lift
and an error whose standard deviation is a fifth of it, read as one total or as what came while it ran and what came
after it. Counted are: the 90 % interval of the return without the test and with it (does it hold the truth, how wide is
it); the widths of retention, half-saturation and slope with it over those without; and whether a result four standard
deviations of (estimate - expectation) away from the expectation is called a conflict.
"""

from __future__ import annotations

import sys
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

import bayes_roi as br
from bayes_roi.inference.diagnosis.lift_report import MOST_TENSION
from bayes_roi.lift.place import place
from bayes_roi.panel import Panel
from tests.calibration.kept import ROOT, digest, each_kept

WEEKS, TESTED, RUN_OFF = 130, 6, 6
WRONG = 4.0
WITHOUT = "without the test"
INNER = ("retention", "half", "slope")
KEEP = ROOT / "runs" / "lift"
MODEL = br.Model(
    name="shop",
    equations="revenue ~ demand + hill(adstock(tv, max_lag=6)) + hill(adstock(search, max_lag=6))",
    outcome="revenue",
    time="week",
    currency="USD",
    channels={"tv": "tv", "search": "search"},
)


TOTAL, PARTS = "one total", "while it ran, and after"
"""How the result of one test is read."""


@dataclass(frozen=True)
class World:
    """What one world says: of the return of search, without the test and with it as it is read."""

    seed: int
    covered: dict[str, bool]
    width: dict[str, float]  # of the interval of ROAS, over the true one
    narrowed: dict[str, dict[str, float]]  # reading -> parameter of search -> sd with the test over sd without
    by: str
    flagged: float  # probability that a result WRONG standard deviations away is called a conflict


@dataclass(frozen=True, eq=False)
class Truth:
    """A market by formulas: the spends, what search adds at any of its paths, and the table."""

    spend: dict[str, np.ndarray]
    curves: dict[str, tuple[float, float, float, bool]]  # retention, half-saturation, top, whether Hill
    demand: np.ndarray
    noise: np.ndarray

    def added(self, channel: str, spend: np.ndarray) -> np.ndarray:
        """Return what a channel adds to revenue (weeks,), its spend before the first week as in it."""
        retention, half, top, hill = self.curves[channel]
        weights = retention ** np.arange(7)
        long = np.concatenate([np.full(6, spend[0]), spend])
        dose = np.convolve(long, weights / weights.sum())[6 : 6 + len(spend)]
        return top * (dose / (dose + half) if hill else 1 - np.exp(-dose / (1.44 * half)))

    @property
    def revenue(self) -> np.ndarray:
        return 9_000 + 900 * self.demand + sum(self.added(c, x) for c, x in self.spend.items()) + self.noise

    def panel(self) -> Panel:
        weeks = (np.datetime64("2022-01-03") + 7 * np.arange(WEEKS)).astype(str)
        columns = {**self.spend, "demand": self.demand, "revenue": self.revenue}
        return Panel(columns=columns, periods=weeks, time="week", frequency="week", source="shop.csv")


def truth_of(seed: int) -> Truth:
    """Return the market of a seed."""
    rng = np.random.default_rng([seed, 61])
    swing = np.sin(2 * np.pi * (np.arange(WEEKS) / 52 + rng.uniform()))
    demand = swing + 0.6 * rng.standard_normal(WEEKS)
    search = 700 * np.exp(0.15 * demand + 0.25 * rng.standard_normal(WEEKS))  # follows demand and never pauses
    tv = np.where(rng.uniform(size=WEEKS) < 0.45, 0.0, 1_500 * rng.gamma(4.0, 0.25, WEEKS))
    hill = seed % 2 == 0
    half = {"tv": rng.uniform(500, 2_000), "search": rng.uniform(300, 1_500)}
    curves = {c: (rng.uniform(0.1, 0.7), h, rng.uniform(1_500, 4_000), hill) for c, h in half.items()}
    noise = 300 * rng.standard_t(5, WEEKS)
    return Truth({"tv": tv, "search": search}, curves, demand, noise)


def run(seed: int, draws: int = 1000) -> World:
    """Return what one world says."""
    truth = truth_of(seed)
    data, right = truth.panel(), roas(truth)
    without = br.fit(MODEL, data, seed=seed, draws=draws, progress=False)
    readings = results(truth, data, seed)
    told = {
        name: br.fit(MODEL, data, experiments=tests, seed=seed, draws=draws, progress=False)
        for name, tests in readings.items()
    }
    ends = {
        name: br.roas(f).sel(channel="search").arrays.interval(0.9) for name, f in {WITHOUT: without, **told}.items()
    }
    return World(
        seed,
        {name: bool(low.array <= right <= high.array) for name, (low, high) in ends.items()},
        {name: float(high.array - low.array) / right for name, (low, high) in ends.items()},
        {name: {n: spread(f, n) / spread(without, n) for n in INNER} for name, f in told.items()},
        told[TOTAL].diagnosis.lifts[0].by,
        flagged(without, readings[TOTAL][0], seed),
    )


def spread(fit: br.Fit, name: str) -> float:
    return float(fit.parameters[f"revenue.search.{name}"].std())


def results(truth: Truth, data: Panel, seed: int) -> dict[str, list[br.LiftTest]]:
    """Return the result of the test in each reading: the errors of parts add up to that of the total."""
    assert data.periods is not None
    off = truth.spend["search"].copy()
    off[-TESTED - RUN_OFF : -RUN_OFF] = 0
    lift = truth.added("search", off) - truth.added("search", truth.spend["search"])
    ran = slice(-TESTED - RUN_OFF, -RUN_OFF)
    parts = np.array([lift[ran].sum(), lift[-RUN_OFF:].sum()])
    se = abs(parts.sum()) / 5
    rng = np.random.default_rng([seed, 62])
    errors = {TOTAL: se * rng.standard_normal(1), PARTS: se / np.sqrt(2) * rng.standard_normal(2)}
    label = data.periods
    during, after = f"{label[ran][0]}:{label[ran][-1]}", f"{label[-RUN_OFF]}:{label[-1]}"
    windows = {TOTAL: [f"{label[ran][0]}:{label[-1]}"], PARTS: [during, after]}
    values = {TOTAL: parts.sum(keepdims=True), PARTS: parts}
    told = {"during": during, "rows": "elsewhere", "randomised": True}
    found: dict[str, list[br.LiftTest]] = {}
    for name, own in windows.items():
        own_se = float(se / np.sqrt(len(own)))
        found[name] = [
            br.LiftTest("search", measured=window, estimate=float(x), se=own_se, **told)
            for window, x in zip(own, values[name] + errors[name], strict=True)
        ]
    return found


def roas(truth: Truth) -> float:
    """Return what search really made, its run-off after the last week among it, per unit of its spend in the rows."""
    spend = truth.spend["search"]
    rows = np.arange(WEEKS) >= 6  # the first weeks are history of the fit
    ahead = np.zeros(6)
    paths = [np.concatenate([np.where(rows & off, 0.0, spend), ahead]) for off in (False, True)]
    with_it, none = (truth.added("search", p) for p in paths)
    return float((with_it - none)[6:].sum() / spend[rows].sum())


def flagged(without: br.Fit, test: br.LiftTest, seed: int) -> float:
    """Return how often a result that scatters about one WRONG standard deviations away is called a conflict."""
    expected = place(test, without).expected
    sd = float(np.hypot(expected.std(), test.spread[0]))
    results = expected.mean() - WRONG * sd + sd * np.random.default_rng([seed, 63]).standard_normal(2_000)
    return float(np.mean(np.abs(results - expected.mean()) / sd > MOST_TENSION))


def worlds(seeds: range, keep: Path = KEEP) -> list[World]:
    """Return what worlds say: what is kept, and the rest made now and kept."""
    file = keep / digest(Path(__file__), *sorted((ROOT / "bayes_roi" / "lift").glob("*.py"))) / "worlds.jsonl"
    return each_kept(file, seeds, run, read=lambda x: World(**x), key=lambda w: w.seed, line=asdict)


def summary(found: list[World]) -> str:
    """Return what the worlds say together."""
    lines = [f"{len(found)} worlds, {sum(w.by == 'weights' for w in found)} by weights"]
    for name in found[0].width:
        covered, width = np.mean([w.covered[name] for w in found]), np.median([w.width[name] for w in found])
        lines.append(f"{name}: return covered {covered:.2f}, width over the true return, median, {width:.2f}")
    for name in found[0].narrowed:
        ratio = np.median([w.width[name] / w.width[WITHOUT] for w in found])
        sds = (f"{n} {np.median([w.narrowed[name][n] for w in found]):.2f}" for n in INNER)
        lines.append(f"{name}, over without, median: width {ratio:.2f}; sd of {', '.join(sds)}")
    lines.append(f"a result {WRONG:g} sd away is called a conflict: {np.mean([w.flagged for w in found]):.2f}")
    return "\n".join(lines)


def main(count: int = 50, first: int = 0) -> None:
    """Print what the worlds say."""
    print(summary(worlds(range(first, first + count))))


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
