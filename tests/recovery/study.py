"""Studies that go on where they were stopped: a line a market, kept under a digest of the code that fitted it."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

from tests.calibration.kept import ROOT, add_line, digest, read_lines
from tests.recovery import markets
from tests.recovery.markets import Market
from tests.recovery.rules import DEFAULT
from tests.recovery.rules import __doc__ as rules
from tests.recovery.scored import Scored, score

RUNS = ROOT / "runs" / "recovery"
ONE_THREAD = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS")


@dataclass(frozen=True)
class Study:
    """A family of markets.

    Parameters
    ----------
    name
        Name of the file of its lines.
    cells
        Name of a cell -> its market of a seed.
    made_by
        The module that makes the markets: a change to it makes the lines void.
    """

    name: str
    cells: dict[str, Callable[[int], Market]]
    made_by: ModuleType

    def file(self, keep: Path) -> Path:
        """Return where the lines are kept."""
        code = (Path(str(m.__file__)) for m in (markets, self.made_by))
        return keep / digest(*code) / f"{self.name}.jsonl"

    def one(self, cell: str, seed: int, rule: str) -> Scored:
        """Return what the fit of one market says."""
        return score(self.cells[cell](seed), cell, seed, rule)

    def scored(self, cells: Sequence[str], seeds: Sequence[int], *, rule: str, jobs: int, keep: Path) -> list[Scored]:
        """Return what fits say of each cell's markets: what is kept, and the rest fitted now and kept."""
        file = self.file(keep)
        wanted = [(cell, seed, rule) for seed in seeds for cell in cells]
        have = {(s.cell, s.seed, s.rule): s for s in map(Scored.of, read_lines(file))}
        for found in self._each([w for w in wanted if w not in have], jobs):
            add_line(file, found.line())
            have[found.cell, found.seed, found.rule] = found
            told = found.failed or f"{found.covered:.2f} covered, {found.seconds:.1f} s, {found.engines}"
            print(f"{found.cell}, seed {found.seed}: {told}", file=sys.stderr, flush=True)
        return [have[w] for w in wanted]

    def _each(self, missing: Sequence[tuple[str, int, str]], jobs: int) -> Iterator[Scored]:
        if jobs == 1 or len(missing) < 2:
            yield from (self.one(*m) for m in missing)
            return
        os.environ |= dict.fromkeys(ONE_THREAD, "1")
        with ProcessPoolExecutor(jobs) as pool:
            yield from (done.result() for done in as_completed([pool.submit(self.one, *m) for m in missing]))


def parser_of(module: str, doc: str | None, *, worlds: int) -> argparse.ArgumentParser:
    """Return the options that studies have in common."""
    parser = argparse.ArgumentParser(
        prog=f"python -m {module}", description=doc, epilog=rules, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--worlds", type=int, default=worlds, help=f"markets of a cell ({worlds})")
    parser.add_argument("--first", type=int, default=0, help="seed of the first (0)")
    parser.add_argument("--jobs", type=int, default=1, help="processes")
    parser.add_argument("--rule", action="append", help="prior of media, see below; may be given again to compare")
    parser.add_argument("--keep", type=Path, default=RUNS, help="where lines are kept")
    return parser


def rules_of(asked: argparse.Namespace) -> list[str]:
    """Return the rules to be compared."""
    return asked.rule or [DEFAULT]


def seeds_of(asked: argparse.Namespace) -> range:
    """Return the seeds of the markets."""
    return range(asked.first, asked.first + asked.worlds)
