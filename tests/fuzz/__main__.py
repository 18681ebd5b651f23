"""Give every command what it must not break at, and count what comes of it: `make fuzz`.

It goes on where it was stopped: a line a case is kept under a digest of the package and of these programs. Each case is
seeded by its number, so that `--kind truth --only 17` is the same case again.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import sys
from collections import Counter
from collections.abc import Callable
from pathlib import Path

from tests.calibration.kept import ROOT, add_line, markdown, read_lines
from tests.fuzz import folders, inputs, surroundings, world
from tests.fuzz.case import Result, scratch, workplace

KEEP = ROOT / "runs" / "fuzz"
Case = Callable[[int, Path], Result]


def _in_copy(case: Callable[[int], Result]) -> Case:
    """Return a case that works in a copy of the base."""

    def work(number: int, base: Path) -> Result:
        with workplace(base):
            return case(number)

    return work


KINDS: dict[str, tuple[Case, int]] = {
    "model": (_in_copy(inputs.model), 1000),
    "table": (_in_copy(inputs.table), 400),
    "shaped": (_in_copy(inputs.shaped), 300),
    "fitted table": (_in_copy(inputs.fitted_table), 100),
    "truth": (_in_copy(inputs.truth), 150),
    "plan": (_in_copy(inputs.plan), 100),
    "lift tests": (_in_copy(inputs.lift_tests), 120),
    "arguments": (_in_copy(inputs.arguments), 250),
    "damaged": (_in_copy(folders.damaged), 140),
    "hostile": (_in_copy(folders.hostile), max(60, len(folders.NAMES) + 20)),
    "disk": (surroundings.disk, surroundings.PLACES * len(surroundings.NAMES)),
    "tmpfs": (surroundings.tmpfs, surroundings.PLACES * len(surroundings.NAMES)),
    "killed": (surroundings.killed, surroundings.MOMENTS),
}


def digest() -> str:
    """Return a digest of the package and of these programs."""
    files = [*sorted((ROOT / "bayes_roi").rglob("*.py")), *sorted(Path(__file__).parent.glob("*.py"))]
    return hashlib.sha256(b"".join(file.read_bytes() for file in files)).hexdigest()[:12]


def run(kind: str, numbers: range | list[int], base: Path, file: Path | None) -> list[Result]:
    """Return the results of a kind's cases: those that are kept, and the rest run now and kept."""
    case = KINDS[kind][0]
    kept = {r.number: r for r in (Result(**line) for line in (read_lines(file) if file else [])) if r.kind == kind}
    found = []
    for number in numbers:
        result = kept.get(number)
        if result is None:
            result = case(number, base)
            if file is not None:
                add_line(file, result.line())
            if result.fault:
                print(f"{kind} {number}: {result.fault} {result.said}", file=sys.stderr, flush=True)
        found.append(result)
    return found


def table(results: dict[str, list[Result]]) -> str:
    """Return what came of the cases."""
    rows: list[tuple[object, ...]] = []
    for kind, found in results.items():
        codes = Counter(
            "refused" if r.code == 2 else "killed" if r.code < 0 else "accepted" for r in found if not r.fault
        )
        faults = sum(bool(r.fault) for r in found)
        slowest = max((r.seconds for r in found), default=0.0)
        rows.append(
            (kind, len(found), codes["accepted"], codes["refused"], codes["killed"], faults, f"{slowest:.1f} s")
        )
    return markdown(("kind", "cases", "accepted", "refused", "killed", "faults", "slowest"), rows)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("--kind", choices=KINDS, action="append", help="only these; may be given again")
    parser.add_argument("--only", type=int, help="only the case of this number")
    parser.add_argument("--share", type=float, default=1.0, help="share of the cases, evenly spread (1)")
    parser.add_argument("--keep", type=Path, help=f"where lines are kept ({KEEP}); - for nowhere")
    asked = parser.parse_args()
    os.environ["SOURCE_DATE_EPOCH"] = "1700000000"
    file = None if str(asked.keep) == "-" or asked.only is not None else (asked.keep or KEEP) / f"{digest()}.jsonl"
    results: dict[str, list[Result]] = {}
    with scratch("fuzz-base-") as folder:
        base = world.build(folder / "base")
        for kind in asked.kind or KINDS:
            count = KINDS[kind][1]
            step = max(int(1 / asked.share), 1)
            numbers = range(0, count, step) if asked.only is None else [asked.only]
            results[kind] = run(kind, numbers, base, file)
    print(table(results))
    sys.exit(any(r.fault for found in results.values() for r in found))


if __name__ == "__main__":
    main()
