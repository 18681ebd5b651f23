"""The stress worlds of mmm-framework: error of the contribution of each channel, as its authors measure it.

    python -m tests.recovery.stress_study [--worlds N] [--jobs J] [--rule RULE ...] [--curve C] [--published [--fit]]

The error of a world is the median over its channels of |posterior mean / truth - 1| of the contribution over all weeks
(`tests/synth/harness.py` there). Without --published the worlds are ours by their description, N of each scenario. With
it they are the tables that the package makes at the seeds of its published matrix, and N - 1 seeds after each; --fit
also has the package fit them, by the settings of that matrix (`make stress` makes its environment). Our model has Hill
curves; the package's has the exponential saturation that its worlds are made by: --curve exponential gives it to ours.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from tests.calibration.kept import ROOT, markdown
from tests.recovery import stress_markets
from tests.recovery.markets import Market
from tests.recovery.scored import Scored, mean_and_error
from tests.recovery.stress_markets import CURVE, SCENARIOS
from tests.recovery.study import ONE_THREAD, Study, parser_of, rules_of, seeds_of

PEER = ROOT / ".venv-stress" / "bin" / "python"
SCRIPT = ROOT / "benchmarks" / "peer" / "stress.py"
TABLES = ROOT / "runs" / "stress"
SEED = {"clean": 0, "confounding_controlled": 1, "reverse_causality": 2, "multicollinearity": 3}
"""Of the published matrix."""
STATED = {"clean": 0.07, "confounding_controlled": 0.10, "reverse_causality": 0.13, "multicollinearity": 0.39}
"""Median errors in the matrix that the package's repository keeps (`tests/synth/results/stress_matrix.md`)."""


def theirs(scenario: str, seed: int, *, fit: bool) -> dict[str, Any]:
    """Return the package's own world, and its fit where asked; both are kept under runs/stress.

    Raises
    ------
    SystemExit
        When its environment is not there.
    """
    file = TABLES / f"{scenario}_{seed}{'_fit' if fit else ''}.json"
    if not file.exists():
        if not PEER.exists():
            raise SystemExit("mmm-framework has an environment of its own, which is not there: make stress makes it")
        command = [str(PEER), "-W", "ignore", str(SCRIPT), scenario, str(seed), *([] if fit else ["--no-fit"])]
        environment = os.environ | dict.fromkeys(ONE_THREAD, "1")
        ended = subprocess.run(command, capture_output=True, text=True, check=True, env=environment)
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(ended.stdout.splitlines()[-1])
    found: dict[str, Any] = json.loads(file.read_text())
    return found


def published_market(scenario: str, seed: int, curve: str) -> Market:
    """Return a published world; seed 0 is that of the matrix."""
    return stress_markets.published(theirs(scenario, SEED[scenario] + seed, fit=False), curve)


def study(*, published: bool, curve: str = CURVE) -> Study:
    """Return the study of the package's own tables, or of ours by their description."""
    make = published_market if published else stress_markets.market
    name = f"stress{'_published' * published}{f'_{curve}' * (curve != CURVE)}"
    return Study(name, {scenario: partial(make, scenario, curve=curve) for scenario in SCENARIOS}, stress_markets)


def errors(found: Scored, what: str = "mean") -> list[float]:
    """Return |estimate / truth - 1| of each channel."""
    return [abs(getattr(s, what) / s.truth - 1) for s in found.channels.values()]


def tabled(found: list[Scored], fits: dict[str, list[dict[str, Any]]]) -> str:
    """Return the errors by scenario as Markdown, with those of the package beside them where it fitted."""
    header = ("", "worlds", "median error", "of medians", "worst channel", "covered", "width / truth", "total")
    header += ("diagnosis ok", "engines", "CPU s")
    rows: list[tuple[object, ...]] = []
    for scenario in SCENARIOS:
        there = [s for s in found if s.cell == scenario and not s.failed]
        if there:
            rows.append((scenario, len(there), *_row(there)))
        if fits.get(scenario):
            rows.append((f"{scenario}, mmm-framework", len(fits[scenario]), *_their_row(fits[scenario])))
    return markdown(header, rows)


def _row(found: list[Scored]) -> tuple[str, ...]:
    totals = [s.total for s in found if s.total is not None]
    return (
        f"{np.median([np.median(errors(s)) for s in found]):.0%}",
        f"{np.median([np.median(errors(s, 'median')) for s in found]):.0%}",
        f"{np.median([max(errors(s)) for s in found]):.0%}",
        mean_and_error(s.covered for s in found),
        f"{np.median([s.width for s in found]):.2f}",
        f"{np.median([t.mean / t.truth - 1 for t in totals]):+.0%}",
        str(sum(s.ok for s in found)),
        ", ".join(sorted({e for s in found for e in s.engines})),
        f"{np.median([s.seconds for s in found]):.0f}",
    )


def _their_row(fits: list[dict[str, Any]]) -> tuple[str, ...]:
    each = []
    for fit in fits:
        truth = np.array(list(fit["truth"].values()))
        low, mean, high = np.array([fit["said"][c] for c in fit["truth"]]).T
        inside = float(np.mean((low <= truth) & (truth <= high)))
        off = np.abs(mean / truth - 1)
        each.append((np.median(off), off.max(), inside, np.median((high - low) / truth), mean.sum() / truth.sum() - 1))
    median, worst, inside, width, total = (list(x) for x in zip(*each, strict=True))
    return (
        f"{np.median(median):.0%}",
        "",
        f"{np.median(worst):.0%}",
        mean_and_error(inside),
        f"{np.median(width):.2f}",
        f"{np.median(total):+.0%}",
        str(sum(f["rhat"] < 1.05 and not f["divergences"] for f in fits)),
        fits[0]["version"],
        f"{np.median([f['seconds'] for f in fits]):.0f}",
    )


def main(arguments: list[str] | None = None) -> None:
    """Print the errors of each rule."""
    parser = parser_of("tests.recovery.stress_study", __doc__, worlds=10)
    parser.add_argument("--published", action="store_true", help="the tables that the package makes")
    parser.add_argument("--curve", default=CURVE, help=f"saturation of our model ({CURVE})")
    parser.add_argument("--fit", action="store_true", help="have the package fit them too")
    asked = parser.parse_args(arguments)
    if asked.fit and not asked.published:
        parser.error("--fit is of published worlds: say --published --fit")
    this, seeds, fits = study(published=asked.published, curve=asked.curve), seeds_of(asked), {}
    if asked.fit:
        fits = {s: [theirs(s, SEED[s] + seed, fit=True) for seed in seeds] for s in SCENARIOS}
    for rule in rules_of(asked):
        found = this.scored([*SCENARIOS], seeds, rule=rule, jobs=asked.jobs, keep=asked.keep)
        print(f"{rule}\n\n{tabled(found, fits)}\n", flush=True)
    if asked.published:
        stated = ", ".join(f"{scenario} {error:.0%}" for scenario, error in STATED.items())
        print(f"median errors that the package's repository states: {stated}")
    print(f"kept in {Path(this.file(asked.keep))}", file=sys.stderr)


if __name__ == "__main__":
    main()
