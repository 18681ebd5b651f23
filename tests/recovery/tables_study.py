"""How often tables as people have them, taken through `bayes-roi new` as they are, give returns that hold the truth.

    python -m tests.recovery.tables_study [SEEDS] [NAME ...]

A line a table and seed is kept under runs/recovery, so that a study goes on where it was stopped; the last lines count
channels whose true return lies in its intervals of 90 and of 99 %.
"""

from __future__ import annotations

import contextlib
import io
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import bayes_roi as br
from bayes_roi.cli import main as command
from tests.calibration.kept import add_line, digest, read_lines
from tests.recovery.study import RUNS
from tests.surface import export_tables, seven_tables
from tests.surface.export_tables import EXPORTS
from tests.surface.seven_tables import CASES

TABLES = {**CASES, **EXPORTS}
PROBS = (0.9, 0.99)
Line = dict[str, Any]


def one(name: str, seed: int) -> Line:
    """Return the channels of a table's seed with their truth and intervals."""
    case = TABLES[name]
    with tempfile.TemporaryDirectory() as made, contextlib.chdir(made):
        folder = Path(made)
        truth = case.make(folder, seed)
        with contextlib.suppress(SystemExit), contextlib.redirect_stderr(io.StringIO()):
            command(["new", *case.files, *case.options, "-o", "model.yaml"])
        model = br.read_model("model.yaml")
        data = br.read_data([folder / file for file in case.files], model)
    roas = br.roas(br.fit(model, data, seed=seed, draws=500, progress=False))
    ends = [roas.interval(prob) for prob in PROBS]
    inside = {
        channel: [bool(e.lower.sel(channel=channel) < true < e.upper.sel(channel=channel)) for e in ends]
        for channel, true in truth.items()
    }
    return {"name": name, "seed": seed, "inside": inside}


def main(arguments: Sequence[str]) -> None:
    """Fit what is not kept, and print how often the truth is inside."""
    file = RUNS / digest(Path(str(seven_tables.__file__)), Path(str(export_tables.__file__))) / "tables.jsonl"
    seeds, names = int(arguments[0]) if arguments else 5, arguments[1:] or list(TABLES)
    kept = {(x["name"], x["seed"]): x for x in read_lines(file)}
    for seed in range(seeds):
        for name in (n for n in names if (n, seed) not in kept):
            kept[name, seed] = one(name, seed)
            add_line(file, kept[name, seed])
    for name in names:
        found = [told for (n, _), line in kept.items() if n == name for told in line["inside"].values()]
        counts = ", ".join(f"{sum(x[i] for x in found)} at {100 * p:.0f} %" for i, p in enumerate(PROBS))
        print(f"{name}: {counts} of {len(found)} returns")


if __name__ == "__main__":
    main(sys.argv[1:])
