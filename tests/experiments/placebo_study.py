"""Estimators of experiments where nothing was done: cities that were left alone, and simulated worlds.

    python -m tests.experiments.placebo_study [--worlds N]

Cities: each of GeoLift's forty in the 90 days before its test, in five windows of 15 days, as if it were treated; the
intervals beside those of independent noise. The test's own window, with the 38 cities that were left alone in it,
stands apart. Worlds: `tests.experiments.worlds`. Lines are kept under runs/, so that the study goes on where it was
stopped.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterable
from dataclasses import asdict
from pathlib import Path

import numpy as np

import bayes_roi as br
from tests.calibration.kept import ROOT, digest, each_kept, markdown
from tests.experiments.tables import CITIES, TESTED, cities
from tests.experiments.worlds import WORLDS

RUNS = ROOT / "runs" / "experiments"
LENGTH, STARTS, OWN = 15, (35, 45, 55, 65, 75), 90
"""Days of a window, the days before each, and those before the test's own."""
type Pair = tuple[str, int]


def pairs(own: bool = False) -> list[Pair]:
    """Return the city-window pairs: of the days before the test, or of the test's own window."""
    names = sorted(set(cities()["location"]))
    return [(n, OWN) for n in names if n not in TESTED] if own else [(n, s) for s in STARTS for n in names]


def of_pair(pair: Pair, draws: int = 1000) -> dict[str, float]:
    """Return whether intervals hold zero, how wide they are beside those of independent noise, and what checks say."""
    city, before = pair
    table = cities()
    days = sorted(set(table["date"]))[: before + LENGTH]
    left = table[table["date"].isin(days) & ~table["location"].isin(TESTED if before == OWN else ())]
    asked = {**CITIES, "treated": city, "start": days[before], "draws": draws}
    found = br.synthetic_control(left, **asked, intercept=True)
    plain = br.synthetic_control(left, **asked, intercept=True, noise="independent")
    matched = br.matched_regions(left, **asked)
    return {
        "covered": _holds(found),
        "independent": _holds(plain),
        "matched": _holds(matched),
        "ratio": _width(found) / _width(plain),
        "placebo": found.placebos.chance,
        "pre_trend": found.pre_trend.chance,
    }


def _holds(found: br.WindowEffect) -> float:
    lower, upper = found.average.arrays.interval()
    return float(lower.array <= 0 <= upper.array)


def _width(found: br.WindowEffect) -> float:
    lower, upper = found.average.arrays.interval()
    return float(upper.array - lower.array)


def kept(name: str, asked: Iterable[object], one: Callable[..., dict[str, float]]) -> list[dict[str, float]]:
    """Return the line of each, what is kept and the rest made now."""
    code = (*sorted((ROOT / "bayes_roi" / "experiments").rglob("*.py")), Path(__file__).with_name("worlds.py"))
    file = RUNS / digest(*code) / f"{name}.jsonl"
    named = {str(key): key for key in asked}
    return each_kept(
        file, named, lambda key: {"key": key, **one(named[key])}, read=dict, key=lambda x: x["key"], line=dict
    )


def rate(lines: list[dict[str, float]], key: str, most: float = np.inf) -> float:
    """Return the mean of a key over the lines, or how often it is at most so much; NaN where it is not told."""
    values = np.array([line[key] for line in lines], float)
    if np.isnan(values).all():
        return float("nan")
    return float((values <= most).mean() if most < np.inf else values.mean())


def main() -> None:
    """Print the rates as tables in Markdown."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--worlds", type=int, default=300)
    worlds = parser.parse_args().worlds
    rows: list[tuple[object, ...]] = []
    for name, own in (("before the test", False), ("the test's own", True)):
        lines = kept(f"cities {name}", pairs(own), of_pair)
        ratios = [line["ratio"] for line in lines]
        shares = [f"{100 * rate(lines, k):.1f} %" for k in ("covered", "independent", "matched")]
        told = [f"{100 * rate(lines, 'placebo', 0.1):.1f} %", f"{100 * rate(lines, 'pre_trend', 0.05):.1f} %"]
        rows.append((name, len(lines), *shares, f"{np.median(ratios):.2f}", f"{np.mean(ratios):.2f}", *told))
    head = ("windows", "pairs", "synthetic control", "independent noise", "matched regions", "width, median", "mean")
    print(markdown((*head, "placebo p <= .1", "held out p <= .05"), rows), end="\n\n")
    rows = []
    for name, world in WORLDS.items():
        lines = kept(name, range(worlds), lambda seed, world=world: asdict(world(seed)))
        told = [rate(lines, "covered"), rate(lines, "placebo", 0.1), rate(lines, "pre_trend", 0.05)]
        rows.append((name, worlds, *("-" if np.isnan(x) else f"{100 * x:.1f} %" for x in told)))
    print(markdown(("world", "worlds", "90 % intervals hold zero", "placebo p <= .1", "check before p <= .05"), rows))


if __name__ == "__main__":
    main()
