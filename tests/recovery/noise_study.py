"""How often the diagnosis rings where a claim about noise fails and where none does, and what the remedy does.

    python -m tests.recovery.noise_study [--worlds N] [--cell NAME] [--table]

A line a market is kept under runs/recovery, so that a study goes on where it was stopped; `--table` prints what is
there. A problem makes the diagnosis false, a note does not; coverage is of the 90 % interval of ROAS.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

import bayes_roi as br
from bayes_roi.inference.diagnosis import Diagnosis
from tests.calibration.kept import add_line, digest, read_lines
from tests.recovery import noise_markets
from tests.recovery.noise_markets import CELLS
from tests.recovery.study import RUNS

PLAIN = "as it is"


@dataclass(frozen=True)
class Told:
    """What a fit of a market says: whether ROAS is covered, the interval's width, and the kinds that ring."""

    covered: bool
    width: float
    problems: list[str]
    notes: list[str]


@dataclass(frozen=True)
class Line:
    """A market: its cell and seed, and what each model of it says, by name."""

    cell: str
    seed: int
    told: dict[str, dict[str, Any]] = field(default_factory=dict)

    def of(self, model: str) -> Told:
        return Told(**self.told[model])


def told(model: br.Model, data: br.Panel, roas: float, seed: int) -> Told:
    """Return what the fit of a model says of a market."""
    fit = br.fit(model, data, seed=seed, draws=500, progress=False)
    ends = br.roas(fit).interval(0.9)
    low, high = float(ends.lower[0]), float(ends.upper[0])
    ringing = [c for r in fit.diagnosis.residuals for c in r.ringing(fit.diagnosis.level)]
    return Told(
        covered=low <= roas <= high,
        width=(high - low) / roas,
        problems=[c.kind for c in ringing if c.material],
        notes=[c.kind for c in ringing if not c.material],
    )


def one(cell: str, seed: int) -> Line:
    """Return what the models of a market say."""
    market = CELLS[cell](seed)
    models = {PLAIN: market.model, **market.mended}
    return Line(cell, seed, {n: asdict(told(m, market.data, market.roas, seed)) for n, m in models.items()})


def file(keep: Path = RUNS) -> Path:
    """Return where the lines are kept: under a digest of the markets and of the tests."""
    here = Path(str(sys.modules[Diagnosis.__module__].__file__)).parent
    return keep / digest(Path(str(noise_markets.__file__)), *sorted(here.glob("*.py"))) / "noise.jsonl"


def worlds(cells: Sequence[str], seeds: Sequence[int], keep: Path = RUNS) -> list[Line]:
    """Return the lines of cells and seeds: what is kept, and the rest fitted now and kept."""
    kept = {(x["cell"], x["seed"]): Line(**x) for x in read_lines(file(keep))}
    for seed in seeds:
        for cell in (c for c in cells if (c, seed) not in kept):
            kept[cell, seed] = one(cell, seed)
            add_line(file(keep), asdict(kept[cell, seed]))
    return [kept[cell, seed] for cell in cells for seed in seeds]


def table(lines: Sequence[Line]) -> str:
    """Return rates by cell and model as a table in Markdown."""
    rows = ["| market | model | worlds | problem | note | covered | width |", "| --- " * 7 + "|"]
    for cell in dict.fromkeys(x.cell for x in lines):
        own = [x for x in lines if x.cell == cell]
        for model in own[0].told:
            said = [x.of(model) for x in own]
            rates = [np.mean([f(t) for t in said]) for f in (_problem, _note, lambda t: t.covered)]
            shown = " | ".join(f"{100 * r:.0f} %" for r in rates)
            named = model.replace("|", "\\|")
            rows.append(f"| {cell} | {named} | {len(own)} | {shown} | {np.median([t.width for t in said]):.2f} |")
    return "\n".join(rows)


def _problem(t: Told) -> bool:
    return bool(t.problems)


def _note(t: Told) -> bool:
    return bool(t.notes) and not t.problems


def main() -> None:
    """Run what is asked for and print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--worlds", type=int, default=100, help="markets of a cell (100)")
    parser.add_argument("--cell", action="append", choices=list(CELLS), help="a cell; all without it")
    parser.add_argument("--table", action="store_true", help="print what is kept, and run nothing")
    asked = parser.parse_args()
    cells = asked.cell or list(CELLS)
    if asked.table:
        kept = [Line(**x) for x in read_lines(file())]
        print(table(sorted((x for x in kept if x.cell in cells), key=lambda x: cells.index(x.cell))))
        return
    for first in range(0, asked.worlds, 10):
        worlds(cells, range(first, min(first + 10, asked.worlds)))
    print(table(worlds(cells, range(asked.worlds))))


if __name__ == "__main__":
    main()
